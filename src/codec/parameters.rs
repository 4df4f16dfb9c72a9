//! What decoding may need to know of a file besides the bytes of a tile.

use crate::sample::DataType;

/// The tags of a file that its codec depends on. Most codecs look at the compression alone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parameters<'a> {
    /// TIFF Compression.
    pub compression: u16,
    /// Width of a tile in pixels.
    pub width: u32,
    /// Rows of a whole tile; the last strip may have fewer.
    pub height: u32,
    /// Samples of a pixel in one tile.
    pub samples: u16,
    /// TIFF BitsPerSample.
    pub bits: u16,
    /// The type of a stored sample.
    pub data_type: DataType,
    /// TIFF PhotometricInterpretation.
    pub photometric: u16,
    /// True if the last sample of a pixel is unassociated alpha (ExtraSamples 2).
    pub alpha: bool,
    /// TIFF T4Options, of CCITT Group 3.
    pub t4_options: u32,
    /// TIFF JPEGTables: tables that the JPEG streams of all tiles share.
    pub jpeg_tables: Option<&'a [u8]>,
    /// TIFF LercParameters: version and additional compression.
    pub lerc_parameters: &'a [u32],
}

/// How hard, and how exactly, a codec is to compress.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Effort {
    /// The level of Deflate, Zstandard or LZMA, also where LERC is inside of the former.
    pub level: Option<u8>,
    /// The quality of JPEG, 1 to 100; 75 unless given.
    pub quality: Option<u8>,
    /// How far LERC may change a sample.
    pub max_z_error: f64,
}

impl Parameters<'_> {
    /// The parameters of tiles of `width` by `height` pixels of one sample of 8 bits.
    pub fn new(compression: u16, width: u32, height: u32) -> Self {
        Parameters {
            compression,
            width,
            height,
            samples: 1,
            bits: 8,
            data_type: DataType::U8,
            photometric: 1,
            alpha: false,
            t4_options: 0,
            jpeg_tables: None,
            lerc_parameters: &[],
        }
    }
}
