"""Files whose directories are overviews, masks, pages and thumbnails in every order, by tifffile; what counts as what is GDAL's."""
import pathlib

import numpy as np
import rasterio
import tifffile

from . import expect

OVERVIEW, PAGE, MASK = 1, 2, 4


def pictures() -> dict[str, np.ndarray]:
    base = np.random.default_rng(20).integers(1, 200, (48, 64), dtype=np.uint8)
    return {
        "base": base, "half": base[::2, ::2], "quarter": base[::4, ::4], "other": base[:30, :50], "thumb": base[:10, :12],
        "flipped": base[::-1], "flipped half": base[::2, ::2][::-1], "wide": base[::2, ::2].astype(np.uint16),
        "bands": np.stack([base[::2, ::2]] * 3, -1), "mask": (base > 100) * np.uint8(255), "inverse": (base <= 100) * np.uint8(255),
        "half mask": (base[::2, ::2] > 50) * np.uint8(255), "quarter mask": (base[::4, ::4] > 150) * np.uint8(255),
        "bits": base > 100, "wide mask": (base > 100).astype(np.uint16),
    }


# Each file: its pages as (picture, NewSubfileType, SubIFDs that follow).
FILES = {
    "pages-between": [("base", 0, 0), ("other", 0, 0), ("half", OVERVIEW, 0), ("base", PAGE, 0), ("quarter", OVERVIEW, 0), ("flipped", 0, 0)],
    "page-of-the-same-size": [("base", 0, 0), ("flipped", 0, 0)],
    "thumbnail-of-another-shape": [("base", 0, 0), ("thumb", OVERVIEW, 0), ("half", OVERVIEW, 0)],
    "overview-of-other-bands": [("base", 0, 0), ("bands", OVERVIEW, 0), ("quarter", OVERVIEW, 0)],
    "overview-of-the-same-size": [("base", 0, 0), ("flipped", OVERVIEW, 0), ("half", OVERVIEW, 0)],
    "overviews-of-one-size": [("base", 0, 0), ("half", OVERVIEW, 0), ("flipped half", OVERVIEW, 0)],
    "overviews-out-of-order": [("base", 0, 0), ("quarter", OVERVIEW, 0), ("half", OVERVIEW, 0)],
    "first-marked-as-overview": [("base", OVERVIEW, 0), ("half", OVERVIEW, 0)],
    "masks-after": [("base", 0, 0), ("half", OVERVIEW, 0), ("quarter", OVERVIEW, 0), ("mask", MASK, 0),
                    ("half mask", MASK | OVERVIEW, 0), ("quarter mask", MASK | OVERVIEW, 0)],
    "masks-between": [("base", 0, 0), ("mask", MASK, 0), ("half", OVERVIEW, 0), ("half mask", MASK | OVERVIEW, 0), ("quarter", OVERVIEW, 0)],
    "masks-in-another-order": [("base", 0, 0), ("half", OVERVIEW, 0), ("quarter", OVERVIEW, 0),
                               ("quarter mask", MASK | OVERVIEW, 0), ("half mask", MASK | OVERVIEW, 0), ("mask", MASK, 0)],
    "mask-of-bits": [("base", 0, 0), ("bits", MASK, 0), ("half", OVERVIEW, 0)],
    "mask-of-16-bits": [("base", 0, 0), ("wide mask", MASK, 0)],
    "mask-of-another-size": [("base", 0, 0), ("half mask", MASK, 0)],
    "mask-twice": [("base", 0, 0), ("mask", MASK, 0), ("inverse", MASK, 0)],
    "mask-of-an-overview-marked-as-the-bases": [("base", 0, 0), ("half", OVERVIEW, 0), ("half mask", MASK, 0)],
    "mask-of-the-base-marked-as-an-overviews": [("base", 0, 0), ("half", OVERVIEW, 0), ("mask", MASK | OVERVIEW, 0)],
    "subifds": [("base", 0, 2), ("half", OVERVIEW, 0), ("quarter", OVERVIEW, 0)],
    "subifds-and-a-chain": [("base", 0, 1), ("quarter", OVERVIEW, 0), ("half", OVERVIEW, 0), ("flipped", 0, 0)],
    "subifds-and-masks": [("base", 0, 1), ("half", OVERVIEW, 0), ("mask", MASK, 0), ("half mask", MASK | OVERVIEW, 0)],
    "subifd-that-is-no-overview": [("base", 0, 2), ("half", 0, 0), ("quarter", OVERVIEW, 0)],
    "subifds-of-an-overview": [("base", 0, 0), ("half", OVERVIEW, 1), ("quarter", OVERVIEW, 0), ("thumb", OVERVIEW, 0)],
    "subifds-of-a-page": [("base", 0, 0), ("flipped", 0, 1), ("flipped half", OVERVIEW, 0), ("half", OVERVIEW, 0)],
}


def make(folder: pathlib.Path) -> dict:
    for name, pages in FILES.items():
        write(folder / f"{name}.tif", pages)
    return {"oracle": f"GDAL {rasterio.__gdal_version__} through rasterio {rasterio.__version__}",
            "files": {f"{name}.tif": entry(folder / f"{name}.tif") for name in FILES}}


def write(path: pathlib.Path, pages: list) -> None:
    shown = pictures()
    with tifffile.TiffWriter(path) as tiff:
        for picture, kind, children in pages:
            pixels = np.ascontiguousarray(shown[picture])
            photometric = "rgb" if pixels.ndim == 3 else "minisblack"
            # tifffile writes masks of bits alone: the kind is set afterwards.
            tiff.write(pixels, tile=(16, 16), photometric=photometric, compression="deflate", metadata=None, software=False,
                       subifds=children, subfiletype=0 if kind & MASK else kind, predictor=False)
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        flat = [page for top in tiff.pages for page in (top, *(top.pages or ()))]
        for page, (_, kind, _) in zip(flat, pages, strict=True):
            if kind & MASK:
                page.tags[254].overwrite(kind)


def entry(path: pathlib.Path) -> dict:
    """The samples and validity of every level."""
    with rasterio.open(path) as raster:
        count = len(raster.overviews(1))
    levels = []
    for index in range(-1, count):
        with rasterio.open(path, **({"overview_level": index} if index >= 0 else {})) as level:
            valid = (level.dataset_mask() != 0).astype(np.uint8)
            levels.append({"width": level.width, "height": level.height, "sha256": expect.sha256(level.read()),
                           "valid": int(valid.sum()), "valid_sha256": expect.sha256(valid)})
    return {"levels": levels}
