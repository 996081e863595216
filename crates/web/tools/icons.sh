#!/bin/sh
# Makes assets/icons.svg: one <symbol> for each icon named in tools/icons.txt, taken from the
# npm package @tabler/icons (its version stands in assets/LICENSES.md).
#
#   npm pack @tabler/icons@3.51.0 && tar xzf tabler-icons-3.51.0.tgz
#   tools/icons.sh package/icons/outline
set -eu
from=$1
here=$(cd "$(dirname "$0")" && pwd)
{
  printf '<svg xmlns="http://www.w3.org/2000/svg">\n'
  while read -r name; do
    [ -n "$name" ] || continue
    body=$(grep -E '^ *<(path|circle|rect|line|polyline|polygon|ellipse)' "$from/$name.svg" |
      grep -v 'M0 0h24v24H0z' | sed 's/^ *//; s/ \/>/\/>/' | tr -d '\n')
    printf '<symbol id="%s" viewBox="0 0 24 24">%s</symbol>\n' "$name" "$body"
  done <"$here/icons.txt"
  printf '</svg>\n'
} >"$here/../assets/icons.svg"
