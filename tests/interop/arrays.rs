//! Blocks as arrays: the same memory, the same pixels.

use cogwork::block::Validity;
use cogwork::error::{ErrorKind, Usage};
use cogwork::grid::{Size, Window};
use cogwork::read::request::ReadRequest;
use cogwork::sample::{Complex, Samples};
use cogwork::{Block, Error};
use ndarray::{Array2, Array3, Axis, Slice};

use crate::{expected, overview};

fn is_option(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Usage(Usage::Option(_)))
}

/// A block of 2 bands, 3 rows and 4 columns that counts from 0.
fn counted() -> Block {
    let samples = Samples::U16((0..24).collect());
    let mask = Validity::Mask((0..12).map(|at| 7 * (at % 2)).collect());
    Block::new(2, Size::new(4, 3), samples, mask).expect("the shape")
}

#[test]
fn views_are_not_copies() {
    let mut block = counted();
    let memory = block.as_slice::<u16>().expect("uint16").as_ptr();
    let view = block.as_array::<u16>().expect("uint16");
    assert_eq!((view.as_ptr(), view.dim()), (memory, (2, 3, 4)));
    assert_eq!(view[[1, 2, 3]], 12 + 2 * 4 + 3);
    assert!(block.as_array::<i16>().is_none());

    let mut view = block.as_array_mut::<u16>().expect("uint16");
    assert_eq!(view.as_ptr(), memory);
    view.index_axis_mut(Axis(0), 1).column_mut(0).fill(99);
    assert_eq!(block.as_slice::<u16>().expect("uint16")[12 + 4], 99);

    let array = block.into_array::<u16>().expect("uint16");
    assert_eq!((array.as_ptr(), array[[1, 2, 0]]), (memory, 99));
    let block = Block::from_array(array, Validity::All).expect("the shape");
    let slice = block.as_slice::<u16>().expect("uint16");
    assert_eq!((slice.as_ptr(), block.shape()), (memory, (2, 3, 4)));
    assert!(block.into_array::<u8>().is_none());
}

/// A transposed, a reversed and a sliced array: what counts is their elements, not their memory.
#[test]
fn other_layouts_are_copied() {
    let array = counted().into_array::<u16>().expect("uint16");
    let transposed = array.clone().permuted_axes([0, 2, 1]);
    let mut reversed = array.clone();
    reversed.invert_axis(Axis(1));
    let mut tail = array.clone();
    tail.slice_axis_inplace(Axis(0), Slice::from(1..));
    let mut sliced = tail.clone();
    sliced.slice_axis_inplace(Axis(1), Slice::from(1..));
    sliced.slice_axis_inplace(Axis(2), Slice::from(1..3));
    let band: Vec<u16> = (12..24).collect();
    let turned = [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11];
    let turned: Vec<u16> = turned.into_iter().chain(turned.map(|at| at + 12)).collect();
    let upturned = [8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3];
    let upturned: Vec<u16> = upturned
        .into_iter()
        .chain(upturned.map(|at| at + 12))
        .collect();
    for (array, shape, samples) in [
        (transposed, (2, 4, 3), turned),
        (reversed, (2, 3, 4), upturned),
        (sliced, (1, 2, 2), vec![17, 18, 21, 22]),
        (tail, (1, 3, 4), band),
    ] {
        let block = Block::from_array(array, Validity::All).expect("the shape");
        assert_eq!(block.shape(), shape);
        assert_eq!(block.samples(), &Samples::U16(samples));
    }
    let complex = Array3::from_elem((1, 1, 2), Complex::new(1.0f32, -1.0));
    let block = Block::from_array(complex, Validity::All).expect("the shape");
    let view = block.as_array::<Complex<f32>>().expect("complex64");
    assert_eq!(view[[0, 0, 1]].im, -1.0);
}

#[test]
fn masks_are_views_and_other_validity_is_made() {
    let block = counted();
    let Validity::Mask(mask) = block.validity() else {
        panic!("it has a mask");
    };
    let view = block.mask_array().expect("it has a mask");
    assert_eq!((view.as_ptr(), view.dim()), (mask.as_ptr(), (3, 4)));
    assert_eq!((view[[0, 0]], view[[2, 3]]), (0, 7));
    let valid = Array2::from_shape_fn((3, 4), |(_, column)| u8::from(column % 2 == 1));
    assert_eq!(block.valid_array(), valid);

    let block = overview("visual").read().expect("the scene");
    assert!(block.mask_array().is_none());
    let invalid = block
        .valid_array()
        .iter()
        .filter(|&&valid| valid == 0)
        .count();
    assert_eq!(
        Some(invalid as u64),
        expected()["visual"]["invalid"].as_u64()
    );
}

#[test]
fn pixels_stand_where_rasterio_has_them() {
    for name in ["visual", "B04"] {
        let block = overview(name).read().expect("the scene");
        let array = match block.as_array::<u8>() {
            Some(view) => view.mapv(u64::from),
            None => block.as_array::<u16>().expect("uint16").mapv(u64::from),
        };
        let samples = expected()[name]["samples"].clone();
        let samples: Vec<[u64; 4]> = serde_json::from_value(samples).expect("places");
        assert!(!samples.is_empty());
        for [band, row, column, sample] in samples {
            let place = [band, row, column].map(|axis| usize::try_from(axis).expect("small"));
            assert_eq!(array[place], sample, "{name} {place:?}");
        }
    }
}

#[test]
fn levels_are_read_into_arrays() {
    let level = overview("visual");
    let request = ReadRequest::new()
        .window(Window::new(200, 100, 50, 30))
        .bands(&[3, 1]);
    assert_eq!(level.request_shape(&request).expect("inside"), (2, 30, 50));
    let mut array = Array3::<u8>::zeros((2, 30, 50));
    let memory = array.as_ptr();
    let (validity, _) = level
        .read_into_array(&request, array.view_mut())
        .expect("it fits");
    assert_eq!(
        (array.as_ptr(), validity),
        (memory, Validity::Nodata(0.into()))
    );
    let first = expected()["visual"]["samples"][0][3].as_u64();
    assert_eq!(Some(u64::from(array[[1, 0, 0]])), first);

    let mut larger = Array3::<u8>::zeros((2, 30, 60));
    let part = larger.slice_axis_mut(Axis(2), Slice::from(5..55));
    assert!(is_option(
        &level.read_into_array(&request, part).expect_err("gaps")
    ));
    let turned = Array3::<u8>::zeros((50, 30, 2)).permuted_axes([2, 1, 0]);
    let mut turned = turned;
    let view = turned.view_mut();
    assert!(is_option(
        &level.read_into_array(&request, view).expect_err("turned")
    ));
    let mut flat = Array3::<u8>::zeros((2, 50, 30));
    let error = level
        .read_into_array(&request, flat.view_mut())
        .expect_err("another shape");
    assert!(is_option(&error), "{error}");
    let mut wide = Array3::<u16>::zeros((2, 30, 50));
    let error = level
        .read_into_array(&request, wide.view_mut())
        .expect_err("another type");
    assert!(is_option(&error), "{error}");
}
