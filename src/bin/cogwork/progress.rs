//! A progress bar where standard error is a terminal.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cogwork::counters::Counters;
use cogwork::exec::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

static QUIET: AtomicBool = AtomicBool::new(false);

/// The bar that is drawn now.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// From now on nothing but errors is told.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Takes the bar off the terminal. None is drawn until what is returned has been dropped.
pub fn clear() -> impl Drop {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bar) = shown.take() {
        bar.finish_and_clear();
    }
    shown
}

/// A bar that hears of a job's events, or watches counters, until it is dropped. One at a time.
///
/// It is one line, drawn a few times a second, first after a moment: a short job shows nothing. The
/// fields stand in the order of their worth, since a terminal that is too narrow shows the first of
/// them: share, time left, rate of reading, time gone, the bar itself, what is done.
pub struct Bar {
    heard: Arc<Mutex<Known>>,
    started: Instant,
    drawing: Option<(Sender<()>, JoinHandle<()>)>,
}

/// What is known of a job.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// How much of it is done, of 1.
    share: Option<f64>,
    /// Bytes read from sources.
    bytes: u64,
    /// When that was, since the job began.
    at: Duration,
}

impl Bar {
    /// A bar that gets the events of a job by [`hear`](Self::hear); without a share until the first.
    pub fn new(what: &'static str) -> Self {
        let heard: Arc<Mutex<Known>> = Arc::default();
        let told = heard.clone();
        let know = move |_| *told.lock().unwrap_or_else(PoisonError::into_inner);
        Bar::start(what, heard, know)
    }

    /// A bar for what tells no events: the share is that of the tiles decoded, if there is a number of
    /// them.
    pub fn watching(what: &'static str, counters: &Arc<Counters>, tiles: Option<u64>) -> Self {
        let counters = counters.clone();
        let (bytes, decoded) = (counters.bytes_read(), counters.tiles_decoded());
        let know = move |at| Known {
            share: tiles.map(|tiles| ratio(counters.tiles_decoded() - decoded, tiles)),
            bytes: counters.bytes_read() - bytes,
            at,
        };
        Bar::start(what, Arc::default(), know)
    }

    /// Takes an event of a job.
    pub fn hear(&mut self, event: Event) -> ControlFlow<()> {
        let known = Known {
            share: Some(ratio(event.rows_done, event.rows)),
            bytes: event.counts.bytes_read,
            at: self.started.elapsed(),
        };
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = known;
        ControlFlow::Continue(())
    }

