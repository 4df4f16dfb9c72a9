use std::fs;
use std::path::Path;

use super::*;

/// How many files a folder has, and how long they are together.
fn files(folder: &Path) -> (usize, u64) {
    let entries = fs::read_dir(folder).expect("it is there");
    let lengths = entries.map(|entry| {
        let status = entry.expect("an entry").metadata();
        status.expect("it is there").len()
    });
    lengths.fold((0, 0), |(count, sum), length| (count + 1, sum + length))
}

/// Compares what is written with what was appended, and notes the most bytes that lay in a folder
/// beside those that have come.
struct Watch<'a> {
    folder: &'a Path,
    expected: &'a [u8],
    come: usize,
    most: u64,
}

impl Write for Watch<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(self.expected[self.come..].starts_with(bytes));
        self.come += bytes.len();
        self.most = self.most.max(to_u64(self.come) + files(self.folder).1);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that differ from place to place.
fn bytes(seed: usize, length: usize) -> Vec<u8> {
    let number = |at: usize| u32::try_from(at + seed).unwrap_or(0);
    let byte = |at| number(at).wrapping_mul(0x9E37_79B1).to_be_bytes()[0];
    (0..length).map(byte).collect()
}

#[test]
fn order_is_kept_when_memory_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    for shared in [true, false] {
        let budget = SpoolBudget::new(100_000, folder.path());
        let lane = budget.lane();
        let mut a = Spool::new(lane);
        let mut b = Spool::new(if shared { lane } else { budget.lane() });
        let mut want = (Vec::new(), Vec::new());
        for part in 0..200u8 {
            let bytes = vec![part; 1000 + 7 * usize::from(part)];
            a.append(&bytes, &budget).expect("room on the disk");
            b.append(&bytes[1..], &budget).expect("room on the disk");
            want.0.extend_from_slice(&bytes);
            want.1.extend_from_slice(&bytes[1..]);
        }
        assert_eq!(files(folder.path()).0, if shared { 1 } else { 2 });
        assert!(a.memory_bytes() + b.memory_bytes() < 100_000 + 4 * to_u64(PENDING_BYTES));
        for (spool, want) in [(a, want.0), (b, want.1)] {
            let mut out = Vec::new();
            spool.copy_to(&mut out, &budget).expect("memory takes it");
            assert!(out == want, "{} of {} bytes", out.len(), want.len());
        }
        assert_eq!(files(folder.path()).0, 0, "all of it has been copied out");
    }
}

/// A base, a mask of it and an overview come in turn, and go one after the other.
#[test]
fn files_go_as_the_output_grows() {
    let folder = tempfile::tempdir().expect("a folder");
    let budget = SpoolBudget::new(1 << 20, folder.path());
    let content = bytes(1, 96 << 20);
    let (base, rest) = content.split_at(72 << 20);
    let (overview, mask) = rest.split_at(18 << 20);
    let parts = [overview, base, mask];
    let mut spools = parts.map(|_| Spool::new(budget.lane()));
    for turn in 0..1 << 10 {
        for (spool, part) in spools.iter_mut().zip(parts) {
            let length = part.len() >> 10;
            let record = &part[turn * length..][..length];
            spool.append(record, &budget).expect("room on the disk");
        }
    }
    let (count, length) = files(folder.path());
    assert_eq!(count, 2 + 5 + 1, "16 MiB each, and the rest of each lane");
    assert!(length > 94 << 20, "{length}");
    let (mut most, mut before) = (0, 0);
    for (spool, part) in spools.into_iter().zip(parts) {
        let mut watch = Watch {
            folder: folder.path(),
            expected: part,
            come: 0,
            most: 0,
        };
        spool.copy_to(&mut watch, &budget).expect("it is the same");
        assert_eq!(watch.come, part.len());
        most = most.max(before + watch.most);
        before += to_u64(part.len());
    }
    let bound = to_u64(content.len()) + (16 << 20) + to_u64(PENDING_BYTES);
    assert!(most <= bound, "{most} of {bound}");
    assert_eq!(files(folder.path()), (0, 0));
}

/// What waits for others goes in any order; a file is there as long as anything of it is.
#[test]
fn extents_in_any_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let budget = SpoolBudget::new(0, folder.path());
    let lane = budget.lane();
    let piece = |number: usize| bytes(number, 5 << 20);
    let appended = |number| budget.append(lane, &piece(number)).expect("room");
    let mut extents: Vec<Extent> = (0..10).map(appended).collect();
    // Four pieces are 20 MiB: 0 to 3, 4 to 7, 8 and 9.
    assert_eq!(files(folder.path()), (3, 50 << 20));
    let taken = [9, 7, 0, 6, 5, 4, 3, 2, 1, 8];
    let left = [3, 3, 3, 3, 3, 2, 2, 2, 1, 0];
    let mut places: Vec<usize> = (0..10).collect();
    for (number, left) in taken.into_iter().zip(left) {
        let at = places.iter().position(|&place| place == number);
        let at = at.expect("it has not been taken");
        places.remove(at);
        let mut out = Vec::new();
        let extent = extents.remove(at);
        budget.take_out(extent, &mut out).expect("it is there");
        assert!(out == piece(number), "{number}");
        assert_eq!(files(folder.path()).0, left, "after {number}");
    }
    let extent = budget.append(lane, b"more").expect("room");
    assert_eq!(files(folder.path()), (1, 4));
    let mut out = Vec::new();
    budget.take_out(extent, &mut out).expect("it is there");
    assert_eq!((&out[..], files(folder.path())), (&b"more"[..], (0, 0)));
}

/// A sink that fails loses nothing of what others have, and all files go with the budget.
#[test]
fn failures_leave_no_file() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let budget = SpoolBudget::new(0, folder.path());
    let [mut a, mut b] = [(); 2].map(|()| Spool::new(budget.lane()));
    let content = bytes(3, 200_000);
    a.append(&content, &budget).expect("room on the disk");
    b.append(&content, &budget).expect("room on the disk");
    let error = a.copy_to(&mut Full, &budget).expect_err("it is full");
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    let mut out = Vec::new();
    b.copy_to(&mut out, &budget).expect("memory takes it");
    assert!(out == content);
    assert_eq!(files(folder.path()).0, 1);
    drop(budget);
    assert_eq!(files(folder.path()).0, 0);
}
