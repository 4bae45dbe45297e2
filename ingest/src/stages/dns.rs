//! Which name an address has: `source.domain` beside `source.ip`. What is not known yet is asked for in the background,
//! and the event does not wait.

use std::net::IpAddr;
use std::sync::Arc;

use vigil_model::Value;
use vigil_model::tree::Node;

use super::read;
use crate::networks::address;
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Resolver, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "dns", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let faults = making.faults.len();
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let fields = read::keys("fields", &mut options);
    let to = options.text("to");
    if let Some((at, name)) = to {
        read::makes(at, name, &mut options);
        if fields.len() > 1 {
            options.fault(at, "`to` is for one field; without it each has its name beside it, as `source.domain`");
        }
    }
    if fields.is_empty() {
        let at = options.at();
        options.fault(at, "`fields` is missing: those that hold addresses, such as `source.ip`");
    }
    options.finish();
    let target = |field: &String| to.map_or_else(|| beside(field, "domain"), |(_, name)| name.to_owned());
    let fields = fields.iter().map(|field| (field.clone(), target(field))).collect();
    let resolver = Arc::clone(&making.resolver);
    (making.faults.len() == faults).then(|| Box::new(Dns { fields, resolver }) as Box<dyn Stage>)
}

/// The name of a field that stands beside another: `source.domain` beside `source.ip`, `client_domain` beside
/// `client_ip`.
pub(super) fn beside(field: &str, what: &str) -> String {
    match field.strip_suffix("ip") {
        Some(stem) if stem.ends_with(['.', '_', '-']) => format!("{stem}{what}"),
        _ => format!("{field}.{what}"),
    }
}

struct Dns {
    /// Where addresses are, and where their names go.
    fields: Vec<(String, String)>,
    resolver: Arc<dyn Resolver>,
}

impl Stage for Dns {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        for (from, to) in &self.fields {
            let asked = event.text(from).and_then(address).filter(has_name);
            if let Some(name) = asked.and_then(|address| self.resolver.name(address)) {
                event.add(to, Value::Str(&name));
            }
        }
        Verdict::Keep
    }

    /// What is known depends on what was asked for before.
    fn remembers(&self) -> bool {
        true
    }
}

/// Whether an address may have a name at all.
fn has_name(address: &IpAddr) -> bool {
    !(address.is_unspecified() || address.is_multicast() || address.is_loopback())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::stages::testing::{all, faults, made_with};

    struct Knows;

    impl Resolver for Knows {
        fn name(&self, address: IpAddr) -> Option<Arc<str>> {
            assert!(!address.is_loopback(), "it is not asked for addresses of no host");
            (address.to_string() == "8.8.8.8").then(|| "dns.google".into())
        }
    }

    fn dns(options: &str) -> Box<dyn Stage> {
        let mut making = Making { resolver: Arc::new(Knows), ..Making::bare() };
        made_with("dns", options, &mut making).expect("fine")
    }

    #[test]
    fn names_that_are_known_are_added() {
        let events = [
            r#"{"source":{"ip":"8.8.8.8"},"client":"::ffff:8.8.8.8"}"#,
            r#"{"source":{"ip":"8.8.8.8","domain":"own"},"client":"127.0.0.1"}"#,
            r#"{"source":{"ip":"9.9.9.9"},"client":3}"#,
        ];
        expect![[r#"
            client="::ffff:8.8.8.8" client.domain="dns.google" source.domain="dns.google" source.ip="8.8.8.8"
            client="127.0.0.1" source.domain="own" source.ip="8.8.8.8"
            client=3 source.ip="9.9.9.9"
        "#]]
        .assert_eq(&all(&*dns("{fields: [source.ip, client]}"), &events));
        expect![[r#"
            client="::ffff:8.8.8.8" source.ip="8.8.8.8" who="dns.google"
            client="127.0.0.1" source.domain="own" source.ip="8.8.8.8"
            client=3 source.ip="9.9.9.9"
        "#]]
        .assert_eq(&all(&*dns("{fields: client, to: who}"), &events));
    }

    #[test]
    fn faults_of_settings() {
        let told = ["", "{fields: [a, b], to: c}", "{fields: a, too: b}"].map(|options| faults("dns", options));
        expect![[r#"
            1:1: dns: `fields` is missing: those that hold addresses, such as `source.ip`
            1:22: dns: `to` is for one field; without it each has its name beside it, as `source.domain`
            1:13: dns: unknown key `too`; did you mean `to`?
        "#]]
        .assert_eq(&told.concat());
    }
}
