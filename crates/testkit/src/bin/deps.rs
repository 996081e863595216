//! `deps`: checks what we stand on. Every crate's licence must be one that we may pass on, no
//! banned crate may be in the graph, and our own crates may only see what the house allows.
//!
//! Reads `cargo metadata` for the platform that we ship on; asks no network.

use anyhow::{Context as _, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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

/// Which of our crates may see which. Tests of `store` and `sandbox` follow the same rule.
const ARROWS: &[(&str, &[&str])] = &[
    ("world", &[]),
    ("domain", &["world"]),
    ("store", &["domain", "world"]),
    ("marketplaces", &["domain", "world", "sandbox"]),
    ("sandbox", &["world"]),
    (
        "app",
        &["domain", "marketplaces", "store", "world", "sandbox"],
    ),
    ("web", &["app", "domain", "world", "testkit"]),
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
            "testkit",
        ],
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
    ),
];

fn main() -> anyhow::Result<()> {
    let metadata = metadata()?;
    let packages = by_id(&metadata)?;
    let used = reachable(&metadata)?;
    let mut faults = Vec::new();
    for id in &used {
        let Some(package) = packages.get(id.as_str()) else {
            continue;
        };
        let name = text(package, "name");
        if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            faults.push(format!("{name} is banned: {why}"));
        }
        let licence = text(package, "license");
        if !allowed(licence) {
            faults.push(format!(
                "{name} {}: licence {licence:?} is not on the list",
                text(package, "version")
            ));
        }
    }
    faults.extend(arrows(&metadata, &packages));
    println!("{} crates checked", used.len());
    if faults.is_empty() {
        return Ok(());
    }
    bail!("{}", faults.join("\n"))
}

fn metadata() -> anyhow::Result<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let out = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .output()
        .context("cargo cannot be started")?;
    if !out.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(serde_json::from_slice(&out.stdout)?)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, field: &str) -> anyhow::Result<&'a Vec<Value>> {
    value[field]
        .as_array()
        .with_context(|| format!("cargo metadata has no {field}"))
}

fn by_id(metadata: &Value) -> anyhow::Result<BTreeMap<&str, &Value>> {
    Ok(list(metadata, "packages")?
        .iter()
        .map(|package| (text(package, "id"), package))
        .collect())
}

/// Everything that the workspace needs to run and to build, without what only tests of ours need.
fn reachable(metadata: &Value) -> anyhow::Result<BTreeSet<String>> {
    let mut needs = BTreeMap::new();
    for node in list(&metadata["resolve"], "nodes")? {
        let of_use = |dep: &&Value| {
            dep["dep_kinds"].as_array().is_none_or(|kinds| {
                kinds
                    .iter()
                    .any(|kind| kind["kind"].as_str() != Some("dev"))
            })
        };
        let deps: Vec<&str> = list(node, "deps")?
            .iter()
            .filter(of_use)
            .map(|dep| text(dep, "pkg"))
            .collect();
        needs.insert(text(node, "id"), deps);
    }
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = list(metadata, "workspace_members")?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    while let Some(id) = open.pop() {
        if seen.insert(id.to_owned()) {
            open.extend(needs.get(id).into_iter().flatten().copied());
        }
    }
    Ok(seen)
}

fn arrows(metadata: &Value, packages: &BTreeMap<&str, &Value>) -> Vec<String> {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let mut faults = Vec::new();
    let members = metadata["workspace_members"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    for package in members.filter_map(|id| packages.get(id)) {
        let name = text(package, "name");
        let Some((_, may)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            faults.push(format!("{name}: a crate of ours without a line in ARROWS"));
            continue;
        };
        for dep in package["dependencies"].as_array().into_iter().flatten() {
            let to = text(dep, "name");
            let in_tests_only = dep["kind"].as_str() == Some("dev");
            let forbidden = ours.contains(to) && !may.contains(&to);
            let only_for_tests = matches!(
                (name, to),
                ("marketplaces" | "app", "sandbox") | ("web" | "server", "testkit")
            );
            if forbidden || (only_for_tests && !in_tests_only) {
                faults.push(format!("{name} must not see {to}"));
            }
        }
    }
    faults
}

/// Does an expression of licences allow a choice from the list?
fn allowed(expression: &str) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let good = any_of(&words, &mut at);
    good && at == words.len() && !words.is_empty()
}

fn any_of(words: &[&str], at: &mut usize) -> bool {
    let mut good = all_of(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        let next = all_of(words, at);
        good = good || next;
    }
    good
}

fn all_of(words: &[&str], at: &mut usize) -> bool {
    let mut good = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        let next = one(words, at);
        good = good && next;
    }
    good
}

fn one(words: &[&str], at: &mut usize) -> bool {
    match words.get(*at) {
        Some(&"(") => {
            *at += 1;
            let good = any_of(words, at);
            let closed = words.get(*at) == Some(&")");
            *at += 1;
            good && closed
        }
        Some(name) => {
            *at += 1;
            let mut whole = (*name).to_owned();
            if words.get(*at) == Some(&"WITH") {
                whole = format!(
                    "{whole} WITH {}",
                    words.get(*at + 1).copied().unwrap_or_default()
                );
                *at += 2;
            }
            LICENCES.contains(&whole.as_str())
        }
        None => false,
    }
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
