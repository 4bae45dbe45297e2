//! Do settings do what they say, and are wrong ones told?

use vigil_ingest::scrub::Scrubber;

use super::{by, list, map, read, scalar};

#[test]
fn each_recogniser_has_a_switch() {
    let text = "password=x a://b:c@d eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc AKIAIOSFODNN7EXAMPLE 4111111111111111 123-45-6789 \
        DE89370400440532013000 -----BEGIN PRIVATE KEY-----";
    let kinds = |scrubber: &Scrubber| -> Vec<String> {
        scrubber.explain(text).iter().map(|found| found.kind.name().to_owned()).collect()
    };
    let all = kinds(&Scrubber::usual());
    assert_eq!(all, ["names", "urls", "jwt", "tokens", "cards", "ssn", "iban", "private_keys"]);
    for off in &all {
        let rest: Vec<String> = all.iter().filter(|kind| *kind != off).cloned().collect();
        assert_eq!(kinds(&by(&map([(off, scalar("off"))]))), rest, "{off}");
    }
    assert!(read(&scalar("off")).0.is_none());
    assert_eq!(kinds(&by(&scalar("on"))), all);
}

#[test]
fn names_are_added_and_kept() {
    let names = |names: &[&str]| list(names.iter().map(|name| scalar(name)).collect());
    let scrubber = by(&map([("fields", names(&["employee_pin"])), ("keep", names(&["refresh_token", "note"]))]));
    assert_eq!(
        scrubber.text("employeePin=1234 EMPLOYEE-PIN: 77 refresh_token=abc \"employee_pin\":\"x\" password=y"),
        "employeePin=***REDACTED*** EMPLOYEE-PIN: ***REDACTED*** refresh_token=abc \"employee_pin\":\"***REDACTED***\" \
            password=***REDACTED***"
    );
    assert_eq!(scrubber.explain_field("staff.employeePIN", "1").as_deref(), Some("***REDACTED***"));
    assert_eq!(scrubber.explain_field("note", "password=x"), None);
    assert_eq!(scrubber.explain_field("refreshToken", "x"), None);
}

#[test]
fn patterns_are_added() {
    let pattern = map([("name", scalar("employee")), ("regex", scalar(r"EMP-\d{6}")), ("with", scalar("EMP-***"))]);
    let usual = map([("name", scalar("badge")), ("regex", scalar(r"badge \d+ of password=\w"))]);
    let scrubber = by(&map([("patterns", list(vec![pattern, usual]))]));
    assert_eq!(scrubber.text("EMP-123456, EMP-12, x@EMP-654321"), "EMP-***, EMP-12, x@EMP-***");
    assert_eq!(scrubber.text("badge 7 of password=xyz!"), "***REDACTED***");
    assert_eq!(scrubber.explain("EMP-123456")[0].kind.name(), "employee");
}

#[test]
fn wrong_settings_are_told() {
    let told = |node| read(&node).1.into_iter().map(|fault| fault.message).collect::<Vec<_>>().join("; ");
    let pattern = |regex: &str, with: &str| {
        let pattern = map([("name", scalar("p")), ("regex", scalar(regex)), ("with", scalar(with))]);
        map([("patterns", list(vec![pattern]))])
    };
    assert!(told(map([("cards", scalar("maybe"))])).contains("`maybe` is neither `on`, `partial` nor `off`"));
    assert!(told(map([("card", scalar("off"))])).contains("did you mean `cards`?"));
    assert!(told(map([("fields", scalar("123"))])).contains("it has no letter"));
    assert!(told(pattern("a(", "x")).contains("is no regular expression"));
    assert!(told(pattern("a*", "x")).contains("finds the empty text"));
    assert!(told(pattern("[a-z]+", "gone")).contains("finds `gone` too"));
    assert!(told(map([("patterns", list(vec![map([("name", scalar("p"))])]))])).contains("`regex` is missing"));
    assert!(told(list(vec![])).contains("expected keys and values"));
}
