//! May we ship every dependency: its licence, its name, its source?
//!
//! A reading of the part of deny.toml that cargo-deny would enforce, so that the check needs
//! no further tool. Advisories are left to cargo-deny: they need a database.

use std::collections::BTreeSet;
use std::fs;

use crate::cargo;
use crate::error::Error;
use crate::workspace::{Package, Workspace};

const RULES: &str = "deny.toml";
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What deny.toml allows and forbids.
struct Rules {
    licences: BTreeSet<String>,
    banned: BTreeSet<String>,
}

/// Every dependency that breaks a rule.
pub(super) fn findings(workspace: &Workspace) -> Result<Vec<String>, Error> {
    let text = fs::read_to_string(RULES).map_err(Error::file(RULES))?;
    Ok(complaints(workspace, &rules(&text), &built()?))
}

/// `name version` of every package that is built for some platform. The metadata list more: what a
/// feature would need that nobody switches on.
fn built() -> Result<BTreeSet<String>, Error> {
    let arguments = ["tree", "--workspace", "--target", "all", "--prefix", "none", "--format", "{p}"];
    let text = cargo::output(cargo::cargo().args(arguments))?;
    let name = |line: &str| {
        let mut words = line.split_whitespace();
        Some(format!("{} {}", words.next()?, words.next()?.trim_start_matches('v')))
    };
    Ok(text.lines().filter_map(name).collect())
}

fn complaints(workspace: &Workspace, rules: &Rules, built: &BTreeSet<String>) -> Vec<String> {
    let is_built = |package: &&Package| built.contains(&format!("{} {}", package.name, package.version));
    let foreign = workspace.packages.values().filter(|package| package.source.is_some()).filter(is_built);
    foreign.flat_map(|package| complaints_of(package, rules)).collect()
}

fn complaints_of(package: &Package, rules: &Rules) -> Vec<String> {
    let name = format!("{} {}", package.name, package.version);
    let mut complaints = Vec::new();
    match &package.license {
        None => complaints.push(format!("{name} states no licence")),
        Some(license) if !allowed(license, &rules.licences) => {
            complaints.push(format!("{name} is under `{license}`, which {RULES} does not allow"));
        }
        Some(_) => {}
    }
    if rules.banned.contains(&package.name) {
        complaints.push(format!("{name} is banned by {RULES}, which says why"));
    }
    if package.source.as_deref() != Some(CRATES_IO) {
        complaints.push(format!("{name} does not come from crates.io"));
    }
    complaints
}

/// Reads `allow = […]` below `[licenses]` and each `crate = "…"` of `deny = […]` below `[bans]`.
fn rules(text: &str) -> Rules {
    let mut rules = Rules { licences: BTreeSet::new(), banned: BTreeSet::new() };
    let (mut section, mut key) = ("", "");
    for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        if line.starts_with('[') && line.ends_with(']') && !line.contains('"') {
            section = line;
            continue;
        }
        if let Some((name, _)) = line.split_once('=').filter(|(name, _)| !name.contains(['{', '"'])) {
            key = name.trim();
        }
        match (section, key) {
            ("[licenses]", "allow") => rules.licences.extend(quoted(line)),
            ("[bans]", "deny") => {
                rules.banned.extend(line.split("crate =").skip(1).filter_map(|rest| quoted(rest).next()));
            }
            _ => {}
        }
    }
    rules
}

fn quoted(line: &str) -> impl Iterator<Item = String> {
    line.split('"').skip(1).step_by(2).map(str::to_owned)
}

/// Whether the licence expression can be met with allowed licences alone.
fn allowed(expression: &str, licences: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let mut parser = Parser { words: &mut words, licences };
    let met = parser.any();
    met && words.next().is_none()
}

struct Parser<'a, 'b> {
    words: &'a mut std::iter::Peekable<std::str::SplitWhitespace<'b>>,
    licences: &'a BTreeSet<String>,
}

impl Parser<'_, '_> {
    fn any(&mut self) -> bool {
        let mut met = self.all();
        while self.words.next_if_eq(&"OR").is_some() {
            met |= self.all();
        }
        met
    }

    fn all(&mut self) -> bool {
        let mut met = self.one();
        while self.words.next_if_eq(&"AND").is_some() {
            met &= self.one();
        }
        met
    }

    fn one(&mut self) -> bool {
        match self.words.next() {
            Some("(") => {
                let met = self.any();
                self.words.next_if_eq(&")").is_some() && met
            }
            Some(name) if self.words.next_if_eq(&"WITH").is_some() => {
                let exception = self.words.next().unwrap_or_default();
                self.licences.contains(&format!("{name} WITH {exception}"))
            }
            Some(name) => self.licences.contains(name),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        [licenses]
        # allow = ["GPL-3.0"]
        allow = [
            "MIT", # most
            "Unicode-3.0",
        ]
        [bans]
        multiple-versions = "warn"
        deny = [
            { crate = "openssl-sys", reason = "\"allow\"" },
            { crate = "chrono" },
        ]
    "#;

    #[test]
    fn the_rules_are_read() {
        let rules = rules(TEXT);
        assert_eq!(rules.licences.into_iter().collect::<Vec<_>>(), ["MIT", "Unicode-3.0"]);
        assert_eq!(rules.banned.into_iter().collect::<Vec<_>>(), ["chrono", "openssl-sys"]);
    }

    #[test]
    fn expressions_are_met_or_not() {
        let licences = rules(TEXT).licences;
        for fine in ["MIT", "MIT/GPL-3.0", "GPL-3.0 OR MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
            assert!(allowed(fine, &licences), "{fine}");
        }
        for wrong in ["GPL-3.0", "MIT AND GPL-3.0", "MIT WITH LLVM-exception", "", "MIT MIT", "(MIT", "GPL-3.0 OR"] {
            assert!(!allowed(wrong, &licences), "{wrong}");
        }
    }

    #[test]
    fn a_bad_dependency_is_named() {
        let package = |name: &str, license: Option<&str>, source: &str| {
            let license = license.map(str::to_owned);
            let json = serde_json::json!({
                "workspace_root": "/w", "workspace_members": [], "resolve": { "nodes": [] },
                "packages": [{ "id": name, "name": name, "version": "1.0.0", "license": license, "source": source }],
            });
            let built = BTreeSet::from([format!("{name} 1.0.0")]);
            complaints(&Workspace::parse(&json.to_string()).expect("the fixture is metadata"), &rules(TEXT), &built)
        };
        assert_eq!(package("fine", Some("MIT"), CRATES_IO), Vec::<String>::new());
        assert_eq!(
            package("openssl-sys", Some("MIT"), CRATES_IO),
            ["openssl-sys 1.0.0 is banned by deny.toml, which says why"]
        );
        assert_eq!(package("lost", None, "git+https://example.org").len(), 2);
    }
}
