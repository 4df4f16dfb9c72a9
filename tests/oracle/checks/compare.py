"""Equalities: samples by two readers, georeferencing, both validators."""
import hashlib
import math
import pathlib
import subprocess
import sys

import numpy as np
import rasterio
from makers.expect import gdal_levels, sha256, tifffile_levels
from rio_cogeo.cogeo import cog_validate

GDAL_VALIDATOR = ("/usr/bin/python3", "-m", "osgeo_utils.samples.validate_cloud_optimized_geotiff", "--full-check=yes")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def same_levels(path: pathlib.Path, expected: list[str]) -> None:
    """Every level, by GDAL and by tifffile, has the sha256 expected."""
    for reader, read in (("GDAL", gdal_levels), ("tifffile", tifffile_levels)):
        found = [sha256(level) for level in read(path)]
        assert len(found) == len(expected), f"{reader} sees {len(found)} levels, expected {len(expected)}"
        wrong = [index for index, pair in enumerate(zip(found, expected)) if pair[0] != pair[1]]
        assert not wrong, f"{reader} reads other samples at levels {wrong}"


def close_levels(path: pathlib.Path, expected: list[np.ndarray], ulps: int) -> None:
    """The same with floats a few units in the last place apart."""
    for reader, read in (("GDAL", gdal_levels), ("tifffile", tifffile_levels)):
        found = read(path)
        assert [a.shape for a in found] == [a.shape for a in expected], f"{reader} sees {[a.shape for a in found]}"
        for index, (ours, theirs) in enumerate(zip(found, expected)):
            assert np.array_equal(np.isnan(ours), np.isnan(theirs)), f"{reader}: NaN elsewhere at level {index}"
            apart = np.nanmax(np.abs(ours - theirs) / np.spacing(np.abs(theirs)), initial=0)
            assert apart <= ulps, f"{reader}: {apart} units in the last place at level {index}"


def same_georeferencing(path: pathlib.Path, source: pathlib.Path, overview: int | None = None) -> None:
    """CRS, transform and nodata are those of the level read, as GDAL sees it."""
    level = {} if overview is None else {"overview_level": overview}
    with rasterio.open(source, **level) as expected, rasterio.open(path) as found:
        assert found.crs == expected.crs, f"CRS {found.crs}, expected {expected.crs}"
        assert found.transform.almost_equals(expected.transform, precision=1e-9), \
            f"transform {list(found.transform)[:6]}, expected {list(expected.transform)[:6]}"
        assert found.nodatavals == expected.nodatavals or all(map(math.isnan, found.nodatavals)), \
            f"nodata {found.nodatavals}, expected {expected.nodatavals}"
        assert found.dtypes == expected.dtypes, f"types {found.dtypes}, expected {expected.dtypes}"


def valid_cog(path: pathlib.Path) -> None:
    """No error and no warning from rio-cogeo or from GDAL's own script."""
    ok, errors, warnings = cog_validate(str(path), strict=True, quiet=True)
    assert ok and not errors and not warnings, f"rio-cogeo: {errors + warnings}"
    done = subprocess.run([*GDAL_VALIDATOR, str(path)], capture_output=True, text=True)
    said = (done.stdout + done.stderr).strip()
    clean = done.returncode == 0 and "is a valid cloud optimized GeoTIFF" in said and "warning" not in said.lower()
    assert clean, f"GDAL's validator: {said or done.returncode}"


def gdal_masked_cog(masked: np.ndarray, like: pathlib.Path, overview: int | None, path: pathlib.Path, **options) -> list[np.ndarray]:
    """The levels that GDAL's COG driver makes of the pixels, georeferenced as the source level."""
    level = {} if overview is None else {"overview_level": overview}
    with rasterio.open(like, **level) as source:
        profile = {"crs": source.crs, "transform": source.transform, "nodata": source.nodata} | options
    bands, height, width = masked.shape
    with rasterio.open(path, "w", driver="COG", width=width, height=height, count=bands, dtype=masked.dtype.name,
                       compress="DEFLATE", **profile) as output:
        output.write(masked)
    return gdal_levels(path)


if sys.byteorder != "little":
    raise SystemExit("the checks compare little-endian bytes with numpy's own")
