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
        let mut pace = self.pace();
        pace.latency += (latency.as_secs_f64() - pace.latency) * WEIGHT;
        if bytes >= MEASURABLE {
            #[expect(clippy::cast_precision_loss, reason = "a rough measure")]
            let bandwidth = bytes as f64 / body.as_secs_f64().max(1e-6);
            pace.bandwidth += (bandwidth - pace.bandwidth) * WEIGHT;
        }
    }

    /// Bytes that come in the time that a request takes to begin: a gap of that many is as cheap to
    /// read as to leave out.
    pub(super) fn gap(&self) -> u64 {
        let pace = self.pace();
        let bytes = (pace.latency * pace.bandwidth).clamp(SMALLEST_GAP, LARGEST_GAP);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a positive range"
        )]
        let bytes = bytes as u64;
        bytes
    }

    fn busy(&self) -> MutexGuard<'_, usize> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
const MEASURABLE: u64 = 64 << 10;
const SMALLEST_GAP: f64 = 16_384.0;
const LARGEST_GAP: f64 = 1_048_576.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_follow_the_pace() {
        let host = Host::new();
        assert_eq!(host.gap(), 260_000);
        for _ in 0..50 {
            host.answered(
                Duration::from_micros(100),
                1 << 20,
                Duration::from_millis(10),
            );
        }
        assert_eq!(host.gap(), 16_384);
        for _ in 0..50 {
            host.answered(
                Duration::from_millis(100),
                1 << 20,
                Duration::from_millis(10),
            );
        }
        assert_eq!(host.gap(), 1_048_576);
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
