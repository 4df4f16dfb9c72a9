#!/usr/bin/env python3
"""Make cases.json and cases.bin of this folder again: what numpy and gdaldem make of small rasters.

    /usr/bin/python3 testdata/neighbourhood/make.py

Needs Debian's python3-gdal (made with GDAL 3.6.2) and numpy. Focal statistics are numpy's nan-functions of windows of
a raster with a border of NaN; convolutions are sums of shifted rasters; terrain is `gdal.DEMProcessing`. cogwork has
no part in them. cases.bin holds the arrays, little-endian, row by row.
"""
import json
import pathlib
import warnings

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from osgeo import gdal

gdal.UseExceptions()
HERE = pathlib.Path(__file__).resolve().parent
NODATA = -9999.0


class Cases:
    """Collects cases; `save` writes them."""

    def __init__(self):
        self.cases, self.arrays, self.length = [], [], 0
        self.places = {}

    def put(self, array):
        raw = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        if raw not in self.places:
            self.places[raw] = [self.length, len(raw)]
            self.arrays.append(raw)
            self.length += len(raw)
        return self.places[raw]

    def add(self, kernel, source, nodata, expected, **parameters):
        self.cases.append({
            "kernel": kernel, **parameters, "type": str(source.dtype), "nodata": nodata,
            "size": [source.shape[1], source.shape[0]], "source": self.put(source),
            "result": str(expected.dtype), "expected": self.put(expected),
        })

    def save(self):
        (HERE / "cases.bin").write_bytes(b"".join(self.arrays))
        (HERE / "cases.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in self.cases) + "\n]\n")


def main():
    cases = Cases()
    random = np.random.default_rng(6)
    for dtype in ["uint8", "int16", "int32", "float32", "float64", "int64"]:
        source, nodata = raster(random, dtype)
        for side in [3, 7]:
            focal(cases, source, nodata, side)
            focal(cases, source, None if dtype.startswith("float") else nodata, side, fill=True)
        convolutions(cases, source, nodata)
    source, _ = raster(random, "uint8", (5, 4))
    focal(cases, source, None, 11)
    for dtype in ["int16", "float32"]:
        terrain(cases, heights(random, dtype))
    cases.save()


def raster(random, dtype, shape=(14, 17)):
    """Numbers of the whole range of small types, a tenth of them nodata, with one hole larger than a window."""
    if dtype.startswith("float"):
        source, nodata = random.normal(1000.0, 300.0, shape).astype(dtype), NODATA
    else:
        information = np.iinfo(dtype)
        low, high = max(information.min, -2**31), min(information.max, 2**31 - 1)
        source, nodata = random.integers(low, high, shape, dtype=dtype), int(low)
    source[random.random(shape) < 0.1] = nodata
    source[5:13, 2:11] = nodata
    return source, nodata


def numbers(source, nodata):
    """As float64, NaN where invalid."""
    every = source.astype("float64")
    return every if nodata is None else np.where(source == nodata, np.nan, every)


