//! The main job, mask the clouds of a scene and write a COG, against rioxarray and GDAL's COG
//! driver (`expected.json` of each scene).

#[path = "../common/mod.rs"]
mod common;

#[cfg(feature = "stac")]
mod lesson;

use std::path::{Path, PathBuf};

use cogwork::Resampling;
use cogwork::write::CogOptions;
use cogwork::{Block, Cog, Lazy};
use serde_json::Value;

#[test]
fn the_shipped_scene() {
    let folder = common::repository().join("testdata/scene");
    Scene::new(&folder, &folder.join("expected.json")).check();
}

#[test]
fn the_shared_scene() {
    if let Some(folder) = common::shared("scene") {
        Scene::new(&folder.join("data"), &folder.join("expected.json")).check();
    }
}

struct Scene {
    folder: PathBuf,
    expected: Value,
}

impl Scene {
    fn new(folder: &Path, expected: &Path) -> Self {
        Scene {
            folder: folder.to_owned(),
            expected: common::json(expected),
        }
    }

    fn check(&self) {
        let (visual, classes) = (self.open("visual"), self.open("SCL"));
        let image = visual.overview(0).expect("overview 0");
        same_block(
            &image.read().expect("overview 0"),
            &self.expected["visual_overview0"],
        );
        same_block(&classes.base().read().expect("SCL"), &self.expected["scl"]);
        let cloud = classes.base().lazy().is_in([8, 9]);
        let clear = image.lazy().mask(&cloud).expect("the same grid");
        same_block(
            &clear.compute().expect("the masked image"),
            &self.expected["masked"],
        );
        self.check_overviews(&clear);
        self.check_ndvi();
    }

    /// The file of each resampling method, level by level.
    fn check_overviews(&self, clear: &Lazy) {
        let folder = tempfile::tempdir().expect("a folder");
        for method in Resampling::ALL {
            let name = method.name();
            let path = folder.path().join(name).with_extension("tif");
            let options = self.options().resampling(method);
            clear.write_cog(&path, &options).expect(name);
            self.check_written(&path, method);
        }
    }

    /// What GDAL was told of the files that were written.
    fn options(&self) -> CogOptions {
        let blocksize = self.expected["blocksize"].as_u64().unwrap_or(256) as u32;
        CogOptions::default().blocksize(blocksize)
    }

    /// The masked image and its overviews by a method, as GDAL writes them.
    fn check_written(&self, path: &Path, method: Resampling) {
        let name = method.name();
        let written = Cog::open(path).expect(name);
        same_block(
            &written.base().read().expect(name),
            &self.expected["masked"],
        );
        let overviews = self.expected["overviews"][name].as_array().expect(name);
        assert_eq!(written.overview_count(), overviews.len(), "{name}");
        for (index, expected) in overviews.iter().enumerate() {
            let level = written.overview(index).expect(name);
            same_block(&level.read().expect(name), expected);
        }
    }

    /// (B08 - B04) / (B08 + B04) in float32, nodata as NaN: bit by bit numpy's.
    fn check_ndvi(&self) {
        let (red, near_infrared) = (self.open("B04"), self.open("B08"));
        let (red, near_infrared) = (red.base().lazy(), near_infrared.base().lazy());
        let index = (&near_infrared - &red) / (&near_infrared + &red);
        let block = index.compute().expect("NDVI");
        let expected = &self.expected["ndvi"];
        let values = block.as_slice::<f32>().expect("float32");
        let missing = values.iter().filter(|value| value.is_nan()).count();
        assert_eq!(missing as u64, common::number(expected, "nan"));
        same_shape(&block, expected);
        // A NaN's sign and payload are nobody's promise: numpy's own stands in for each.
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| if value.is_nan() { f32::NAN } else { *value }.to_le_bytes())
            .collect();
        assert_eq!(
            common::sha256(&bytes),
            common::text(expected, "sha256"),
            "NDVI"
        );
    }

    fn open(&self, asset: &str) -> Cog {
        Cog::open(self.folder.join(asset).with_extension("tif")).expect(asset)
    }
}

fn same_block(block: &Block, expected: &Value) {
    same_shape(block, expected);
    let found = common::sha256(&block.samples().to_le_bytes());
    assert_eq!(
        found,
        common::text(expected, "sha256"),
        "other samples than {expected}"
    );
}

fn same_shape(block: &Block, expected: &Value) {
    let (bands, rows, columns) = block.shape();
    assert_eq!(serde_json::json!([bands, rows, columns]), expected["shape"]);
}
