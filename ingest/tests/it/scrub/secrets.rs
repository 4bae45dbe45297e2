//! Which forms of secrets are taken out, and what stands in their place?

use expect_test::expect;
use vigil_ingest::scrub::Scrubber;

use super::{by, map, scalar};

fn shown(texts: &[&str]) -> String {
    let scrubber = Scrubber::usual();
    texts.iter().map(|text| format!("{}\n", scrubber.text(text))).collect()
}

#[test]
fn values_behind_names() {
    let texts = [
        "login password=hunter2 user=bob",
        "login PASSWORD = 'correct horse' user=bob",
        "pwd: s3cr,et;x&y, next=1",
        "{password=abc}",
        "msg=\"db_password=ab\\\"cd\" x",
        r#"{"api_key":"k-1","user":"bob","password":12345,"secrets":["a","b]"],"n":1}"#,
        r#"{"a":"{\"password\":\"x\\\"y\",\"b\":1}"}"#,
        r#"{"a":"{\"secrets\":[\"x\"],\"b\":1}"}"#,
        r#"[{"name":"DB_PASSWORD","value":"x"},{"name":"HOST","value":"db"}]"#,
        "{'password': b'x', 'user': 'bob'}",
        "<password>a b</password><user>bob</user>",
        r#"<Data Name="Password">x</Data>"#,
        r#"<add key="ApiKey" value="abc" />"#,
        "\"user[password]\"=>\"x\", \"b\"=>1",
        "mysql --password=x --user=bob; tool --token abc --verbose",
        "GET /a?access_token=x%20y&b=1 HTTP/1.1",
        "user=bob pass=hunter2",
        "AccountName=x;AccountKey=Zm9v+/==;EndpointSuffix=core.windows.net",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "signing_key_v2=9aF3kLm0QzX7bN2cV5tR key=9aF3kLm0QzX7bN2cV5tR",
        "JSESSIONID=A1B2C3D4E5F60718; Path=/",
        "password: hunter2",
    ];
    expect![[r#"
        login password=***REDACTED*** user=bob
        login PASSWORD = '***REDACTED***' user=bob
        pwd: ***REDACTED***, next=1
        {password=***REDACTED***}
        msg="db_password=***REDACTED***" x
        {"api_key":"***REDACTED***","user":"bob","password":"***REDACTED***","secrets":"***REDACTED***","n":1}
        {"a":"{\"password\":\"***REDACTED***\",\"b\":1}"}
        {"a":"{\"secrets\":\"***REDACTED***\",\"b\":1}"}
        [{"name":"DB_PASSWORD","value":"***REDACTED***"},{"name":"HOST","value":"db"}]
        {'password': b'***REDACTED***', 'user': 'bob'}
        <password>***REDACTED***</password><user>bob</user>
        <Data Name="Password">***REDACTED***</Data>
        <add key="ApiKey" value="***REDACTED***" />
        "user[password]"=>"***REDACTED***", "b"=>1
        mysql --password=***REDACTED*** --user=bob; tool --token ***REDACTED*** --verbose
        GET /a?access_token=***REDACTED***&b=1 HTTP/1.1
        user=bob pass=***REDACTED***
        AccountName=x;AccountKey=***REDACTED***;EndpointSuffix=core.windows.net
        aws_secret_access_key = ***REDACTED***
        signing_key_v2=9aF3kLm0QzX7bN2cV5tR key=***REDACTED***
        JSESSIONID=***REDACTED***; Path=/
        password: ***REDACTED***
    "#]]
    .assert_eq(&shown(&texts));
}

#[test]
fn headers() {
    let texts = [
        "> Authorization: Bearer abc.def-123",
        "Authorization: Basic dXNlcjpwYXNz x=1",
        "curl -H \"Authorization: Digest username=\\\"x\\\", response=\\\"y\\\"\" http://a",
        "Authorization: AWS4-HMAC-SHA256 Credential=A/2/s3, Signature=ab12\nHost: x",
        r#"{"Authorization":"Bearer abc","x":1}"#,
        "authorization: Custom abc123 x",
        "Cookie: a=b; c=d\r\nHost: x",
        "Set-Cookie: sid=abc; Path=/; HttpOnly",
        "X-Api-Key: abc",
        "using bearer 0123456789abcdef now",
    ];
    expect![[r#"
        > Authorization: Bearer ***REDACTED***
        Authorization: Basic ***REDACTED*** x=1
        curl -H "Authorization: Digest ***REDACTED***\"" http://a
        Authorization: AWS4-HMAC-SHA256 ***REDACTED***
        Host: x
        {"Authorization":"Bearer ***REDACTED***","x":1}
        authorization: ***REDACTED*** x
        Cookie: ***REDACTED***
        Host: x
        Set-Cookie: ***REDACTED***
        X-Api-Key: ***REDACTED***
        using bearer ***REDACTED*** now
    "#]]
    .assert_eq(&shown(&texts).replace('\r', ""));
}

#[test]
fn secrets_that_show_themselves() {
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----";
    let escaped = pem.replace('\n', "\\n");
    let (pem, escaped) = (format!("a {pem} b"), format!("{{\"k\":\"{escaped}\"}}"));
    let texts = [
        "postgres://app:p@ss:w0rd@db:5432/x and redis://:x@cache",
        "https://9aF3kLm0QzX7bN2cV5tR@github.com/a/b.git",
        "t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1 x",
        pem.as_str(),
        escaped.as_str(),
        "cut off -----BEGIN PRIVATE KEY-----\\nMIIE",
        "AKIAIOSFODNN7EXAMPLE used",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345 glpat-0123456789abcdefghij npm_0123456789abcdefghijABCDEFGHIJ012345",
        "github_pat_0123456789abcdefghijAB_0123456789 xoxb-0123456789-abcdef AIza0123456789abcdefghijABCDEFGHIJ01234",
        "sk_live_0123456789abcdef SK0123456789abcdef0123456789abcdef sk-proj-9aF3kLm0QzX7bN2cV5tR9aF3kLm0QzX7",
        "SG.9aF3kLm0QzX7bN2cV5tR9a.9aF3kLm0QzX7bN2cV5tR9aF3kLm0QzX7bN2cV5tR9aF",
    ];
    expect![[r#"
        postgres://app:***REDACTED***@db:5432/x and redis://:***REDACTED***@cache
        https://***REDACTED***@github.com/a/b.git
        t ***REDACTED*** x
        a ***REDACTED*** b
        {"k":"***REDACTED***"}
        cut off ***REDACTED***
        ***REDACTED*** used
        ***REDACTED*** ***REDACTED*** ***REDACTED***
        ***REDACTED*** ***REDACTED*** ***REDACTED***
        ***REDACTED*** ***REDACTED*** ***REDACTED***
        ***REDACTED***
    "#]]
    .assert_eq(&shown(&texts));
}

#[test]
fn numbers_of_people_keep_a_part() {
    let texts = [
        "card 4111111111111111, 4111 1111 1111 1111, 5500-0000-0000-0004.",
        "amex 3782 822463 10005 and 378282246310005; diners 30569309025904",
        "ssn 123-45-6789 ok",
        "iban DE89370400440532013000, GB82 WEST 1234 5698 7654 32!",
    ];
    expect![[r#"
        card ****-****-****-1111, ****-****-****-1111, ****-****-****-0004.
        amex ****-****-****-0005 and ****-****-****-0005; diners ****-****-****-5904
        ssn ***-**-6789 ok
        iban DE89****, GB82****!
    "#]]
    .assert_eq(&shown(&texts));
}

#[test]
fn e_mail_addresses_are_taken_out_when_asked() {
    let text = "from jane.doe+x@mail.example.com, to <bob@example.org>; git@host x@1.2";
    assert_eq!(Scrubber::usual().text(text), text);
    let scrubber = by(&map([("email", scalar("partial"))]));
    assert_eq!(scrubber.text(text), "from j***@***.***, to <b***@***.***>; git@host x@1.2");
}

#[test]
fn findings_say_where_they_are() {
    let text = "a password=x 123-45-6789";
    let found = Scrubber::usual().explain(text);
    let shown: Vec<_> =
        found.iter().map(|found| (found.kind.name(), &text[found.span.clone()], &*found.with)).collect();
    assert_eq!(shown, [("names", "x", "***REDACTED***"), ("ssn", "123-45-6789", "***-**-6789")]);
}
