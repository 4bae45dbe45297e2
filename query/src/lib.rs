//! How a question is said, and whether one event answers it
