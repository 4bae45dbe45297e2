//! Does a permission let through what it should, and nothing else?

use proptest::prelude::*;
use vigil_model::{Class, ClassSet, Record, Timestamp};
use vigil_query::{Matcher, Permission, parse};

use crate::support::{NOW, filter, record};

fn logs() -> ClassSet {
    ClassSet::one(Class::Logs)
}

#[test]
fn a_class_that_is_not_named_is_denied() {
    let permission = Permission::new(logs().with(Class::Audit), "", NOW).expect("empty");
    let query = parse("*", NOW).expect("VQL");
    assert!(permission.allow(query.clone(), Class::Logs).is_ok());
    let denied = permission.allow(query, Class::Control).expect_err("not named");
    assert_eq!(denied.to_string(), "events of class `control` are not for this token, only audit, logs");
    let none = Permission::new(ClassSet::NONE, "", NOW).expect("empty");
    assert!(none.allow(parse("*", NOW).expect("VQL"), Class::Logs).is_err());
}

#[test]
fn a_scope_is_a_filter_without_pipes() {
    let error = Permission::new(logs(), "host:a | limit 1", NOW).expect_err("a pipe");
    assert_eq!((error.span, error.message.as_str()), (7..16, "a scope is a filter, and a filter has no pipes"));
    assert!(Permission::new(logs(), "host:(", NOW).is_err());
    assert!(
        Permission::new(logs(), "  ", NOW)
            .is_ok_and(|all| all.allow(parse("a", NOW).expect("VQL"), Class::Logs).is_ok())
    );
}

#[test]
fn no_limit_leaves_the_query_as_it_is() {
    let query = parse("* | stats count()", NOW).expect("VQL");
    let asked = Permission::everything().allow(query.clone(), Class::Logs).expect("everything");
    assert_eq!(asked.query(), &query, "what counts without reading goes on to do so");
}

#[test]
fn the_same_question_has_the_same_name_at_any_time() {
    let name = |scope: &str, class: Class, text: &str, now: i64| {
        let permission = Permission::new(ClassSet::ALL, scope, Timestamp(NOW.0 + now)).expect("VQL");
        permission.allow(parse(text, NOW).expect("VQL"), class).expect("every class").name().to_owned()
    };
    let first = name("_time:7d", Class::Logs, "a", 0);
    assert_eq!(first, name("_time:7d", Class::Logs, "a", 1_000_000_000));
    for other in
        [name("_time:8d", Class::Logs, "a", 0), name("", Class::Logs, "a", 0), name("_time:7d", Class::Audit, "a", 0)]
    {
        assert_ne!(first, other);
    }
    assert_ne!(first, name("_time:7d", Class::Logs, "b", 0));
}

proptest! {
    /// Whatever is asked: what is found passes both the question and the scope.
    #[test]
    fn a_permitted_query_finds_what_passes_both(asked in filter(), scope in filter(), bytes in record()) {
        let record = Record::view(&bytes).expect("a record");
        let Ok(query) = parse(&asked.to_string(), NOW) else { return Ok(()) };
        let Ok(permission) = Permission::new(logs(), &scope.to_string(), NOW) else { return Ok(()) };
        let (own, admitted) = (Matcher::for_query(&query).matches(&record), permission.admits(Class::Logs, &record));
        let permitted = permission.allow(query, Class::Logs).expect("its class");
        prop_assert_eq!(Matcher::for_query(permitted.query()).matches(&record), own && admitted);
        prop_assert!(!permission.admits(Class::Audit, &record));
    }
}
