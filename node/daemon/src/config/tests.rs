//! Planted mistakes: all are reported, each where it stands.

use std::collections::BTreeMap;

use expect_test::expect;

use super::*;
use crate::settings::{Index, Peers, QuerySettings, Storage, Tls};

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

const MISTAKES: &str = r#"nmae: site-a
data-dir: /srv/vigil
http: 127.0.0.1
listen: 0.0.0.0:seven
insecure_http: yes
port: 8080
cache: 64MiB
name: site-b
name: site-c
storage:
  snyc: always
  sync: sometimes
  sync_interval: 10 parsecs
  max_disk: 1MiB
  min_free: [64MiB]
  cache:
  concurrency: 4
index: fast
indx:
  memory: 1GiB
query:
  concurrency: many
  max_bytes: ${NO_SUCH_VARIABLE}
  max_rows: 5
  concurency: 2
logging:
  level: debug
"#;

#[test]
fn all_mistakes_of_a_file_are_reported_where_they_stand() {
    let Checked { problems, .. } = check_text("vigil.yaml", MISTAKES, &variables(&[]));
    expect![[r#"
        vigil.yaml:1:1: error: unknown setting `nmae`; did you mean `name`?
        vigil.yaml:2:1: error: unknown setting `data-dir`; did you mean `data_dir`?
        vigil.yaml:3:7: error: `http`: a port is missing; write 127.0.0.1:8080
        vigil.yaml:4:9: error: `listen`: `seven` is not a port from 0 to 65535
        vigil.yaml:5:16: error: `insecure_http`: `yes` is not true or false
        vigil.yaml:6:1: error: unknown setting `port`; there are: data_dir, http, listen, name, insecure_http, tls, tls_cert, tls_key, peers, storage, index, query, sources, pipeline
        vigil.yaml:7:1: error: unknown setting `cache`; it is `storage.cache`
        vigil.yaml:9:1: error: `name` is already set on line 8
        vigil.yaml:11:3: error: unknown setting `storage.snyc`; did you mean `sync`?
        vigil.yaml:12:9: error: `storage.sync`: `sometimes` is not one of: always, interval
        vigil.yaml:13:18: error: `storage.sync_interval`: `10 parsecs` is not a duration such as 500ms, 1s or 5m
        vigil.yaml:14:13: error: `storage.max_disk`: 1MiB is less than the least, 64MiB
        vigil.yaml:15:13: error: `storage.min_free` is not a list: expected a size such as 64MiB
        vigil.yaml:16:3: error: `storage.cache` has no value: expected a size such as 64MiB
        vigil.yaml:17:3: error: unknown setting `storage.concurrency`; it is `query.concurrency`
        vigil.yaml:18:8: error: `index` is a section: expected commit_interval, memory beneath it
        vigil.yaml:19:1: error: unknown setting `indx`; did you mean `index`?
        vigil.yaml:22:16: error: `query.concurrency`: `many` is not a whole number from 1 to 1024
        vigil.yaml:23:14: error: `query.max_bytes`: variable NO_SUCH_VARIABLE is not set; write ${NO_SUCH_VARIABLE:-DEFAULT} to do without
        vigil.yaml:24:3: error: unknown setting `query.max_rows`; there are: concurrency, max_bytes, threads, slow
        vigil.yaml:25:3: error: unknown setting `query.concurency`; did you mean `concurrency`?
        vigil.yaml:26:1: error: unknown setting `logging`; there are: data_dir, http, listen, name, insecure_http, tls, tls_cert, tls_key, peers, storage, index, query, sources, pipeline
    "#]].assert_eq(&listed(&problems));
}

#[test]
fn a_broken_text_still_tells_what_stood_before() {
    let Checked { values, problems, .. } =
        check_text("v.yaml", "name: a\nhttpp: x\nstorage:\n  sync: \"alw\n", &variables(&[]));
    expect![[r#"
        v.yaml:2:1: error: unknown setting `httpp`; did you mean `http`?
        v.yaml:4:9: error: not readable as YAML: while scanning a quoted scalar, found unexpected end of stream
    "#]]
    .assert_eq(&listed(&problems));
    assert!(values.contains_key("name"));
}

#[test]
fn a_good_file_has_no_problems_and_values_are_put_in() {
    let text = "name: ${SITE:-x}-1\nstorage: {sync: interval, sync_interval: 250ms, max_disk: 10GiB}\nindex:\n";
    let Checked { values, problems, .. } = check_text("v.yaml", text, &variables(&[("SITE", "berlin")]));
    assert_eq!(listed(&problems), "");
    let shown: Vec<String> =
        values.iter().map(|(path, found)| format!("{path}={} {}", found.value, found.origin)).collect();
    expect![[r#"
        name=berlin-1 v.yaml:1:7
        storage.max_disk=10GiB v.yaml:2:59
        storage.sync=interval v.yaml:2:17
        storage.sync_interval=250ms v.yaml:2:42"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn upper_layers_win_one_by_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let (near, far) = (dir.path().join("near.yaml"), dir.path().join("far.yaml"));
    std::fs::write(&near, "name: near\nlisten: 127.0.0.1:1\n").expect("written");
    std::fs::write(&far, "name: far\nhttp: 127.0.0.1:2\nquery: {concurrency: 9}\n").expect("written");
    let sources = Layers {
        flags: vec![("name", "flag".into())],
        variables: variables(&[("HOME", "/home/u"), ("VIGIL_QUERY__CONCURRENCY", "7"), ("VIGIL_ADDR", "127.0.0.1:3")]),
        files: vec![near, far],
    };
    let loaded = load(&sources);
    assert_eq!(listed(&loaded.problems), "");
    let settings = loaded.settings();
    assert_eq!(settings.name, "flag");
    assert_eq!(settings.http.port(), 3);
    assert_eq!(settings.listen.port(), 1);
    assert_eq!(settings.query.concurrency, 7);
    let rows = origin_rows(&loaded);
    let origin = |path: &str| rows.iter().find(|row| row[0] == path).map(|row| row[2].clone()).unwrap_or_default();
    assert_eq!(origin("name"), "--name");
    assert_eq!(origin("http"), "VIGIL_ADDR");
    assert!(origin("listen").ends_with("near.yaml:2:9"), "{}", origin("listen"));
    assert_eq!(origin("storage.sync"), "default");
}

#[test]
fn beyond_loopback_needs_a_word() {
    let mut sources = Layers { flags: vec![("http", "0.0.0.0:8080".into())], ..Layers::default() };
    let loaded = load(&sources);
    assert!(loaded.has_errors());
    expect![[r#"
        --http: error: 0.0.0.0:8080 is beyond loopback, and plain HTTP shows events and tokens to whoever is between. Say --tls (tls: true), or name a certificate with --tls-cert and --tls-key; or listen on 127.0.0.1:8080; or say --insecure-http (insecure_http: true) if the network is trusted
    "#]].assert_eq(&listed(&loaded.problems));
    sources.flags.push(("insecure_http", "true".into()));
    assert!(!load(&sources).has_errors());
}

#[test]
fn variables_that_were_meant_for_us_are_named() {
    let set = variables(&[("VIGIL_STORAGE__SYNK", "always"), ("VIGIL_SERVICE_HOST", "10.0.0.1"), ("VIGIL_HTTPS", "x")]);
    let (_, problems) = check::check_variables(&set);
    expect![[r#"
        VIGIL_HTTPS: warning: no setting has this variable; did you mean VIGIL_HTTP?
        VIGIL_STORAGE__SYNK: warning: no setting has this variable; did you mean VIGIL_STORAGE__SYNC?
    "#]]
    .assert_eq(&listed(&problems));
}

#[test]
fn the_written_file_is_a_good_file() {
    let variables = variables(&[("HOME", "/home/u")]);
    let commented = commented_file(&variables);
    assert_eq!(listed(&check_text("v.yaml", &commented, &variables).problems), "");
    let is_setting = |line: &&str| !line.contains(" Expects ") && !line.starts_with("# ") | line.starts_with("#  ");
    let lines: Vec<&str> = commented.lines().filter(is_setting).map(|line| line.trim_start_matches('#')).collect();
    let active = lines.join("\n");
    let Checked { values, problems, .. } = check_text("v.yaml", &active, &variables);
    assert_eq!(listed(&problems), "");
    assert_eq!(values.len(), SETTINGS.len());
}

#[test]
fn defaults_are_those_of_the_contract() {
    let settings = load(&Layers::default()).settings();
    assert_eq!(settings.storage, Storage::default());
    assert_eq!(settings.index, Index::default());
    assert_eq!(settings.query, QuerySettings::default());
    assert_eq!(settings.peers, Peers::default());
    assert_eq!(settings.tls, Tls::Off);
}

#[test]
fn peers_are_read_as_lists_or_as_one_text() {
    use vigil_model::{Class, ClassSet};
    let of = |text: &str| {
        let Checked { values, problems, .. } = check_text("v.yaml", text, &variables(&[("SITE", "site-b")]));
        assert_eq!(listed(&problems), "");
        let mut loaded = load(&Layers::default());
        loaded.values.extend(values);
        loaded.settings().peers
    };
    let peers = of(
        "peers:\n  advertise: [10.0.0.5:7701, 'site-a.example:7701']\n  nodes: [\"${SITE}\", k3x]\n  classes: logs\n",
    );
    assert_eq!(peers.advertise, Some(vec!["10.0.0.5:7701".into(), "site-a.example:7701".into()]));
    assert_eq!(peers.nodes, Some(vec!["site-b".into(), "k3x".into()]));
    assert_eq!(peers.classes, ClassSet::ALWAYS.with(Class::Logs));
    let peers = of("peers: {classes: none, bandwidth: 2MiB, lane: bulk, mdns: true}\n");
    assert_eq!((peers.classes, peers.bandwidth), (ClassSet::ALWAYS, Some(2 << 20)));
    assert!(peers.discovery.mdns && !peers.discovery.relay);
    assert_eq!(peers.lane, vigil_gossip_libp2p::LaneChoice::Bulk);
}

#[test]
fn a_wrong_item_of_a_list_is_told_where_it_stands() {
    let text = "peers:\n  advertise:\n    - 10.0.0.5:7701\n    - 10.0.0.6\n  classes: [logs, audit]\n  nodes: []\n  lane: fast\n";
    expect![[r#"
        v.yaml:4:7: error: `peers.advertise`: `10.0.0.6` is not an address such as 10.0.0.5:7701 or site-a.example:7701
        v.yaml:5:19: error: `peers.classes`: `audit` is not all, none, or some of: logs, metrics, traces
        v.yaml:6:10: error: `peers.nodes`: an item is empty; write all
        v.yaml:7:9: error: `peers.lane`: `fast` is not one of: auto, streams, bulk
    "#]]
    .assert_eq(&listed(&check_text("v.yaml", text, &variables(&[])).problems));
}

#[test]
fn certificate_and_key_come_together() {
    let with = |flags: &[(&'static str, &str)]| {
        let flags = flags.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        load(&Layers { flags, ..Layers::default() })
    };
    expect![[r#"
        --tls-cert: error: `tls_cert` needs `tls_key` beside it
    "#]]
    .assert_eq(&listed(&with(&[("tls_cert", "a.pem")]).problems));
    expect![[r#"
        --tls: error: choose: `tls` makes a certificate, `tls_cert` and `tls_key` name one
    "#]]
    .assert_eq(&listed(&with(&[("tls", "true"), ("tls_cert", "a.pem"), ("tls_key", "b.pem")]).problems));
    let good = with(&[("http", "0.0.0.0:1"), ("tls_cert", "a.pem"), ("tls_key", "b.pem")]);
    assert_eq!(listed(&good.problems), "");
    assert_eq!(good.settings().tls, Tls::Files { cert: "a.pem".into(), key: "b.pem".into() });
    assert_eq!(with(&[("http", "0.0.0.0:1"), ("tls", "true")]).settings().tls, Tls::Generated);
}
