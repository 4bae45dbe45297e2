//! What is replicated, and why it always merges
