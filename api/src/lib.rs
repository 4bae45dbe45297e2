//! How people and programs talk to a node
