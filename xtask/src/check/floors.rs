//! Does every import point downward, and do the engines stay on their floors?

use crate::workspace::{FLOOR_MAX, Member, Workspace};

/// What must not be reachable from a pure floor, not even through somebody else's crate.
const ENGINES: [&str; 5] = ["tokio", "libp2p", "rocksdb", "librocksdb-sys", "tantivy"];
/// Each of these is named by one crate only, so that it can be exchanged in one folder.
const SINGLE_OWNER: [&str; 3] = ["libp2p", "rocksdb", "tantivy"];

/// Everything that breaks the floors, in sentences.
pub(super) fn findings(workspace: &Workspace) -> Vec<String> {
    let members = workspace.members.iter();
    let mut findings: Vec<String> = members.clone().filter_map(missing_floor).collect();
    findings.extend(members.clone().flat_map(|member| wrong_imports(workspace, member)));
    findings.extend(members.filter_map(|member| reached_engine(workspace, member)));
    findings.extend(SINGLE_OWNER.iter().filter_map(|engine| second_owner(workspace, engine)));
    findings
}

fn missing_floor(member: &Member) -> Option<String> {
    match member.floor {
        Some(floor) if floor <= FLOOR_MAX => None,
        Some(floor) => Some(format!("{}: floor {floor} does not exist; the floors are 0 to {FLOOR_MAX}", member.name)),
        None => Some(format!(
            "{}: declare `[package.metadata.vigil] floor = N` in {}/Cargo.toml",
            member.name, member.folder
        )),
    }
}

fn wrong_imports(workspace: &Workspace, member: &Member) -> Vec<String> {
    let imports = member.imports.iter().filter_map(|name| workspace.member(name));
    imports.filter_map(|import| wrong_import(member, import)).collect()
}

fn wrong_import(member: &Member, import: &Member) -> Option<String> {
    let (from, to) = (member.floor?, import.floor?);
    if to < from {
        return None;
    }
    let direction = if to == from { "sideways" } else { "upward" };
    Some(format!(
        "{} (floor {from}) imports {} (floor {to}): {direction}; move what both need to a lower floor",
        member.name, import.name
    ))
}

fn reached_engine(workspace: &Workspace, member: &Member) -> Option<String> {
    let floor = member.floor.filter(|_| member.is_pure())?;
    let way = workspace.way_to(member, &ENGINES)?;
    Some(format!(
        "{} (floor {floor}) reaches {}: {}; an engine starts at floor 4",
        member.name,
        way.last().expect("a way has its ends"),
        way.join(" -> ")
    ))
}

fn second_owner(workspace: &Workspace, engine: &str) -> Option<String> {
    let owners: Vec<&str> = workspace
        .members
        .iter()
        .filter(|member| workspace.needs_directly(member, engine))
        .map(|member| member.name.as_str())
        .collect();
    (owners.len() > 1).then(|| format!("{engine} is named by {}; one crate owns it", owners.join(" and ")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A workspace from (name, floor, imports); a name without a floor is a foreign crate.
    fn workspace(crates: &[(&str, Option<u64>, &[&str])]) -> Workspace {
        let packages: Vec<Value> = crates.iter().map(|(name, floor, imports)| package(name, *floor, imports)).collect();
        let nodes: Vec<Value> = crates.iter().map(|(name, _, imports)| node(name, imports)).collect();
        let ours: Vec<&str> = crates.iter().map(|(name, ..)| *name).filter(|name| name.starts_with("vigil")).collect();
        let metadata = json!({
            "workspace_root": "/w", "workspace_members": ours, "packages": packages, "resolve": { "nodes": nodes },
        });
        Workspace::parse(&metadata.to_string()).expect("the fixture is metadata")
    }

    fn package(name: &str, floor: Option<u64>, imports: &[&str]) -> Value {
        let kind = |import: &str| if import.starts_with("dev:") { json!("dev") } else { Value::Null };
        let dependencies: Vec<Value> =
            imports.iter().map(|import| json!({ "name": bare(import), "kind": kind(import) })).collect();
        json!({
            "id": name, "name": name, "version": "1.0.0", "license": "MIT", "source": null,
            "manifest_path": format!("/w/{name}/Cargo.toml"), "dependencies": dependencies,
            "metadata": floor.map(|floor| json!({ "vigil": { "floor": floor } })),
        })
    }

    fn node(name: &str, imports: &[&str]) -> Value {
        let kind = |import: &str| if import.starts_with("dev:") { json!("dev") } else { Value::Null };
        let deps: Vec<Value> = imports
            .iter()
            .map(|import| json!({ "pkg": bare(import), "dep_kinds": [{ "kind": kind(import) }] }))
            .collect();
        json!({ "id": name, "deps": deps })
    }

    fn bare(import: &str) -> &str {
        import.strip_prefix("dev:").unwrap_or(import)
    }

    #[test]
    fn downward_imports_pass() {
        let fine = workspace(&[
            ("vigil-model", Some(0), &["blake3"]),
            ("vigil-crdt", Some(2), &["vigil-model", "dev:tokio"]),
            ("vigil-crdt-rocksdb", Some(4), &["vigil-crdt", "rocksdb"]),
            ("blake3", None, &[]),
            ("rocksdb", None, &[]),
            ("tokio", None, &[]),
        ]);
        assert_eq!(findings(&fine), Vec::<String>::new());
    }

    #[test]
    fn upward_and_sideways_imports_fail() {
        let wrong = workspace(&[
            ("vigil-model", Some(0), &["vigil-query"]),
            ("vigil-query", Some(1), &[]),
            ("vigil-crdt", Some(2), &["vigil-index", "dev:vigil-node"]),
            ("vigil-index", Some(2), &[]),
            ("vigil-node", Some(3), &[]),
        ]);
        let found = findings(&wrong);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("vigil-crdt (floor 2) imports vigil-index (floor 2): sideways"), "{found:?}");
        assert!(found[1].contains("vigil-model (floor 0) imports vigil-query (floor 1): upward"), "{found:?}");
    }

    #[test]
    fn an_engine_below_floor_four_fails_with_the_way_to_it() {
        let wrong = workspace(&[
            ("vigil-node", Some(3), &["helper"]),
            ("vigil-api", Some(4), &["helper"]),
            ("helper", None, &["deeper", "helper-of-helper"]),
            ("helper-of-helper", None, &["helper"]),
            ("deeper", None, &["tokio"]),
            ("tokio", None, &[]),
        ]);
        let found = findings(&wrong);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("reaches tokio: vigil-node -> helper -> deeper -> tokio"), "{found:?}");
    }

    #[test]
    fn an_engine_has_one_owner() {
        let wrong = workspace(&[
            ("vigil", Some(5), &["tantivy"]),
            ("vigil-index-tantivy", Some(4), &["tantivy"]),
            ("tantivy", None, &[]),
        ]);
        assert_eq!(findings(&wrong), ["tantivy is named by vigil and vigil-index-tantivy; one crate owns it"]);
    }

    #[test]
    fn a_crate_without_a_floor_or_on_the_roof_fails() {
        let wrong = workspace(&[("vigil-lost", None, &[]), ("vigil-roof", Some(7), &[])]);
        let found = findings(&wrong);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("vigil-lost/Cargo.toml"), "{found:?}");
        assert!(found[1].contains("floor 7 does not exist"), "{found:?}");
    }
}
