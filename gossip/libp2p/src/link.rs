//! One link from its greeting to its end: a task that reads, writes, and tells the shell in order.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::{FusedFuture, FutureExt};
use tokio::sync::oneshot;
use tokio::time::timeout;
use vigil_gossip::Goodbye;

use crate::command::{Admission, Command, Proposal};
use crate::frames::{FrameReader, FrameWriter};
use crate::greeting::{GREETING, Greeter, Hello, Refusal, TRANSPORT_TAG, Word};
use crate::queue::{Ending, Waiting};
use crate::registry::OpenLink;
use crate::shared::Shared;
use crate::types::{StreamError, TransportEvent};

/// Bytes that are written at once when as many wait.
const BATCH_BYTES: usize = 64 * 1024;
/// How long a peer may leave what was written lying before the link counts as dead.
const STALL: Duration = Duration::from_secs(120);
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// How a link came to its end.
enum End {
    Own(Ending),
    Peer(Goodbye),
    Broken(String),
}

/// Greets on a stream, and when both sides agree, keeps the link until it ends.
pub(crate) async fn keep(shared: Arc<Shared>, mut greeter: Greeter, proposal: Proposal) {
    let outcome = match timeout(GREETING, greet(&shared, &mut greeter, &proposal)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Refusal::Broken("no greeting in time".into())),
    };
    match outcome {
        Ok(admission) => run(&shared, greeter, admission).await,
        Err(refusal) => refuse(&shared, greeter, proposal, refusal).await,
    }
}

/// There is no stream to greet on.
pub(crate) async fn not_opened(shared: &Shared, proposal: Proposal, error: StreamError) {
    let refusal = match error {
        StreamError::Protocol(protocol) => Refusal::NoProtocol(protocol),
        other => Refusal::Broken(other.to_string()),
    };
    shared.command(Command::Refused { proposal, refusal }).await;
}

async fn greet(shared: &Shared, greeter: &mut Greeter, proposal: &Proposal) -> Result<Admission, Refusal> {
    let hello = Word::Hello(Hello::new(shared.bulk_port));
    let theirs = if proposal.dialled {
        greeter.say(&hello).await?;
        greeter.hear_hello().await?
    } else {
        let theirs = greeter.hear_hello().await?;
        greeter.say(&hello).await?;
        theirs
    };
    let decides = shared.me < proposal.node;
    if !decides {
        greeter.hear_accept().await?;
    }
    let admission = ask(shared, proposal, &theirs, decides).await?;
    if decides && let Err(refusal) = greeter.say(&Word::Accept).await {
        abandon(shared, admission).await;
        return Err(refusal);
    }
    Ok(admission)
}

/// Asks the driver whether this becomes the link to the peer.
async fn ask(shared: &Shared, proposal: &Proposal, theirs: &Hello, decides: bool) -> Result<Admission, Refusal> {
    let (reply, answer) = oneshot::channel();
    let proposal = proposal.clone();
    shared.command(Command::Admit { proposal, bulk_port: theirs.bulk_port, decides, reply }).await;
    answer.await.unwrap_or(Err(Goodbye::Stopping)).map_err(Refusal::Own)
}

/// The stream broke between the decision and the first frame.
async fn abandon(shared: &Shared, admission: Admission) {
    shared.registry.remove(&admission.link);
    shared.command(Command::Ended { link: admission.link }).await;
}

async fn refuse(shared: &Shared, mut greeter: Greeter, proposal: Proposal, refusal: Refusal) {
    if let Refusal::Own(why) = &refusal {
        let last = async {
            greeter.say(&Word::Goodbye(*why)).await.ok();
            greeter.writer.close().await.ok();
            greeter.reader.drain().await;
        };
        timeout(FAREWELL, last).await.ok();
    }
    shared.command(Command::Refused { proposal, refusal }).await;
}

