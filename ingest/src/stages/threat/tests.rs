//! Does `threat` find what is on its lists, and nothing that is allowed?

use std::net::Ipv4Addr;

use expect_test::expect;
use proptest::prelude::*;

use crate::stage::Stage;
use crate::stages::testing::{all, applied, made};

const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn threat(options: &str) -> Result<Box<dyn Stage>, String> {
    let mixed = format!("# mixed\n5.6.0.0/16\nbad.example\nhttp://c2.example/gate.php\n{}\n", HASH.to_uppercase());
    let stix = br#"{"type":"bundle","objects":[{"type":"indicator","pattern":"[domain-name:value = 'bad.example']"}]}"#;
    let files: [(&'static str, &[u8]); 5] = [
        ("feeds/mixed.txt", mixed.as_bytes()),
        ("stix.json", stix),
        ("good.csv", b"5.6.7.0/24,office\nok.bad.example,ours\n"),
        ("none.txt", b"# nothing\n"),
        ("broken.json", b"{\"type\":"),
    ];
    made("threat", options, &files)
}

#[test]
fn what_is_on_a_list_is_told() {
    let options = "{lists: [feeds/mixed.txt, {name: partner, file: stix.json, type: domain}], allow: good.csv, \
                   fields: [ip, host, url, hash, Hashes]}";
    let stage = threat(options).expect("fine");
    let hashes = format!(r#"{{"Hashes":"MD5=d41d8cd98f00b204e9800998ecf8427e,SHA256={HASH}"}}"#);
    let events = [
        r#"{"ip":"5.6.1.1","host":"WWW.Bad.Example"}"#,
        r#"{"ip":"5.6.7.8","host":"ok.bad.example"}"#,
        r#"{"ip":["9.9.9.9","::ffff:5.6.1.2",7],"other":"bad.example"}"#,
        r#"{"url":"HTTP://C2.example/gate.php#x","threat":{"indicator":{"type":"own"}}}"#,
        r#"{"url":"https://a.bad.example:8443/x"}"#,
        r#"{"url":"http://c2.example/other","host":"notbad.example"}"#,
        &hashes,
        r#"{"ip":5}"#,
    ];
    expect![[r#"
        host="WWW.Bad.Example" ip="5.6.1.1" threat.indicator.list=[mixed, partner] threat.indicator.matched=[5.6.1.1, WWW.Bad.Example] threat.indicator.type=[domain-name, ipv4-addr]
        host="ok.bad.example" ip="5.6.7.8"
        ip=[9.9.9.9, ::ffff:5.6.1.2, 7] other="bad.example" threat.indicator.list=[mixed] threat.indicator.matched=[::ffff:5.6.1.2] threat.indicator.type=[ipv4-addr]
        threat.indicator.list=[mixed] threat.indicator.matched=[HTTP://C2.example/gate.php#x] threat.indicator.type=[url] threat.indicator.type_="own" url="HTTP://C2.example/gate.php#x"
        threat.indicator.list=[mixed, partner] threat.indicator.matched=[https://a.bad.example:8443/x] threat.indicator.type=[url] url="https://a.bad.example:8443/x"
        host="notbad.example" url="http://c2.example/other"
        Hashes="MD5=d41d8cd98f00b204e9800998ecf8427e,SHA256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" threat.indicator.list=[mixed] threat.indicator.matched=[e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855] threat.indicator.type=[file]
        ip=5
    "#]].assert_eq(&all(&*stage, &events));
}

#[test]
fn usual_fields_are_looked_at() {
    let stage = threat("{lists: feeds/mixed.txt}").expect("fine");
    expect![[r#"
        dns.question.name="bad.example" source.ip="5.6.1.1" threat.indicator.list=[mixed] threat.indicator.matched=[5.6.1.1, bad.example] threat.indicator.type=[domain-name, ipv4-addr]
    "#]]
        .assert_eq(&applied(&*stage, r#"{"source":{"ip":"5.6.1.1"},"dns":{"question":{"name":"bad.example"}}}"#));
}

#[test]
fn faults_of_settings() {
    let told = [
        "",
        "{lists: none.txt}",
        "{lists: [missing.txt, {name: x}], allow: broken.json}",
        "{lists: [{file: stix.json, type: hash}]}",
        "{lists: [{file: stix.json, type: ips, nmae: x}], filds: a}",
    ];
    let told = told.map(|options| threat(options).err().unwrap_or_else(|| "fine\n".to_owned()));
    expect![[r#"
        1:1: threat: `lists` is missing: files of indicators, such as `[{name: bad, file: bad.txt}]`
        1:9: threat: `none.txt`: there is no indicator in it
        1:23: threat: a list of `lists`: `file` is missing
        1:10: threat: `missing.txt`: no such file
        1:42: threat: `broken.json`: not readable as JSON: EOF while parsing a value at line 1 column 8
        1:17: threat: `stix.json`: there is no indicator in it
        1:50: threat: unknown key `filds`; did you mean `fields`?
        1:34: threat: a list of `lists`: `type`: `ips` is none of auto, ip, domain, hash, url
        1:39: threat: a list of `lists`: unknown key `nmae`; did you mean `name`?
    "#]]
    .assert_eq(&told.concat());
}

proptest! {
    #[test]
    fn as_if_every_line_were_tried(networks in proptest::collection::vec((0_u8..4, 8_u8..=32), 1..10), domains in proptest::collection::vec("[ab](\\.[ab]){1,2}", 1..6), ip in any::<[u8; 2]>(), host in "[ab](\\.[ab]){0,3}") {
        let lines = networks.iter().map(|(first, length)| format!("{first}.0.0.0/{length}\n"));
        let file: String = lines.chain(domains.iter().map(|domain| format!("{domain}\n"))).collect();
        let stage = made("threat", "{lists: f, fields: [ip, host]}", &[("f", file.as_bytes())]).expect("fine");
        let ip = Ipv4Addr::new(ip[0] % 4, ip[1] % 3, 0, 1);
        let inside = |(first, length): &(u8, u8)| (ip.to_bits() ^ Ipv4Addr::new(*first, 0, 0, 0).to_bits()).leading_zeros() >= u32::from(*length);
        let below = |domain: &String| host == *domain || host.ends_with(&format!(".{domain}"));
        let told = applied(&*stage, &format!(r#"{{"ip":"{ip}","host":"{host}"}}"#));
        let expected = networks.iter().any(inside) || domains.iter().any(below);
        prop_assert_eq!(told.contains("threat.indicator.matched"), expected, "{}", told);
    }

    #[test]
    fn no_value_is_a_panic(text in "\\PC{0,40}|(http|://|\\[|\\]|@|:|/|\\.|=|,|é|[0-9a-f]){0,30}") {
        let stage = threat("{lists: feeds/mixed.txt, fields: [x]}").expect("fine");
        applied(&*stage, &serde_json::json!({ "x": text }).to_string());
    }
}
