//! The same result however the raster is cut.

use std::ops::ControlFlow;

use super::{Extent, Job};
use crate::block::{Block, Validity};
use crate::grid::{Affine, Size, TileGrid, Window};
use crate::lazy::{Boundary, Lazy, MapSpec};
use crate::neighbourhood::{Convolution, Hillshade, Slope};
use crate::resampling::Resampling;
use crate::sample::{DataType, Samples, Scalar};
use crate::source::memory::MemorySource;
use crate::write::{CogOptions, Compression, Raster, write_block_to};
use crate::{Cog, Context};

/// A raster of numbers that are neither constant nor noise alone, some of them 0, on the ground.
fn raster(data_type: DataType, bands: usize, validity: &Validity, grid: (Size, Affine)) -> Lazy {
    let (size, affine) = grid;
    let pixels = usize::try_from(size.area()).expect("few");
    let number = |at: usize| {
        let at = u32::try_from(at).expect("few");
        let (column, row) = (at % size.width, at / size.width);
        let noise = (column ^ row.rotate_left(16)).wrapping_mul(0x9e37_79b9) >> 27;
        match (column / 5 + row / 7) % 4 {
            0 => 0,
            _ => (3 * column + 5 * (row % 90) + noise) % 250 + 1,
        }
    };
    let numbers = (0..bands * pixels).map(number);
    let samples = match data_type {
        DataType::U8 => Samples::U8(numbers.map(|n| n as u8).collect()),
        DataType::U16 => Samples::U16(numbers.map(|n| 97 * n as u16).collect()),
        _ => Samples::F32(
            numbers
                .map(|n| if n == 0 { f32::NAN } else { n as f32 / 7.0 })
                .collect(),
        ),
    };
    let block = Block::new(bands, size, samples, validity.clone()).expect("the shape");
    let mut raster = Raster::of_block(&block);
    raster.georeference.transform = Some(affine);
    let options = CogOptions::default()
        .blocksize(16)
        .compression(Compression::None);
    let mut bytes = Vec::new();
    write_block_to(&mut bytes, &block, raster, &options).expect("written");
    let cog = Cog::from_source(MemorySource::new(bytes), &Context::default());
    cog.expect("sound").base().lazy()
}

fn north(x: f64, y: f64, pixel: f64) -> Affine {
    Affine {
        a: pixel,
        b: 0.0,
        c: x,
        d: 0.0,
        e: -pixel,
        f: y,
    }
}

/// The whole raster, computed in chunks of a size.
fn computed(lazy: &Lazy, chunk: Size) -> (Vec<u8>, Vec<u8>) {
    let settled = lazy.settle().expect("sound");
    let mut job = Job::new(settled, None).expect("small");
    let image = job.settled.size;
    job.chunks = TileGrid { image, tile: chunk };
    job.evaluator.keep_tiles(Extent::row(image.width, chunk));
    let (mut rows, mut valid) = (Vec::new(), Vec::new());
    let done = job.run(&mut |_| ControlFlow::Continue(()), |chunks| {
        for chunk in chunks {
            let pixels = pixels(chunk.window, image);
            valid.extend(pixels.iter().copied().zip(chunk.block.valid_pixels()));
            let bytes = chunk.block.samples().to_le_bytes();
            let sample = chunk.block.data_type().bytes();
            let plane = chunk.block.bands();
            let samples = bytes.chunks_exact(sample).map(<[u8]>::to_vec);
            let bands = (0..plane).flat_map(|band| pixels.iter().map(move |&at| (band, at)));
            rows.extend(bands.zip(samples));
        }
        Ok(())
    });
    done.expect("sound");
    rows.sort_by_key(|(place, _)| *place);
    valid.sort_by_key(|(place, _)| *place);
    let bytes = rows.into_iter().flat_map(|(_, bytes)| bytes).collect();
    (bytes, valid.into_iter().map(|(_, valid)| valid).collect())
}

/// The places of a window's pixels in a raster.
fn pixels(window: Window, raster: Size) -> Vec<u64> {
    let rows = u64::from(window.row)..window.bottom();
    let columns = u64::from(window.column)..window.right();
    rows.flat_map(|row| {
        let start = row * u64::from(raster.width);
        columns.clone().map(move |column| start + column)
    })
    .collect()
}

