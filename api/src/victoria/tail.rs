//! `/select/logsql/tail`: events as they come, one a line.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vigil_model::Timestamp;

use super::args::Args;
use super::refused::Refused;
use crate::access::Standing;
use crate::app::App;
use crate::discover::read_distance;
use crate::tail::{Format, Start, Tail, follow, lens};

/// How far back a tail begins where nobody says, in nanoseconds.
const START_OFFSET: i64 = 5_000_000_000;

/// Follows. `refresh_interval` and `offset` have nothing to say here: events are shown at once.
pub(super) async fn tail(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let standing = Standing::of(&app, &request);
    let mut args = Args::read(app, request).await?;
    let lens = lens(&args.ask.question([])?, &args.text, args.ask.asked)?;
    let back = read_distance(&mut args.params, "start_offset")?.unwrap_or(START_OFFSET);
    let start = match back {
        0 => Start::Now,
        back => {
            let since = Timestamp(args.ask.asked.0.saturating_sub(back));
            Start::Since(Box::new(args.ask.since(since)?))
        }
    };
    let (class, asked, columns) = (args.ask.class, args.ask.asked, args.columns);
    let tail = Tail { lens, class, asked, start, format: Format::Victoria, columns };
    Ok(follow(&args.app, tail, standing).await?)
}