async fn run(shared: &Shared, mut greeter: Greeter, admission: Admission) {
    let Admission { link, before, done } = admission;
    if let Some(before) = before {
        // The shell hears of the end of the link that this one replaces first.
        before.await.ok();
    }
    shared.tell(TransportEvent::Connected(link.info())).await;
    shared.registry.told(&link);
    let mut writing = pin!(write(shared, &link, &mut greeter.writer).fuse());
    let end = tokio::select! {
        biased;
        ending = link.queue.ending() => End::Own(ending),
        end = read(shared, &link, &mut greeter.reader) => end,
        written = &mut writing => match written {
            Ok(ending) => End::Own(ending),
            Err(why) => End::Broken(why),
        },
    };
    shared.registry.remove(&link);
    shared.tell(disconnected(&link, &end)).await;
    done.send(()).ok();
    if let End::Own(Ending::Goodbye(_)) = end {
        let last = async {
            if !writing.is_terminated() {
                (&mut writing).await.ok();
            }
            greeter.reader.drain().await;
        };
        timeout(FAREWELL, last).await.ok();
    }
    shared.command(Command::Ended { link: link.clone() }).await;
}

fn disconnected(link: &OpenLink, end: &End) -> TransportEvent {
    let (goodbye, why) = match end {
        End::Own(Ending::Goodbye(why)) => (None, format!("ended by this node: {why:?}")),
        End::Own(Ending::Overflow) => (None, "the peer does not take what is sent".to_string()),
        End::Peer(why) => (Some(*why), "ended by the peer".to_string()),
        End::Broken(why) => (None, why.clone()),
    };
    TransportEvent::Disconnected { link: link.link, goodbye, why }
}

/// Hands every frame to the shell, and reads no further before it is taken.
async fn read(shared: &Shared, link: &OpenLink, reader: &mut FrameReader) -> End {
    loop {
        let frame = match reader.next().await {
            Ok(Some(frame)) => frame,
            Ok(None) => return End::Broken("closed by the peer".into()),
            Err(error) => return End::Broken(error.to_string()),
        };
        link.received.fetch_add(frame.len() as u64, Ordering::Relaxed);
        match frame.split_first() {
            Some((&TRANSPORT_TAG, word)) => {
                if let Some(Word::Goodbye(why)) = Word::read(word) {
                    return End::Peer(why);
                }
            }
            Some((&tag, bytes)) => {
                let bytes = bytes.to_vec();
                shared.tell(TransportEvent::Frame { link: link.link, tag, bytes }).await;
            }
            None => return End::Broken("an empty frame".into()),
        }
    }
}

/// Writes what waits, and the last word when the link ends.
async fn write(shared: &Shared, link: &OpenLink, writer: &mut FrameWriter) -> Result<Ending, String> {
    while let Some(batch) = link.queue.take(BATCH_BYTES).await {
        for waiting in &batch {
            writer.add(&waiting.frame);
        }
        flush(shared, link, writer).await?;
        tell_sent(shared, link, &batch).await;
    }
    let ending = link.queue.ending().await;
    if let Ending::Goodbye(why) = ending {
        writer.add(&Word::Goodbye(why).frame());
        flush(shared, link, writer).await?;
        writer.close().await.ok();
    }
    Ok(ending)
}

async fn flush(shared: &Shared, link: &OpenLink, writer: &mut FrameWriter) -> Result<(), String> {
    shared.limiter.pass(writer.waiting()).await;
    link.sent.fetch_add(writer.waiting() as u64, Ordering::Relaxed);
    match timeout(STALL, writer.flush()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the peer took nothing for {} seconds", STALL.as_secs())),
    }
}

/// Nothing is told any more of a link that is ending: its end has been told.
async fn tell_sent(shared: &Shared, link: &OpenLink, batch: &[Waiting]) {
    let bytes: u32 = batch.iter().fold(0, |sum, waiting| sum.saturating_add(waiting.counted));
    if bytes > 0 {
        tokio::select! {
            biased;
            _ = link.queue.ending() => {}
            () = shared.tell(TransportEvent::Sent { link: link.link, bytes }) => {}
        }
    }
}
