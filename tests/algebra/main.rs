//! The algebra against numpy's answers, and against a naive interpreter that works on one sample at a
//! time, in i128 and f64.

#[cfg(feature = "deflate")]
#[path = "../common/mod.rs"]
mod common;

/// Runs `$body` with the Rust type of a data type.
macro_rules! typed {
    ($data_type:expr, $T:ident => $body:expr) => {
        typed!(@ $data_type, $T, $body; U8 u8, I8 i8, U16 u16, I16 i16, U32 u32, I32 i32,
            U64 u64, I64 i64, F32 f32, F64 f64)
    };
    (@ $data_type:expr, $T:ident, $body:expr; $($variant:ident $type:ty),*) => {
        match $data_type {
            $(DataType::$variant => {
                #[allow(dead_code)]
                type $T = $type;
                $body
            })*
            other => panic!("unknown type {other}"),
        }
    };
}

#[cfg(feature = "deflate")]
mod chunked;
mod conditions;
mod many;
mod naive;
#[cfg(feature = "deflate")]
mod numpy;
mod pairs;
mod random;
mod refusals;
mod rules;
mod support;
