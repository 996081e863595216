//! `deps`: checks what we stand on. Every crate's licence must be one that we may pass on, no
//! banned crate may be in the graph, and our own crates may only see what the house allows.
//!
//! Reads `cargo tree` for the platform that we ship on (`cargo metadata` would also list what no feature
//! turns on) and our own manifests; asks no network.

use anyhow::{Context as _, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

/// Licences under which a crate may come with an Apache-2.0 program.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that must not come in, with the reason.
const BANNED: &[(&str, &str)] = &[
    (
        "ring",
        "one cryptographic provider in the graph: aws-lc-rs; with two, rustls refuses to choose",
    ),
    ("openssl", "rustls is our TLS"),
    ("openssl-sys", "rustls is our TLS"),
    ("native-tls", "rustls is our TLS"),
    ("chrono", "jiff is our calendar"),
    (
        "sqlx-macros",
        "it would build both drivers a second time; statements are prepared in a test",
    ),
    ("rusqlite", "two bindings cannot link one SQLite"),
    (
        "oauth2",
        "the marketplaces' logins are dialects of their own",
    ),
];

/// The platform that we ship on.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Which of our crates sees which, and which it sees in its tests as well.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("world", &[], &[]),
    ("domain", &["world"], &[]),
    ("store", &["domain", "world"], &[]),
    ("marketplaces", &["domain", "world"], &["sandbox"]),
    ("sandbox", &["world"], &[]),
    (
        "app",
        &["domain", "marketplaces", "store", "world"],
        &["sandbox"],
    ),
    (
        "web",
        &["app", "domain", "world"],
        &["marketplaces", "store"],
    ),
    (
        "server",
        &[
            "app",
            "domain",
            "marketplaces",
            "sandbox",
            "store",
            "web",
            "world",
        ],
        &[],
    ),
    (
        "testkit",
        &[
            "app",
            "domain",
            "marketplaces",
            "sandbox",
            "server",
            "store",
            "web",
            "world",
        ],
        &[],
    ),
];

fn main() -> anyhow::Result<()> {
    let tree = cargo(&[
        "tree",
        "--workspace",
        "--locked",
        "--target",
        PLATFORM,
        "-e",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ])?;
    let used: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    let mut faults = Vec::new();
    for line in &used {
        let (package, licence) = line
            .split_once('|')
            .with_context(|| format!("cargo tree: {line:?}"))?;
        let name = package.split(' ').next().unwrap_or_default();
        if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            faults.push(format!("{name} is banned: {why}"));
        }
        if !allowed(licence) {
            faults.push(format!("{package}: licence {licence:?} is not on the list"));
        }
    }
    let metadata: Value = serde_json::from_str(&cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--no-deps",
    ])?)?;
    faults.extend(arrows(&metadata));
    println!("{} crates checked", used.len());
    if faults.is_empty() {
        return Ok(());
    }
    bail!("{}", faults.join("\n"))
}

fn cargo(args: &[&str]) -> anyhow::Result<String> {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let out = Command::new(program)
        .args(args)
        .output()
        .context("cargo cannot be started")?;
    if !out.status.success() {
        bail!(
            "cargo {}: {}",
            args[0],
            String::from_utf8_lossy(&out.stderr)
        );
    }
    Ok(String::from_utf8(out.stdout)?)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn arrows(metadata: &Value) -> Vec<String> {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _, _)| *name).collect();
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = text(package, "name");
        let Some((_, may, may_in_tests)) = ARROWS.iter().find(|(known, _, _)| *known == name)
        else {
            faults.push(format!("{name}: a crate of ours without a line in ARROWS"));
            continue;
        };
        for dep in package["dependencies"].as_array().into_iter().flatten() {
            let to = text(dep, "name");
            let in_tests_only = dep["kind"].as_str() == Some("dev");
            let fine = !ours.contains(to)
                || may.contains(&to)
                || (in_tests_only && may_in_tests.contains(&to));
            if !fine {
                faults.push(format!("{name} must not see {to}"));
            }
        }
    }
    faults
}

/// Does an expression of licences allow a choice from the list? What cannot be read does not.
fn allowed(expression: &str) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    any_of(&words, &mut at) == Some(true) && at == words.len()
}

/// `None` where the expression ends or breaks off before a licence is named.
fn any_of(words: &[&str], at: &mut usize) -> Option<bool> {
    let mut good = all_of(words, at)?;
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        good |= all_of(words, at)?;
    }
    Some(good)
}

fn all_of(words: &[&str], at: &mut usize) -> Option<bool> {
    let mut good = one(words, at)?;
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        good &= one(words, at)?;
    }
    Some(good)
}

fn one(words: &[&str], at: &mut usize) -> Option<bool> {
    let name = *words.get(*at)?;
    *at += 1;
    if name == "(" {
        let good = any_of(words, at)?;
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return closed.then_some(good);
    }
    if words.get(*at) != Some(&"WITH") {
        return Some(LICENCES.contains(&name));
    }
    let exception = words.get(*at + 1)?;
    *at += 2;
    Some(LICENCES.contains(&format!("{name} WITH {exception}").as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_licences_are_read() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
            "(Apache-2.0 OR MIT) AND BSD-3-Clause",
            "Apache-2.0 WITH LLVM-exception",
            "Apache-2.0 OR GPL-2.0-only",
        ] {
            assert!(allowed(good), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0-only",
            "MIT AND AGPL-3.0-only",
            "(MIT",
            "MIT OR",
            "Apache-2.0 WITH Something",
        ] {
            assert!(!allowed(bad), "{bad}");
        }
    }
}
