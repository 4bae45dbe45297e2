//! What is decided on written samples, and how much of a body it takes.

use expect_test::expect;
use proptest::prelude::*;
use vigil_model::limits::DETECT_BYTES_MAX;

use super::*;

const NOW: Timestamp = Timestamp(1_785_585_600_000_000_000);

fn decide(body: &[u8], piece: usize) -> Decision {
    let recipe = Recipe::default();
    let mut detector = Detector::new(&recipe);
    let found = body.chunks(piece).find_map(|piece| detector.feed(piece, &recipe, NOW));
    found.unwrap_or_else(|| detector.at_end(&recipe, NOW))
}

fn shown(body: &str) -> String {
    let Decision { format, why } = decide(body.as_bytes(), 4_096);
    format!("{}: {why}", format.name())
}

const SYSLOG: &str = "Aug  1 12:00:00 web-1 sshd[812]: Accepted publickey for ana from 10.0.0.7 port 50122 ssh2\n";
const ACCESS: &str = "203.0.113.9 - - [01/Aug/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 512 \"-\" \"curl/8.5\"\n";
const TRACE: &str = "2026-08-01 12:00:00,123 ERROR c.e.Shop - order failed\n\
    java.lang.IllegalStateException: key=value and a=b\n\tat c.e.Shop.order(Shop.java:10)\n\tat c.e.Main.run(Main.java:5)\n\
    Caused by: java.io.IOException: [disk] full\n\t... 12 more\n";

