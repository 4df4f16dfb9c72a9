//! What the file consists of: the ghost area, and the levels with their masks as GDAL pairs them.

use std::sync::Arc;

use super::report::{At, Findings, LevelFacts};
use super::rule::Rule;
use super::tiles::Scan;
use crate::context::Context;
use crate::error::Result;
use crate::format::directory::Directory;
use crate::format::ghost::Ghost;
use crate::format::image::Image;
use crate::format::layout::Interleave;
use crate::format::tag;
use crate::read::file::OpenFile;
use crate::source::ByteSource;

/// A file with its parts named.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) file: OpenFile,
    pub(super) ghost: Option<Ghost>,
    /// The levels from the base on, each followed by its mask if it has one.
    pub(super) pictures: Vec<Picture>,
    /// Images that belong to no level.
    pub(super) others: Vec<Image>,
}

/// A level, or the mask of one.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) level: usize,
    pub(super) mask: bool,
    /// The index of its directory.
    pub(super) directory: usize,
    pub(super) ifd_offset: u64,
    pub(super) image: Image,
}

impl Survey {
    pub(super) fn of(
        source: Arc<dyn ByteSource>,
        context: &Context,
        findings: &mut Findings,
    ) -> Result<Self> {
        let file = OpenFile::open(source, context)?;
        for warning in &file.header.warnings {
            let at = warning.place().bytes.as_ref().map(|bytes| bytes.start);
            let at = at.map_or(At::FILE, |offset| At::FILE.byte(offset));
            findings.error(Rule::BrokenDirectory, at, || warning.to_string());
        }
        let placed = matches!(file.first()?.offset, 8 | 16);
        let ghost = file.header.ghost.clone().filter(|_| !placed);
        let base = file.layer(0, context)?.image;
        let mut survey = Survey {
            pictures: vec![picture(&file, 0, 0, false, base)],
            file,
            ghost,
            others: Vec::new(),
        };
        let mut masks = Vec::new();
        for index in 1..survey.file.header.directories.len() {
            match survey.file.layer(index, context) {
                Ok(layer) if layer.image.is_mask() => masks.push((index, layer.image)),
                Ok(layer) => survey.place(index, layer.image, findings),
                Err(error) => {
                    let at = At::FILE.byte(survey.directory(index).offset);
                    findings.warning(Rule::BrokenDirectory, at, || error.to_string());
                }
            }
        }
        for (index, mask) in masks {
            survey.place_mask(index, mask, findings);
        }
        survey.pictures.sort_by_key(|p| (p.level, p.mask));
        Ok(survey)
    }

    /// Makes an image the next overview if it is one.
    fn place(&mut self, index: usize, image: Image, findings: &mut Findings) {
        let bands = self.base().image.bands;
        if image.is_overview() && image.bands == bands {
            let level = self.pictures.len();
            let picture = picture(&self.file, index, level, false, image);
            self.pictures.push(picture);
            return;
        }
        let at = At::FILE.byte(self.directory(index).offset);
        match image.is_overview() {
            true => findings.warning(Rule::OtherDirectory, at, || {
                format!(
                    "an overview of {} bands, where the base has {bands}",
                    image.bands
                )
            }),
            false => findings.note(Rule::OtherDirectory, at, || {
                format!("directory {index} is a further image of {}", image.size)
            }),
        }
        self.others.push(image);
    }

    /// Gives a mask to its level: that of an overview, by NewSubfileType, to the first of its size
    /// that has none yet, any other to the base.
    fn place_mask(&mut self, index: usize, mask: Image, findings: &mut Findings) {
        let reduced = mask.subfile & tag::SUBFILE_REDUCED != 0;
        let fits = |picture: &&Picture| match reduced {
            true => picture.level > 0 && picture.image.size == mask.size,
            false => picture.level == 0,
        };
        let images = self.pictures.iter().filter(|picture| !picture.mask);
        let taken = |level| self.pictures.iter().any(|p| p.mask && p.level == level);
        let free = images.filter(fits).find(|picture| !taken(picture.level));
        match free.map(|picture| picture.level) {
            Some(level) => {
                let picture = picture(&self.file, index, level, true, mask);
                self.pictures.push(picture);
            }
            None => {
                let at = At::FILE.byte(self.directory(index).offset);
                findings.warning(Rule::MaskPairing, at, || {
                    format!("a mask of {} pixels belongs to no level", mask.size)
                });
                self.others.push(mask);
            }
        }
    }

    /// Tiles of all images together.
    pub(super) fn tiles(&self) -> u64 {
        let pictures = self.pictures.iter().map(|picture| &picture.image);
        let images = pictures.chain(&self.others);
        images.map(tiles_of).fold(0, u64::saturating_add)
    }

    pub(super) fn length(&self) -> u64 {
        self.file.source.length
    }

    pub(super) fn base(&self) -> &Picture {
        &self.pictures[0]
    }

    /// The levels without their masks.
    pub(super) fn images(&self) -> impl DoubleEndedIterator<Item = (usize, &Picture)> {
        let all = self.pictures.iter().enumerate();
        all.filter(|(_, picture)| !picture.mask)
    }

    /// The mask of a level.
    pub(super) fn mask_of(&self, level: usize) -> Option<&Picture> {
        let mut all = self.pictures.iter();
        all.find(|picture| picture.mask && picture.level == level)
    }

    pub(super) fn directory(&self, index: usize) -> &Directory {
        &self.file.header.directories[index]
    }

    /// True if the ghost area makes a claim.
    pub(super) fn claims(&self, claim: fn(&Ghost) -> bool) -> bool {
        self.ghost.as_ref().is_some_and(claim)
    }

    /// True if the tiles of all planes stand together, place by place.
    pub(super) fn by_tile(&self, image: &Image) -> bool {
        image.planar && self.claims(|ghost| ghost.interleave == Some(Interleave::Tile))
    }
}

impl Picture {
    pub(super) fn at(&self) -> At {
        At {
            level: Some(self.level),
            mask: self.mask,
            ..At::FILE
        }
    }

    pub(super) fn facts(&self, scan: &Scan) -> LevelFacts {
        LevelFacts {
            level: self.level,
            mask: self.mask,
            ifd_offset: self.ifd_offset,
            size: self.image.size,
            tile: self.image.tile,
            tiled: self.image.tiled,
            compression: self.image.compression,
            tiles: scan.tiles,
            sparse: scan.sparse,
            data: scan.data.clone(),
            bytes: scan.bytes,
        }
    }
}

/// Tiles of all planes of an image.
pub(super) fn tiles_of(image: &Image) -> u64 {
    image.grid().count().saturating_mul(image.planes().into())
}

fn picture(file: &OpenFile, directory: usize, level: usize, mask: bool, image: Image) -> Picture {
    Picture {
        level,
        mask,
        directory,
        ifd_offset: file.header.directories[directory].offset,
        image,
    }
}
