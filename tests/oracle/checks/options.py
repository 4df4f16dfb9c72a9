"""Options of convert and edit against GDAL's COG driver: masks, bands, nodata, statistics."""
import fractions

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.transform import from_origin

from .bench import Bench, Report
from .compare import valid_cog

WIDTH, HEIGHT = 333, 291
PLACE = {"driver": "GTiff", "width": WIDTH, "height": HEIGHT, "crs": "EPSG:32631",
         "transform": from_origin(600000, 5000040, 10, 10)}
WRITE = ("--blocksize", 128, "--resampling", "average", "--compress", "deflate")
NAMES = ("MINIMUM", "MAXIMUM", "MEAN", "STDDEV", "VALID_PERCENT")


def masks_and_bands(bench: Bench, report: Report) -> None:
    """--mask-from, --nodata and --bands: pixels, masks and colours on all levels are GDAL's."""
    rng = bench.random(41)
    image = rng.integers(0, 256, (4, HEIGHT, WIDTH), dtype=np.uint8)
    image[3] = np.where(blobs(rng), rng.integers(1, 256, (HEIGHT, WIDTH)), 0)
    source = bench.folder / "rgba.tif"
    write(source, image, photometric="RGB", ALPHA="YES")
    for dtype in ("uint8", "int16", "float32"):
        with report.case(f"mask from nodata, {dtype}"):
            pixels = image[:3].astype(dtype)
            nodata = float("nan") if dtype == "float32" else 9
            pixels[:, image[3] == 0] = nodata
            pixels[0, :7, :7] = nodata
            write(bench.folder / "nodata.tif", pixels, nodata=nodata)
            output = convert(bench, bench.folder / "nodata.tif", "--mask-from", "nodata")
            invalid = np.isnan(pixels) if dtype == "float32" else pixels == nodata
            write(bench.folder / "masked.tif", pixels, mask=~invalid.all(0))
            same(output, gdal(bench, bench.folder / "masked.tif"))
    with report.case("mask from alpha"):
        output = convert(bench, source, "--mask-from", "alpha")
        write(bench.folder / "masked.tif", image[:3], mask=image[3] > 0, photometric="RGB")
        same(output, gdal(bench, bench.folder / "masked.tif"))
    for bands in ((3, 2, 1), (1, 2, 3), (4, 1), (2,), (1, 1)):
        with report.case(f"bands {bands}"):
            output = convert(bench, source, "--bands", ",".join(map(str, bands)))
            with rasterio.open(source) as raster, rasterio.open(output) as written:
                assert np.array_equal(raster.read(bands), written.read())
                colors = tuple(raster.colorinterp[band - 1] for band in bands)
                assert written.colorinterp == colors, written.colorinterp
            valid_cog(output)
    for nodata, expected in (("7", 7), ("none", None)):
        with report.case(f"nodata {nodata}"):
            write(bench.folder / "nodata.tif", image[:1], nodata=5)
            output = convert(bench, bench.folder / "nodata.tif", "--nodata", nodata)
            write(bench.folder / "other.tif", image[:1], nodata=expected)
            same(output, gdal(bench, bench.folder / "other.tif"))
    for words, options in {"has a mask already": (bench.folder / "masked.tif", "--mask-from", "nodata"),
                           "no band is alpha": (bench.folder / "nodata.tif", "--mask-from", "alpha"),
                           "no nodata value": (source, "--mask-from", "nodata"),
                           "band 5": (source, "--bands", "5"),
                           "only one can tell": (source, "--mask-from", "alpha", "--nodata", "3")}.items():
        with report.case(f"refused: {words}"):
            done = bench.program.run("convert", *options, "-o", bench.folder / "refused.tif")
            assert done.returncode == 2 and words in done.stderr.decode(), done.stderr
            assert not (bench.folder / "refused.tif").exists()


