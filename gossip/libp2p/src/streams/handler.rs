//! The streams of one connection: protocols that are accepted, streams that are to be opened.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll, Waker};

use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::swarm::handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{
    ConnectionHandler, ConnectionHandlerEvent, Stream, StreamProtocol, StreamUpgradeError, SubstreamProtocol,
};
use tokio::sync::oneshot;

use crate::types::StreamError;

/// Where the opened stream is to go.
pub(crate) type OpenReply = oneshot::Sender<Result<Stream, StreamError>>;

/// Open a stream.
#[derive(Debug)]
pub(crate) struct OpenRequest {
    pub(crate) protocol: StreamProtocol,
    pub(crate) reply: OpenReply,
}

/// Offers the protocols and hands the raw stream on.
#[derive(Clone)]
pub(crate) struct Raw(pub(crate) Vec<StreamProtocol>);

impl UpgradeInfo for Raw {
    type Info = StreamProtocol;
    type InfoIter = std::vec::IntoIter<StreamProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.clone().into_iter()
    }
}

impl InboundUpgrade<Stream> for Raw {
    type Output = (StreamProtocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        ready(Ok((protocol, stream)))
    }
}

impl OutboundUpgrade<Stream> for Raw {
    type Output = (StreamProtocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        ready(Ok((protocol, stream)))
    }
}

/// The handler of one connection.
pub(crate) struct Handler {
    accepted: Vec<StreamProtocol>,
    wanted: VecDeque<OpenRequest>,
    opened: VecDeque<(StreamProtocol, Stream)>,
    waker: Option<Waker>,
}

impl Handler {
    pub(crate) fn new(accepted: Vec<StreamProtocol>) -> Handler {
        Handler { accepted, wanted: VecDeque::new(), opened: VecDeque::new(), waker: None }
    }
}

type Out = ConnectionHandlerEvent<Raw, OpenRequest, (StreamProtocol, Stream)>;

impl ConnectionHandler for Handler {
    type FromBehaviour = OpenRequest;
    type ToBehaviour = (StreamProtocol, Stream);
    type InboundProtocol = Raw;
    type OutboundProtocol = Raw;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = OpenRequest;

    fn listen_protocol(&self) -> SubstreamProtocol<Raw> {
        SubstreamProtocol::new(Raw(self.accepted.clone()), ())
    }

    /// Connections are closed by those who know what they are for.
    fn connection_keep_alive(&self) -> bool {
        true
    }

    fn on_behaviour_event(&mut self, request: OpenRequest) {
        self.wanted.push_back(request);
        self.waker.take().inspect(Waker::wake_by_ref);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Out> {
        if let Some(stream) = self.opened.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(stream));
        }
        if let Some(request) = self.wanted.pop_front() {
            let protocol = SubstreamProtocol::new(Raw(vec![request.protocol.clone()]), request);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Raw, Raw, (), OpenRequest>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol, .. }) => {
                self.opened.push_back(protocol);
                self.waker.take().inspect(Waker::wake_by_ref);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol, info }) => {
                // Whoever asked may have gone; the stream closes by being dropped.
                let _ = info.reply.send(Ok(protocol.1));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                let _ = info.reply.send(Err(why(error, &info.protocol)));
            }
            _ => {}
        }
    }
}

fn why(error: StreamUpgradeError<Infallible>, protocol: &StreamProtocol) -> StreamError {
    match error {
        StreamUpgradeError::NegotiationFailed => StreamError::Protocol(protocol.to_string()),
        StreamUpgradeError::Timeout => StreamError::Broken("no answer to a new stream".into()),
        StreamUpgradeError::Io(error) => StreamError::Broken(error.to_string()),
        StreamUpgradeError::Apply(never) => match never {},
    }
}
