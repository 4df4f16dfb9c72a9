//! Cogger's files, part by part, beside ours of the same tiles: every byte of both has a name, and
//! every difference a reason.

use std::collections::{BTreeMap, BTreeSet};

use cogwork::write::{CogOptions, Interleave};

use crate::common;
use crate::golden::{copied, find};

/// A difference of a part, by the end of its name, and why it is right. What a file lacks is `None`.
struct Reason {
    part: &'static str,
    cogger: Option<&'static str>,
    ours: Option<&'static str>,
    why: &'static str,
}

const REASONS: [Reason; 8] = [
    Reason {
        part: "type of 256",
        cogger: Some("LONG"),
        ours: Some("SHORT"),
        why: "TIFF 6.0 allows both for ImageWidth; libtiff, so GDAL, writes SHORT where it fits",
    },
    Reason {
        part: "type of 257",
        cogger: Some("LONG"),
        ours: Some("SHORT"),
        why: "the same for ImageLength",
    },
    Reason {
        part: "type of 325",
        cogger: Some("LONG"),
        ours: Some("SHORT"),
        why: "libtiff writes several TileByteCounts as SHORT where tiles are small: those of masks",
    },
    Reason {
        part: "padding",
        cogger: Some("[32]"),
        ours: Some("[0]"),
        why: "what stands behind the ghost area is of no meaning; GDAL, through libtiff, leaves 0",
    },
    Reason {
        part: "padding",
        cogger: None,
        ours: Some("[0]"),
        why: "TIFF 6.0, section 2: a directory begins on a word boundary; behind the ghost area of \
              masks cogger's does not, without one it does",
    },
    Reason {
        part: "ghost area",
        cogger: None,
        ours: Some(PLANAR),
        why: "the layout of planes has a name since GDAL 3.11; cogger claims none",
    },
    Reason {
        part: "leader",
        cogger: None,
        ours: Some("length of the tile"),
        why: "the ghost area promises leaders: without it cogger writes none",
    },
    Reason {
        part: "trailer",
        cogger: None,
        ours: Some("last bytes of the tile"),
        why: "as leaders",
    },
];

/// As `ascii::escape_default` has it.
const PLANAR: &str = r"GDAL_STRUCTURAL_METADATA_SIZE=000156 bytes\nLAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\nBLOCK_TRAILER=LAST_4_BYTES_REPEATED\nINTERLEAVE=BAND\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";

const FILES: [&str; 9] = [
    "cog_gray.tif",
    "cog_rgb.tif",
    "cog_graymask.tif",
    "cog_rgbmask.tif",
    "cog_rgbmaskline.tif",
    "cog_ext_ovr.tif",
    "cog_ext_multi.tif",
    BANDS,
    MASKED_BANDS,
];
/// Four planes of 256 x 256 pixels, an overview, tiles of 128 x 128.
const BANDS: &str = "cog_band4.tif";
const MASKED_BANDS: &str = "cog_band4mask.tif";

#[test]
fn coggers_files_part_by_part() {
    let Some(folder) = common::shared("conformance") else {
        return;
    };
    let mut used = BTreeSet::new();
    for name in FILES {
        let found = find(&folder.join("files"), name);
        assert_eq!(found.len(), 1, "{name}");
        for cogger in found {
            let planar = [BANDS, MASKED_BANDS].contains(&name);
            let interleave = match planar {
                true => Interleave::Band,
                false => Interleave::Pixel,
            };
            let ours = copied(&cogger, &CogOptions::default().interleave(interleave));
            used.extend(differences(name, &parts(&cogger), &parts(&ours)));
        }
    }
    let unused: Vec<_> = (0..REASONS.len())
        .filter(|row| !used.contains(row))
        .collect();
    assert!(
        unused.is_empty(),
        "reasons without a difference: {unused:?}"
    );
}

