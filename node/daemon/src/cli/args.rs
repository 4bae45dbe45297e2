//! What can be written on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::output::ColorChoice;
use crate::client::{Credentials, Fingerprint, Token, Trust};
use crate::config::units::parse_duration;
use crate::exit::Failure;

/// Help shows examples first.
const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The program.
#[derive(Debug, Parser)]
#[command(
    name = "vigil",
    bin_name = "vigil",
    version,
    about = "Vigil: a log store that runs where you are",
    before_help = "Examples:\n  \
        vigil up                                  start a node on this machine\n  \
        vigil ingest /var/log/app.log             send a file to it\n  \
        vigil query 'level:error' --from -1h      find events\n  \
        vigil query '* | stats count() by host'   count them\n  \
        vigil tail                                follow what comes in\n  \
        vigil shell                               ask again and again\n  \
        vigil invite                              a ticket for a second node\n  \
        vigil peers                               who is how far, and why\n",
    after_help = "`vigil help COMMAND` tells more; `vigil help exit-codes` lists the exit codes.",
    help_template = TEMPLATE,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Address of the node [default: VIGIL_ADDR, else http://127.0.0.1:8080]
    #[arg(long, global = true, env = "VIGIL_URL", hide_env_values = true)]
    url: Option<String>,
    /// File that holds the secret of a token
    #[arg(long, global = true, env = "VIGIL_TOKEN_FILE", hide_env_values = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Authorities that https certificates are of, PEM [default: the system's]
    #[arg(long, global = true, env = "VIGIL_CA_FILE", hide_env_values = true, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// SHA-256 of the only https certificate that is good
    #[arg(long, global = true, env = "VIGIL_FINGERPRINT", hide_env_values = true, value_name = "AB:CD:…")]
    fingerprint: Option<Fingerprint>,
    /// JSON on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When output has colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, hide_possible_values = true, value_name = "auto|always|never")]
    pub(crate) color: ColorChoice,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// How long one request may take
    #[arg(long, global = true, default_value = "60s", value_parser = parse_duration, value_name = "DURATION")]
    pub(crate) timeout: Duration,
}

impl Global {
    /// Who asks, and whom to trust: a fingerprint before a file of authorities before the system's.
    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        let file = self.token_file.as_deref().filter(|file| !file.as_os_str().is_empty());
        let trust = match (&self.fingerprint, &self.ca_file) {
            (Some(fingerprint), _) => Trust::Pinned(fingerprint.clone()),
            (None, Some(file)) => Trust::File(file.clone()),
            (None, None) => Trust::System,
        };
        Ok(Credentials { token: file.map(Token::read).transpose()?, trust })
    }

    /// Flag, else `VIGIL_URL` (which clap reads), else `VIGIL_ADDR`, else the default.
    pub(crate) fn url(&self, variable: &dyn Fn(&str) -> Option<String>) -> String {
        let set = |text: &String| !text.is_empty();
        let address = || variable("VIGIL_ADDR").filter(set);
        self.url.clone().filter(set).or_else(address).unwrap_or_else(|| "http://127.0.0.1:8080".into())
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a node in the foreground
    Up(super::up::UpArgs),
    /// Send files or stdin to a node
    Ingest(super::ingest::IngestArgs),
    /// Show what a node would make of a file, line by line and stage by stage
    Parse(super::parse::ParseArgs),
    /// Show what the scrubber takes out of a text
    Scrub(super::scrub::ScrubArgs),
    /// Find events, count them
    Query(Box<super::query::QueryArgs>),
    /// Follow events as they are accepted
    Tail(super::tail::TailArgs),
    /// Show one event
    Show(super::show::ShowArgs),
    /// Which fields events have
    Fields(super::discover::FieldsArgs),
    /// Which values a field has
    Values(super::discover::ValuesArgs),
    /// Ask again and again, with history and completion
    Shell(super::shell::ShellArgs),
    /// Write the rows of a query to a file: Parquet, Excel, CSV, NDJSON
    Export(super::export::ExportArgs),
    /// What a node is and how it fares
    #[command(before_help = "Examples:\n  vigil status\n  vigil status --json\n", help_template = TEMPLATE)]
    Status,
    /// Make a ticket for one more node
    Invite(super::invite::InviteArgs),
    /// Become a member of a cluster
    Join(super::join::JoinArgs),
    /// Who the members are, how far each is, and why
    Peers(super::peers::PeersArgs),
    /// Exchange with the peers now
    Sync(super::sync::SyncArgs),
    /// The replica as a whole
    Cluster(super::cluster::ClusterArgs),
    /// Stop being a member; the data stay
    Leave(super::leave::LeaveArgs),
    /// Secrets for asking a node, and what each may do
    Token(super::token::TokenArgs),
    /// Look for what is wrong, and say how to mend it
    Doctor(super::doctor::DoctorArgs),
    /// Check, show or write the configuration
    Config(super::config::ConfigArgs),
    /// What log and index cost on this machine
    Bench(super::bench::BenchArgs),
    /// Completions for a shell
    Completions(super::completions::CompletionsArgs),
    /// Version of the program
    #[command(before_help = "Examples:\n  vigil version\n  vigil version --json\n", help_template = TEMPLATE)]
    Version,
    /// Help on a command, or on exit-codes
    Help(super::help::HelpArgs),
}

/// Where settings come from.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConfigFlag {
    /// Settings file [default: ./vigil.yaml, then ~/.config/vigil/config.yaml, then /etc/vigil/vigil.yaml]
    #[arg(long, env = "VIGIL_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// See [`TEMPLATE`].
pub(crate) const fn template() -> &'static str {
    TEMPLATE
}
