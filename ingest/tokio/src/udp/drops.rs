//! How many datagrams the kernel dropped before anybody could take them. Linux says it; elsewhere nothing is counted.

use std::os::fd::AsRawFd;
use std::path::Path;

use tokio::net::UdpSocket;

/// The kernel's counter of one socket.
pub(super) struct Drops {
    /// As `/proc/net/udp` names the socket; `None` where it cannot be told.
    inode: Option<String>,
    seen: u64,
}

impl Drops {
    pub(super) fn of(socket: &UdpSocket) -> Drops {
        let link = std::fs::read_link(Path::new("/proc/self/fd").join(socket.as_raw_fd().to_string())).ok();
        let inode = link.and_then(|link| Some(inode(link.to_str()?)?.to_owned()));
        let mut drops = Drops { inode, seen: 0 };
        // What was dropped before belongs to whoever listened then.
        drops.since();
        drops
    }

    /// How many were dropped since it was asked last.
    pub(super) fn since(&mut self) -> u64 {
        let Some(inode) = &self.inode else { return 0 };
        let tables = ["/proc/net/udp", "/proc/net/udp6"].into_iter();
        let count = tables.filter_map(|path| counter(&std::fs::read_to_string(path).ok()?, inode)).next();
        let count = count.unwrap_or(self.seen);
        let since = count.saturating_sub(self.seen);
        self.seen = count;
        since
    }
}

/// `socket:[4711]`
fn inode(link: &str) -> Option<&str> {
    link.strip_prefix("socket:[")?.strip_suffix(']')
}

/// The last column of the line with this inode in the tenth.
fn counter(table: &str, inode: &str) -> Option<u64> {
    let row = table.lines().skip(1).find(|row| row.split_ascii_whitespace().nth(9) == Some(inode))?;
    row.split_ascii_whitespace().last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout \
inode ref pointer drops
  411: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 22334 2 0000000000000000 17
  899: 00000000:021F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 22335 2 0000000000000000 0
";

    #[test]
    fn the_counter_is_that_of_the_socket() {
        assert_eq!(inode("socket:[22334]"), Some("22334"));
        assert_eq!(counter(TABLE, "22334"), Some(17));
        assert_eq!(counter(TABLE, "22335"), Some(0));
        assert_eq!(counter(TABLE, "1"), None);
    }
}
