//! How settings are shown: with their origin, and as a commented file.

use std::collections::BTreeMap;

use super::{Loaded, SETTINGS, Setting, default_text};

/// Path, value and origin of every setting, in the order of the table.
pub(crate) fn origin_rows(loaded: &Loaded) -> Vec<[String; 3]> {
    let row = |setting: &Setting| {
        let found = loaded.values.get(setting.path).expect("every setting has at least its default");
        [setting.path.to_owned(), found.value.to_string(), found.origin.to_string()]
    };
    SETTINGS.iter().map(row).collect()
}

/// A file with every setting at its default, commented out.
pub(crate) fn commented_file(variables: &BTreeMap<String, String>) -> String {
    let mut out = String::from(HEAD);
    let mut section = "";
    for setting in SETTINGS {
        let (parent, key) = setting.path.rsplit_once('.').unwrap_or(("", setting.path));
        if parent != section {
            out.push_str(&format!("\n#{parent}:\n"));
            section = parent;
        }
        out.push_str(&entry(setting, key, if parent.is_empty() { "" } else { "  " }, variables));
    }
    out
}

const HEAD: &str = "\
# Settings of a Vigil node. Each line shows a default; take away the `#` to change it.
# A flag wins over a variable, a variable over this file. In values, ${VAR}, ${VAR:-default} and
# ${file:/path} are put in. `vigil config check` reads it, `vigil config show --origin` says what holds.
";

fn entry(setting: &Setting, key: &str, indent: &str, variables: &BTreeMap<String, String>) -> String {
    let default = default_text(setting, variables);
    let shown = if default.is_empty() { "\"\"" } else { &default };
    let gap = if indent.is_empty() { "\n" } else { "" };
    format!(
        "{gap}#{indent} {help} Expects {expected}. ({variable})\n#{indent}{key}: {shown}\n",
        help = setting.help,
        expected = setting.kind.expected(),
        variable = setting.variable(),
    )
}