def focal(cases, source, nodata, side, fill=False):
    valid = numbers(source, nodata)
    windows = sliding_window_view(np.pad(valid, side // 2, constant_values=np.nan), (side, side))
    windows = windows.reshape(*source.shape, side * side)
    none = np.isnan(windows).all(axis=2)
    small = source.dtype.itemsize <= 2 or source.dtype == np.float32
    for name in ["mean", "median", "min", "max", "sum", "std"]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            expected = getattr(np, "nan" + name)(windows, axis=2)
        expected[none if fill else none | np.isnan(valid)] = np.nan
        if name in ["min", "max"]:
            # Whole numbers to 2^31 are exact in float64.
            missing = np.nan if source.dtype.kind == "f" else nodata if nodata is not None else 0
            expected = np.where(np.isnan(expected), missing, expected).astype(source.dtype)
        else:
            limit = source.dtype.itemsize == 1 or source.dtype == np.float32 if name == "sum" else small
            expected = expected.astype("float32" if limit else "float64")
        cases.add(f"focal_{name}", source, nodata, expected, side=side, fill=fill)


def convolutions(cases, source, nodata):
    gauss = [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    kernels = [(gauss, True), (gauss, False), ([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], False),
               ([[0.5, 0.25, -0.125, 3, 1.5]], True), ([[1], [-2], [0.75]], False)]
    small = source.dtype.itemsize <= 2 or source.dtype == np.float32
    valid = numbers(source, nodata)
    for weights, normalise in kernels:
        weights = np.array(weights, "float64")
        rows, columns = weights.shape
        padded = np.pad(valid, ((rows // 2,) * 2, (columns // 2,) * 2), constant_values=np.nan)
        windows = sliding_window_view(padded, weights.shape)
        if normalise:
            used = np.where(np.isnan(windows), 0.0, weights)
            with np.errstate(invalid="ignore"):
                expected = np.nansum(windows * used, axis=(2, 3)) / used.sum(axis=(2, 3))
        else:
            looked_at = weights != 0
            expected = (windows[:, :, looked_at] * weights[looked_at]).sum(axis=2)
        expected[np.isnan(valid)] = np.nan
        cases.add("convolve", source, nodata, expected.astype("float32" if small else "float64"),
                  weights=weights.tolist(), normalise=normalise)


def heights(random, dtype):
    """A slope with hills, noise, a flat part and holes; whole eighths, so that sums in single precision are exact."""
    y, x = np.mgrid[0:14, 0:17]
    surface = 400 + 11 * x - 7 * y + 90 * np.sin(x / 3) * np.cos(y / 4) + random.normal(0, 6, x.shape)
    surface = surface.round().astype(dtype) if dtype == "int16" else ((surface * 8).round() / 8).astype(dtype)
    surface[3:7, 4:8] = 512
    for row, column in [(10, 11), (11, 12), (0, 14), (13, 3), (7, 16), (10, 0), (12, 15)]:
        surface[row, column] = NODATA
    return surface


def terrain(cases, source):
    for pixel in [(30.0, -20.0), (2.0, 2.0)]:
        dataset = memory(source, pixel)
        for edges in [False, True]:
            common = {"pixel": pixel, "edges": edges}
            for algorithm in ["Horn", "ZevenbergenThorne"]:
                for unit in ["degree", "percent"]:
                    for scale in [1.0, 111.12]:
                        dem(cases, dataset, source, "slope", common, alg=algorithm, slopeFormat=unit, scale=scale)
                for trigonometric in [False, True]:
                    dem(cases, dataset, source, "aspect", common, alg=algorithm, trigonometric=trigonometric,
                        zeroForFlat=trigonometric)
                for azimuth, altitude, z in [(315, 45, 1), (100, 20, 2.5)]:
                    dem(cases, dataset, source, "hillshade", common, alg=algorithm, azimuth=azimuth,
                        altitude=altitude, zFactor=z, scale=1.0)
                dem(cases, dataset, source, "hillshade", common, alg=algorithm, altitude=45, zFactor=1.5, scale=2.0,
                    multiDirectional=True)
            for algorithm in ["Riley", "Wilson"]:
                dem(cases, dataset, source, "tri", common, name="TRI", alg=algorithm)
            dem(cases, dataset, source, "tpi", common, name="TPI")
            dem(cases, dataset, source, "roughness", common, name="Roughness")


def dem(cases, dataset, source, kernel, common, name=None, **options):
    made = gdal.DEMProcessing("", dataset, name or kernel, format="MEM", computeEdges=common["edges"], **options)
    expected = made.ReadAsArray()
    if options.get("zeroForFlat"):
        # gdaldem says 0 of pixels without neighbours too; cogwork does not.
        index = gdal.DEMProcessing("", dataset, "TPI", format="MEM", computeEdges=common["edges"]).ReadAsArray()
        expected = np.where(index == NODATA, np.float32(NODATA), expected)
    if kernel != "hillshade":
        expected = np.where(expected == NODATA, np.float32(np.nan), expected)
    cases.add(kernel, source, NODATA, expected, **common, **options)


def memory(source, pixel):
    types = {"int16": gdal.GDT_Int16, "float32": gdal.GDT_Float32}
    dataset = gdal.GetDriverByName("MEM").Create("", source.shape[1], source.shape[0], 1, types[str(source.dtype)])
    dataset.SetGeoTransform((5000.0, pixel[0], 0.0, 9000.0, 0.0, pixel[1]))
    dataset.GetRasterBand(1).SetNoDataValue(NODATA)
    dataset.GetRasterBand(1).WriteArray(source)
    return dataset


if __name__ == "__main__":
    main()
