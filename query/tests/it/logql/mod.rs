//! Is LogQL read, written, translated and computed as Grafana expects?

mod corpus;
mod errors;
mod plans;
mod robust;
mod show;
