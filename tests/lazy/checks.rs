//! What is refused, and that nothing is read before it is.

use cogwork::block::Validity;
use cogwork::error::{ErrorKind, Expression, Usage};
use cogwork::grid::Size;
use cogwork::sample::DataType::{F32, I16, U8, U16};
use cogwork::write::{CogOptions, Compression};
use cogwork::{Block, Context, Lazy, Level, Result};

use crate::common::raster;
use crate::scene;

/// `visual` is of 10 m, with an overview of 20 m; `SCL` is of 20 m.
#[test]
fn grids_that_differ() {
    let context = Context::default();
    let (visual, classes) = (scene("visual", &context), scene("SCL", &context));
    let overview = |index| visual.overview(index).expect("an overview");
    let small = raster::written(&raster::block(U8, 1, (20, 20)), &CogOptions::default());
    let small = raster::open(small, &context);
    let opened = context.counters.requests();
    for (name, image, by, hint) in [
        (
            "the overview would match",
            visual.base(),
            classes.base(),
            Some(["overview 0", "visual"]),
        ),
        (
            "the other one's would",
            classes.base(),
            visual.base(),
            Some(["overview 0", "visual"]),
        ),
        (
            "an overview of either would",
            overview(1),
            classes.base(),
            Some(["overview 0", ".tif"]),
        ),
        (
            "its overview would",
            overview(1),
            overview(0),
            Some(["overview ", "visual"]),
        ),
        ("nothing would", visual.base(), small.base(), None),
    ] {
        let condition = by.lazy().is_in([8, 9]);
        let joined = image.lazy().select_by(&condition);
        for result in [
            image.lazy().mask(&condition).map(drop),
            image.lazy().mask_with(&condition, 7).map(drop),
            condition.select(image.lazy(), 0).map(drop),
            joined.check(),
            joined.compute().map(drop),
            joined.for_each(|_, _| Ok(())),
            joined.write_cog_to(&mut Vec::new(), &CogOptions::default()),
        ] {
            let error = result.expect_err(name);
            let ErrorKind::Expression(Expression::Grids { hint: found, .. }) = error.kind() else {
                panic!("{name}: {error:?}");
            };
            match (hint, found) {
                (Some(words), Some(found)) => {
                    assert!(
                        words.iter().all(|word| found.contains(word)),
                        "{name}: {found}"
                    );
                }
                (None, None) => {}
                _ => panic!("{name}: {found:?}"),
            }
        }
    }
    assert_eq!(context.counters.requests(), opened, "nothing was read");
    assert_eq!(context.counters.tiles_decoded(), 0);
}

trait SelectBy {
    fn select_by(&self, condition: &Lazy) -> Lazy;
}

impl SelectBy for Lazy {
    /// Two grids joined by an operator that does not check.
    fn select_by(&self, condition: &Lazy) -> Lazy {
        self + &condition.cast(U8)
    }
}

