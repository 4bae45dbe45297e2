//! Which fields usually say what happened, how bad it is, where and in which service.

/// The first of these that an event has is its message.
pub const MESSAGE: [&str; 6] = ["message", "msg", "_msg", "body", "log", "event.original"];
/// As [`MESSAGE`], for how bad it is.
pub const LEVEL: [&str; 8] =
    ["level", "severity", "severity_text", "log.level", "lvl", "levelname", "loglevel", "SeverityText"];
/// As [`MESSAGE`], for where it happened.
pub const HOST: [&str; 6] = ["host", "hostname", "host.name", "Hostname", "computer", "source"];
/// As [`MESSAGE`], for which service it was.
pub const SERVICE: [&str; 13] = [
    "service_name",
    "service.name",
    "service",
    "app",
    "application",
    "app_name",
    "name",
    "app_kubernetes_io_name",
    "container",
    "container_name",
    "component",
    "workload",
    "job",
];
