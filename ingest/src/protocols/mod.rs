//! Messages of protocols, taken apart into events. One file each; they do no IO: who speaks HTTP or holds a socket hands
//! the bytes in and says the answer.

pub mod gelf;
