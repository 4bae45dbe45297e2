//! How a body encoded as `deflate` is unpacked: as RFC 9110 has it, in the frame of zlib, or bare, as many send it.

use std::io::{self, BufRead};

use flate2::{Decompress, FlushDecompress, Status};

use super::Feed;

/// Unpacks what is fed to it. Unlike the readers of flate2 it tells a body that was cut off from one that ended.
#[derive(Default)]
pub(crate) struct Deflate {
    feed: Feed,
    /// The first two bytes, until both are there.
    head: Vec<u8>,
    state: Option<Decompress>,
    ended: bool,
}

impl Deflate {
    pub(super) fn get_mut(&mut self) -> &mut Feed {
        &mut self.feed
    }

    pub(super) fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.ended {
            if self.state.is_none() {
                self.decide()?;
            }
            let state = self.state.as_mut().expect("it was decided just now");
            // What was looked at for the decision is unpacked first.
            let from_head = !self.head.is_empty();
            let input = if from_head { &self.head[..] } else { self.feed.fill_buf()? };
            let is_over = input.is_empty();
            let (read, written) = (state.total_in(), state.total_out());
            let status = state.decompress(input, out, FlushDecompress::None).map_err(io::Error::from)?;
            let read = (state.total_in() - read) as usize;
            let written = (state.total_out() - written) as usize;
            match from_head {
                true => drop(self.head.drain(..read)),
                false => self.feed.consume(read),
            }
            self.ended = status == Status::StreamEnd;
            if written > 0 || out.is_empty() {
                return Ok(written);
            }
            if is_over && !self.ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }

    /// By the first two bytes: those of zlib name the method, and are a multiple of 31.
    fn decide(&mut self) -> io::Result<()> {
        while self.head.len() < 2 {
            let Some(byte) = self.feed.fill_buf()?.first().copied() else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            self.feed.consume(1);
            self.head.push(byte);
        }
        let framed = self.head[0] & 0x0f == 8 && u16::from_be_bytes([self.head[0], self.head[1]]).is_multiple_of(31);
        self.state = Some(Decompress::new(framed));
        Ok(())
    }
}
