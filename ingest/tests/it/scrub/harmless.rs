//! Does what only looks like a secret stay as it is?

use vigil_ingest::scrub::Scrubber;

#[test]
fn lines_without_secrets_stay_as_they_are() {
    let lines = [
        "2026-11-21T21:18:18.123456789Z INFO request 123e4567-e89b-12d3-a456-426614174000 took 12 ms",
        "trace=4bf92f3577b34da6a3ce929d0e0e4736 span=00f067aa0ba902b7 at=1700000000123456789 seq=1700000000123",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 mac 00:1b:44:11:3a:b7",
        "blk_-4980916519894289629 of size 67108864; blk_4111111111111111 id-4111111111111111 0.4111111111111111",
        "uuid 12345678-1234-1234-1234-123456789012 phone +1-555-123-4567 tel 555-12-34 part 12-345-6789",
        "ids 000-12-3456 666-12-3456 912-12-3456 123-00-4567 123-45-0000 1123-45-6789 123-45-67890 2015-10-18",
        "numbers 4111111111111112 1234 5678 9012 3456 0000000000000000 5 4111 1111 1111",
        "Failed password for root from 10.0.0.1 port 22 ssh2; Accepted publickey for bob: RSA SHA256:abcDEF123",
        "password: incorrect; token: expired; Password: required; authorization: denied; secret: null",
        "cat: /etc/passwd: Permission denied; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls",
        "token_count=5 tokens: 17 max_tokens=4096 token_type=bearer expires=3600 password_changed_at=2026-01-01",
        "secretary=bob compass=north pass=12 fail=3 pass: ok session=17 sid=4 TokenElevationType=%%1936",
        "Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089, Elevated Token:\t\tYes",
        "bob ALL=(ALL) NOPASSWD: ALL; next_token=abc; page_token: abc; registry key: HKLM\\Software\\Run",
        "http://host:8080/path?x=user@host and https://example.org/@user git@github.com:a/b.git user@host:22",
        "key=user:profile:12345678 cache_key=abc123 object_key=AWSLogs/123456789012/CloudTrail/us-east-1/2026/x.json",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE----- -----BEGIN PUBLIC KEY-----",
        "eyJ eyJhbGciOi risk-adjusted task_201503181234_0001_m_000001_0 disk-usage sk-learn MSG.Begin AIzawa npm_config",
        "IBAN-like DE00370400440532013000 XX89370400440532013000 GB82WEST",
        "sessionid: 0x14ede63a5a70002 Session: 30546173_4261722401 std::token::Foo https://token:8080/",
        "$password = Get-Secret; $t.ProxyPass = $ProxyPass; $c = [Net.CredentialCache]::DefaultCredentials",
        "\"password\": null, \"token\": true, \"secret\": \"\", password=, token=",
        "{\"n\":-4111111111111111,\"id\":4013712455418761064}",
        "Das Passwort für Jörg wurde geändert — пароль, 密码, \u{1F511}",
    ];
    for line in lines {
        assert_eq!(Scrubber::usual().explain(line), [], "{line}");
        assert_eq!(Scrubber::usual().text(line), line);
    }
}

#[test]
fn fields_of_windows_stay_as_they_are() {
    for (name, value) in [
        ("TokenElevationType", "%%1936"),
        ("ElevatedToken", "%%1842"),
        ("TerminalSessionId", "1"),
        ("SessionId", "12"),
        ("LogonGuid", "{00000000-0000-0000-0000-000000000000}"),
        ("PrivilegeList", "SeSecurityPrivilege"),
        ("CallerProcessId", "0x3e7"),
        ("ProviderKey", "{decc16ca-3f33-4346-be1e-8fb4ae0f3d62}"),
        ("Hashes", "SHA1=AB12,MD5=0123456789ABCDEF0123456789ABCDEF"),
        ("Keywords", "0x8020000000000000"),
        ("userIdentity.accessKeyId", "ASIAIOSFODNN7EXAMPLE"),
        ("PWD", "/home/bob"),
        ("authorization_result", "allowed"),
    ] {
        assert_eq!(Scrubber::usual().explain_field(name, value), None, "{name}");
    }
}