fn cases() -> Vec<(String, Lazy)> {
    let size = Size::new(45, 38);
    let here = (size, north(1000.0, 2000.0, 10.0));
    let nodata = Validity::Nodata(Scalar::Int(0));
    let holes = (0..45 * 38).map(|at| u8::from(at % 11 != 3 && (at / 225) % 5 != 2));
    let masked = Validity::Mask(holes.collect());
    let sources = [
        ("nodata", raster(DataType::U16, 1, &nodata, here)),
        ("plain", raster(DataType::U8, 2, &Validity::All, here)),
        ("masked", raster(DataType::U8, 1, &masked, here)),
        (
            "NaN",
            raster(DataType::F32, 1, &Validity::Nodata(f64::NAN.into()), here),
        ),
    ];
    let grids = [
        ("finer", (Size::new(50, 30), north(1103.7, 1955.1, 3.3))),
        ("coarser", (Size::new(17, 16), north(985.0, 2013.0, 31.0))),
        ("halves", (Size::new(22, 19), north(1000.0, 2000.0, 20.0))),
        ("moved", (Size::new(45, 38), north(1020.0, 1990.0, 10.0))),
    ];
    let weights = [[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]].map(|row| row.to_vec());
    let mut cases: Vec<(String, Lazy)> = Vec::new();
    for (name, source) in sources {
        let mut add = |what: &str, lazy: crate::Result<Lazy>| {
            cases.push((format!("{what} of {name}"), lazy.expect(what)));
        };
        add("mean", source.focal_mean(5));
        add("max", source.focal_max(3));
        add("median", source.focal_median(3));
        add("slope", source.slope(Slope::default()));
        add("shade", source.hillshade(Hillshade::default()));
        let odd = [&weights[0][..], &weights[1][..], &weights[0][..]];
        add(
            "sum",
            Convolution::new(&odd).and_then(|convolution| source.convolve(convolution)),
        );
        for boundary in [Boundary::Reflect, Boundary::Nearest, Boundary::None] {
            let spec = MapSpec::new().halo(3).boundary(boundary);
            add("shift", source.map_chunks(spec, shifted));
        }
        let mean = source.focal_mean(3).expect("sound");
        let large = source.gt(100);
        add("a choice", large.select(&mean, source.cast(DataType::F32)));
        add("masked", mean.mask_with(&large.and(&mean.lt(40)), f64::NAN));
        add(
            "crop",
            mean.focal_std(3)
                .and_then(|std| std.clip_window(Window::new(7, 13, 30, 21))),
        );
        for (grid, (size, affine)) in grids {
            let other = raster(DataType::U8, 1, &Validity::All, (size, affine));
            for method in Resampling::ALL {
                if method != Resampling::Gauss {
                    let what = format!("{method} {grid}");
                    add(&what, source.match_grid(&other, method));
                    add(
                        &what,
                        mean.match_grid(&other, method)
                            .and_then(|lazy| lazy.focal_sum(3)),
                    );
                }
            }
            let moved = large
                .match_grid(&other, Resampling::Mode)
                .expect("one system");
            add("a mask", other.mask_with(&moved, 9));
        }
    }
    cases
}

/// The pixel two to the right and three down, as far as it is there.
fn shifted(chunk: &crate::lazy::Chunk) -> crate::Result<Block> {
    let (inner, size) = (chunk.inner(), chunk.block().size());
    let place = |column: u32, row: u32| {
        let (column, row) = (
            (column + 2).min(size.width - 1),
            (row + 3).min(size.height - 1),
        );
        usize::try_from(row * size.width + column).expect("few")
    };
    let rows = inner.row..inner.row + inner.height;
    let places: Vec<usize> = rows
        .flat_map(|row| (inner.column..inner.column + inner.width).map(move |column| (column, row)))
        .map(|(column, row)| place(column, row))
        .collect();
    fn take<T: Copy>(values: &[T], places: &[usize], plane: usize) -> Vec<T> {
        let planes = values.chunks_exact(plane);
        planes
            .flat_map(|plane| places.iter().map(|&at| plane[at]))
            .collect()
    }
    let plane = usize::try_from(size.area()).expect("few");
    let samples = match chunk.block().samples() {
        Samples::U8(values) => Samples::U8(take(values, &places, plane)),
        Samples::U16(values) => Samples::U16(take(values, &places, plane)),
        Samples::F32(values) => Samples::F32(take(values, &places, plane)),
        other => panic!("{}", other.data_type()),
    };
    let validity = match chunk.block().validity() {
        Validity::Mask(mask) => Validity::Mask(take(mask, &places, plane)),
        other => other.clone(),
    };
    Block::new(chunk.block().bands(), inner.size(), samples, validity)
}

#[test]
fn results_do_not_depend_on_the_chunks() {
    for (name, lazy) in cases() {
        let whole = computed(&lazy, lazy.size().expect("sound"));
        assert!(!whole.0.is_empty(), "{name}");
        for chunk in [
            Size::new(1, 38),
            Size::new(45, 5),
            Size::new(16, 16),
            Size::new(13, 17),
        ] {
            let cut = computed(&lazy, chunk);
            assert!(cut.1 == whole.1, "{name} in chunks of {chunk}: validity");
            assert!(cut.0 == whole.0, "{name} in chunks of {chunk}");
        }
    }
}