/// The reasons for what differs.
fn differences(file: &str, cogger: &[Part], ours: &[Part]) -> BTreeSet<usize> {
    let by_name = |parts: &[Part]| -> BTreeMap<String, String> {
        let pairs = parts
            .iter()
            .map(|part| (part.name.clone(), part.content.clone()));
        pairs.collect()
    };
    let [theirs, mine] = [cogger, ours].map(by_name);
    assert_eq!(
        (theirs.len(), mine.len()),
        (cogger.len(), ours.len()),
        "a name twice"
    );
    let order = |parts: &[Part], others: &BTreeMap<String, String>| {
        let names = parts.iter().map(|part| part.name.clone());
        let names = names.filter(|name| others.contains_key(name));
        names.partition::<Vec<String>, _>(|name| name.contains(", tile "))
    };
    let (tiles, header) = order(cogger, &mine);
    let (our_tiles, our_header) = order(ours, &theirs);
    assert_eq!(header, our_header, "the order of {file}");
    if [BANDS, MASKED_BANDS].contains(&file) {
        // GDAL 3.11 has a name for each of both orders: INTERLEAVE=TILE and BAND. Copies have BAND.
        let masked = file == MASKED_BANDS;
        assert_eq!(tiles, tiles_of_bands(masked, false), "{file}");
        assert_eq!(our_tiles, tiles_of_bands(masked, true), "{file}");
    } else {
        assert_eq!(tiles, our_tiles, "the order of {file}");
    }
    let mut used = BTreeSet::new();
    for name in theirs.keys().chain(mine.keys()) {
        let [cogger, ours] = [&theirs, &mine].map(|parts| parts.get(name).map(String::as_str));
        if cogger == ours {
            continue;
        }
        let reason = REASONS.iter().position(|reason| {
            name.ends_with(reason.part) && reason.cogger == cogger && reason.ours == ours
        });
        let reason = reason.unwrap_or_else(|| panic!("{file}: {name}: {cogger:?}, {ours:?}"));
        if used.insert(reason) {
            println!(
                "{file}: {name}: {cogger:?}, {ours:?}: {}",
                REASONS[reason].why
            );
        }
    }
    used
}

/// The tiles of [`BANDS`] band by band, or else place by place, from the smallest level on.
fn tiles_of_bands(masked: bool, by_band: bool) -> Vec<String> {
    let mut names = Vec::new();
    for (side, places) in [(128, 1), (256, 4)] {
        let image = |band, place| {
            let tile = band * places + place;
            format!("image of {side} x {side}, tile {tile}")
        };
        let masks = if masked { places } else { 0 };
        let mask = |place| format!("mask of {side} x {side}, tile {place}");
        if by_band {
            let bands = (0..4).flat_map(|band| (0..places).map(move |place| image(band, place)));
            names.extend(bands.chain((0..masks).map(mask)));
        } else {
            for place in 0..places {
                names.extend((0..4).map(|band| image(band, place)));
                names.extend((place..masks).take(1).map(mask));
            }
        }
    }
    names
}

/// Some bytes of a file.
struct Part {
    name: String,
    at: usize,
    length: usize,
    /// What they say: numbers in digits, the name of what a pointer points to.
    content: String,
}

/// All bytes of a little-endian TIFF (TIFF 6.0, section 2), in their order.
fn parts(file: &[u8]) -> Vec<Part> {
    let mut parts = Parts {
        file,
        parts: Vec::new(),
        pointers: Vec::new(),
    };
    parts.all();
    let Parts {
        mut parts,
        pointers,
        ..
    } = parts;
    parts.sort_by_key(|part| part.at);
    let mut next = 0;
    for part in &parts {
        assert_eq!(part.at, next, "before {}", part.name);
        next = part.at + part.length;
    }
    assert_eq!(next, file.len(), "the end");
    let names: BTreeMap<usize, String> = parts
        .iter()
        .map(|part| (part.at, part.name.clone()))
        .collect();
    for (name, targets) in pointers {
        let part = parts.iter_mut().find(|part| part.name == name);
        let targets = targets.iter().map(|at| match at {
            0 => "nowhere",
            at => names[at].as_str(),
        });
        part.expect("a pointer").content = targets.collect::<Vec<_>>().join(", ");
    }
    parts
}

struct Parts<'a> {
    file: &'a [u8],
    parts: Vec<Part>,
    /// Where parts point to.
    pointers: Vec<(String, Vec<usize>)>,
}

