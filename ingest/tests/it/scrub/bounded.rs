//! Is the worst text read in time that grows with it alone? Each is a megabyte; were work to grow with the square, one
//! of them would take hours.

use vigil_ingest::scrub::Scrubber;

#[test]
fn texts_made_to_take_long_do_not() {
    let scrubber = Scrubber::usual();
    for piece in [
        "7",
        "eyJ",
        "eyJ.",
        "password=",
        "password ",
        "key=",
        "key=\"",
        "key='a",
        "secret",
        "\"secret\":[",
        "secret=\\\"",
        "<secret>",
        "SG.",
        "sk-",
        "://",
        "://a:",
        "4111 ",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "cookie: a=",
        "authorization: x ",
        "DE89 ",
        "a@",
        ",a=",
        "password=,",
        "--token ",
        "\\\\\\",
        "session=a1",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        assert!(scrubber.text(&text).len() <= 2 * text.len());
    }
}
