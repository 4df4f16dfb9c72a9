//! Sinks that misbehave.

use std::io::{self, ErrorKind, Write};

/// Fails at one call of `write` and from then on.
pub struct FailsAt {
    pub call: usize,
    pub calls: usize,
    pub kind: ErrorKind,
}

impl Write for FailsAt {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls > self.call {
            return Err(self.kind.into());
        }
        Ok(bytes.len().min(4096))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes a few bytes at a time, and is interrupted at every third call.
#[derive(Default)]
pub struct Stutters {
    pub bytes: Vec<u8>,
    calls: usize,
}

impl Write for Stutters {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(ErrorKind::Interrupted.into());
        }
        let taken = bytes.len().min(1 + self.calls % 61);
        self.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes everything, but cannot flush.
pub struct NeverFlushes;

impl Write for NeverFlushes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(ErrorKind::StorageFull.into())
    }
}
