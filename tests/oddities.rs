//! `testdata/oddities`: TIFFs with one odd tag each (`expected.json`, made by `testdata/make.py`).
//! What GDAL reads is read the same, but for what is named here; what it refuses is refused.

mod common;

use cogwork::{Cog, ErrorKind};

/// What GDAL reads and this crate refuses, named, as unsupported.
const REFUSED: [&str; 6] = [
    // Colours that GDAL converts to RGB.
    "cielab.tif",
    "cmyk-planar.tif",
    "ycbcr-1-1.tif",
    "ycbcr-2-2.tif",
    // Complex numbers that GDAL takes for unsigned integers.
    "complex-float16.tif",
    "complex-int8.tif",
];

#[test]
fn odd_tags_mean_what_they_mean_to_gdal() {
    let folder = common::repository().join("testdata/oddities");
    let expected = common::json(folder.join("expected.json"));
    let files = expected["files"].as_object().expect("files by name");
    assert!(files.len() > 35, "only {} files", files.len());
    let mut wrong = Vec::new();
    for (name, entry) in files {
        let block = Cog::open(folder.join(name)).and_then(|cog| cog.base().read());
        let refused = entry["refused"] == true;
        let fault = match block {
            Ok(_) if refused => "is read".to_owned(),
            Ok(_) if REFUSED.contains(&name.as_str()) => "is not refused".to_owned(),
            Ok(block) => {
                let samples = common::sha256(&block.samples().to_le_bytes());
                let valid = common::sha256(&block.valid_pixels());
                let same = block.data_type().name() == common::text(entry, "dtype")
                    && block.bands() as u64 == common::number(entry, "bands")
                    && samples == common::text(entry, "sha256")
                    && valid == common::text(entry, "valid_sha256");
                if same {
                    continue;
                }
                format!(
                    "is another picture: {} bands of {}",
                    block.bands(),
                    block.data_type()
                )
            }
            Err(_) if refused => continue,
            Err(error) => match error.kind() {
                ErrorKind::Unsupported(_) if REFUSED.contains(&name.as_str()) => continue,
                _ => error.to_string(),
            },
        };
        wrong.push(format!("{name}: {fault}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
