//! Where the log rests
