//! How numbers are made of lines: leaves that the index answers, and a tree of functions above them.

mod aggregate;
mod binary;
mod error;
mod evaluate;
mod gather;
mod leaf;
mod matched;
mod plan;
mod replace;
mod series;
mod steps;
mod window;

pub use error::MetricError;
pub use evaluate::evaluate;
pub use gather::Gather;
pub use leaf::Leaf;
pub use plan::{MetricPlan, plan};
pub use series::{Matrix, Series};
pub use steps::Steps;
