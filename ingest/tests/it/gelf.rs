//! Is everything kept that an object of GELF says?

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::{Format, Recipe};

use crate::{decode, recipe, show};

#[test]
fn objects() {
    let body = "{\"version\":\"1.1\",\"host\":\"web1\",\"short_message\":\"failed\",\"full_message\":\"failed\\n at x\",\"timestamp\":1785585600.307,\"level\":3,\"_user_id\":9001,\"_id\":\"x\",\"_a.b\":{\"c\":1}}\x00\
                {\"version\":\"2\",\"short_message\":\"s\",\"message\":\"m\",\"level\":\"WARN\",\"timestamp\":\"1785585600\",\"_level\":\"own\",\"_file\":\"a\",\"file\":\"b\",\"_host.name\":\"c\",\"_\":1,\"_n\":18446744073709551616}\n\
                {\"level\":9,\"host\":\"h\"}\n\
                not gelf\x00\
                [1]\n\
                {\"short_message\":\"cut";
    expect![[r#"
        2026-08-01T12:00:00.307Z {"_id_": Str("x"), "a.b.c": Int(1), "full_message": Str("failed\n at x"), "gelf.level": Int(3), "host.name": Str("web1"), "level": Str("error"), "message": Str("failed"), "user_id": Int(9001)}
        2026-08-01T12:00:00Z {"_": Int(1), "_host.name": Str("c"), "_level": Str("own"), "file": Str("a"), "file_": Str("b"), "gelf.level": Str("WARN"), "level": Str("warn"), "message": Str("s"), "message_": Str("m"), "n": Str("18446744073709551616"), "version": Str("2")}
        arrived 1970-01-01T00:00:01Z {"gelf.level": Int(9), "host.name": Str("h")}
        arrived 1970-01-01T00:00:01Z {"message": Str("not gelf"), "parse_error": Str("gelf: not a JSON object: expected ident at line 1 column 2")}
        arrived 1970-01-01T00:00:01Z {"message": Str("[1]"), "parse_error": Str("gelf: not a JSON object: invalid type: sequence, expected a JSON object at line 1 column 0")}
        arrived 1970-01-01T00:00:01Z {"message": Str("{\"short_message\":\"cut"), "parse_error": Str("gelf: not a JSON object: EOF while parsing a string at line 1 column 21")}
    "#]].assert_eq(&show(&recipe(Format::Gelf), body));
}

proptest! {
    #[test]
    fn one_line_is_one_event(line in prop::collection::vec(any::<u8>().prop_filter("one line", |byte| !b"\n\r\0".contains(byte)), 1..80)) {
        let outcome = decode(&recipe(Format::Gelf), &[&line]);
        prop_assert_eq!(outcome.accepted + outcome.rejects.count(), u64::from(line != b"\xef\xbb\xbf"));
    }

    #[test]
    fn damage_costs_no_event(at in 0..90usize, byte in any::<u8>().prop_filter("one line", |byte| !b"\n\r\0".contains(byte))) {
        let mut line = br#"{"host":"web1","short_message":"failed","timestamp":1785585600.307,"level":3,"_u":{"x":[1]}}"#.to_vec();
        let at = at % line.len();
        line[at] = byte;
        for octets in [false, true] {
            prop_assert_eq!(decode(&Recipe { octets, ..recipe(Format::Gelf) }, &[&line]).accepted, 1);
        }
    }
}
