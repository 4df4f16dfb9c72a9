//! Sinks that misbehave.

use std::io::{self, ErrorKind, Write};

/// What a sink does at one call of `write` instead of taking the bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// It fails with this error of the system, then and from then on.
    Fails(i32),
    /// It says that it was interrupted, once.
    Interrupted,
    /// It takes one byte, once.
    Short,
    /// It takes nothing, once.
    Nothing,
}

/// The numbers of errors on Linux and its kin.
pub const EIO: i32 = 5;
pub const ENOSPC: i32 = 28;
pub const EPIPE: i32 = 32;

/// Has trouble at one call of `write`.
pub struct Troubled {
    pub trouble: Trouble,
    pub call: usize,
    pub calls: usize,
    pub bytes: Vec<u8>,
}

impl Troubled {
    pub fn new(trouble: Trouble, call: usize) -> Self {
        Troubled {
            trouble,
            call,
            calls: 0,
            bytes: Vec::new(),
        }
    }
}

impl Write for Troubled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let call = self.calls;
        self.calls += 1;
        let taken = match self.trouble {
            Trouble::Fails(error) if call >= self.call => {
                return Err(io::Error::from_raw_os_error(error));
            }
            Trouble::Interrupted if call == self.call => {
                return Err(ErrorKind::Interrupted.into());
            }
            Trouble::Short if call == self.call => 1,
            Trouble::Nothing if call == self.call => 0,
            _ => bytes.len().min(1 << 14),
        };
        self.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
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
