//! What was asked, and what the answer is
