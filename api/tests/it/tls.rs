//! Does the socket speak TLS 1.3, and nothing older?

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use vigil_api::{GENERATED_CERTIFICATE, GENERATED_KEY, HttpOptions, Stop, Stopper, Tls, TlsError, TlsOptions, serve};

use crate::client::options;
use crate::fake::{Fake, Handle, Script};

/// A directory that is gone with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Directory {
        let path = std::env::temp_dir().join(format!("vigil-api-tls-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a directory");
        Directory(path)
    }

    fn generated(&self, names: &[&str]) -> Result<Tls, TlsError> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Tls::open(&TlsOptions::Generated { directory: self.0.clone(), names })
    }

    fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.0.join(GENERATED_CERTIFICATE)).expect("a certificate")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A node behind TLS; it stops when this is dropped.
struct Served {
    address: std::net::SocketAddr,
    certificate: CertificateDer<'static>,
    _stopper: Stopper,
    _directory: Directory,
}

async fn start(name: &str, patience: Duration) -> Served {
    let directory = Directory::new(name);
    let tls = Some(directory.generated(&["node.lan"]).expect("a certificate"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("bound");
    let (_stopper, stop) = Stop::pair();
    let options = HttpOptions { tls, stop, patience, loopback: false, ..options() };
    let backend = Arc::new(Handle(Fake::new(Script::default())));
    tokio::spawn(serve(listener, backend, options, Duration::from_secs(1)));
    Served { address, certificate: directory.certificate(), _stopper, _directory: directory }
}

/// Shakes hands as a client that trusts this certificate alone and speaks these versions.
async fn shake(
    served: &Served,
    name: &'static str,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    shake_for(served, name, versions, &[]).await
}

/// The same, and asks for these protocols.
async fn shake_for(
    served: &Served,
    name: &'static str,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(served.certificate.clone()).expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .expect("known versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let stream = TcpStream::connect(served.address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(name).expect("a name"), stream).await
}

const STATUS: &[u8] = b"GET /v1/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

async fn read_all(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("it ends").expect("a clean end");
    String::from_utf8_lossy(&answer).into_owned()
}

const PATIENT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_request_over_tls() {
    let served = start("request", PATIENT).await;
    for name in ["localhost", "127.0.0.1", "node.lan"] {
        let mut stream = shake(&served, name, &[&TLS13, &TLS12]).await.expect("a handshake");
        assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        stream.write_all(STATUS).await.expect("it reads");
        let answer = read_all(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"name\":\"fake\""), "{answer}");
    }
    assert!(shake(&served, "evil.example", &[&TLS13]).await.is_err(), "a name that it is not for");
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_agreed_on() {
    let served = start("http2", PATIENT).await;
    for (protocols, agreed) in
        [(&[&b"h2"[..], b"http/1.1"][..], Some(&b"h2"[..])), (&[b"http/1.1"], Some(b"http/1.1")), (&[], None)]
    {
        let mut stream = shake_for(&served, "localhost", &[&TLS13], protocols).await.expect("a handshake");
        assert_eq!(stream.get_ref().1.alpn_protocol(), agreed);
        if agreed == Some(b"h2") {
            let status = http2(stream).await;
            assert_eq!(status, 200);
        } else {
            stream.write_all(STATUS).await.expect("it reads");
            assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 200"));
        }
    }
}

/// The status of an answer over HTTP/2.
async fn http2(stream: TlsStream<TcpStream>) -> u16 {
    let (executor, io) = (hyper_util::rt::TokioExecutor::new(), hyper_util::rt::TokioIo::new(stream));
    let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, io).await.expect("a handshake");
    tokio::spawn(connection);
    let request = hyper::Request::get("https://localhost/v1/status").body(axum::body::Body::empty());
    sender.send_request(request.expect("a request")).await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn nothing_older_than_1_3() {
    let served = start("older", PATIENT).await;
    let error = shake(&served, "localhost", &[&TLS12]).await.expect_err("refused");
    assert!(error.to_string().contains("ProtocolVersion"), "{error}");
}

#[tokio::test]
async fn programs_of_this_machine_may_speak_plainly() {
    let served = start("plain", PATIENT).await;
    let mut stream = TcpStream::connect(served.address).await.expect("it listens");
    stream.write_all(STATUS).await.expect("it reads");
    assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_does_not_finish_the_handshake_is_shown_out_and_keeps_nobody_waiting() {
    let served = start("slow", Duration::from_millis(300)).await;
    let mut silent = TcpStream::connect(served.address).await.expect("it listens");
    let mut half = TcpStream::connect(served.address).await.expect("it listens");
    half.write_all(&[0x16, 3, 1, 0, 200, 1]).await.expect("it reads");
    shake(&served, "localhost", &[&TLS13]).await.expect("others are served meanwhile");
    assert_eq!(read_all(&mut silent).await, "");
    assert_eq!(read_all(&mut half).await, "");
}

#[test]
fn a_certificate_is_made_once_and_its_key_is_nobodys() {
    let directory = Directory::new("once");
    let first = directory.generated(&["node.lan"]).expect("made");
    assert_eq!(first.fingerprint(), vigil_api::fingerprint(&directory.certificate()));
    assert_eq!(first.fingerprint().len(), 32 * 3 - 1);
    let mode = |name: &str| std::fs::metadata(directory.0.join(name)).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(GENERATED_KEY), 0o600);
    let again = directory.generated(&["other.lan"]).expect("read");
    assert_eq!(again.fingerprint(), first.fingerprint());
}

#[test]
fn a_fingerprint_is_sha_256_in_pairs() {
    let empty = "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55";
    assert_eq!(vigil_api::fingerprint(b""), empty);
}

#[test]
fn files_that_will_not_do_are_named() {
    let (directory, other) = (Directory::new("files"), Directory::new("other"));
    directory.generated(&[]).expect("made");
    other.generated(&[]).expect("made");
    let open =
        |cert: PathBuf, key: PathBuf| Tls::open(&TlsOptions::Files { cert, key }).expect_err("refused").to_string();
    let (cert, key) = (directory.0.join(GENERATED_CERTIFICATE), directory.0.join(GENERATED_KEY));
    assert!(Tls::open(&TlsOptions::Files { cert: cert.clone(), key: key.clone() }).is_ok());
    let missing = open(directory.0.join("none.crt"), key.clone());
    assert!(missing.contains("none.crt") && missing.ends_with("it should hold a certificate in PEM"), "{missing}");
    let swapped = open(key.clone(), cert.clone());
    assert!(swapped.contains("no certificate was found"), "{swapped}");
    let no_key = open(cert.clone(), cert.clone());
    assert!(no_key.ends_with("it should hold a private key in PEM"), "{no_key}");
    let strangers = open(cert, other.0.join(GENERATED_KEY));
    assert!(strangers.contains("cannot be used together"), "{strangers}");
    assert!(other.generated(&[]).is_ok());
    std::fs::remove_file(other.0.join(GENERATED_CERTIFICATE)).expect("there");
    let names = other.generated(&["not a name\u{e9}"]).expect_err("refused").to_string();
    assert!(names.contains("no certificate can be made for"), "{names}");
}
