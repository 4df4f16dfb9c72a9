//! A progress bar where standard error is a terminal, and a way out by Ctrl-C.

use std::ops::ControlFlow;
use std::process;

use cogwork::CancelToken;
use cogwork::exec::Event;
use indicatif::{ProgressBar, ProgressStyle};

/// The exit code of what a signal has ended: 128 and the number of SIGINT, as shells say it.
pub const INTERRUPTED: u8 = 130;

/// From now on Ctrl-C (or SIGTERM, or a terminal that is closed) ends waits for a network at once and
/// jobs at their next step, so that no partial file stays; said twice, it ends the process.
pub fn stop_by_signal(cancel: &CancelToken) {
    let cancel = cancel.clone();
    let stop = move || match cancel.is_cancelled() {
        true => process::exit(INTERRUPTED.into()),
        false => cancel.cancel(),
    };
    // Without a handler Ctrl-C ends the process at once, which is as good a way out.
    let _ = ctrlc::set_handler(stop);
}

/// A bar that hears of a job's events.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar of no length yet; nothing is drawn unless standard error is a terminal.
    pub fn new(what: &'static str) -> Self {
        let style = "{msg} [{bar:40}] {percent:>3} % of {len} rows, {elapsed} gone, {eta} left";
        let style = ProgressStyle::with_template(style);
        let bar = ProgressBar::new(0).with_message(what);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Bar(bar)
    }

    pub fn hear(&mut self, event: Event) -> ControlFlow<()> {
        self.0.set_length(event.rows);
        self.0.set_position(event.rows_done);
        ControlFlow::Continue(())
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
