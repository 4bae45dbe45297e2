//! Which sockets are open, and how they are opened.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, UdpSocket};
use vigil_ingest::{Listen, Transport};
use vigil_model::limits::SOCKET_BUFFER_BYTES;

/// Clients that the kernel lets wait until they are accepted.
const BACKLOG: i32 = 1_024;

/// An open socket. Whoever listens on it next may take it over without closing it.
#[derive(Clone)]
pub(crate) enum Port {
    Datagrams(Arc<UdpSocket>),
    Streams(Arc<TcpListener>),
}

/// What tells sockets apart: whether of datagrams, and the address that was asked for.
pub(crate) type PortKey = (bool, SocketAddr);

pub(crate) fn key(listen: &Listen) -> PortKey {
    (listen.transport == Transport::Udp, listen.address)
}

impl Port {
    /// Opens a socket. Needs a runtime around it.
    pub(crate) fn open(listen: &Listen) -> io::Result<Port> {
        if listen.transport == Transport::Udp { datagrams(listen.address) } else { streams(listen.address) }
    }

    /// Where it is heard.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Port::Datagrams(socket) => socket.local_addr(),
            Port::Streams(listener) => listener.local_addr(),
        }
    }
}

fn datagrams(address: SocketAddr) -> io::Result<Port> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // The kernel cuts this to what it allows; a smaller buffer is no reason not to listen.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(Port::Datagrams(Arc::new(UdpSocket::from_std(socket.into())?)))
}

fn streams(address: SocketAddr) -> io::Result<Port> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for connections of the process before.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(Port::Streams(Arc::new(TcpListener::from_std(socket.into())?)))
}
