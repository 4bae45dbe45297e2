//! The command line as people meet it: help, flags, exit codes.

use clap::{CommandFactory, Parser};
use expect_test::expect;

use super::args::{Cli, Command};
use super::help::exit_codes;

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn top_level_help_shows_examples_first() {
    let help = Cli::command().render_help().to_string();
    expect![[r#"
        Vigil: a log store that runs where you are

        Examples:
          vigil up                                  start a node on this machine
          vigil ingest /var/log/app.log             send a file to it
          vigil query 'level:error' --from -1h      find events
          vigil query '* | stats count() by host'   count them
          vigil tail                                follow what comes in
          vigil shell                               ask again and again
          vigil invite                              a ticket for a second node
          vigil peers                               who is how far, and why

        Usage: vigil [OPTIONS] <COMMAND>

        Commands:
          up           Start a node in the foreground
          ingest       Send files or stdin to a node
          parse        Show what a node would make of a file, line by line and stage by stage
          scrub        Show what the scrubber takes out of a text
          query        Find events, count them
          tail         Follow events as they are accepted
          show         Show one event
          fields       Which fields events have
          values       Which values a field has
          shell        Ask again and again, with history and completion
          export       Write the rows of a query to a file: Parquet, Excel, CSV, NDJSON
          status       What a node is and how it fares
          invite       Make a ticket for one more node
          join         Become a member of a cluster
          peers        Who the members are, how far each is, and why
          sync         Exchange with the peers now
          cluster      The replica as a whole
          leave        Stop being a member; the data stay
          token        Secrets for asking a node, and what each may do
          doctor       Look for what is wrong, and say how to mend it
          config       Check, show or write the configuration
          bench        What log and index cost on this machine
          completions  Completions for a shell
          version      Version of the program
          help         Help on a command, or on exit-codes

        Options:
          -h, --help     Print help
          -V, --version  Print version

        Global options:
              --url <URL>                  Address of the node [default: VIGIL_ADDR, else
                                           http://127.0.0.1:8080] [env: VIGIL_URL]
              --token-file <FILE>          File that holds the secret of a token [env: VIGIL_TOKEN_FILE]
              --ca-file <FILE>             Authorities that https certificates are of, PEM [default: the
                                           system's] [env: VIGIL_CA_FILE]
              --fingerprint <AB:CD:…>      SHA-256 of the only https certificate that is good [env:
                                           VIGIL_FINGERPRINT]
              --json                       JSON on stdout
              --color <auto|always|never>  When output has colour [default: auto]
          -q, --quiet                      Say nothing on stderr but errors
              --timeout <DURATION>         How long one request may take [default: 60s]

        `vigil help COMMAND` tells more; `vigil help exit-codes` lists the exit codes.
    "#]]
    .assert_eq(&help);
}

#[test]
fn exit_codes_are_one_table() {
    expect![[r#"
        Exit codes:
           0  done; a query without hits too, unless --exit-empty
           1  it ran, and the answer is no, or there are findings (rejected lines, failed checks)
           2  the command line is wrong, or the query or ticket in it
           3  the configuration is wrong, or the node cannot start with it
           4  no node answers, or not the one that was meant
           5  not allowed: no token, a wrong one, too small a role; or removed from the cluster
           6  the answer is partial, not everything is in step, or it took too long
           7  data are not what was signed, or a peer is not who it should be
         130  stopped by Ctrl-C
    "#]]
    .assert_eq(&exit_codes());
}

#[test]
fn every_command_has_examples() {
    for command in Cli::command().get_subcommands() {
        let examples = command.get_before_help().map(ToString::to_string).unwrap_or_default();
        assert!(examples.starts_with("Examples:\n  vigil "), "{}", command.get_name());
    }
}

#[test]
fn global_flags_stand_before_and_after_the_command() {
    for line in ["vigil --json status", "vigil status --json"] {
        let cli = Cli::try_parse_from(line.split(' ')).expect(line);
        assert!(cli.global.json && matches!(cli.command, Command::Status));
    }
}

#[test]
fn wrong_command_lines_end_with_2_and_suggest() {
    for (line, hint) in
        [("vigil qurey x", "query"), ("vigil up --htpp x", "--http"), ("vigil query --limit x", "limit")]
    {
        let error = Cli::try_parse_from(line.split(' ')).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
        assert!(error.to_string().contains(hint), "{error}");
    }
    assert!(Cli::try_parse_from(["vigil", "stat"]).is_err(), "abbreviations are not commands");
}

#[test]
fn a_relative_time_is_no_flag() {
    Cli::try_parse_from(["vigil", "query", "x", "--from", "-15m", "--to", "-1m"]).expect("times may begin with a dash");
}

#[test]
fn the_node_is_named_by_flag_then_variable() {
    let url = |line: &str, address: Option<&str>| {
        let cli = Cli::try_parse_from(line.split(' ')).expect(line);
        cli.global.url(&|name| (name == "VIGIL_ADDR").then(|| address.map(str::to_owned)).flatten())
    };
    assert_eq!(url("vigil status --url http://a:1", Some("b:2")), "http://a:1");
    if std::env::var_os("VIGIL_URL").is_none() {
        assert_eq!(url("vigil status", Some("b:2")), "b:2");
        assert_eq!(url("vigil status", None), "http://127.0.0.1:8080");
    }
}
