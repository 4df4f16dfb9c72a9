//! A progress bar where standard error is a terminal, and a way out by Ctrl-C.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cogwork::exec::Event;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar that hears of a job's events.
pub struct Bar {
    bar: ProgressBar,
    interrupted: Arc<AtomicBool>,
}

impl Bar {
    /// A bar of no length yet; nothing is drawn unless standard error is a terminal. From now on
    /// Ctrl-C ends the job at its next step, so that no partial file stays.
    pub fn new(what: &'static str) -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = interrupted.clone();
        // Without a handler Ctrl-C ends the process at once, which is as good a way out.
        let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
        let style = "{msg} [{bar:40}] {percent:>3} % of {len} rows, {elapsed} gone, {eta} left";
        let style = ProgressStyle::with_template(style);
        let bar = ProgressBar::new(0).with_message(what);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Bar { bar, interrupted }
    }

    pub fn hear(&mut self, event: Event) -> ControlFlow<()> {
        self.bar.set_length(event.rows);
        self.bar.set_position(event.rows_done);
        match self.interrupted.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
