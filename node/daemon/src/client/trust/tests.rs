//! Who is believed, against a real TLS server on loopback.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::client::{Client, Credentials};

/// A server that answers `{}` to everything for as long as the process lives.
struct Server {
    url: String,
    certificate: rcgen::Certificate,
}

impl Server {
    fn start() -> Server {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("names are names");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key))
            .expect("they belong together");
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let url = format!("https://{}", listener.local_addr().expect("bound"));
        std::thread::spawn(move || serve(&listener, &Arc::new(config)));
        Server { url, certificate: made.cert }
    }

    fn ask(&self, trust: Trust) -> Result<Vec<u8>, Failure> {
        let credentials = Credentials { token: None, trust };
        Client::new(&self.url, Duration::from_secs(20), &credentials)?.fetch("/v1/status", &[])
    }
}

fn serve(listener: &TcpListener, config: &Arc<ServerConfig>) {
    for socket in listener.incoming().flatten() {
        let connection = ServerConnection::new(config.clone()).expect("a configuration");
        let mut stream = StreamOwned::new(connection, socket);
        let mut request = [0; 4_096];
        // Whoever does not trust us goes away here.
        if stream.read(&mut request).is_ok_and(|read| read > 0) {
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            stream.write_all(answer).and_then(|()| stream.flush()).expect("it waits for the answer");
        }
    }
}

#[test]
fn the_pinned_certificate_is_believed_and_no_other() {
    let server = Server::start();
    let good = pin::Fingerprint::of(server.certificate.der());
    assert_eq!(server.ask(Trust::Pinned(good.clone())).expect("it is the one"), b"{}");
    let other: pin::Fingerprint = "00".repeat(32).parse().expect("a fingerprint");
    let failure = server.ask(Trust::Pinned(other)).expect_err("it is another");
    assert_eq!(failure.exit, Exit::Unreachable);
    assert!(
        failure.message.contains("another certificate") && failure.message.contains(&good.to_string()),
        "{failure}"
    );
}

#[test]
fn an_authority_of_a_file_is_believed_and_a_stranger_is_not() {
    let server = Server::start();
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).expect("written");
        file
    };
    assert_eq!(server.ask(Trust::File(write("good.pem", &server.certificate.pem()))).expect("it is named"), b"{}");
    let stranger = Server::start().certificate.pem();
    let failure = server.ask(Trust::File(write("other.pem", &stranger))).expect_err("it is a stranger");
    assert!(failure.message.contains("not trusted") && failure.to_string().contains("--fingerprint"), "{failure}");
    for wrong in [write("empty.pem", "no certificate\n"), Path::new("/no/such/file").to_owned()] {
        assert_eq!(server.ask(Trust::File(wrong)).map_err(|failure| failure.exit), Err(Exit::Config));
    }
}

#[test]
fn plain_http_is_told_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!("https://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("somebody comes");
        let _ = socket.read(&mut [0; 512]);
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    let pinned = Trust::Pinned("00".repeat(32).parse().expect("a fingerprint"));
    let client = Client::new(&url, Duration::from_secs(20), &Credentials { token: None, trust: pinned });
    let failure = client.expect("an address").fetch("/v1/status", &[]).expect_err("it is plain");
    assert!(failure.message.ends_with("does not speak HTTPS"), "{failure}");
}
