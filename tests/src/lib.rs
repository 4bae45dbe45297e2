//! Real vigil processes on loopback
