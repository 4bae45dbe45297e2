//! Do events of Windows as XML become the events that they say, over however many lines they stand?

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::Format;

use crate::{decode, recipe, show};

const LOGON: &str = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
    <Provider Name='Microsoft-Windows-Security-Auditing' Guid='{54849625-5478-4994-a5ba-3e3b0328c30d}'/>\
    <EventID Qualifiers='0'>4624</EventID><Version>2</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode>\
    <Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='2026-08-01T12:00:00.1234567Z'/>\
    <EventRecordID>2211</EventRecordID><Correlation ActivityID='{a1}'/><Execution ProcessID='704' ThreadID='2544'/>\
    <Channel>Security</Channel><Computer>dc1.example.org</Computer><Security/></System>\
    <EventData><Data Name='TargetUserName'>ana &amp; bo&#39;s</Data><Data Name='Logon Type'>3</Data><Data>left</Data>\
    <Data>over</Data><Data Name='Empty'/></EventData>\
    <RenderingInfo Culture='en-US'><Message>An account was\r\nlogged on.</Message><Level>Information</Level>\
    <Task>Logon</Task><Opcode>Info</Opcode></RenderingInfo></Event>";
const CLEARED: &str = "<Event>\n  <System>\n    <Provider Name=\"Eventlog\" />\n    <EventID>104</EventID>\n\
    <Level>2</Level>\n  </System>\n  <UserData>\n    <LogFileCleared xmlns:auto-ns2=\"x\">\n\
    <SubjectUserName><![CDATA[a<b]]></SubjectUserName>\n    </LogFileCleared>\n  </UserData>\n</Event>\n";

#[test]
fn events_one_after_another() {
    let body = format!("\u{feff}<?xml version=\"1.0\"?>\n<Events>{LOGON}\n{CLEARED}</Events>\n");
    expect![[r#"
        2026-08-01T12:00:00.1234567Z {"ActivityID": Str("{a1}"), "Category": Str("Logon"), "Channel": Str("Security"), "Computer": Str("dc1.example.org"), "Data": Str("left"), "Data_2": Str("over"), "Empty": Str(""), "EventID": Int(4624), "ExecutionProcessID": Int(704), "Keywords": Str("0x8020000000000000"), "Level": Int(0), "LogonType": Str("3"), "Opcode": Str("Info"), "OpcodeValue": Int(0), "ProviderGuid": Str("{54849625-5478-4994-a5ba-3e3b0328c30d}"), "Provider_Name": Str("Microsoft-Windows-Security-Auditing"), "Qualifiers": Int(0), "RecordNumber": Int(2211), "RenderingInfo.Level": Str("Information"), "SourceName": Str("Microsoft-Windows-Security-Auditing"), "TargetUserName": Str("ana & bo's"), "Task": Int(12544), "ThreadID": Int(2544), "Version": Int(2), "host.name": Str("dc1.example.org"), "level": Str("info"), "message": Str("An account was\nlogged on.")}
        arrived 1970-01-01T00:00:01Z {"EventID": Int(104), "Level": Int(2), "Provider_Name": Str("Eventlog"), "SourceName": Str("Eventlog"), "SubjectUserName": Str("a<b"), "level": Str("error")}
    "#]].assert_eq(&show(&recipe(Format::WindowsXml), &body));
    assert_eq!(show(&recipe(Format::Detect), &body), show(&recipe(Format::WindowsXml), &body), "by content");
}

#[test]
fn what_is_no_event_is_kept_whole() {
    let body = "lead<Event></Event>\n<Event><System></Event><Event><System>\n<Event/>cut";
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"message": Str("lead<Event></Event>"), "parse_error": Str("windows-xml: no `<Event`")}
        arrived 1970-01-01T00:00:01Z {"message": Str("<Event><System></Event>"), "parse_error": Str("windows-xml: ill-formed document: expected `</System>`, but `</Event>` was found")}
        arrived 1970-01-01T00:00:01Z {"message": Str("<Event><System>\n<Event/>cut"), "parse_error": Str("windows-xml: the event does not end")}
    "#]]
    .assert_eq(&show(&recipe(Format::WindowsXml), body));
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        LOGON.as_bytes(),
        CLEARED.as_bytes(),
        b"<Event><System><EventID>1</EventID></System></Event>",
        b"</Event>",
        b"</Eve",
        b"nt>",
        b"<Events>",
        b"<!-- -->",
        b"text",
        b"&lt;&#x41;&bad;",
        b"\n",
        b"\xff",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn cuts_do_not_matter(body in body(), size in 1..30usize) {
        let chunks: Vec<_> = body.chunks(size).collect();
        prop_assert_eq!(decode(&recipe(Format::WindowsXml), &chunks), decode(&recipe(Format::WindowsXml), &[&body]));
    }

    #[test]
    fn no_damage_is_a_panic(at in 0..LOGON.len(), byte: u8) {
        let mut body = LOGON.as_bytes().to_vec();
        body[at] = byte;
        let outcome = decode(&recipe(Format::WindowsXml), &[&body]);
        prop_assert!(outcome.accepted + outcome.rejects.count() >= 1);
    }
}