def statistics(bench: Bench, report: Report) -> None:
    """Statistics of convert and edit are the texts that GDAL's COG driver writes."""
    rng = bench.random(43)
    noise = rng.normal(size=(2, HEIGHT, WIDTH))
    for name, pixels, nodata in (
            ("uint8", rng.integers(0, 256, (3, HEIGHT, WIDTH)).astype("uint8"), None),
            ("uint8 nodata", rng.integers(0, 256, (1, HEIGHT, WIDTH)).astype("uint8"), 7),
            ("int8", rng.integers(-128, 128, (1, HEIGHT, WIDTH)).astype("int8"), None),
            ("uint16", rng.integers(0, 65536, (2, HEIGHT, WIDTH)).astype("uint16"), 0),
            ("int32", rng.integers(-2**31, 2**31, (1, HEIGHT, WIDTH)).astype("int32"), None),
            ("uint64", rng.integers(0, 2**63, (1, HEIGHT, WIDTH)).astype("uint64"), None),
            ("float32", noise.astype("float32"), None),
            ("float32 nan", np.where(noise > 1, np.nan, noise).astype("float32"), float("nan")),
            ("float64", noise * 3 + 10, None),
            ("complex64", (noise + 1j).astype("complex64"), None),
            ("constant", np.full((1, HEIGHT, WIDTH), 3, "int16"), None),
            ("nothing", np.full((1, HEIGHT, WIDTH), 3, "int16"), 3)):
        with report.case(f"statistics {name}"):
            source = bench.folder / "source.tif"
            write(source, pixels, nodata=nodata)
            expected = found(gdal(bench, source, STATISTICS="YES", overviews="NONE"))
            assert expected[0], "GDAL computed none"
            computed = convert(bench, source, "--statistics", "compute", "--overviews", "none")
            near(found(computed), expected)
            edited = bench.folder / "edited.tif"
            bench.program.succeed("edit", convert(bench, source, "--overviews", "none"), "--statistics", "-o", edited)
            near(found(edited), expected)
            kept = bench.folder / "kept.tif"
            bench.program.succeed("convert", computed, "-o", kept, "--compress", "lzw", "--overviews", "none")
            assert found(kept) == found(computed)
            bench.program.succeed("convert", computed, "-o", kept, "--statistics", "drop")
            assert found(kept) == [{}] * len(pixels)
    with report.case("statistics far from zero"):
        # GDAL's running mean loses four digits here: exact sums are the witness.
        pixels = noise[:1] * 1e-7 + 1e5
        write(bench.folder / "source.tif", pixels)
        got = found(convert(bench, bench.folder / "source.tif", "--statistics", "compute"))[0]
        values = [fractions.Fraction(value) for value in pixels.ravel().tolist()]
        mean = sum(values) / len(values)
        variance = sum((value - mean) ** 2 for value in values) / len(values)
        assert np.isclose(float(got["STATISTICS_MEAN"]), float(mean), rtol=1e-13, atol=0)
        assert np.isclose(float(got["STATISTICS_STDDEV"]), float(variance) ** 0.5, rtol=1e-12, atol=0), (got, float(variance) ** 0.5)
    with report.case("statistics of masked pixels"):
        # GDAL 3.10 divides by the number of all pixels here: numpy is the witness.
        pixels, mask = rng.integers(0, 256, (1, HEIGHT, WIDTH)).astype("uint8"), blobs(rng)
        write(bench.folder / "source.tif", pixels, mask=mask)
        valid = pixels[0][mask].astype(float)
        expected = (valid.min(), valid.max(), valid.mean(), valid.std(), 100 * mask.mean())
        got = found(convert(bench, bench.folder / "source.tif", "--statistics", "compute"))[0]
        for name, number in zip(NAMES, expected):
            digits = 1e-3 if name == "VALID_PERCENT" else 1e-12
            assert np.isclose(float(got["STATISTICS_" + name]), number, rtol=digits, atol=0), (name, got, number)


