//! How long a range is asked for: attempts, waits between them, and a budget that all requests to a
//! host share, so that a dead service is not hammered.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::fault::{Again, Fault};
use super::options::HttpOptions;
use crate::cancel::CancelToken;
use crate::error::Result;
use crate::limits::to_u64;

/// Retries that may be outstanding at a host: each one takes from it, and gives back if its range
/// succeeds in the end.
#[derive(Debug)]
pub(super) struct RetryBudget(AtomicU32);

impl RetryBudget {
    pub(super) fn new() -> Self {
        RetryBudget(AtomicU32::new(RETRIES_OF_A_HOST))
    }

    fn take(&self) -> bool {
        let order = Ordering::Relaxed;
        let taken = self
            .0
            .fetch_update(order, order, |left| left.checked_sub(1));
        taken.is_ok()
    }

    fn give(&self, retries: u32) {
        let order = Ordering::Relaxed;
        let filled = |left: u32| Some(left.saturating_add(retries).min(RETRIES_OF_A_HOST));
        let _ = self.0.fetch_update(order, order, filled);
    }
}

/// Retries outstanding at one host, at most.
const RETRIES_OF_A_HOST: u32 = 100;

/// What is left to try for one range.
#[derive(Debug)]
pub(super) struct Patience<'a> {
    options: &'a HttpOptions,
    budget: &'a RetryBudget,
    cancel: &'a CancelToken,
    until: Instant,
    failed: u32,
    taken: u32,
    /// Whether what may have been a slip has been forgiven.
    once: bool,
    /// Whether credentials have been refreshed, and whether the next request is the first with them.
    renewed: bool,
    refreshed: bool,
}

impl<'a> Patience<'a> {
    /// For a range of so many bytes.
    pub(super) fn new(
        options: &'a HttpOptions,
        budget: &'a RetryBudget,
        cancel: &'a CancelToken,
        bytes: u64,
    ) -> Self {
        let transfer = Duration::from_secs(bytes / SLOWEST);
        let now = Instant::now();
        let until = now.checked_add(options.timeout.saturating_add(transfer));
        Patience {
            options,
            budget,
            cancel,
            until: until.unwrap_or(now + FOREVER),
            failed: 0,
            taken: 0,
            once: false,
            renewed: false,
            refreshed: false,
        }
    }

    /// The time that is left.
    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Does not count a wait that was not the server's.
    pub(super) fn excuse(&mut self, waited: Duration) {
        self.until = self.until.checked_add(waited).unwrap_or(self.until);
    }

    /// True once if credentials must be fresh for the next request.
    pub(super) fn take_refreshed(&mut self) -> bool {
        std::mem::take(&mut self.refreshed)
    }

    /// Waits until it makes sense to ask again.
    ///
    /// # Errors
    /// The fault's own, if it does not; [`Cancelled`](crate::ErrorKind::Cancelled).
    pub(super) fn after(&mut self, fault: Fault) -> Result<()> {
        self.cancel.check()?;
        self.failed += 1;
        let wait = match fault.again {
            Again::No => return Err(fault.error),
            Again::Once if self.once => return Err(fault.error),
            Again::Refreshed if self.renewed => return Err(fault.error),
            Again::Once => {
                self.once = true;
                self.backoff()
            }
            Again::Refreshed => {
                self.renewed = true;
                self.refreshed = true;
                Duration::ZERO
            }
            Again::Later => self.backoff(),
            Again::After(time) if time > self.options.retry_after => return Err(fault.error),
            Again::After(time) => time.max(self.backoff()),
        };
        let hopeless = self.failed >= self.options.attempts || wait >= self.left();
        if hopeless || !self.budget.take() {
            return Err(fault.error);
        }
        self.taken += 1;
        self.cancel.sleep(wait)
    }

    /// The range has come.
    pub(super) fn succeeded(self) {
        self.budget.give(self.taken + 1);
    }

