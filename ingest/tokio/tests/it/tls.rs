//! Does TLS carry events, and does it turn those away who cannot show a certificate?

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use vigil_ingest::{Door, Format, Spec, Transport};

use crate::{At, EVENTS, lines, source, spec, until};

/// An authority, and a certificate with key for a name.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Authority(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        (params.signed_by(&key, &self.0).expect("a certificate").pem(), key.serialize_pem())
    }
}

fn client(authority: &Authority, own: Option<(String, String)>) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.0.der().clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("usual");
    let builder = builder.with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some((cert, key)) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(cert.as_bytes()).expect("PEM")],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("PEM"),
            )
            .expect("a pair"),
    };
    TlsConnector::from(Arc::new(config))
}

async fn connect(at: &At, connector: TlsConnector) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(at.address()).await.expect("it listens");
    connector.connect(ServerName::try_from("localhost").expect("a name"), stream).await
}

fn secure(authority: &Authority, directory: &Path) -> Spec {
    let (cert, key) = authority.issue();
    let file = |name: &str, text: &str| {
        let path = directory.join(name);
        std::fs::write(&path, text).expect("a directory of ours");
        path.to_str().expect("utf-8").to_owned()
    };
    let tls = Some((file("cert.pem", &cert), file("key.pem", &key)));
    Spec { tls, ..spec(Door::Syslog, Some(Transport::Tls)) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_lines_arrive() {
    let (authority, directory) = (Authority::new(), tempfile::tempdir().expect("a directory"));
    let at = At::start(source(secure(&authority, directory.path()), Format::Lines), directory.path()).await;
    let mut stream = connect(&at, client(&authority, None)).await.expect("a handshake");
    stream.write_all(lines(0..EVENTS).as_bytes()).await.expect("it reads");
    stream.shutdown().await.expect("open");
    at.kept.until(EVENTS).await;
    at.kept.assert_all(EVENTS);
    let mut plain = TcpStream::connect(at.address()).await.expect("it listens");
    plain.write_all(b"<13>no TLS at all\n").await.expect("it reads");
    until(|| at.counted().problem.is_some(), || format!("{:?}", at.counted())).await;
    assert!(at.counted().problem.expect("just seen").reason.starts_with("no TLS with 127.0.0.1"));
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_must_show_a_certificate_and_has_none_is_turned_away() {
    let (authority, directory) = (Authority::new(), tempfile::tempdir().expect("a directory"));
    let ca = directory.path().join("ca.pem");
    std::fs::write(&ca, authority.0.pem()).expect("a directory of ours");
    let client_ca = Some(ca.to_str().expect("utf-8").to_owned());
    let spec = Spec { client_ca, ..secure(&authority, directory.path()) };
    let at = At::start(source(spec, Format::Lines), directory.path()).await;
    let mut known = connect(&at, client(&authority, Some(authority.issue()))).await.expect("a handshake");
    known.write_all(b"known\n").await.expect("it reads");
    at.kept.until(1).await;
    for own in [None, Some(Authority::new().issue())] {
        // With TLS 1.3 a client learns only behind its handshake that it was refused.
        if let Ok(mut stream) = connect(&at, client(&authority, own)).await {
            let _ = stream.write_all(b"unknown\n").await;
            assert!(stream.read(&mut [0]).await.is_err(), "an alert comes");
        }
    }
    at.kept.until(1).await;
    assert_eq!(at.kept.count(), 1);
    at.stop().await;
}
