//! Does a real node answer every question of the guides, the same however the answer is found?

mod events;
mod examples;
mod export;
mod malformed;
mod same;
mod shapes;
