//! What the command line of `vigil up` says about settings; everything else comes from file and
//! environment.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{ConfigFlag, template};

/// The flags; each stands for the setting of the same name.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil up\n  \
        vigil up --data-dir ./data --http 127.0.0.1:9000 --listen 0.0.0.0:7801 --name site-a\n  \
        vigil up --http 0.0.0.0:8080 --tls\n  \
        vigil up --config vigil.yaml\n",
    help_template = template()
)]
pub(crate) struct UpArgs {
    /// Where log, index and key live [default: ~/.local/share/vigil, as root /var/lib/vigil]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// Where HTTP listens [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    http: Option<String>,
    /// Where peers are heard, UDP; the bulk lane takes the port above [default: 0.0.0.0:7701]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// The node's name [default: the one it has, else one is made up]
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    tls: TlsFlags,
    #[command(flatten)]
    peers: PeerFlags,
    #[command(flatten)]
    config: ConfigFlag,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Beyond this machine")]
struct TlsFlags {
    /// Serve HTTPS with a certificate that the node makes and keeps; its fingerprint is shown
    #[arg(long)]
    tls: bool,
    /// Serve HTTPS with this certificate (PEM)
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Serve plain HTTP beyond loopback: whoever is between reads events and tokens
    #[arg(long)]
    insecure_http: bool,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Peers")]
struct PeerFlags {
    /// Where peers reach this node, as tickets say it [default: the addresses of this machine]
    #[arg(long, value_name = "HOST:PORT,…")]
    advertise: Option<String>,
    /// Bytes a second sent to all peers together: 2MiB [default: none]
    #[arg(long, value_name = "SIZE")]
    bandwidth: Option<String>,
    /// Which way large ranges travel: auto, streams, bulk [default: auto]
    #[arg(long)]
    lane: Option<String>,
    /// Whose bodies are fetched from others: all, none, or some of logs,metrics,traces [default: all]
    #[arg(long, value_name = "CLASS,…")]
    classes: Option<String>,
    /// Of which nodes they are fetched: all, or names [default: all]
    #[arg(long, value_name = "NODE,…")]
    nodes: Option<String>,
    /// Find members on the local network
    #[arg(long)]
    mdns: bool,
    /// Find addresses of members by asking members
    #[arg(long)]
    kademlia: bool,
    /// Relay for members behind NAT, and use members as relays
    #[arg(long)]
    relay: bool,
    /// Announce through a gossipsub mesh too
    #[arg(long)]
    gossipsub: bool,
}

impl UpArgs {
    /// Path of each setting that a flag sets, and its text.
    pub(super) fn flags(&self) -> Vec<(&'static str, String)> {
        let (tls, peers) = (&self.tls, &self.peers);
        let texts = [
            ("data_dir", &self.data_dir),
            ("http", &self.http),
            ("listen", &self.listen),
            ("name", &self.name),
            ("tls_cert", &tls.tls_cert),
            ("tls_key", &tls.tls_key),
            ("peers.advertise", &peers.advertise),
            ("peers.bandwidth", &peers.bandwidth),
            ("peers.lane", &peers.lane),
            ("peers.classes", &peers.classes),
            ("peers.nodes", &peers.nodes),
        ];
        let switches = [
            ("tls", tls.tls),
            ("insecure_http", tls.insecure_http),
            ("peers.mdns", peers.mdns),
            ("peers.kademlia", peers.kademlia),
            ("peers.relay", peers.relay),
            ("peers.gossipsub", peers.gossipsub),
        ];
        let given = texts.into_iter().filter_map(|(path, text)| Some((path, text.clone()?)));
        let on = switches.into_iter().filter(|(_, on)| *on).map(|(path, _)| (path, "true".to_owned()));
        given.chain(on).collect()
    }

    /// `--config`.
    pub(super) fn config_file(&self) -> Option<PathBuf> {
        self.config.config.clone()
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use crate::cli::args::{Cli, Command};
    use crate::config::SETTINGS;

    #[test]
    fn every_flag_of_the_table_exists_and_is_read() {
        let mut command = Cli::command();
        let up = command.find_subcommand_mut("up").expect("a command");
        for setting in SETTINGS {
            let Some(flag) = setting.flag() else { continue };
            let known = up.get_arguments().find(|arg| arg.get_long() == flag.strip_prefix("--"));
            let takes = known.unwrap_or_else(|| panic!("{flag}")).get_action().takes_values();
            let line = if takes { vec!["vigil", "up", &flag, "x"] } else { vec!["vigil", "up", &flag] };
            let Command::Up(args) = Cli::try_parse_from(line).expect("a flag").command else { panic!("up") };
            let wanted = if takes { "x" } else { "true" };
            assert_eq!(args.flags(), [(setting.path, wanted.to_owned())]);
        }
    }
}