    fn start(
        what: &'static str,
        heard: Arc<Mutex<Known>>,
        know: impl Fn(Duration) -> Known + Send + 'static,
    ) -> Self {
        let started = Instant::now();
        Bar {
            heard,
            started,
            drawing: drawing(what, started, know),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.drawing.take() {
            drop(end);
            // A thread that panicked draws no more, either.
            let _ = thread.join();
        }
        drop(clear());
    }
}

/// Starts to draw, if there is a terminal to draw on.
fn drawing(
    what: &'static str,
    started: Instant,
    know: impl Fn(Duration) -> Known + Send + 'static,
) -> Option<(Sender<()>, JoinHandle<()>)> {
    let target = ProgressDrawTarget::stderr();
    // indicatif calls no terminal one that is called `dumb`.
    if is_quiet() || target.is_hidden() {
        return None;
    }
    // Cut a column before the right end of the terminal, as wide as it is when it is drawn. The cursor
    // goes back, since Ctrl-C is echoed there: at the right end that would be on the next line, which
    // is cleared then, and not this one.
    let style = ProgressStyle::with_template("{wide_msg}\r").ok()?;
    let (end, ended) = mpsc::channel::<()>();
    let draw = move || {
        let bar = ProgressBar::with_draw_target(None, target).with_style(style);
        while ended.recv_timeout(REDRAWN) == Err(RecvTimeoutError::Timeout) {
            let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
            let elapsed = started.elapsed();
            bar.set_message(line(what, know(elapsed), elapsed));
            *shown = Some(bar.clone());
        }
    };
    let thread = thread::Builder::new().name("cogwork-progress".into());
    Some((end, thread.spawn(draw).ok()?))
}

/// The line after some time; the first 19 columns, and the first 39, are whole fields.
fn line(what: &str, known: Known, elapsed: Duration) -> String {
    let Known { share, bytes, at } = known;
    let seconds = at.as_secs_f64();
    let rate = match bytes {
        0 => format!("{:12}", ""),
        _ => format!("  {:>10}", rate(bytes as f64 / seconds.max(1e-3))),
    };
    let gone = clock(elapsed);
    let Some(share) = share else {
        return format!("{what:<10}{rate} {gone:>7} gone");
    };
    let left = match share > 0.0 {
        true => {
            let whole = Duration::try_from_secs_f64(seconds / share).unwrap_or(Duration::MAX);
            clock(whole.saturating_sub(elapsed))
        }
        false => "-:--".into(),
    };
    let filled = (share * f64::from(CELLS)) as usize;
    let (filled, empty) = ("#".repeat(filled), "-".repeat(CELLS as usize - filled));
    let percent = (share * 100.0).floor();
    format!("{percent:>3} %  {left:>7} left{rate} {gone:>7} gone  [{filled}{empty}]  {what}")
}

fn ratio(part: u64, whole: u64) -> f64 {
    (part as f64 / whole.max(1) as f64).min(1.0)
}

/// Bytes in a second, in powers of 1000.
fn rate(bytes: f64) -> String {
    match bytes {
        bytes if bytes < 999.5e3 => format!("{:.0} kB/s", bytes / 1e3),
        bytes if bytes < 999.95e6 => format!("{:.1} MB/s", bytes / 1e6),
        bytes => format!("{:.1} GB/s", bytes / 1e9),
    }
}

/// Minutes and seconds, with hours if there are any; from ten hours on hours and minutes.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match hours {
        0 => format!("{minutes}:{:02}", seconds % 60),
        1..10 => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
        10..1000 => format!("{hours}h {minutes:02}m"),
        _ => "-:--".into(),
    }
}

/// Time between two drawings.
const REDRAWN: Duration = Duration::from_millis(200);
/// Cells of the bar.
const CELLS: u32 = 18;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let known = |share, bytes, at| Known {
            share,
            bytes,
            at: Duration::from_secs(at),
        };
        for (known, elapsed, expected) in [
            (known(None, 0, 0), 5, "masking                   0:05 gone"),
            (
                known(None, 2_000_000, 2),
                5,
                "masking       1.0 MB/s    0:05 gone",
            ),
            (
                known(Some(0.0), 0, 0),
                1,
                "  0 %     -:-- left                0:01 gone  [------------------]  masking",
            ),
            (
                known(Some(0.25), 9_000_000, 10),
                12,
                " 25 %     0:28 left    900 kB/s    0:12 gone  [####--------------]  masking",
            ),
            (
                known(Some(0.5), 4_000_000_000_000, 4000),
                4100,
                " 50 %  1:05:00 left    1.0 GB/s 1:08:20 gone  [#########---------]  masking",
            ),
            (
                known(Some(1.0), 400_000_000, 40_000),
                40_000,
                "100 %     0:00 left     10 kB/s 11h 06m gone  [##################]  masking",
            ),
        ] {
            let line = line("masking", known, Duration::from_secs(elapsed));
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn narrow_lines_end_with_a_field() {
        let known = Known {
            share: Some(0.999),
            bytes: 1 << 40,
            at: Duration::from_secs(30_000),
        };
        let line = line("converting", known, Duration::from_secs(35_000));
        assert_eq!(&line[..19], " 99 %     0:00 left");
        assert_eq!(&line[..39], " 99 %     0:00 left   36.7 MB/s 9:43:20");
        assert!(line.len() < 80, "{line}");
    }
}