    /// 0.1 s, doubled with each failure up to 15 s, of which a random half to all is waited.
    fn backoff(&self) -> Duration {
        let doubled = FIRST_WAIT.saturating_mul(1 << self.failed.saturating_sub(1).min(16));
        let most = doubled.min(LONGEST_WAIT);
        let random = RandomState::new().build_hasher().finish();
        let part = f64::from(u32::try_from(random >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        most.mul_f64(0.5 + part / 2.0)
    }
}

/// The time that a server names in `Retry-After`: seconds, or a date (RFC 9110 section 10.2.3).
pub(super) fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let now = std::time::SystemTime::now();
    Some(date.duration_since(now).unwrap_or_default())
}

/// How many parts a range may come in beyond the attempts that fail: servers may send less than was
/// asked for, but not ever less.
pub(super) fn parts(bytes: usize) -> u64 {
    16 + to_u64(bytes) / SMALLEST_PART
}

/// Bytes of a part that is no nuisance.
const SMALLEST_PART: u64 = 64 << 10;
/// Bytes per second that are waited for.
const SLOWEST: u64 = 32 << 10;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(15);
const FOREVER: Duration = Duration::from_secs(365 * 86400);

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::error::Remote;

    fn later() -> Fault {
        Fault::new(Remote::Interrupted("test".into()), Again::Later)
    }

    #[test]
    fn waits_double_up_to_a_bound() {
        let (options, budget) = (HttpOptions::default(), RetryBudget::new());
        let cancel = CancelToken::new();
        let mut patience = Patience::new(&options, &budget, &cancel, 0);
        for (failed, most) in [
            (1, 100),
            (2, 200),
            (5, 1600),
            (8, 12_800),
            (9, 15_000),
            (60, 15_000),
        ] {
            patience.failed = failed;
            let wait = patience.backoff();
            let most = Duration::from_millis(most);
            assert!(wait <= most && wait >= most / 2, "{failed}: {wait:?}");
        }
    }

    #[test]
    fn patience_ends() {
        let options = HttpOptions::default().attempts(2);
        let (budget, cancel) = (RetryBudget::new(), CancelToken::new());
        let mut patience = Patience::new(&options, &budget, &cancel, 0);
        assert!(patience.after(later()).is_ok());
        assert!(patience.after(later()).is_err());
        let mut patience = Patience::new(&options, &budget, &cancel, 0);
        assert!(patience.after(Fault::last(Remote::RangeIgnored)).is_err());
        let after = |seconds| {
            Fault::new(
                Remote::RangeIgnored,
                Again::After(Duration::from_secs(seconds)),
            )
        };
        let mut patience = Patience::new(&options, &budget, &cancel, 0);
        assert!(patience.after(after(86400)).is_err());
        let short = HttpOptions::default().timeout(Duration::from_millis(10));
        let mut patience = Patience::new(&short, &budget, &cancel, 0);
        assert!(
            patience.after(later()).is_err(),
            "the wait would be longer than what is left"
        );
        cancel.cancel();
        let mut patience = Patience::new(&options, &budget, &cancel, 0);
        assert!(patience.after(later()).is_err());
    }

    #[test]
    fn a_dead_host_uses_the_budget_up() {
        let budget = RetryBudget::new();
        assert!((0..RETRIES_OF_A_HOST).all(|_| budget.take()));
        assert!(!budget.take());
        budget.give(1);
        assert!(budget.take() && !budget.take());
        budget.give(2 * RETRIES_OF_A_HOST);
        assert_eq!(budget.0.into_inner(), RETRIES_OF_A_HOST);
    }

    #[test]
    fn times_of_servers() {
        let seconds = |text| retry_after(text).map(|time| time.as_secs());
        assert_eq!(seconds("1"), Some(1));
        assert_eq!(seconds("86400"), Some(86400));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(seconds("soon"), None);
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        assert!((98..=100).contains(&seconds(&date).expect("a date")));
    }
}
