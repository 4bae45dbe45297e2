//! syslog-ng, in the newer form of syslog with lengths, and over TLS.

use std::fs;

use serde_json::json;

use crate::{Daemon, Node, assert_fields, free_port, numbered_lines, program, unpacked};

fn deliver(node: &Node, destination: &str) {
    let place = node.place.path();
    let lines = numbered_lines(place);
    let settings = format!(
        "@version: 3.38\n\
         options {{ stats-freq(0); }};\n\
         source lines {{ file(\"{}\" follow-freq(1) flags(no-parse) program-override(\"shop\") default-facility(local3) \
         default-priority(warning)); }};\n\
         destination node {{ {destination} }};\n\
         log {{ source(lines); destination(node); flags(flow-control); }};\n",
        lines.display(),
    );
    let file = place.join("syslog-ng.conf");
    fs::write(&file, settings).expect("a file");
    let below = |name: &str| place.join(name);
    let mut command = program("usr/sbin/syslog-ng");
    command.args(["--foreground", "--no-caps", "--stderr"]);
    command.arg("--cfgfile").arg(&file).arg("--persist-file").arg(below("persist"));
    command.arg("--pidfile").arg(below("pid")).arg("--control").arg(below("ctl"));
    command.arg("--module-path").arg(unpacked("usr/lib/syslog-ng/3.38"));
    let _daemon = Daemon(command.spawn().expect("syslog-ng can be run"));
    node.expect_all("process.name:shop");
    let fields = [("message", json!("message number 4711 of many")), ("level", json!("warn"))];
    assert_fields(&node.one("\"number 4711 of\""), &fields);
}

#[test]
fn the_newer_form_over_tcp() {
    let port = free_port();
    let node = Node::with_sources(&format!("  syslog:\n    listen: tcp://127.0.0.1:{port}\n"));
    deliver(&node, &format!("syslog(\"127.0.0.1\" port({port}) transport(\"tcp\"));"));
}

#[test]
fn the_older_form_over_tls() {
    let place = tempfile::tempdir().expect("a directory");
    let (cert, key) = (place.path().join("cert.pem"), place.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    fs::write(&cert, made.cert.pem()).expect("a file");
    fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
    let port = free_port();
    let node = Node::with_sources(&format!(
        "  syslog:\n    listen: tls://127.0.0.1:{port}\n    tls_cert: {}\n    tls_key: {}\n",
        cert.display(),
        key.display()
    ));
    deliver(
        &node,
        &format!("network(\"127.0.0.1\" port({port}) transport(\"tls\") tls(peer-verify(optional-untrusted)));"),
    );
}