#[test]
fn samples_of_every_format() {
    let samples = [
        SYSLOG.repeat(20),
        format!("{SYSLOG}{SYSLOG}{SYSLOG}{SYSLOG}\tan indented line\n"),
        "<34>1 2026-08-01T12:00:00Z h app 7 ID47 - text\n".to_owned(),
        "2026-08-01T12:00:00.5+02:00 web-1 nginx[7]: reload\n".repeat(3),
        "%ASA-6-302013: Built outbound TCP connection\n".to_owned(),
        "<134>Aug  1 12:00:00 fw CEF:0|V|P|1|100|login|5|src=10.0.0.1\n".repeat(2),
        "LEEF:1.0|V|P|1|100|src=10.0.0.1\tusrName=ana\n".to_owned(),
        ACCESS.repeat(40),
        "[Sat Aug 01 12:00:00.1 2026] [core:error] [pid 7] AH00128: File does not exist\n".to_owned(),
        "2026/08/01 12:00:00 [error] 7#0: *5 open() failed, client: 10.0.0.1\n".repeat(2),
        "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem sc-status\n\
         2026-08-01 12:00:00 GET /a 200\n"
            .to_owned(),
        "2026-08-01T12:00:00.1Z stdout F time=now level=info\n".repeat(3),
        "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"2026-08-01T12:00:00Z\"}\n".repeat(3),
        "{\"version\":\"1.1\",\"host\":\"h\",\"short_message\":\"m\"}\0{\"version\":\"1.1\",\"host\":\"h\",\"short_message\":\"n\"}\0"
            .to_owned(),
        "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1785585600000000\nMESSAGE=a\n\n".to_owned(),
        "time=2026-08-01T12:00:00Z level=info msg=\"it is up\" port=80\n".repeat(5),
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>1</EventID></System></Event>"
            .to_owned(),
        "ElfFile\0\0\0\0\0".to_owned(),
        "{\"log\":\"mine\",\"level\":\"info\"}\n".to_owned(),
        "[{\"a\":1}]".to_owned(),
        "{\n\"a\":1}".to_owned(),
    ];
    let decisions: Vec<String> = samples.iter().map(|sample| shown(sample)).collect();
    expect![[r#"
        syslog: 20 of 20 lines
        syslog: 4 of 5 lines
        syslog: 1 of 1 line
        syslog: 3 of 3 lines
        syslog: 1 of 1 line
        cef: 2 of 2 lines
        leef: 1 of 1 line
        access: 32 of 32 lines
        error-log: 1 of 1 line
        error-log: 2 of 2 lines
        w3c: 3 of 3 lines
        cri: 3 of 3 lines
        docker: 3 of 3 lines
        gelf: 2 of 2 lines
        journal: it begins as an export of the journal does
        logfmt: 5 of 5 lines
        windows-xml: it begins as events of Windows do
        evtx: it begins as a file of the Windows event log does
        ndjson: one object a line
        json-array: an array
        json-objects: objects over several lines"#]]
    .assert_eq(&decisions.join("\n"));
}

#[test]
fn what_is_like_a_format_stays_plain() {
    for text in [
        "",
        "\n\n",
        "plain text\n",
        TRACE,
        "2026-08-01T12:00:00Z INFO main: started\n2026-08-01T12:00:01Z WARN main: slow\n",
        "2026-08-01 12:00:00 INFO org.x.Main: started\n",
        "Aug  1 12:00:00 ERROR main: failed\n",
        "user=ana\n",
        "login of user=ana host=a\n",
        "the values a=1 b=2 are far too many words for the pairs of it\n",
        "# a comment: yes\n",
        "[12:00] he said \"hello\"\n",
        "<p>hypertext</p>\n",
        "081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block blk_38 terminating\n",
    ] {
        assert_eq!(decide(text.as_bytes(), 7).format, Format::Lines, "{text}");
    }
    let mixed = format!("{SYSLOG}{SYSLOG}{ACCESS}{TRACE}");
    assert_eq!(decide(mixed.as_bytes(), 7).format, Format::Lines);
}

#[test]
fn four_of_five_lines_are_enough_and_three_are_not() {
    let four = format!("{ACCESS}{ACCESS}something else\n{ACCESS}{ACCESS}");
    assert_eq!(shown(&four), "access: 4 of 5 lines");
    let three = format!("{ACCESS}one\ntwo\n{ACCESS}{ACCESS}");
    assert_eq!(shown(&three), "text: no other format reads 4 of 5 lines");
}

#[test]
fn no_more_is_held_than_it_takes() {
    let recipe = Recipe::default();
    let mut detector = Detector::new(&recipe);
    let long = vec![b'x'; DETECT_BYTES_MAX - 1];
    assert_eq!(detector.feed(&long, &recipe, NOW), None);
    assert!(detector.feed(b"x", &recipe, NOW).is_some(), "a line without end decides, too");
    let mut detector = Detector::new(&recipe);
    let lines = ACCESS.repeat(31);
    assert_eq!(detector.feed(lines.as_bytes(), &recipe, NOW), None);
    assert_eq!(
        detector.feed(ACCESS.as_bytes(), &recipe, NOW).map(|decision| decision.why),
        Some("32 of 32 lines".into())
    );
}

#[test]
fn a_pause_decides_by_whole_lines() {
    let recipe = Recipe::default();
    let mut detector = Detector::new(&recipe);
    assert_eq!(detector.feed(&SYSLOG.as_bytes()[..30], &recipe, NOW), None);
    assert_eq!(detector.idle(&recipe, NOW), None);
    assert_eq!(detector.feed(&SYSLOG.as_bytes()[30..], &recipe, NOW), None);
    assert_eq!(detector.feed(b"cut", &recipe, NOW), None);
    assert_eq!(detector.idle(&recipe, NOW).map(|decision| decision.format), Some(Format::Syslog));
    assert_eq!(detector.into_head(), [SYSLOG.as_bytes(), b"cut"].concat());
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        SYSLOG.as_bytes(),
        ACCESS.as_bytes(),
        TRACE.as_bytes(),
        b"a=1 b=2\n",
        b"#Fields: date time a\n",
        b"2026-08-01 12:00:00 GET\n",
        b"{\"a\":1}\n",
        b"{",
        b"\n",
        b"\0",
        b"\xff\xfe",
        b"ElfFile\0",
        b"<Event ><System>",
        b"__CURSOR=1\n__REALTIME_TIMESTAMP=5\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..50).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn cuts_do_not_matter(body in body(), piece in 1..700usize) {
        prop_assert_eq!(decide(&body, piece), decide(&body, body.len().max(1)));
    }

    #[test]
    fn any_bytes_are_of_some_format(body in prop::collection::vec(any::<u8>(), 0..300), piece in 1..9usize) {
        let decision = decide(&body, piece);
        prop_assert!(!matches!(decision.format, Format::Detect | Format::Json));
        prop_assert_eq!(decision, decide(&body, 300));
    }
}
