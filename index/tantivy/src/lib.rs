//! How the answer is found fast
