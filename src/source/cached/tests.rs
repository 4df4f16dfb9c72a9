use super::*;
use crate::source::memory::MemorySource;

/// A source that notes its reads and fails those from byte 900 on.
#[derive(Debug)]
struct Noting(MemorySource, Mutex<Vec<Range<u64>>>, Duration);

impl fmt::Display for Noting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ByteSource for Noting {
    fn len(&self) -> Result<u64> {
        self.0.len()
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.1.lock().expect("no panic").push(range.clone());
        std::thread::sleep(self.2);
        if range.end > 900 {
            return Err(std::io::Error::other("broken").into());
        }
        self.0.read(range)
    }
}

fn source(cache: &RangeCache, slow: Duration) -> (CachedSource<Noting>, Vec<u8>) {
    let bytes: Vec<u8> = (0..1000_u32).map(|i| (i % 251) as u8).collect();
    let noting = Noting(MemorySource::new(bytes.clone()), Mutex::default(), slow);
    (CachedSource::new(noting, cache), bytes)
}

fn reads(source: &CachedSource<Noting>) -> Vec<Range<u64>> {
    std::mem::take(&mut *source.inner().1.lock().expect("no panic"))
}

#[test]
fn only_holes_are_fetched() {
    let cache = RangeCache::new(4000);
    let (source, bytes) = source(&cache, Duration::ZERO);
    assert_eq!(source.read(100..200).expect("inside"), bytes[100..200]);
    assert_eq!(source.read(300..400).expect("inside"), bytes[300..400]);
    assert_eq!(
        source.clone().read(50..450).expect("inside"),
        bytes[50..450]
    );
    assert_eq!(
        reads(&source),
        [100..200, 300..400, 50..100, 200..300, 400..450]
    );
    assert_eq!(source.read(120..380).expect("inside"), bytes[120..380]);
    assert_eq!(source.read(7..7).expect("empty"), [0; 0][..]);
    assert_eq!(reads(&source), []);
    assert_eq!(source.known.counters.source_hits(), 1);
    assert!(source.read(950..1001).is_err());
    assert!(source.read(880..950).is_err());
    drop(source);
    assert_eq!(cache.bytes(), 0);
}

#[test]
fn the_least_recently_used_go_first() {
    let cache = RangeCache::new(400);
    let (source, bytes) = source(&cache, Duration::ZERO);
    for start in [0, 100, 200, 300] {
        source.read(start..start + 100).expect("inside");
    }
    source.read(0..10).expect("kept");
    source.read(400..500).expect("inside");
    assert_eq!(cache.bytes(), 400);
    reads(&source);
    assert_eq!(source.read(0..200).expect("inside"), bytes[0..200]);
    assert_eq!(reads(&source), [100..200]);
    source.read(500..700).expect("too large to be kept");
    source.read(500..700).expect("too large to be kept");
    assert_eq!(reads(&source), [500..700, 500..700]);
}

#[test]
fn what_many_want_at_a_time_is_read_once() {
    let cache = RangeCache::new(4000);
    let (source, bytes) = source(&cache, Duration::from_millis(100));
    std::thread::scope(|scope| {
        for i in 0..8 {
            let (source, bytes) = (source.clone(), &bytes);
            scope.spawn(move || {
                let range = i * 10..300 + i * 10;
                let wanted = range.start as usize..range.end as usize;
                assert_eq!(source.read(range).expect("inside"), bytes[wanted]);
            });
        }
    });
    let mut read = reads(&source);
    read.sort_by_key(|range| range.start);
    let joined = read.windows(2).all(|two| two[0].end == two[1].start);
    assert!(joined, "{read:?} has gaps or overlaps");
    assert_eq!((read[0].start, read[read.len() - 1].end), (0, 370));
}

#[test]
fn a_failure_is_told_to_all_that_wait() {
    let cache = RangeCache::new(4000);
    let (source, _) = source(&cache, Duration::from_millis(200));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let source = source.clone();
            scope.spawn(move || assert!(source.read(850..950).is_err()));
        }
    });
    assert_eq!(reads(&source), [850..950]);
}