def edits(bench: Bench, report: Report) -> None:
    """edit --crs and --scale: GDAL finds the system, the place and the scale that were set."""
    zones = {(32601, 32660), (32701, 32760), (25828, 25838), (26901, 26923), (26701, 26722), (28348, 28358), (7846, 7859),
             (31965, 31985), (32201, 32260), (32301, 32360), (6688, 6692)}
    others = {2056, 2154, 2193, 3031, 3034, 3035, 3347, 3395, 3413, 3577, 3857, 3978, 3979, 3995, 5070, 6350, 6931, 6932, 6933,
              21781, 27700, 28992, 31370, 4167, 4171, 4258, 4267, 4269, 4283, 4322, 4326, 4490, 4612, 4617, 4674, 6318, 6668, 7844}
    source, output = bench.folder / "source.tif", bench.folder / "edited.tif"
    pixels = np.arange(2 * HEIGHT * WIDTH).reshape(2, HEIGHT, WIDTH).astype("uint16")
    for point in (False, True):
        write(bench.folder / "plain.tif", pixels)
        with rasterio.open(bench.folder / "plain.tif", "r+") as raster:
            raster.update_tags(AREA_OR_POINT="Point" if point else "Area")
            raster.scales, raster.offsets = (0.5, 2), (-3, 1)
        bench.program.succeed("convert", bench.folder / "plain.tif", "-o", source)
        for code in sorted(code for first, last in zones for code in {first, (first + last) // 2, last}) + sorted(others):
            with report.case(f"crs EPSG:{code}, {'point' if point else 'area'}"):
                bench.program.succeed("edit", source, "--crs", f"EPSG:{code}", "-o", output)
                with rasterio.open(source) as before, rasterio.open(output) as after:
                    expected = rasterio.crs.CRS.from_epsg(code)
                    assert after.crs == expected and after.crs.to_epsg() == code, after.crs
                    assert after.crs.is_geographic == expected.is_geographic
                    assert after.transform == before.transform and after.tags() == before.tags()
                    assert (after.scales, after.offsets) == ((0.5, 2), (-3, 1))
                    assert np.array_equal(after.read(), pixels)
                valid_cog(output)
    with report.case("scale of one band, taken away"):
        bench.program.succeed("edit", source, "--scale", "1=none", "-o", output)
        with rasterio.open(output) as raster:
            assert (raster.scales, raster.offsets) == ((1, 2), (0, 1))
            assert np.array_equal(raster.read(), pixels)
        valid_cog(output)
    for code in ("EPSG:31467", "EPSG:4978", "EPSG:4979", "EPSG:32661", "EPSG:99999", "EPSG:0"):
        with report.case(f"refused: {code}"):
            done = bench.program.run("edit", source, "--crs", code, "-o", bench.folder / "refused.tif")
            assert done.returncode == 2 and "crs-from" in done.stderr.decode(), done.stderr
            assert not (bench.folder / "refused.tif").exists()


def blobs(rng: np.random.Generator) -> np.ndarray:
    coarse = rng.random((HEIGHT // 16 + 1, WIDTH // 16 + 1)) > 0.3
    return coarse.repeat(16, 0).repeat(16, 1)[:HEIGHT, :WIDTH]


def write(path, pixels, nodata=None, mask=None, **options) -> None:
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        with rasterio.open(path, "w", count=len(pixels), dtype=pixels.dtype.name, nodata=nodata, **PLACE, **options) as raster:
            raster.write(pixels)
            if mask is not None:
                raster.write_mask(mask)


def convert(bench: Bench, source, *options):
    output = bench.folder / "converted.tif"
    bench.program.succeed("convert", source, "-o", output, *WRITE, *options)
    return output


def gdal(bench: Bench, source, **options):
    output = bench.folder / "gdal.tif"
    rasterio.shutil.copy(source, output, driver="COG", BLOCKSIZE=128, OVERVIEW_RESAMPLING="AVERAGE", COMPRESS="DEFLATE", **options)
    return output


def same(output, reference) -> None:
    """Pixels, masks and what is said of them, on every level."""
    valid_cog(output)
    with rasterio.open(output) as ours, rasterio.open(reference) as theirs:
        factors = theirs.overviews(1)
        assert ours.overviews(1) == factors and factors, (ours.overviews(1), factors)
        assert ours.mask_flag_enums == theirs.mask_flag_enums, (ours.mask_flag_enums, theirs.mask_flag_enums)
        assert ours.colorinterp == theirs.colorinterp, (ours.colorinterp, theirs.colorinterp)
        assert np.array_equal(ours.nodata, theirs.nodata, equal_nan=True) if theirs.nodata is not None else ours.nodata is None
    for level in (None, *range(len(factors))):
        choice = {} if level is None else {"overview_level": level}
        with rasterio.open(output, **choice) as ours, rasterio.open(reference, **choice) as theirs:
            assert np.array_equal(ours.dataset_mask(), theirs.dataset_mask()), f"mask of level {level}"
            mask = theirs.dataset_mask() > 0
            equal = np.array_equal(ours.read()[:, mask], theirs.read()[:, mask], equal_nan=theirs.dtypes[0].startswith("float"))
            assert equal, f"pixels of level {level}"


def found(path) -> list[dict]:
    with rasterio.open(path) as raster:
        every = [raster.tags(band) for band in raster.indexes]
    return [{name: text for name, text in tags.items() if name.startswith("STATISTICS_")} for tags in every]


def near(ours: list[dict], theirs: list[dict]) -> None:
    for own, other in zip(ours, theirs, strict=True):
        assert list(own) == list(other), (own, other)
        for name, text in other.items():
            assert np.isclose(float(own[name]), float(text), rtol=1e-12, atol=0), (name, own[name], text)
