//! Files of many tiles that GDAL has written, as `testdata/scale` keeps them.

use cogwork::grid::Window;
use cogwork::{Cog, Context};

use crate::common::{self, number, sha256, sources::Exact, text};

/// The file of a name in `testdata/scale`, and what GDAL says of it.
pub fn shipped(name: &str) -> (Vec<u8>, serde_json::Value) {
    let folder = common::repository().join("testdata/scale");
    let entry = common::json(folder.join("expected.json"))["files"][name].clone();
    let packed = std::fs::read(folder.join(format!("{name}.tif.zlib"))).expect(name);
    let mut bytes = Vec::new();
    let mut stream = flate2::read::ZlibDecoder::new(&packed[..]);
    std::io::Read::read_to_end(&mut stream, &mut bytes).expect("a zlib stream");
    (bytes, entry)
}

/// Windows and what GDAL reads there.
pub fn expected(entry: &serde_json::Value) -> Vec<(Window, &str, &str)> {
    let windows = entry["windows"].as_array().expect("windows").iter();
    let texts = |case| (text(case, "sha256"), text(case, "valid_sha256"));
    windows
        .map(|case| (window(&case["window"]), texts(case).0, texts(case).1))
        .collect()
}

/// A window from column, row, width and height.
fn window(numbers: &serde_json::Value) -> Window {
    let at = |i: usize| u32::try_from(numbers[i].as_u64().expect("a number")).expect("small");
    Window::new(at(0), at(1), at(2), at(3))
}

/// Over 131,072 tiles, written by GDAL.
#[test]
fn many_tiles_by_gdal() {
    for (name, big, planes) in [
        ("sparse-classic", false, 1),
        ("sparse-big", true, 1),
        ("sparse-planar", false, 2),
    ] {
        let (bytes, entry) = shipped(name);
        assert!(number(&entry, "tiles") > 131_072);
        let context = Context::default();
        let cog = Cog::from_source(Exact(bytes.into()), &context).expect(name);
        assert_eq!((cog.is_bigtiff(), cog.base().bands()), (big, planes));
        let opened = context.counters.bytes_read();
        assert!(opened < 1 << 18, "{name}: {opened} bytes");
        for (window, samples, valid) in expected(&entry) {
            let block = cog.base().read_window(window).expect(name);
            assert_eq!(
                sha256(&block.samples().to_le_bytes()),
                samples,
                "{name} {window}"
            );
            assert_eq!(sha256(&block.valid_pixels()), valid, "{name} {window}");
        }
        let read = context.counters.bytes_read() - opened;
        assert!(read < 1 << 14, "{name}: {read} bytes");
    }
}
