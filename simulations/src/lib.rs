//! The same machine under a virtual clock and a failing disk
