//! The vocabulary: tag numbers, field types, and the values of enumerated tags.
//!
//! Sources: TIFF 6.0, the TIFF technical notes, GeoTIFF 1.1 (OGC 19-008), GDAL's private tags.

/// NewSubfileType: bit 0 reduced resolution, bit 1 page, bit 2 transparency mask.
pub const NEW_SUBFILE_TYPE: u16 = 254;
/// ImageWidth.
pub const IMAGE_WIDTH: u16 = 256;
/// ImageLength.
pub const IMAGE_LENGTH: u16 = 257;
/// BitsPerSample.
pub const BITS_PER_SAMPLE: u16 = 258;
/// Compression.
pub const COMPRESSION: u16 = 259;
/// PhotometricInterpretation.
pub const PHOTOMETRIC: u16 = 262;
/// FillOrder: 1 most significant bit first, 2 least.
pub const FILL_ORDER: u16 = 266;
/// StripOffsets.
pub const STRIP_OFFSETS: u16 = 273;
/// SamplesPerPixel.
pub const SAMPLES_PER_PIXEL: u16 = 277;
/// RowsPerStrip.
pub const ROWS_PER_STRIP: u16 = 278;
/// StripByteCounts.
pub const STRIP_BYTE_COUNTS: u16 = 279;
/// T4Options: of CCITT Group 3.
pub const T4_OPTIONS: u16 = 292;
/// PlanarConfiguration: 1 pixel-interleaved, 2 one plane per band.
pub const PLANAR_CONFIGURATION: u16 = 284;
/// Predictor.
pub const PREDICTOR: u16 = 317;
/// ColorMap.
pub const COLOR_MAP: u16 = 320;
/// TileWidth.
pub const TILE_WIDTH: u16 = 322;
/// TileLength.
pub const TILE_LENGTH: u16 = 323;
/// TileOffsets.
pub const TILE_OFFSETS: u16 = 324;
/// TileByteCounts.
pub const TILE_BYTE_COUNTS: u16 = 325;
/// SubIFDs: the offsets of child directories.
pub const SUB_IFDS: u16 = 330;
/// ExtraSamples: 0 unspecified, 1 associated alpha, 2 unassociated alpha.
pub const EXTRA_SAMPLES: u16 = 338;
/// SampleFormat: 1 unsigned, 2 signed, 3 floating point, 4 void, 5 and 6 complex.
pub const SAMPLE_FORMAT: u16 = 339;
/// InkSet: which inks the samples of a separated image are.
pub const INK_SET: u16 = 332;
/// JPEGTables: what the JPEG streams of all tiles share.
pub const JPEG_TABLES: u16 = 347;
/// ModelPixelScaleTag.
pub const MODEL_PIXEL_SCALE: u16 = 33550;
/// ModelTiepointTag.
pub const MODEL_TIEPOINT: u16 = 33922;
/// ModelTransformationTag.
pub const MODEL_TRANSFORMATION: u16 = 34264;
/// GeoKeyDirectoryTag.
pub const GEO_KEY_DIRECTORY: u16 = 34735;
/// GeoDoubleParamsTag.
pub const GEO_DOUBLE_PARAMS: u16 = 34736;
/// GeoAsciiParamsTag.
pub const GEO_ASCII_PARAMS: u16 = 34737;
/// XMP: metadata in XML, as it is.
pub const XMP: u16 = 700;
/// ICCProfile.
pub const ICC_PROFILE: u16 = 34675;
/// GDAL_METADATA: items in XML.
pub const GDAL_METADATA: u16 = 42112;
/// RPCCoefficientTag: 92 numbers.
pub const RPC_COEFFICIENTS: u16 = 50844;
/// LercParameters: version and additional compression.
pub const LERC_PARAMETERS: u16 = 50674;
/// How many pixels share a colour in YCbCr.
pub const YCBCR_SUBSAMPLING: u16 = 530;
/// What black, white and no colour are.
pub const REFERENCE_BLACK_WHITE: u16 = 532;
/// GDAL_NODATA: the nodata value as text.
pub const GDAL_NODATA: u16 = 42113;

/// True for the arrays of tile or strip positions, which are read only where a window needs them.
pub fn is_index(tag: u16) -> bool {
    matches!(
        tag,
        STRIP_OFFSETS | STRIP_BYTE_COUNTS | TILE_OFFSETS | TILE_BYTE_COUNTS
    )
}

/// True for tags that nothing is decoded by and that may be large: texts, keys, profiles. They are
/// left in the file where they are larger than any that makes sense.
pub fn is_descriptive(tag: u16) -> bool {
    let named = matches!(
        tag,
        GDAL_METADATA
            | GDAL_NODATA
            | GEO_ASCII_PARAMS
            | GEO_DOUBLE_PARAMS
            | GEO_KEY_DIRECTORY
            | ICC_PROFILE
            | MODEL_PIXEL_SCALE
            | MODEL_TIEPOINT
            | MODEL_TRANSFORMATION
            | RPC_COEFFICIENTS
    );
    // Texts, GDAL's two among them; then XMP, copyright, IPTC and Photoshop's two.
    let texts = matches!(tag, 269..=272 | 305 | 306 | 315 | 316 | 50908 | 50909);
    named || texts || matches!(tag, XMP | 33432 | 33723 | 34377 | 37724)
}

