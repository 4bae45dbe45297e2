//! A node that is not there: answers what it is told to, and remembers what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::{Arc, Mutex};

/// One request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// `POST /v1/join`, with the query.
    pub(crate) what: String,
    /// The header that proves who asks.
    pub(crate) authorization: String,
    /// The body.
    pub(crate) body: String,
}

/// What it answers: a status and JSON.
pub(crate) type Answer = (u16, String);

/// A fake node; it lives as long as the test process.
pub(crate) struct Fake {
    /// Its HTTP address.
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Fake {
    /// Answers each request with what `answer` says to its `METHOD /path` without the query.
    pub(crate) fn start(answer: impl Fn(&str) -> Answer + Send + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                // Whoever goes away in the middle of a request gets no answer.
                let _ = serve(&socket, &answer, &log);
            }
        });
        Fake { url, asked }
    }

    /// Answers everything with the same.
    pub(crate) fn constant(status: u16, body: &str) -> Fake {
        let body = body.to_owned();
        Fake::start(move |_| (status, body.clone()))
    }

    /// Runs `vigil` against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut all = arguments.to_vec();
        all.extend(["--url", &self.url]);
        vigil_tests::run(&all)
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panics while it holds this").clone()
    }
}

/// Stdout and stderr of a command, and its exit code.
pub(crate) fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn serve(socket: &TcpStream, answer: &impl Fn(&str) -> Answer, log: &Mutex<Vec<Asked>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(socket);
    let asked = read(&mut reader)?;
    let path = asked.what.split('?').next().unwrap_or_default().to_owned();
    log.lock().expect("no test panics while it holds this").push(asked);
    let (status, body) = answer(&path);
    let mut writer = socket;
    write!(
        writer,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let what = line.trim().trim_end_matches(" HTTP/1.1").to_owned();
    let mut asked = Asked { what, ..Asked::default() };
    let mut length = 0;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => asked.authorization = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Ok(asked)
}