impl Parts<'_> {
    fn number(&self, at: usize, width: usize) -> usize {
        let digits = self.file[at..at + width].iter().rev();
        digits.fold(0, |number, &byte| number << 8 | usize::from(byte))
    }

    fn add(&mut self, name: &str, at: usize, length: usize, content: impl ToString) {
        let (name, content) = (name.to_owned(), content.to_string());
        self.parts.push(Part {
            name,
            at,
            length,
            content,
        });
    }

    fn pointer(&mut self, name: &str, at: usize, length: usize, targets: Vec<usize>) {
        self.add(name, at, length, "");
        self.pointers.push((name.to_owned(), targets));
    }

    fn all(&mut self) {
        assert_eq!(self.file[..4], *b"II\x2A\0");
        self.add("magic", 0, 4, "TIFF, little-endian");
        let mut next = self.number(4, 4);
        self.pointer("first directory", 4, 4, vec![next]);
        let ghost = next > 8;
        if ghost {
            let digits = str::from_utf8(&self.file[38..44]).expect("digits of a length");
            let end = 8 + 43 + digits.parse::<usize>().expect("a length");
            self.add("ghost area", 8, end - 8, self.file[8..end].escape_ascii());
            if end < next {
                self.add(
                    "padding",
                    end,
                    next - end,
                    format!("{:?}", &self.file[end..next]),
                );
            }
        }
        while next != 0 {
            next = self.directory(next, ghost);
        }
    }

    /// The parts of a directory and of its tiles; where the next one stands.
    fn directory(&mut self, at: usize, leaders: bool) -> usize {
        let count = self.number(at, 2);
        let entries: Vec<usize> = (0..count).map(|entry| at + 2 + 12 * entry).collect();
        let value = |tag| {
            let mut places = entries.iter().filter(|&&at| self.number(at, 2) == tag);
            places.next().map_or(0, |at| self.number(at + 8, 4))
        };
        let kind = if value(254) & 4 == 0 { "image" } else { "mask" };
        let label = format!("{kind} of {} x {}", value(256), value(257));
        self.add(&label, at, 2, count);
        let (mut offsets, mut counts) = (Vec::new(), Vec::new());
        for at in entries {
            let values = self.entry(&label, at);
            match self.number(at, 2) {
                324 => offsets = values,
                325 => counts = values,
                _ => {}
            }
        }
        for (tile, (at, length)) in offsets.into_iter().zip(counts).enumerate() {
            self.tile(&format!("{label}, tile {tile}"), at, length, leaders);
        }
        let place = at + 2 + 12 * count;
        let next = self.number(place, 4);
        self.pointer(&format!("{label}, next directory"), place, 4, vec![next]);
        next
    }

    /// The parts of an entry; its values if they are whole numbers.
    fn entry(&mut self, label: &str, at: usize) -> Vec<usize> {
        let (tag, field_type) = (self.number(at, 2), self.number(at + 2, 2));
        let count = self.number(at + 4, 4);
        let (type_name, width) = match field_type {
            3 => ("SHORT", 2),
            4 => ("LONG", 4),
            other => panic!("{label}, {tag}: type {other}"),
        };
        self.add(&format!("{label}, tag {tag}"), at, 2, tag);
        self.add(&format!("{label}, type of {tag}"), at + 2, 2, type_name);
        self.add(&format!("{label}, count of {tag}"), at + 4, 4, count);
        let values_name = format!("{label}, values of {tag}");
        let (place, length) = match count * width {
            0..=4 => (at + 8, 4),
            length => {
                let place = self.number(at + 8, 4);
                self.pointer(&format!("{label}, place of {tag}"), at + 8, 4, vec![place]);
                (place, length)
            }
        };
        let values = (0..count).map(|index| self.number(place + index * width, width));
        let values: Vec<usize> = values.collect();
        let padding = &self.file[place + count * width..place + length];
        assert!(padding.iter().all(|&byte| byte == 0), "{values_name}");
        if tag == 324 {
            self.pointer(&values_name, place, length, values.clone());
        } else {
            self.add(&values_name, place, length, format!("{values:?}"));
        }
        values
    }

    fn tile(&mut self, name: &str, at: usize, length: usize, leaders: bool) {
        let tile = &self.file[at..at + length];
        self.add(
            name,
            at,
            length,
            format!("{length} bytes, {}", common::sha256(tile)),
        );
        if leaders {
            assert_eq!(self.number(at - 4, 4), length, "{name}");
            self.add(&format!("{name}, leader"), at - 4, 4, "length of the tile");
            assert_eq!(
                self.file[at + length..at + length + 4],
                tile[length - 4..],
                "{name}"
            );
            let trailer = format!("{name}, trailer");
            self.add(&trailer, at + length, 4, "last bytes of the tile");
        }
    }
}
