//! `vigil token`: secrets with which programs and people ask a node, and what each may do.

use std::io::Write;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use vigil_api::{TokenRequest, TokenStatus};
use vigil_model::{Class, Timestamp};

use super::args::template;
use super::output::{Paint, print_json, stdout};
use super::table::{Cell, Table};
use super::{Context, since};
use crate::client::{Client, read_json, read_list, segment};
use crate::config::units::parse_duration;
use crate::exit::{Exit, Failure};

/// What is wanted of tokens.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil token create me --role admin > ~/.vigil-token\n  \
        vigil token create grafana --role reader --for 90d --filter 'service:shop'\n  \
        vigil token list\n  \
        vigil token revoke grafana\n",
    help_template = template()
)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make one and print its secret, this once
    Create(CreateArgs),
    /// Every token, without secrets
    List,
    /// Make one worthless, on every node
    Revoke {
        /// Its name or id
        token: String,
    },
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// What it is called
    name: String,
    /// What its bearer may do
    #[arg(long, value_enum)]
    role: Role,
    /// How long it is good: 90d [default: for ever]
    #[arg(long = "for", value_parser = parse_duration, value_name = "DURATION")]
    duration: Option<Duration>,
    /// Each query sees only what passes this filter
    #[arg(long, default_value = "", hide_default_value = true, value_name = "VQL")]
    filter: String,
    /// Each query sees only these: logs, metrics, traces, audit, findings, control [default: all but control]
    #[arg(long = "class", value_delimiter = ',', value_parser = class, value_name = "CLASS,…")]
    classes: Option<Vec<Class>>,
}

/// What the bearer of a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Ask
    Reader,
    /// Hand events in, not ask
    Writer,
    /// Both, look at peers, start a sync
    Operator,
    /// Everything: members, tokens
    Admin,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Writer => "writer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }
}

fn class(text: &str) -> Result<Class, String> {
    let known: Vec<&str> = Class::ALL.iter().map(|class| class.name()).collect();
    text.parse().map_err(|_| format!("`{text}` is not one of: {}", known.join(", ")))
}

/// Does it.
pub(crate) fn run(context: &Context, args: TokenArgs) -> Result<Exit, Failure> {
    let client = context.client()?;
    match args.action {
        Action::Create(args) => create(context, &client, args),
        Action::List => list(context, &client),
        Action::Revoke { token } => revoke(context, &client, &token),
    }
}

fn create(context: &Context, client: &Client, args: CreateArgs) -> Result<Exit, Failure> {
    let request = TokenRequest {
        name: args.name,
        role: args.role.name().into(),
        for_s: args.duration.map(|duration| duration.as_secs()),
        classes: args.classes.map(|classes| classes.iter().map(Class::to_string).collect()),
        filter: args.filter,
    };
    let bytes = client.tell("/v1/tokens", &[], &request)?;
    if context.look.json {
        print_json(&bytes)?;
        return Ok(Exit::Ok);
    }
    let token: TokenStatus = read_json(&bytes)?;
    let Some(secret) = token.secret else {
        return Err(Failure::new(Exit::No, "the node made the token, but did not tell its secret")
            .hint("revoke it and make another; are node and program of the same version?"));
    };
    let mut out = stdout();
    writeln!(out, "{secret}")?;
    out.flush()?;
    context.look.note(&advice(&request, token.expires.as_deref()));
    Ok(Exit::Ok)
}

fn advice(made: &TokenRequest, expires: Option<&str>) -> String {
    let until = expires.map_or_else(|| "for ever".to_owned(), |time| format!("until {time}"));
    format!(
        "The secret of `{}` ({}), good {until} on every node. It is shown this once: keep it in a file that only you \
         read.\nUse it:  vigil --token-file FILE …   or   curl -H 'Authorization: Bearer SECRET' …",
        made.name, made.role
    )
}

fn list(context: &Context, client: &Client) -> Result<Exit, Failure> {
    let bytes = client.fetch("/v1/tokens", &[])?;
    if context.look.json {
        print_json(&bytes)?;
        return Ok(Exit::Ok);
    }
    let tokens: Vec<TokenStatus> = read_list(&bytes, "tokens")?;
    if tokens.is_empty() {
        context.look.note("no tokens: programs of this machine may do everything, nobody else anything");
        return Ok(Exit::Ok);
    }
    let mut out = stdout();
    out.write_all(table(&tokens, since::now()).render(&context.look).0.as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}

fn table(tokens: &[TokenStatus], now: Timestamp) -> Table {
    let mut table = Table::new(["NAME", "ROLE", "STATE", "EXPIRES IN", "LAST USED", "CLASSES", "FILTER", "ID"]);
    for token in tokens {
        let expires = token.expires.as_deref();
        let left = expires.map_or_else(|| "never".into(), |time| since::until(time, now).unwrap_or_else(|| "-".into()));
        let used = token.last_used.as_deref().and_then(|time| since::age(time, now));
        let paint = if token.state == "good" { Paint::Green } else { Paint::Dim };
        table.push(vec![
            Cell::text(&token.name).paint(Paint::Bold),
            Cell::text(&token.role),
            Cell::text(&token.state).paint(paint),
            Cell::text(&left),
            Cell::text(&used.map_or_else(|| "not here".into(), |age| format!("{age} ago"))),
            Cell::text(&token.classes.join(",")),
            Cell::text(if token.filter.is_empty() { "-" } else { &token.filter }),
            Cell::text(&token.id).paint(Paint::Dim),
        ]);
    }
    table
}

fn revoke(context: &Context, client: &Client, token: &str) -> Result<Exit, Failure> {
    let bytes = client.delete(&format!("/v1/tokens/{}", segment(token)), &[])?;
    if context.look.json {
        print_json(&bytes)?;
    } else {
        context.look.note(&format!("`{token}` is revoked here now, and elsewhere as soon as the others hear of it"));
    }
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::Look;
    use expect_test::expect;

    #[test]
    fn tokens_are_listed_without_secrets() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        let good = TokenStatus {
            id: "aeaq".into(),
            name: "grafana".into(),
            role: "reader".into(),
            classes: vec!["logs".into(), "metrics".into()],
            filter: "service:shop".into(),
            expires: Some("2026-05-30T12:00:00Z".into()),
            last_used: Some("2026-03-01T11:59:00Z".into()),
            state: "good".into(),
            secret: Some("never shown".into()),
            ..TokenStatus::default()
        };
        let old = TokenStatus {
            name: "me".into(),
            role: "admin".into(),
            state: "revoked".into(),
            secret: None,
            expires: None,
            last_used: None,
            ..good.clone()
        };
        expect![[r#"
            NAME     ROLE    STATE    EXPIRES IN  LAST USED    CLASSES       FILTER        ID
            grafana  reader  good     90 d 0 h    1 m 0 s ago  logs,metrics  service:shop  aeaq
            me       admin   revoked  never       not here     logs,metrics  service:shop  aeaq
        "#]]
        .assert_eq(&table(&[good, old], now).render(&Look::default()).0);
    }

    #[test]
    fn classes_are_checked_before_anybody_is_asked() {
        assert_eq!(class("audit"), Ok(Class::Audit));
        assert!(class("log").is_err_and(|why| why.contains("logs")));
    }
}
