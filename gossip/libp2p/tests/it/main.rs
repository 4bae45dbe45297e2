//! Does the transport do on loopback what it promises?

mod bulk;
mod door;
mod finding;
mod hostile;
mod links;
mod proxy;
mod samples;
mod support;
mod wire;
