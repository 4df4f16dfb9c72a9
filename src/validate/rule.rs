//! What is checked: one rule for each way in which a file can fall short.

use std::fmt;

/// Declares the rules with their names, hints and documentation in one place.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident $name:literal $hint:literal,)*) => {
        /// What a finding is about. Rules that GDAL's script or rio-cogeo have too say so.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $rule,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &[Rule] = &[$(Rule::$rule,)*];

            /// The rule's name in reports, which stays the same in later versions.
            pub fn name(self) -> &'static str {
                match self {
                    $(Rule::$rule => $name,)*
                }
            }

            /// What would help.
            pub fn hint(self) -> &'static str {
                match self {
                    $(Rule::$rule => $hint,)*
                }
            }
        }
    };
}

rules! {
    /// Overviews in an `.ovr` file (GDAL, rio-cogeo).
    ExternalOverviews "external-overviews" "write the overviews into the file",
    /// A mask in a `.msk` file.
    ExternalMask "external-mask" "write the mask into the file",
    /// A directory that cannot be read, or does not describe an image.
    BrokenDirectory "broken-directory" "write the file again from a whole copy",
    /// A directory that is neither the base, nor an overview or a mask that fits it.
    OtherDirectory "other-directory"
        "a COG holds one image: put further ones into files of their own",
    /// The first directory follows neither the file header nor the ghost area (GDAL).
    FirstIfd "first-ifd" "write the file again: an edit has moved its directory",
    /// The first directory stands beyond byte 300 (rio-cogeo).
    FarFirstIfd "far-first-ifd" "write the file again: its first request would miss the directory",
    /// A directory at an odd offset, which TIFF 6.0 forbids.
    OddIfd "odd-ifd" "begin directories at even offsets",
    /// The directory of an overview before that of the level above (GDAL, rio-cogeo), or of a mask
    /// before that of its image.
    IfdOrder "ifd-order" "write directories from the base to the smallest overview",
    /// The ghost area has lines that mean nothing, or its size is not that of its text.
    GhostArea "ghost-area" "write the ghost area as GDAL does, or none",
    /// The ghost area says that a later edit has broken the layout (GDAL, rio-cogeo).
    IncompatibleEdition "incompatible-edition"
        "write the file again: it was edited after it was laid out",
    /// The ghost area says that all directories and arrays come before the tiles, which is not so.
    LayoutClaim "layout-claim" "write the file again, or without LAYOUT=IFDS_BEFORE_DATA",
    /// The ghost area tells of an interleaved mask that is not there.
    MaskClaim "mask-claim" "write MASK_INTERLEAVED_WITH_IMAGERY only beside a mask",
    /// The ghost area and PlanarConfiguration disagree.
    InterleaveClaim "interleave-claim" "write INTERLEAVE for planar files, and only for them",
    /// An array of tile positions after the first tile.
    ArrayPlacement "array-placement" "write the arrays of tile positions before the tiles",
    /// A tag's values after the first tile.
    ValuePlacement "value-placement" "write the values of tags before the tiles",
    /// An array of tile positions that is wider than it needs to be, or of 16 bits.
    ArrayType "array-type"
        "write LONG in classic TIFF; in BigTIFF LONG8 offsets and LONG byte counts",
    /// An array of tile positions that has not one value for each tile.
    ArrayLength "array-length" "write the file again: its arrays do not fit its size",
    /// TileByteCounts is missing.
    ByteCounts "byte-counts" "write TileByteCounts, without which no tile can be requested",
    /// BigTIFF though the file is smaller than 4 GiB.
    BigTiff "bigtiff" "classic TIFF is read by more programs and has a smaller header",
    /// No tags of GeoTIFF.
    NotGeoreferenced "not-georeferenced" "give a CRS and a transform if the image has them",
    /// Larger than 512 pixels but not tiled: an error where rows are longer than 1024 (GDAL), else a
    /// warning (rio-cogeo).
    NotTiled "not-tiled" "write tiles, of 512 x 512 pixels say",
    /// Width or height of tiles is no multiple of 16, which TIFF 6.0 asks for.
    TileSize "tile-size" "choose tiles of a multiple of 16 pixels",
    /// Larger than 512 pixels without overviews (GDAL, rio-cogeo).
    NoOverviews "no-overviews" "write overviews until one tile holds the image",
    /// The smallest overview is still larger than a tile and than 512 pixels.
    SmallestOverview "smallest-overview" "write overviews until one tile holds the image",
    /// An overview that is wider or higher than the level above (GDAL).
    OverviewOrder "overview-order" "write overviews from the largest to the smallest",
    /// The widths give a factor of 1 or less, or factors that do not grow (rio-cogeo).
    OverviewFactor "overview-factor" "halve the size from level to level",
    /// An overview's size is not the base's halved, or its axes are reduced by different factors.
    OverviewGeometry "overview-geometry" "halve both axes from level to level",
    /// An overview's samples are of another type or codec, or its tiles of another size.
    OverviewFormat "overview-format" "write overviews as the base",
    /// An overview's GDAL_NODATA is not that of the base.
    OverviewNodata "overview-nodata" "write GDAL_NODATA on every level",
    /// A mask without its image's like on another level.
    MaskPairing "mask-pairing" "give every level a mask, or none",
    /// A mask that has not one band, or not the size of its image.
    MaskFormat "mask-format" "write masks of one band",
    /// An interleaved mask with tiles of another size than its image's (GDAL).
    MaskTiles "mask-tiles" "write the mask in the tiles of its image",
    /// A tile of an interleaved mask that does not follow that of its image (GDAL).
    MaskPlacement "mask-placement" "write each tile of the mask after that of the image",
    /// A level's first tile before its directory: an error for the smallest level (GDAL,
    /// rio-cogeo); a warning for a directory after any tile.
    DataBeforeIfd "data-before-ifd" "write all directories before the tiles",
    /// A level's first tile before that of the next smaller level (GDAL, rio-cogeo).
    LevelOrder "level-order"
        "write the tiles of the smallest overview first and those of the base last",
    /// A tile that reaches past the end of the file.
    TileRange "tile-range" "fetch the file again: it may be cut short",
    /// A tile with an offset but no bytes, or with bytes but no offset.
    EmptyTile "empty-tile" "write 0 for both the offset and the byte count of a sparse tile",
    /// A tile before the one that it should follow: an error where the ghost area claims the order
    /// (GDAL).
    TileOrder "tile-order" "write the tiles of a level row by row",
    /// A leader that is not the tile's size, though the ghost area claims leaders (GDAL).
    Leader "leader" "write each tile's size before it, or no BLOCK_LEADER",
    /// A trailer that is not the tile's last four bytes, though the ghost area claims them (GDAL).
    Trailer "trailer" "write each tile's last four bytes after it, or no BLOCK_TRAILER",
    /// Bytes that are claimed twice.
    Overlap "overlap"
        "write the file again: one of the two is damaged unless both are the same tile",
    /// Bytes that nothing points to.
    Gap "gap" "write the file again: it holds bytes that are never read",
    /// Something that was not looked at, because it would need too much memory.
    Unchecked "unchecked" "nothing is wrong by this alone",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
