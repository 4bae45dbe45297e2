//! What is done with a stream that a peer opened: each kind by a task of its own.

use std::sync::Arc;
use std::time::Duration;

use futures::AsyncReadExt;
use libp2p::swarm::Stream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use vigil_gossip::Goodbye;
use vigil_model::NodeId;
use vigil_model::limits::{KNOCK_BYTES_MAX, STRANGER_SECONDS, WIRE_FRAME_BYTES_MAX};

use crate::frames::{FrameReader, FrameWriter};
use crate::greeting::{Greeter, Word};
use crate::lane::Halves;
use crate::range::{REQUEST, REQUEST_BYTES_MAX, Serving};
use crate::shared::Shared;
use crate::types::TransportEvent;

/// How long a pull may wait for the link that it belongs to.
const LINK_PATIENCE: Duration = Duration::from_secs(5);

/// Both halves of a stream.
pub(crate) fn halves(stream: Stream) -> Halves {
    let (read, write) = stream.split();
    (Box::new(read), Box::new(write))
}

/// A stream on which links are agreed.
pub(crate) fn greeter(stream: Stream) -> Greeter {
    let (read, write) = halves(stream);
    Greeter { reader: FrameReader::new(read, WIRE_FRAME_BYTES_MAX), writer: FrameWriter::new(write) }
}

/// A stranger wants a link: it is told why it gets none.
pub(crate) async fn turn_away(stream: Stream) {
    let mut greeter = greeter(stream);
    let words = async {
        greeter.say(&Word::Goodbye(Goodbye::NotMember)).await.ok();
        greeter.writer.close().await.ok();
        greeter.reader.drain().await;
    };
    timeout(Duration::from_secs(STRANGER_SECONDS), words).await.ok();
}

/// A member pulls. The shell hears of it after it heard of the link.
pub(crate) async fn serve(shared: Arc<Shared>, node: NodeId, (read, write): Halves) {
    let mut reader = FrameReader::new(read, REQUEST_BYTES_MAX);
    let Ok(Ok(Some(request))) = timeout(REQUEST, reader.next()).await else { return };
    let Some(link) = shared.registry.link_to(&node, LINK_PATIENCE).await else { return };
    let Ok(place) = link.servings.clone().try_acquire_owned() else {
        tracing::debug!(peer = %node, "a pull was refused: too many at once");
        return;
    };
    let writer = FrameWriter::new(write);
    let serving = Serving { link, request, writer, shared: shared.clone(), _reader: reader, _place: place };
    shared.tell(TransportEvent::Asked(serving)).await;
}

/// Someone knocks at the join door.
pub(crate) async fn knock(shared: Arc<Shared>, node: NodeId, address: String, stream: Stream) {
    let (read, write) = halves(stream);
    let visit = async {
        let Ok(Some(request)) = FrameReader::new(read, KNOCK_BYTES_MAX).next().await else { return };
        let (answer, answered) = oneshot::channel();
        shared.tell(TransportEvent::Knock { peer: node, address, request, answer }).await;
        if let Ok(answer) = answered.await {
            let mut writer = FrameWriter::new(write);
            writer.add(&answer);
            writer.flush().await.ok();
            writer.close().await.ok();
        }
    };
    timeout(Duration::from_secs(STRANGER_SECONDS), visit).await.ok();
}
