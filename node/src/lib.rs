//! The machine: every decision, no IO
