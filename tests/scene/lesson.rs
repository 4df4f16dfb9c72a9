//! The lesson "Parallel raster computations using Dask", line by line: what it does with pystac,
//! rioxarray and Dask, with the figures that rioxarray gives (`expected.json`).

use cogwork::counters::Counters;
use cogwork::sample::DataType;
use cogwork::stac::AssetReference;
use cogwork::write::CogOptions;
use cogwork::{Chunks, Cog, Context, Resampling};
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;

use crate::{Scene, common, same_block};

#[test]
fn over_the_shipped_scene() {
    let folder = common::repository().join("testdata/scene");
    lesson(&Scene::new(&folder, &folder.join("expected.json")));
}

#[test]
fn over_the_shared_scene() {
    if let Some(folder) = common::shared("scene") {
        lesson(&Scene::new(
            &folder.join("data"),
            &folder.join("expected.json"),
        ));
    }
}

fn lesson(scene: &Scene) {
    let context = Context {
        counters: Arc::new(Counters::default()),
        ..Context::default()
    };
    let output = tempfile::tempdir().expect("a folder");
    let expected = &scene.expected;
    let masked = &expected["masked"];

    // items = pystac.ItemCollection.from_file("mysearch.json"); assets = items[-1].assets
    // visual = rioxarray.open_rasterio(assets["visual"].href, overview_level=0)
    // scl = rioxarray.open_rasterio(assets["SCL"].href)
    let visual = asset(scene, "visual", &context);
    let image = visual.overview(0).expect("overview 0");
    let classes = asset(scene, "SCL", &context).base();

    // visual.rio.resolution() == scl.rio.resolution()
    let (x, y) = image.resolution();
    assert_eq!(serde_json::json!([x, y]), expected["resolution"]);
    assert_eq!(image.resolution(), classes.resolution());

    // visual = visual.load(); scl = scl.load()
    assert_eq!(context.counters.tiles_decoded(), 0);
    same_block(
        &image.read().expect("visual"),
        &expected["visual_overview0"],
    );
    same_block(&classes.read().expect("SCL"), &expected["scl"]);

    // mask = scl.squeeze("band", drop=True).isin([8, 9])
    let cloud = classes.lazy().is_in([8, 9]);
    assert_eq!(cloud.data_type().expect("a mask"), DataType::U8);
    let block = cloud.compute().expect("a mask");
    let count = block.as_slice::<u8>().expect("0 and 1").iter();
    let count: u64 = count.map(|&sample| u64::from(sample)).sum();
    assert_eq!(count, common::number(expected, "cloud_pixels"));

    // visual_masked = visual.where(~mask, other=visual.rio.nodata)
    let clear = image.lazy().mask(&cloud).expect("one grid");
    same_block(&clear.compute().expect("visual_masked"), masked);

    // visual_masked.rio.to_raster("band_masked.tif"), as a COG with overviews
    let options = scene.options().resampling(Resampling::Average);
    let path = output.path().join("band_masked.tif");
    clear.write_cog(&path, &options).expect("a COG");
    scene.check_written(&path, Resampling::Average);

    // the same with chunks=(1, 4000, 4000), chunks=(3, 256, 256) and chunks="auto", and
    // lock=threading.Lock(), which nobody needs here: the same bytes
    let bytes = std::fs::read(&path).expect("a COG");
    for chunks in [
        Chunks::from((1, 4000, 4000)),
        Chunks::from((3, 256, 256)),
        Chunks::Auto,
        Chunks::DASK,
        Chunks::Tiles,
    ] {
        let chunked = clear.clone().chunks(chunks);
        same_block(&chunked.compute().expect("chunked"), masked);
        let mut written = Vec::new();
        chunked.write_cog_to(&mut written, &options).expect("a COG");
        assert!(written == bytes, "{chunks:?}");
    }

    // visual.data.blocks, rasterio's block_shapes
    let tile = visual.base().tile_size();
    assert_eq!(
        visual.base().block_shapes(),
        vec![(tile.height, tile.width); 3]
    );

    // visual_store = visual_masked.rio.to_raster("band_masked.tif", compute=False)
    // dask.visualize(visual_store); visual_store.compute()
    let later = output.path().join("later.tif");
    let plan = clear.plan(&options).expect("a plan");
    assert!(!later.exists());
    let graph = plan.graph();
    assert!(
        graph.starts_with("digraph") && graph.contains("SCL.tif"),
        "{graph}"
    );
    let estimate = plan.estimate().expect("an estimate");
    let report = plan.run(&later).expect("a COG");
    assert!(std::fs::read(&later).expect("a COG") == bytes);
    assert!(report.counts.bytes_read <= estimate.bytes);
    plan.run(&later).expect("a plan runs twice");
    assert!(std::fs::read(&later).expect("a COG") == bytes);
}

/// scl = scl.persist(); visual = visual.persist(): read once, kept, still lazy. Files that are emptied
/// afterwards are not missed, but by what was not kept.
#[test]
fn persisted() {
    let folder = common::repository().join("testdata/scene");
    let copies = tempfile::tempdir().expect("a folder");
    let expected = common::json(folder.join("expected.json"));
    let copy = |name: &str| {
        let path = copies.path().join(name);
        std::fs::copy(folder.join(name), &path).expect(name);
        path
    };
    let paths = [copy("visual.tif"), copy("SCL.tif")];
    let [visual, classes] = paths.each_ref().map(|path| Cog::open(path).expect("a COG"));
    let (visual, classes) = (visual.overview(0).expect("overview 0"), classes.base());
    let (visual, classes) = (visual.lazy(), classes.lazy());
    let kept = visual.persist().expect("kept");
    let cloud = classes.is_in([8, 9]).persist().expect("kept");
    for path in &paths {
        std::fs::write(path, []).expect("emptied");
    }
    let clear = kept.mask(&cloud).expect("one grid");
    for _ in 0..2 {
        same_block(&clear.compute().expect("kept"), &expected["masked"]);
    }
    assert!(visual.mask(&cloud).expect("one grid").compute().is_err());
}

/// Four scenes side by side, each job on rayon's threads, from inside rayon.
#[test]
fn from_inside_par_iter() {
    let folder = common::repository().join("testdata/scene");
    let scene = Scene::new(&folder, &folder.join("expected.json"));
    let written: Vec<Vec<u8>> = (0..4)
        .into_par_iter()
        .map(|_| {
            let image = scene.open("visual").overview(0).expect("overview 0");
            let cloud = scene.open("SCL").base().lazy().is_in([8, 9]);
            let clear = image.lazy().mask(&cloud).expect("one grid");
            same_block(&clear.compute().expect("clear"), &scene.expected["masked"]);
            let mut bytes = Vec::new();
            let options = CogOptions::default().blocksize(128);
            clear.write_cog_to(&mut bytes, &options).expect("a COG");
            bytes
        })
        .collect();
    assert!(written.iter().all(|bytes| *bytes == written[0]));
}

fn asset(scene: &Scene, key: &str, context: &Context) -> Cog {
    let name = format!("{}#-1/{key}", scene.folder.join("mysearch.json").display());
    let path = AssetReference::parse(&name).expect("a reference").resolve();
    let path: &Path = &path.expect("an asset");
    Cog::open_with(path, context).expect(key)
}
