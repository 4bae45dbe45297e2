//! Which fields a label may mean.

use std::collections::BTreeMap;

use vigil_model::roles;

/// The labels of a node: LogQL knows names of letters, digits and `_`, events have any name.
///
/// A label means the first of its fields that an event has: of `service_name`, `level`, `detected_level` and `host` the
/// well-known fields of that role; of any other the field of its name, then those that differ from it only in signs
/// which no label can have.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Fields that the node has seen, by the label they are; `None` when nothing is known.
    known: Option<BTreeMap<String, Vec<String>>>,
    streams: Vec<String>,
}

/// The label that a field is: every sign but letters, digits and `_` becomes `_`.
pub fn label_of(field: &str) -> String {
    let mut label: String = field.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if label.starts_with(|c: char| c.is_ascii_digit()) {
        label.insert(0, '_');
    }
    label
}

impl Labels {
    /// The labels of a node that has seen `fields`, if it knows, and whose streams are told apart by the labels
    /// `streams`: those are the labels of a series that is not grouped.
    pub fn new(fields: Option<Vec<String>>, streams: Vec<String>) -> Labels {
        let known = fields.map(|fields| {
            let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for field in fields {
                known.entry(label_of(&field)).or_default().push(field);
            }
            known
        });
        Labels { known, streams }
    }

    /// The labels that tell streams apart.
    pub fn streams(&self) -> &[String] {
        &self.streams
    }

    /// The fields that `label` means, the first one that an event has. `parsed` says that fields may have come out
    /// of lines, so that what the node knows is not all. Never empty.
    pub fn fields(&self, label: &str, parsed: bool) -> Vec<String> {
        let mut fields: Vec<String> = Vec::new();
        let mut add = |field: &str| {
            if !fields.iter().any(|known| known == field) {
                fields.push(field.to_owned());
            }
        };
        let role = role(label);
        if role.is_none() || self.may_have(label, parsed) {
            add(label);
        }
        role.unwrap_or_default().iter().filter(|field| self.may_have(field, parsed)).for_each(|field| add(field));
        if role.is_none() && (self.known.is_none() || parsed) {
            add(&label.replace('_', "."));
        }
        self.known.iter().filter_map(|known| known.get(label)).flatten().for_each(|field| add(field));
        if fields.is_empty() {
            fields.push(label.to_owned());
        }
        // `.` alone would be the name of no field.
        fields.retain(|field| !field.split('.').all(str::is_empty) || field == label);
        fields
    }

    /// The fields that may hold the line.
    pub fn messages(&self) -> Vec<String> {
        let known: Vec<String> = roles::MESSAGE
            .iter()
            .filter(|field| self.may_have(field, false))
            .map(|field| (*field).to_owned())
            .collect();
        if known.is_empty() { roles::MESSAGE.map(str::to_owned).to_vec() } else { known }
    }

    fn may_have(&self, field: &str, parsed: bool) -> bool {
        let Some(known) = &self.known else { return true };
        parsed || known.get(&label_of(field)).is_some_and(|fields| fields.iter().any(|own| own == field))
    }
}

fn role(label: &str) -> Option<&'static [&'static str]> {
    match label {
        "service_name" => Some(&roles::SERVICE),
        "level" | "detected_level" => Some(&roles::LEVEL),
        "host" => Some(&roles::HOST),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_field_of_its_name_or_one_with_other_signs() {
        let nothing = Labels::default();
        assert_eq!(nothing.fields("app", false), ["app"]);
        assert_eq!(nothing.fields("k8s_pod_name", false), ["k8s_pod_name", "k8s.pod.name"]);
        assert_eq!(nothing.fields("_", false), ["_"]);
        assert_eq!(nothing.fields("level", false)[..2], ["level", "severity"]);
        let fields = ["k8s.pod-name", "severity", "service.name", "msg"].map(str::to_owned).to_vec();
        let known = Labels::new(Some(fields), Vec::new());
        assert_eq!(known.fields("k8s_pod_name", false), ["k8s_pod_name", "k8s.pod-name"]);
        assert_eq!(known.fields("a_b", true), ["a_b", "a.b"]);
        assert_eq!(known.fields("detected_level", false), ["severity"]);
        assert_eq!(known.fields("service_name", false), ["service.name"]);
        assert_eq!(known.fields("host", false), ["host"]);
        assert_eq!(known.messages(), ["msg"]);
    }

    #[test]
    fn a_field_is_a_label() {
        assert_eq!(label_of("k8s.pod-name"), "k8s_pod_name");
        assert_eq!(label_of("5xx"), "_5xx");
        assert_eq!(label_of("größe"), "gr__e");
    }
}
