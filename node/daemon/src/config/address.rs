//! Which socket address `HOST:PORT` is.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

/// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or a host name, which is resolved.
pub(crate) fn read(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let (host, port) = text.rsplit_once(':').ok_or_else(|| without_port(text))?;
    let port: u16 = port.parse().map_err(|_| format!("`{port}` is not a port from 0 to 65535"))?;
    match host {
        "" => Err(format!("a host is missing; write 127.0.0.1:{port} for this machine, 0.0.0.0:{port} for all")),
        "localhost" => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        host => resolve(host, port),
    }
}

fn without_port(text: &str) -> String {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(_)) => format!("a port is missing; write [{text}]:8080"),
        Ok(IpAddr::V4(_)) => format!("a port is missing; write {text}:8080"),
        Err(_) => format!("`{text}` is not an address such as 127.0.0.1:8080"),
    }
}

fn resolve(host: &str, port: u16) -> Result<SocketAddr, String> {
    if host.contains(['/', ':', ' ']) {
        return Err(format!("`{host}:{port}` is not an address such as 127.0.0.1:8080 or [::1]:8080"));
    }
    let failed = |why: String| format!("the host `{host}` is not known{why}");
    let mut found = (host, port).to_socket_addrs().map_err(|error| failed(format!(" ({error})")))?;
    found.next().ok_or_else(|| failed(String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(read("localhost:1").map(|a| a.to_string()), Ok("127.0.0.1:1".into()));
        assert_eq!(read("[::1]:80").map(|a| a.port()), Ok(80));
        for wrong in ["", "127.0.0.1", "::1", ":8080", "127.0.0.1:http", "127.0.0.1:99999", "http://127.0.0.1:80"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
