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
/// Fields that say where an event comes from, with few different values each: the labels of a stream, for the
/// surfaces that think in streams. In alphabetical order.
pub const LABELS: [&str; 23] = [
    "app",
    "application",
    "cluster",
    "container",
    "container_name",
    "deployment.environment",
    "env",
    "environment",
    "host",
    "host.name",
    "hostname",
    "instance",
    "job",
    "k8s.container.name",
    "k8s.namespace.name",
    "k8s.pod.name",
    "namespace",
    "pod",
    "region",
    "service",
    "service.name",
    "service_name",
    "source",
];
