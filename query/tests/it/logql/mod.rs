//! Is LogQL read, written, translated and computed as Grafana expects?

mod corpus;
mod entry;
mod errors;
mod evaluate;
mod guide;
mod meaning;
mod plans;
mod robust;
mod show;
mod windows;
