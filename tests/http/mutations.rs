//! Answers with random defects: the pixels are right or there is an error, never other pixels.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::script::Answer;
use crate::{FILE, options, read, serve};

const SEEDS: u64 = 400;

/// Numbers that are the same on each run (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

const STATUSES: [u16; 18] = [
    200, 200, 200, 201, 204, 206, 300, 302, 304, 400, 403, 404, 408, 412, 416, 429, 500, 503,
];

/// An answer with one more defect.
fn mutated(answer: Answer, dice: &mut Dice) -> Answer {
    let length = FILE.bytes.len();
    let sent = dice.below(answer.body.len() + 1);
    let headers = answer.names();
    let name = match headers.is_empty() {
        true => "ETag".to_owned(),
        false => headers[dice.below(headers.len())].clone(),
    };
    let number = dice.one(&[
        0,
        1,
        9,
        65_535,
        65_536,
        65_537,
        length - 1,
        length,
        length + 1,
    ]);
    match dice.below(13) {
        0 => answer.under(dice.one(&STATUSES)),
        1 => answer.without(&name),
        2 | 3 => {
            let value = garbled(&answer.value(&name), dice);
            answer.with(&name, value)
        }
        4 => {
            let value = garbled(&answer.value(&name), dice);
            answer.twice(&name, value)
        }
        5 => answer.cut(sent),
        6 => answer.reset_after(sent),
        7 => {
            let bytes: Vec<u8> = (0..1 + sent % 1000).map(|_| dice.next() as u8).collect();
            answer.surplus(&bytes)
        }
        8 => answer.chunked(),
        9 => answer.unframed(),
        10 => answer.with("Content-Length", number),
        11 => {
            let first = dice.one(&[0, 1, 65_535, 65_536]);
            answer.with("Content-Range", format!("bytes {first}-{number}/{length}"))
        }
        _ => {
            let (name, value) = dice.one(&[
                ("Content-Encoding", "gzip"),
                ("Content-Type", "multipart/byteranges; boundary=x"),
                ("Content-Range", "bytes */9"),
                ("Location", "/a.tif"),
                ("Connection", "close"),
                ("Retry-After", "0"),
                ("ETag", "W/\"one\""),
            ]);
            answer.with(name, value)
        }
    }
}

/// A text with one character gone, doubled or another one.
fn garbled(text: &str, dice: &mut Dice) -> String {
    let mut text: Vec<char> = text.chars().collect();
    if text.is_empty() {
        return "0".to_owned();
    }
    let at = dice.below(text.len());
    match dice.below(3) {
        0 => drop(text.remove(at)),
        1 => text.insert(at, text[at]),
        _ => text[at] = dice.one(&['0', '1', '9', '-', '/', ' ', '*', '"', 'x']),
    }
    text.into_iter().collect()
}

/// Whether the pixels came, which must be the right ones then.
fn came(seed: u64) -> bool {
    let server = serve(move |object, request| {
        let mut dice = Dice(seed << 8 | request.number as u64);
        let mut answer = object.answer(request);
        for _ in 0..dice.below(3) {
            answer = mutated(answer, &mut dice);
        }
        Some(answer)
    });
    let hasty = options()
        .attempts(3)
        .idle_timeout(Duration::from_secs(1))
        .timeout(Duration::from_secs(5));
    let hasty = match seed % 4 {
        0 => hasty.download_bytes(1 << 20),
        _ => hasty,
    };
    match read(&server.url("/a.tif"), hasty) {
        Ok(block) => {
            let right = block.samples() == FILE.pixels.samples();
            assert!(right, "seed {seed}: other pixels; {:#?}", server.lines());
            true
        }
        Err(_) => false,
    }
}

#[test]
fn answers_with_random_defects() {
    let (next, right) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed) as u64;
                    if seed >= SEEDS {
                        return;
                    }
                    right.fetch_add(usize::from(came(seed)), Ordering::Relaxed);
                }
            });
        }
    });
    let (right, all) = (right.into_inner(), SEEDS as usize);
    println!("{right} of {all} were read");
    assert!(right > all / 5 && right < all * 4 / 5, "{right} of {all}");
}
