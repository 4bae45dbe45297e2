//! Which crates are there, on which floor, and what does each reach?

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use crate::cargo;
use crate::error::Error;

/// The highest floor that is still pure: no IO, no clock, no randomness, no threads.
pub(crate) const PURE_FLOOR_MAX: u64 = 3;
/// The highest floor: visitors, which speak to a node from outside.
pub(crate) const FLOOR_MAX: u64 = 6;

/// One crate of this workspace.
#[derive(Debug)]
pub(crate) struct Member {
    /// The package name.
    pub(crate) name: String,
    /// Its folder, relative to the root.
    pub(crate) folder: String,
    /// `[package.metadata.vigil] floor`; `None` when it declares none.
    pub(crate) floor: Option<u64>,
    /// Workspace crates that it needs outside its tests.
    pub(crate) imports: Vec<String>,
    id: String,
}

impl Member {
    /// Whether it stands on floors 0 to 3.
    pub(crate) fn is_pure(&self) -> bool {
        self.floor.is_some_and(|floor| floor <= PURE_FLOOR_MAX)
    }
}

/// A package of the resolved graph, ours or foreign.
#[derive(Debug)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its licence expression; `None` when it states none.
    pub(crate) license: Option<String>,
    /// Where it comes from; `None` for a crate of this workspace.
    pub(crate) source: Option<String>,
    /// What it needs outside tests and build scripts, by id.
    needs: Vec<String>,
}

/// The workspace as cargo resolves it, all features of all crates together, for all platforms.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Crates of this workspace, by name.
    pub(crate) members: Vec<Member>,
    /// Every package, by id.
    pub(crate) packages: BTreeMap<String, Package>,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn read() -> Result<Workspace, Error> {
        Workspace::parse(&cargo::output(cargo::cargo().args(["metadata", "--format-version", "1"]))?)
    }

    /// From the JSON of `cargo metadata --format-version 1`.
    pub(crate) fn parse(json: &str) -> Result<Workspace, Error> {
        let metadata: Value = serde_json::from_str(json).map_err(|error| Error::Metadata(error.to_string()))?;
        let root = text(&metadata, "workspace_root")?;
        let ours: Vec<&str> = list(&metadata, "workspace_members")?.iter().filter_map(Value::as_str).collect();
        let mut needs = needs_by_id(&metadata["resolve"])?;
        let mut workspace = Workspace { members: Vec::new(), packages: BTreeMap::new() };
        for package in list(&metadata, "packages")? {
            let id = text(package, "id")?;
            if ours.contains(&id) {
                workspace.members.push(member(package, root)?);
            }
            workspace.packages.insert(id.to_owned(), foreign(package, needs.remove(id).unwrap_or_default())?);
        }
        workspace.members.sort_by(|a, b| a.name.cmp(&b.name));
        keep_workspace_imports(&mut workspace.members);
        Ok(workspace)
    }

    /// The member of this name.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The shortest way from a member to a package with one of these names, both ends included.
    pub(crate) fn way_to<'a>(&'a self, member: &'a Member, names: &[&str]) -> Option<Vec<&'a str>> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([member.id.as_str()]);
        while let Some(id) = queue.pop_front() {
            let package = self.packages.get(id)?;
            if names.contains(&package.name.as_str()) {
                return Some(self.way_back(id, &member.id, &came_from));
            }
            for next in &package.needs {
                if next != &member.id && !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, id);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// Whether a member names this package itself.
    pub(crate) fn needs_directly(&self, member: &Member, name: &str) -> bool {
        let needs = self.packages.get(&member.id).map(|package| package.needs.as_slice()).unwrap_or_default();
        needs.iter().filter_map(|id| self.packages.get(id)).any(|package| package.name == name)
    }

    fn way_back<'a>(&'a self, end: &'a str, start: &str, came_from: &BTreeMap<&str, &'a str>) -> Vec<&'a str> {
        let mut way = vec![self.packages[end].name.as_str()];
        let mut at = end;
        while at != start {
            at = came_from[at];
            way.push(&self.packages[at].name);
        }
        way.reverse();
        way
    }
}

fn member(package: &Value, root: &str) -> Result<Member, Error> {
    let manifest = text(package, "manifest_path")?;
    let folder = manifest.strip_prefix(root).and_then(|rest| rest.strip_suffix("Cargo.toml"));
    let folder = folder.ok_or_else(|| Error::Metadata(format!("{manifest} is outside {root}")))?;
    let imports = list(package, "dependencies")?.iter().filter(|dependency| dependency["kind"] != "dev");
    Ok(Member {
        name: text(package, "name")?.to_owned(),
        folder: folder.trim_matches('/').to_owned(),
        floor: package["metadata"]["vigil"]["floor"].as_u64(),
        imports: imports.filter_map(|dependency| dependency["name"].as_str().map(str::to_owned)).collect(),
        id: text(package, "id")?.to_owned(),
    })
}

fn foreign(package: &Value, needs: Vec<String>) -> Result<Package, Error> {
    Ok(Package {
        name: text(package, "name")?.to_owned(),
        version: text(package, "version")?.to_owned(),
        license: package["license"].as_str().map(str::to_owned),
        source: package["source"].as_str().map(str::to_owned),
        needs,
    })
}

fn keep_workspace_imports(members: &mut [Member]) {
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    for member in members {
        member.imports.retain(|import| names.contains(import));
    }
}

fn needs_by_id(resolve: &Value) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut needs = BTreeMap::new();
    for node in list(resolve, "nodes")? {
        let normal = list(node, "deps")?.iter().filter(|dependency| is_normal(dependency));
        let ids = normal.filter_map(|dependency| dependency["pkg"].as_str().map(str::to_owned)).collect();
        needs.insert(text(node, "id")?.to_owned(), ids);
    }
    Ok(needs)
}

fn is_normal(dependency: &Value) -> bool {
    dependency["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>, Error> {
    value[key].as_array().ok_or_else(|| Error::Metadata(format!("`{key}` is no list")))
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, Error> {
    value[key].as_str().ok_or_else(|| Error::Metadata(format!("`{key}` is no text")))
}
