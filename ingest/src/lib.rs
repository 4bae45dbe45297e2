//! How foreign bytes become events
