//! Does `lookup` find the row that a plain search through the file would?

use expect_test::expect;
use proptest::prelude::*;

use crate::stage::Stage;
use crate::stages::testing::{all, applied, made};

const HOSTS: &str = "\u{feff}name, team ,site,note\nweb-1,shop,fra,\"a, \"\"b\"\"\"\nDB-1,core,ber\n,nobody,x,y\nweb-1,late,\n7,seven,s,s\n";
const NETS: &str = "net;zone\n10.0.0.0/8;lan\n10.1.0.0/16;lab\n2001:db8::/32;six\n";

fn lookup(options: &str) -> Result<Box<dyn Stage>, String> {
    let files: [(&'static str, &[u8]); 3] =
        [("hosts.csv", HOSTS.as_bytes()), ("nets.csv", NETS.as_bytes()), ("bad.csv", b"a,b\n\xff,1\n")];
    made("lookup", options, &files)
}

#[test]
fn columns_become_fields_that_are_missing() {
    let events =
        [r#"{"h":"web-1"}"#, r#"{"h":"db-1","team":"own"}"#, r#"{"h":7}"#, r#"{"h":""}"#, r#"{"team":"none"}"#];
    let exact = lookup("{file: hosts.csv, key: h, column: name, add: {owner: team, site: site}}").expect("fine");
    expect![[r#"
        h="web-1" owner="late"
        h="db-1" team="own"
        h=7 owner="seven" site="s"
        h=""
        team="none"
    "#]]
    .assert_eq(&all(&*exact, &events));
    let folded =
        lookup("{file: hosts.csv, key: h, column: name, add: [team, site], match: ignore-case}").expect("fine");
    expect![[r#"
        h="web-1" team="late"
        h="db-1" site="ber" team="own"
        h=7 site="s" team="seven"
        h=""
        team="none"
    "#]]
    .assert_eq(&all(&*folded, &events));
}

#[test]
fn the_smallest_network_counts() {
    let options = "{file: nets.csv, key: net, add: {zone: zone}, match: cidr, delimiter: ';'}";
    let stage = lookup(options).expect("fine");
    let events = ["10.1.2.3", "10.2.0.1", "::ffff:10.2.0.1", "2001:db8::1", "11.0.0.1", "host"];
    let told: String = events.iter().map(|net| applied(&*stage, &format!(r#"{{"net":"{net}"}}"#))).collect();
    expect![[r#"
        net="10.1.2.3" zone="lab"
        net="10.2.0.1" zone="lan"
        net="::ffff:10.2.0.1" zone="lan"
        net="2001:db8::1" zone="six"
        net="11.0.0.1"
        net="host"
    "#]]
    .assert_eq(&told);
}

#[test]
fn faults_of_settings() {
    let told = [
        "{}",
        "{file: none.csv, key: a, add: [a]}",
        "{file: hosts.csv, key: h, add: [team]}",
        "{file: hosts.csv, key: h, column: nam, add: [team]}",
        "{file: hosts.csv, key: h, column: name, add: {_id: team, b: [c]}}",
        "{file: hosts.csv, key: h, column: name, add: {owner: taem}}",
        "{file: bad.csv, key: a, add: [b]}",
        "{file: hosts.csv, key: h, column: name, add: [team], match: cidr}",
        "{file: hosts.csv, key: h, column: name, add: [team], match: fuzzy, delimiter: ab, adds: x}",
    ];
    let told = told.map(|options| lookup(options).err().unwrap_or_else(|| "fine\n".to_owned()));
    expect![[r#"
        1:1: lookup: `file` is missing
        1:1: lookup: `key` is missing
        1:1: lookup: `add` is missing: fields and the columns that they come from, such as `{owner: team}`
        1:8: lookup: `none.csv`: no such file
        1:24: lookup: `hosts.csv`: no column is named `h`; there are: name, team, site, note
        1:35: lookup: `hosts.csv`: no column is named `nam`; did you mean `name`?
        1:47: lookup: `_id` is a name that Vigil needs itself
        1:61: lookup: `add` has fields and the columns that they come from
        1:54: lookup: `hosts.csv`: no column is named `taem`; did you mean `team`?
        1:8: lookup: `bad.csv`: not readable as CSV: CSV parse error: record 1 (line 2, field: 0, byte: 4): invalid utf-8: invalid UTF-8 in field 0 near byte index 0
        1:8: lookup: `hosts.csv`: line 2: `web-1` is no network such as 10.0.0.0/8
        1:61: lookup: `match`: `fuzzy` is none of exact, ignore-case, cidr
        1:79: lookup: `delimiter`: `ab` is no delimiter such as `;` or tab
        1:83: lookup: unknown key `adds`; did you mean `add`?
    "#]].assert_eq(&told.concat());
}

proptest! {
    #[test]
    fn as_if_every_row_were_tried(rows in proptest::collection::vec(("[a-c]{1,2}", "[x-z]{0,2}"), 0..20), key in "[a-c]{1,2}") {
        let file: String = rows.iter().map(|(key, value)| format!("{key},{value}\n")).collect();
        let file = format!("k,v\n{file}");
        let stage = made("lookup", "{file: f, key: k, add: [v]}", &[("f", file.as_bytes())]).expect("fine");
        let naive = rows.iter().rev().find(|(row, _)| *row == key).map_or("", |(_, value)| value);
        let expected = if naive.is_empty() { format!("k={key:?}\n") } else { format!("k={key:?} v={naive:?}\n") };
        prop_assert_eq!(applied(&*stage, &format!(r#"{{"k":"{key}"}}"#)), expected);
    }
}
