//! `vigil invite`: a ticket for one more node.

use std::io::Write;
use std::time::Duration;

use clap::{Args, ValueEnum};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use vigil_api::{Invite, InviteRequest};

use super::args::template;
use super::output::print_json;
use super::output::stdout;
use super::{Context, since};
use crate::client::read_json;
use crate::config::units::parse_duration;
use crate::exit::{Exit, Failure};

/// What kind of ticket.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil invite\n  \
        vigil invite --for 15m --name site-b > ticket\n  \
        vigil invite --qr\n",
    help_template = template()
)]
pub(crate) struct InviteArgs {
    /// How long it is good: 15m, 1h, 7d
    #[arg(long = "for", default_value = "1h", value_parser = parse_duration, value_name = "DURATION")]
    duration: Duration,
    /// What the new node replicates
    #[arg(long, value_enum, default_value_t = Profile::Full)]
    profile: Profile,
    /// What the new node is called [default: what it calls itself]
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// A code for a camera below the ticket
    #[arg(long)]
    qr: bool,
}

/// What a member replicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// Everything
    Full,
    /// Its own data, and what everybody replicates: control, audit, findings
    Edge,
}

/// Asks for a ticket and prints it.
pub(crate) fn run(context: &Context, args: &InviteArgs) -> Result<Exit, Failure> {
    let profile = if args.profile == Profile::Full { "full" } else { "edge" };
    let request = InviteRequest { for_s: args.duration.as_secs(), profile: profile.into(), name: args.name.clone() };
    let bytes = context.client()?.tell("/v1/invites", &[], &request)?;
    if context.look.json {
        print_json(&bytes)?;
        return Ok(Exit::Ok);
    }
    let invite: Invite = read_json(&bytes)?;
    let mut out = stdout();
    writeln!(out, "{}", invite.ticket)?;
    if args.qr {
        out.write_all(code(&invite.ticket)?.as_bytes())?;
    }
    out.flush()?;
    context.look.note(&advice(&invite));
    Ok(Exit::Ok)
}

/// Below the ticket, for a person; to a pipe goes the ticket alone.
fn advice(invite: &Invite) -> String {
    let left = since::until(&invite.expires, since::now()).map(|span| format!(" ({span})")).unwrap_or_default();
    format!(
        "Good once, until {}{left}. It is a secret: who has it becomes a member.\n\
         On the other machine, with its node up:  vigil join TICKET",
        invite.expires
    )
}

/// Light on dark, as terminals mostly are; cameras read both.
fn code(ticket: &str) -> Result<String, Failure> {
    let fault = |error| Failure::new(Exit::No, format!("the ticket does not fit into a code: {error}"));
    let code = QrCode::with_error_correction_level(ticket, EcLevel::L).map_err(fault)?;
    let drawn = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    Ok(drawn + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_of_two_addresses_fits_a_terminal() {
        let drawn = code(&format!("vigil1{}", "abcdefgh234567".repeat(13))).expect("it fits");
        assert!(drawn.lines().count() <= 32, "{}", drawn.lines().count());
        assert!(drawn.lines().all(|line| super::super::output::width_of(line) <= 64));
    }
}
