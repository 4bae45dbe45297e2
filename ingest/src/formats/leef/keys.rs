//! Which keys of LEEF have a name in ECS.

use crate::formats::mapping::Kind::{Number, Text};
use crate::formats::mapping::Rule;

/// The attributes that QRadar predefines, and a few that all vendors send. A key that is not here keeps its name.
pub(super) const RULES: [Rule; 33] = [
    ("src", "source.ip", Text),
    ("srcPort", "source.port", Number),
    ("srcMAC", "source.mac", Text),
    ("srcBytes", "source.bytes", Number),
    ("srcPackets", "source.packets", Number),
    ("srcPostNAT", "source.nat.ip", Text),
    ("srcPostNATPort", "source.nat.port", Number),
    ("srcHostName", "source.domain", Text),
    ("dst", "destination.ip", Text),
    ("dstPort", "destination.port", Number),
    ("dstMAC", "destination.mac", Text),
    ("dstBytes", "destination.bytes", Number),
    ("dstPackets", "destination.packets", Number),
    ("dstPostNAT", "destination.nat.ip", Text),
    ("dstPostNATPort", "destination.nat.port", Number),
    ("dstHostName", "destination.domain", Text),
    ("totalPackets", "network.packets", Number),
    ("proto", "network.transport", Text),
    ("protocol", "network.transport", Text),
    ("usrName", "user.name", Text),
    ("userName", "user.name", Text),
    ("domain", "user.domain", Text),
    ("url", "url.original", Text),
    ("requestMethod", "http.request.method", Text),
    ("userAgent", "user_agent.original", Text),
    ("action", "event.action", Text),
    ("reason", "event.reason", Text),
    ("outcome", "event.outcome", Text),
    ("fileName", "file.name", Text),
    ("filePath", "file.path", Text),
    ("fileSize", "file.size", Number),
    ("msg", "message", Text),
    ("message", "message", Text),
];
