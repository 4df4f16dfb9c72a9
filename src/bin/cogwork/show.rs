//! What commands print.

use std::io::{ErrorKind, Write};

use cogwork::Result;

/// Tells the user something on standard error, if there is anybody left.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints text. Whoever has closed the pipe has seen enough: that is no failure.
pub fn show(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
