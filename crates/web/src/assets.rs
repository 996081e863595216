//! Files compiled into the program: style sheets, scripts, the icon sprite.
//!
//! Each is served under an address that holds a digest of its content, so browsers keep it for
//! ever and a new version of the program is seen at once. Gzip is done once, at first use.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::sync::OnceLock;

#[derive(rust_embed::RustEmbed)]
#[folder = "assets"]
struct Files;

/// The route under which [`serve`] belongs.
pub const ROUTE: &str = "/a/{digest}/{name}";

struct Asset {
    url: String,
    digest: String,
    kind: &'static str,
    plain: Bytes,
    gzip: Bytes,
}

fn all() -> &'static BTreeMap<String, Asset> {
    static ALL: OnceLock<BTreeMap<String, Asset>> = OnceLock::new();
    ALL.get_or_init(|| {
        Files::iter()
            .filter_map(|name| {
                let plain = Bytes::from(Files::get(&name)?.data.into_owned());
                let digest =
                    data_encoding::HEXLOWER.encode(&Sha256::digest(&plain))[..10].to_owned();
                Some((
                    name.to_string(),
                    Asset {
                        url: format!("/a/{digest}/{name}"),
                        gzip: gzip(&plain).unwrap_or_default(),
                        kind: kind(&name),
                        digest,
                        plain,
                    },
                ))
            })
            .collect()
    })
}

fn gzip(plain: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish().map(Bytes::from)
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The address of an asset. A name that does not exist gives an address that answers 404; a test
/// looks up every name that a template uses.
#[must_use]
pub fn url(name: &str) -> &'static str {
    all().get(name).map_or("/a/none/none", |a| &a.url)
}

/// Serves `/a/{digest}/{name}`. A digest of an older version is answered with 404, never with
/// other content under that address.
pub async fn serve(Path((digest, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = all().get(&name).filter(|a| a.digest == digest) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let takes_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(',').any(|part| part.trim().starts_with("gzip")));
    let zipped = takes_gzip && !asset.gzip.is_empty();
    let body = if zipped { &asset.gzip } else { &asset.plain };
    let mut response = body.clone().into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    out.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if zipped {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// One icon of the sprite, drawn in the colour of the text around it.
#[derive(Clone, Copy, Debug)]
pub struct Icon<'a>(&'a str);

/// The icon of that name: `icon("truck-delivery")`. Names are those of Tabler's outline icons and
/// stand in `tools/icons.txt`.
#[must_use]
pub const fn icon(name: &str) -> Icon<'_> {
    Icon(name)
}

impl fmt::Display for Icon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (url, name) = (url("icons.svg"), self.0);
        write!(
            f,
            r#"<svg class="icon" aria-hidden="true"><use href="{url}#{name}"/></svg>"#
        )
    }
}

impl askama::FastWritable for Icon<'_> {
    fn write_into(
        &self,
        out: &mut dyn fmt::Write,
        _values: &dyn askama::Values,
    ) -> askama::Result<()> {
        write!(out, "{self}")?;
        Ok(())
    }
}

// Names come from our own sources, never from data.
impl askama::filters::HtmlSafe for Icon<'_> {}

/// Writes every asset below `folder`, as [`serve`] would answer it, for looking at pages without
/// a server.
#[cfg(test)]
pub(crate) fn write_below(folder: &std::path::Path) -> std::io::Result<()> {
    for (name, asset) in all() {
        let place = folder.join("a").join(&asset.digest);
        std::fs::create_dir_all(&place)?;
        std::fs::write(place.join(name), &asset.plain)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn sources(folder: &str, end: &str, out: &mut Vec<String>) {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut open = vec![root];
        while let Some(path) = open.pop() {
            for entry in std::fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.to_string_lossy().ends_with(end) {
                    out.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
    }

    fn named(text: &str, call: &str) -> Vec<String> {
        text.split(call)
            .skip(1)
            .filter_map(|rest| rest.split_once('"').map(|(name, _)| name.to_owned()))
            .collect()
    }

    #[test]
    fn every_asset_and_icon_that_a_page_names_exists() {
        let mut texts = Vec::new();
        sources("templates", ".html", &mut texts);
        sources("src", ".rs", &mut texts);
        let sprite = Files::get("icons.svg").unwrap().data.into_owned();
        let sprite = String::from_utf8(sprite).unwrap();
        let (mut assets, mut icons) = (0, 0);
        for text in &texts {
            for name in named(text, "assets::url(\"") {
                assert!(all().contains_key(&name), "no asset {name}");
                assets += 1;
            }
            for call in ["icon(\"", "icon: \"", "icon = \""] {
                for name in named(text, call) {
                    assert!(
                        sprite.contains(&format!("id=\"{name}\"")),
                        "no icon {name}: add it to tools/icons.txt and run tools/icons.sh"
                    );
                    icons += 1;
                }
            }
        }
        assert!(assets > 3 && icons > 10);
    }

    #[test]
    fn no_page_holds_inline_script_or_style() {
        let mut texts = Vec::new();
        sources("templates", ".html", &mut texts);
        for text in &texts {
            for bad in [
                " style=",
                "<style",
                "<script>",
                " onclick=",
                " onchange=",
                " hx-on",
            ] {
                assert!(!text.contains(bad), "{bad} in a template");
            }
        }
    }

    #[tokio::test]
    async fn an_asset_is_served_for_ever_and_only_under_its_own_digest() {
        let mut parts = url("app.css").split('/').skip(2);
        let digest = parts.next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("br, gzip"),
        );
        let good = serve(Path((digest, "app.css".to_owned())), headers.clone()).await;
        assert_eq!(good.status(), StatusCode::OK);
        assert_eq!(good.headers()[header::CONTENT_ENCODING], "gzip");
        assert!(
            good.headers()[header::CACHE_CONTROL]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
        let old = serve(
            Path(("0000000000".to_owned(), "app.css".to_owned())),
            headers,
        )
        .await;
        assert_eq!(old.status(), StatusCode::NOT_FOUND);
    }
}