#[test]
fn expressions_that_make_no_sense() {
    let context = Context::default();
    let plain = Block::new(
        1,
        Size::new(40, 30),
        raster::block(U8, 1, (40, 30)).into_samples(),
        Validity::All,
    );
    let options = CogOptions::default();
    let open = |block: &Block| raster::open(raster::written(block, &options), &context).base();
    let plain = open(&plain.expect("the shape"));
    let [with_nodata, real, two, three] = [(U8, 1), (F32, 1), (U16, 2), (U8, 3)]
        .map(|(data_type, bands)| open(&raster::block(data_type, bands, (40, 30))));
    let opened = context.counters.requests();
    let condition = with_nodata.lazy().gt(5);
    type Refused = fn(&ErrorKind) -> bool;
    let no_nodata: Refused = |kind| matches!(kind, ErrorKind::Expression(Expression::NoNodata));
    let a_value: Refused = |kind| matches!(kind, ErrorKind::Usage(Usage::Value { .. }));
    let kind: Refused = |kind| matches!(kind, ErrorKind::Expression(Expression::Kind { .. }));
    let bands: Refused = |kind| matches!(kind, ErrorKind::Expression(Expression::Bands { .. }));
    let band: Refused = |kind| matches!(kind, ErrorKind::Usage(Usage::Band { .. }));
    let fine = |level: &Level| level.lazy();
    for (name, result, refused) in [
        (
            "mask without nodata",
            plain.lazy().mask(&condition),
            no_nodata,
        ),
        (
            "300 in uint8",
            plain.lazy().mask_with(&condition, 300),
            a_value,
        ),
        (
            "-1 in uint8",
            plain.lazy().mask_with(&condition, -1),
            a_value,
        ),
        (
            "half in uint8",
            plain.lazy().mask_with(&condition, 0.5),
            a_value,
        ),
        (
            "NaN in uint8",
            plain.lazy().mask_with(&condition, f64::NAN),
            a_value,
        ),
        (
            "1e40 as nodata 300",
            checked(plain.lazy().with_nodata(Some(300.into()))),
            a_value,
        ),
        (
            "numbers as condition",
            fine(&with_nodata).mask(&plain.lazy()),
            kind,
        ),
        ("a mask as numbers", condition.mask(&condition), kind),
        ("not of numbers", checked(!&plain.lazy()), kind),
        ("minus of a mask", checked(-&condition), kind),
        ("a mask plus one", checked(&condition + 1), kind),
        (
            "and of numbers",
            checked(condition.and(&plain.lazy())),
            kind,
        ),
        ("select by numbers", plain.lazy().select(1, 2), kind),
        (
            "two and three bands",
            checked(&two.lazy() + &three.lazy()),
            bands,
        ),
        ("band 0", three.lazy().bands([0]), band),
        ("band 4 of 3", three.lazy().bands([1, 4]), band),
    ] {
        let error = result.expect_err(name);
        assert!(refused(error.kind()), "{name}: {error:?}");
        assert!(error.is_usage(), "{name}");
    }
    for (name, result) in [
        (
            "mask with nodata of its own",
            plain.lazy().mask_with(&condition, 255),
        ),
        (
            "NaN in float32",
            real.lazy().mask_with(&condition, f64::NAN),
        ),
        ("one band and three", checked(&plain.lazy() + &three.lazy())),
        ("one condition, three bands", three.lazy().mask(&condition)),
    ] {
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert_eq!(context.counters.requests(), opened, "nothing was read");
}

fn checked(lazy: Lazy) -> Result<Lazy> {
    lazy.check().map(|()| lazy)
}

/// What is known before anything is read.
#[test]
fn facts_of_a_lazy_raster() {
    let context = Context::default();
    let (b04, b08) = (
        scene("B04", &context).base().lazy(),
        scene("B08", &context).base().lazy(),
    );
    let visual = scene("visual", &context).base().lazy();
    let opened = context.counters.requests();
    let ndvi = (&b08 - &b04) / (&b08 + &b04);
    for (name, lazy, data_type, nodata) in [
        ("a band", b04.clone(), U16, Some(0.0)),
        ("three bands", visual.clone(), U8, Some(0.0)),
        ("NDVI", ndvi, F32, Some(f64::NAN)),
        ("a mask", b04.gt(&b08), U8, None),
        ("a cast", visual.cast(I16), I16, Some(0.0)),
        ("no nodata", visual.with_nodata(None), U8, None),
    ] {
        assert_eq!(lazy.data_type().expect(name), data_type, "{name}");
        let found = lazy.nodata().expect(name).map(|nodata| nodata.to_f64());
        let same =
            found == nodata || found.is_some_and(f64::is_nan) && nodata.is_some_and(f64::is_nan);
        assert!(same, "{name}: {found:?}");
        assert_eq!(lazy.size().expect(name), Size::new(774, 782), "{name}");
    }
    assert_eq!(context.counters.requests(), opened, "nothing was read");
}

#[test]
fn limits_hold_before_anything_is_read() {
    type Change = fn(&mut cogwork::Limits);
    let whole: u64 = 774 * 782 * 3;
    let tight: Change = |limits| limits.block_bytes = 774 * 782 * 3 - 1;
    let enough: Change = |limits| limits.block_bytes = 774 * 782 * 3;
    let no_job: Change = |limits| limits.job_bytes = 100_000;
    type End = fn(&Lazy) -> Result<()>;
    let compute: End = |lazy| lazy.compute().map(drop);
    let each: End = |lazy| lazy.for_each(|_, _| Ok(()));
    let write: End = |lazy| lazy.write_cog_to(&mut std::io::sink(), &CogOptions::default());
    for (name, change, end, limit) in [
        (
            "a block that is too large",
            tight,
            compute,
            Some(("block_bytes", Some(whole))),
        ),
        ("a block that fits", enough, compute, None),
        ("chunks need no block", tight, each, None),
        (
            "a row of chunks, computed",
            no_job,
            compute,
            Some(("job_bytes", None)),
        ),
        (
            "a row of chunks, given out",
            no_job,
            each,
            Some(("job_bytes", None)),
        ),
        (
            "a row of chunks, written",
            no_job,
            write,
            Some(("job_bytes", None)),
        ),
    ] {
        let context = raster::limits(change);
        let lazy = scene("visual", &context).base().lazy();
        let opened = context.counters.requests();
        let result = end(&lazy);
        let Some((field, bytes)) = limit else {
            result.unwrap_or_else(|error| panic!("{name}: {error}"));
            continue;
        };
        let error = result.expect_err(name);
        let ErrorKind::Limit {
            what,
            needed,
            allowed,
        } = error.kind()
        else {
            panic!("{name}: {error:?}");
        };
        assert_eq!(*what, field, "{name}");
        assert!(needed > allowed, "{name}");
        assert_eq!(bytes.unwrap_or(*needed), *needed, "{name}");
        assert_eq!(
            context.counters.requests(),
            opened,
            "{name}: nothing was read"
        );
    }
}

/// The buffers that a job says it held stay within what it was allowed.
#[test]
fn peaks_stay_within_the_limit() {
    for job_bytes in [5 << 20, 20 << 20, 1 << 30] {
        let context = raster::limits(|limits| limits.job_bytes = job_bytes);
        let lazy = scene("visual", &context).base().lazy();
        let options = raster::options(Compression::Lzw, 128);
        lazy.write_cog_to(&mut std::io::sink(), &options)
            .expect("a sound file");
        let peak = context.counters.peak_buffer_bytes();
        assert!(peak > 0 && peak <= job_bytes, "{peak} of {job_bytes}");
    }
}
