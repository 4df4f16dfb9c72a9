//! What is known of a host: how many requests are under way, how fast it answers, its retries.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::patience::RetryBudget;
use crate::cancel::CancelToken;
use crate::error::Result;

/// The hosts of a client.
#[derive(Debug, Default)]
pub(super) struct Hosts(Mutex<HashMap<String, Arc<Host>>>);

impl Hosts {
    /// The host of a scheme and an authority.
    pub(super) fn of(&self, key: &str) -> Arc<Host> {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(key) {
            return host.clone();
        }
        if hosts.len() >= MOST_HOSTS {
            hosts.retain(|_, host| Arc::strong_count(host) > 1);
        }
        let host = Arc::new(Host::new());
        hosts.insert(key.to_owned(), host.clone());
        host
    }
}

/// Hosts that are remembered while no source uses them.
const MOST_HOSTS: usize = 64;

#[derive(Debug)]
pub(super) struct Host {
    pub(super) budget: RetryBudget,
    busy: Mutex<usize>,
    freed: Condvar,
    pace: Mutex<Pace>,
}

/// How fast a host answers: means of what was measured, recent requests counting most.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Seconds from a request to the head of its answer.
    latency: f64,
    /// Bytes per second of a body.
    bandwidth: f64,
    /// False as long as both are guesses.
    measured: bool,
}

impl Host {
    fn new() -> Self {
        Host {
            budget: RetryBudget::new(),
            busy: Mutex::new(0),
            freed: Condvar::new(),
            pace: Mutex::new(Pace {
                latency: 0.02,
                bandwidth: 13e6,
                measured: false,
            }),
        }
    }

    /// Waits until fewer than `most` requests are under way.
    pub(super) fn permit<'a>(&'a self, most: usize, cancel: &CancelToken) -> Result<Permit<'a>> {
        let mut busy = self.busy();
        while *busy >= most.max(1) {
            cancel.check()?;
            let waited = self.freed.wait_timeout(busy, LOOK);
            busy = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *busy += 1;
        Ok(Permit(self))
    }

    /// Takes note of an answer: the seconds until it began, and the bytes and seconds of its body.
    pub(super) fn answered(&self, latency: Duration, bytes: u64, body: Duration) {
        if bytes < MEASURABLE {
            return;
        }
        let mut pace = self.pace();
        let weight = if pace.measured { WEIGHT } else { 1.0 };
        #[expect(clippy::cast_precision_loss, reason = "a rough measure")]
        let bandwidth = bytes as f64 / body.as_secs_f64().max(1e-5);
        pace.latency += (latency.as_secs_f64() - pace.latency) * weight;
        pace.bandwidth += (bandwidth - pace.bandwidth) * weight;
        pace.measured = true;
    }

    /// Bytes that come in the time that a request takes to begin: a gap of that many is as cheap to
    /// read as to leave out.
    pub(super) fn gap(&self) -> u64 {
        let pace = self.pace();
        clamped(pace.latency * pace.bandwidth, 16 << 10, 1 << 20)
    }

    /// Bytes of the largest request: what comes in a quarter of a second. Where connections are slow,
    /// several in parallel are faster.
    pub(super) fn largest_request(&self) -> u64 {
        clamped(self.pace().bandwidth / 4.0, 8 << 20, 64 << 20)
    }

    fn busy(&self) -> MutexGuard<'_, usize> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn clamped(bytes: f64, least: u32, most: u32) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a positive range"
    )]
    let bytes = bytes.clamp(f64::from(least), f64::from(most)) as u64;
    bytes
}

/// The right to one request, until dropped.
#[derive(Debug)]
pub(super) struct Permit<'a>(&'a Host);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.busy() -= 1;
        self.0.freed.notify_one();
    }
}

/// How often a wait looks whether it is cancelled.
const LOOK: Duration = Duration::from_millis(50);
/// How much a new measurement counts.
const WEIGHT: f64 = 0.3;
/// Bytes of a body whose time tells the bandwidth.
const MEASURABLE: u64 = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_follow_the_pace() {
        let host = Host::new();
        let answered = |milliseconds, mib: u64| {
            let (latency, bytes) = (Duration::from_millis(milliseconds), mib << 20);
            for _ in 0..50 {
                host.answered(latency, bytes, Duration::from_millis(10));
            }
            (host.gap(), host.largest_request())
        };
        assert_eq!((host.gap(), host.largest_request()), (260_000, 8 << 20));
        host.answered(Duration::from_secs(1), 100, Duration::from_secs(1));
        assert_eq!(host.gap(), 260_000, "too little to tell");
        assert_eq!(answered(0, 1), (16 << 10, (100 << 20) / 4));
        assert_eq!(answered(100, 4), (1 << 20, 64 << 20));
    }

    #[test]
    fn permits_are_bounded_and_waits_cancelled() {
        let (host, cancel) = (Host::new(), CancelToken::new());
        let first = host.permit(1, &cancel).expect("free");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| host.permit(1, &cancel).is_ok());
            std::thread::sleep(Duration::from_millis(20));
            drop(first);
            assert!(waiting.join().expect("no panic"));
        });
        let _held = host.permit(1, &cancel).expect("free");
        cancel.cancel();
        assert!(host.permit(1, &cancel).is_err());
    }
}