/// Field types of TIFF 6.0 and BigTIFF.
pub mod field {
    /// Unsigned 8 bits.
    pub const BYTE: u16 = 1;
    /// Bytes of text, ended by NUL.
    pub const ASCII: u16 = 2;
    /// Unsigned 16 bits.
    pub const SHORT: u16 = 3;
    /// Unsigned 32 bits.
    pub const LONG: u16 = 4;
    /// A fraction: two unsigned numbers of 32 bits.
    pub const RATIONAL: u16 = 5;
    /// Signed 8 bits.
    pub const SBYTE: u16 = 6;
    /// Bytes of any meaning.
    pub const UNDEFINED: u16 = 7;
    /// Signed 16 bits.
    pub const SSHORT: u16 = 8;
    /// Signed 32 bits.
    pub const SLONG: u16 = 9;
    /// A fraction: two signed numbers of 32 bits.
    pub const SRATIONAL: u16 = 10;
    /// Single precision.
    pub const FLOAT: u16 = 11;
    /// Double precision.
    pub const DOUBLE: u16 = 12;
    /// Offset of a directory, 32 bits.
    pub const IFD: u16 = 13;
    /// Unsigned 64 bits.
    pub const LONG8: u16 = 16;
    /// Signed 64 bits.
    pub const SLONG8: u16 = 17;
    /// Offset of a directory, 64 bits.
    pub const IFD8: u16 = 18;

    /// Bytes of one value, or `None` for a type that no specification has.
    pub fn bytes(field_type: u16) -> Option<u64> {
        match field_type {
            BYTE | ASCII | SBYTE | UNDEFINED => Some(1),
            SHORT | SSHORT => Some(2),
            LONG | SLONG | FLOAT | IFD => Some(4),
            RATIONAL | SRATIONAL | DOUBLE | LONG8 | SLONG8 | IFD8 => Some(8),
            _ => None,
        }
    }
}

/// The bit of NewSubfileType for a reduced resolution image: an overview.
pub const SUBFILE_REDUCED: u64 = 1;
/// The tags that tell how tiles are encoded and what their samples are, beside those of sizes and
/// positions: BitsPerSample, Compression, PhotometricInterpretation, FillOrder, T4Options, Predictor,
/// ColorMap, InkSet, InkNames, NumberOfInks, DotRange, ExtraSamples, SampleFormat, JPEGTables,
/// YCbCrCoefficients, YCbCrSubSampling, YCbCrPositioning, ReferenceBlackWhite, LercParameters.
pub const CODING: [u16; 19] = [
    258, 259, 262, 266, 292, 317, 320, 332, 333, 334, 336, 338, 339, 347, 529, 530, 531, 532, 50674,
];

/// The bit of NewSubfileType for a transparency mask.
pub const SUBFILE_MASK: u64 = 4;

/// PhotometricInterpretation of the values below.
pub mod photometric {
    /// One band whose least value is white.
    pub const MIN_IS_WHITE: u16 = 0;
    /// One band, or bands without a colour meaning.
    pub const MIN_IS_BLACK: u16 = 1;
    /// Red, green, blue.
    pub const RGB: u16 = 2;
    /// Indices into the colour map.
    pub const PALETTE: u16 = 3;
    /// Cyan, magenta, yellow, black.
    pub const SEPARATED: u16 = 5;
    /// CIE L*a*b*.
    pub const CIELAB: u16 = 8;
    /// Luminance and chrominance.
    pub const YCBCR: u16 = 6;
    /// A mask: not 0 where the image is valid.
    pub const TRANSPARENCY_MASK: u16 = 4;
}

#[cfg(test)]
mod tests {
    use tiff::tags::Tag;

    /// The numbers are those of another project's table.
    #[test]
    fn numbers() {
        for (ours, theirs) in [
            (super::NEW_SUBFILE_TYPE, Tag::NewSubfileType),
            (super::IMAGE_WIDTH, Tag::ImageWidth),
            (super::IMAGE_LENGTH, Tag::ImageLength),
            (super::BITS_PER_SAMPLE, Tag::BitsPerSample),
            (super::COMPRESSION, Tag::Compression),
            (super::PHOTOMETRIC, Tag::PhotometricInterpretation),
            (super::FILL_ORDER, Tag::FillOrder),
            (super::STRIP_OFFSETS, Tag::StripOffsets),
            (super::SAMPLES_PER_PIXEL, Tag::SamplesPerPixel),
            (super::ROWS_PER_STRIP, Tag::RowsPerStrip),
            (super::STRIP_BYTE_COUNTS, Tag::StripByteCounts),
            (super::PLANAR_CONFIGURATION, Tag::PlanarConfiguration),
            (super::PREDICTOR, Tag::Predictor),
            (super::COLOR_MAP, Tag::ColorMap),
            (super::TILE_WIDTH, Tag::TileWidth),
            (super::TILE_LENGTH, Tag::TileLength),
            (super::TILE_OFFSETS, Tag::TileOffsets),
            (super::TILE_BYTE_COUNTS, Tag::TileByteCounts),
            (super::SUB_IFDS, Tag::SubIfd),
            (super::EXTRA_SAMPLES, Tag::ExtraSamples),
            (super::SAMPLE_FORMAT, Tag::SampleFormat),
            (super::MODEL_PIXEL_SCALE, Tag::ModelPixelScaleTag),
            (super::MODEL_TIEPOINT, Tag::ModelTiepointTag),
            (super::MODEL_TRANSFORMATION, Tag::ModelTransformationTag),
            (super::GEO_KEY_DIRECTORY, Tag::GeoKeyDirectoryTag),
            (super::GEO_DOUBLE_PARAMS, Tag::GeoDoubleParamsTag),
            (super::GEO_ASCII_PARAMS, Tag::GeoAsciiParamsTag),
            (super::GDAL_NODATA, Tag::GdalNodata),
            (super::ICC_PROFILE, Tag::IccProfile),
        ] {
            assert_eq!(ours, theirs.to_u16());
        }
    }
}
