//! Does the transport do on loopback what it promises?

mod door;
mod links;
mod proxy;
mod support;
