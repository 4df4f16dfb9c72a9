//! What reductions give.

use super::arithmetic::arithmetic_nodata;
use super::common::common_type;
use super::{Numbers, Side, cast_nodata, type_range};
use crate::error::Result;
use crate::expr::Reduction;
use crate::sample::{DataType, Scalar};

/// The type that holds the values of all members.
pub(in crate::expr) fn members_type(members: &[Numbers]) -> Result<DataType> {
    let mut rest = members.iter();
    let first = rest.next().map_or(DataType::U8, |first| first.data_type);
    rest.try_fold(first, |data_type, other| {
        let all = Numbers::new(data_type, None);
        common_type(Side::Numbers(all), Side::Numbers(*other))
    })
}

/// The type, nodata and range of a reduction of members, of which there is at least one.
pub(in crate::expr) fn reduction(reduction: Reduction, members: &[Numbers]) -> Result<Numbers> {
    let common = members_type(members)?;
    let small = members.iter().all(|of| Side::Numbers(*of).is_small());
    let invalid = members.iter().find_map(|of| of.nodata);
    let computed = |data_type| {
        let nodata = invalid.map(|_| arithmetic_nodata(data_type));
        Numbers::new(data_type, nodata)
    };
    Ok(match reduction {
        Reduction::Min | Reduction::Max | Reduction::First => Numbers {
            data_type: common,
            nodata: invalid.map(|nodata| cast_nodata(nodata, common)),
            range: range(common, members),
        },
        Reduction::Mean | Reduction::Median | Reduction::Std if small => computed(DataType::F32),
        Reduction::Mean | Reduction::Median | Reduction::Std => computed(DataType::F64),
        Reduction::Sum if common.is_float() => computed(DataType::F64),
        Reduction::Sum if members.iter().all(|of| !of.data_type.is_signed()) => {
            computed(DataType::U64)
        }
        Reduction::Sum => computed(DataType::I64),
        Reduction::Count => {
            let count = Scalar::Int(members.len() as i128);
            let data_type = match DataType::U16.check(count) {
                Ok(_) => DataType::U16,
                Err(_) => DataType::U32,
            };
            Numbers {
                range: count.to_int().map(|count| (0, count)),
                ..Numbers::new(data_type, None)
            }
        }
    })
}

/// What any member may be, and one more on either side, as a sample may be moved off nodata; 0
/// stands where there is no valid sample and no nodata value.
fn range(data_type: DataType, members: &[Numbers]) -> Option<(i128, i128)> {
    let (least, most) = type_range(data_type)?;
    let ranges = members.iter().map(|of| of.range);
    let all = ranges.reduce(|a, b| a.zip(b).map(|((a, b), (c, d))| (a.min(c), b.max(d))))?;
    all.map(|(low, high)| {
        let (low, high) = (low.min(0), high.max(0));
        ((low - 1).clamp(least, most), (high + 1).clamp(least, most))
    })
}
