//! The nouns: what an event is, who a node is, what time it is
