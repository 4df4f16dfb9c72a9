"""JPEG, WebP, LERC and samples of few bits, decoded by GDAL and compared with what GDAL writes itself."""
import imagecodecs
import numpy as np
import rasterio
import rasterio.shutil
import tifffile

from .bench import Bench, Report
from .compare import valid_cog
from .options import PLACE, blobs, same, write

COPY = {"driver": "COG", "BLOCKSIZE": 128, "OVERVIEW_RESAMPLING": "AVERAGE"}
WIDTH, HEIGHT = PLACE["width"], PLACE["height"]


def lossy_and_lossless(bench: Bench, report: Report) -> None:
    """GDAL reads every compression; JPEG is as near and as small as GDAL's, all else is exact."""
    picture = scene(bench)
    for bands in (1, 3):
        for quality in (None, 40, 95):
            with report.case(f"jpeg, {bands} bands, quality {quality or 'unset'}"):
                jpeg(bench, picture[:bands], quality)
    for quality in (40, 75, 95):
        for bands in (1, 3, 4):
            with report.case(f"size of jpeg, {bands} bands, quality {quality}"):
                jpeg_size(bench, bands, quality)
        for bands in (1, 3):
            with report.case(f"jpeg beside libjpeg-turbo's, {bands} bands, quality {quality}"):
                jpeg_tiles(bench, bands, quality)
    with report.case("jpeg of RGBA has a mask"):
        alpha = np.where(blobs(bench.random(51)), 255, 0).astype("uint8")
        write(bench.folder / "rgba.tif", np.concatenate([picture, alpha[None]]), photometric="RGB", ALPHA="YES")
        output = convert(bench, bench.folder / "rgba.tif", "--compress", "jpeg")
        reference = gdal(bench, bench.folder / "rgba.tif", COMPRESS="JPEG")
        for level in (None, 0, 1):
            with opened(output, level) as ours, opened(reference, level) as theirs:
                assert ours.count == theirs.count == 3 and ours.mask_flag_enums == theirs.mask_flag_enums
                assert np.array_equal(ours.dataset_mask(), theirs.dataset_mask())
                valid = theirs.dataset_mask() > 0
                apart = np.abs(ours.read()[:, valid].astype(int) - theirs.read()[:, valid])
                assert apart.mean() < 1.5, apart.mean()
    with report.case("jpeg of four bands, one in a tile"):
        write(bench.folder / "four.tif", np.concatenate([picture, picture[:1]]), photometric="MINISBLACK", ALPHA="NO")
        output = convert(bench, bench.folder / "four.tif", "--compress", "jpeg", "--interleave", "band")
        with rasterio.open(output) as ours:
            assert ours.count == 4
            apart = np.abs(ours.read()[3].astype(int) - picture[0])
            assert apart.mean() < 4, apart.mean()
    with report.case("jpeg with lossless overviews"):
        write(bench.folder / "rgb.tif", picture, photometric="RGB")
        output = convert(bench, bench.folder / "rgb.tif", "--compress", "jpeg", "--overview-compress", "deflate")
        reference = gdal(bench, bench.folder / "rgb.tif", COMPRESS="DEFLATE")
        for level in (0, 1):
            with opened(output, level) as ours, opened(reference, level) as theirs:
                assert np.array_equal(ours.read(), theirs.read()), level
    for bands in (3, 4):
        with report.case(f"webp, {bands} bands"):
            noisy = bench.random(52).integers(0, 256, (4, HEIGHT, WIDTH)).astype("uint8")
            noisy[:3, 100:] = picture[:, 100:]
            noisy[3, 50:80] = 0
            write(bench.folder / "webp.tif", noisy[:bands], photometric="RGB", **({"ALPHA": "YES"} if bands == 4 else {}))
            output = convert(bench, bench.folder / "webp.tif", "--compress", "webp")
            same(output, gdal(bench, bench.folder / "webp.tif", COMPRESS="DEFLATE"))
            with rasterio.open(output) as ours:
                assert np.array_equal(ours.read(), noisy[:bands]), "pixels below alpha 0 are kept"
    for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"):
        for bands in (1, 3):
            with report.case(f"lerc {dtype}, {bands} bands"):
                lerc(bench, dtype, bands, nan=False)
    for bands in (1, 3):
        with report.case(f"lerc with NaN, {bands} bands"):
            lerc(bench, "float32", bands, nan=True)
    for name in ("lerc_deflate", "lerc_zstd"):
        for dtype, bands, nan in (("uint8", 3, False), ("int16", 1, False), ("float32", 2, True), ("float64", 1, False)):
            for level in (None, 1, 9):
                with report.case(f"{name} {dtype}, {bands} bands, level {level}"):
                    lerc(bench, dtype, bands, nan, name, level)
    for dtype, bands in (("uint8", 3), ("int16", 1), ("float32", 3), ("complex64", 1)):
        with report.case(f"lzma {dtype}, {bands} bands"):
            lzma(bench, dtype, bands)
    for level in (1, 3, 9):
        with report.case(f"lzma, level {level}"):
            lzma(bench, "int16", 1, level)
    with report.case("lerc within an error"):
        pixels = np.cumsum(bench.random(53).normal(size=(1, HEIGHT, WIDTH)), axis=2).astype("float32")
        write(bench.folder / "lerc.tif", pixels)
        output = convert(bench, bench.folder / "lerc.tif", "--compress", "lerc", "--max-z-error", "0.25")
        reference = gdal(bench, bench.folder / "lerc.tif", COMPRESS="LERC", MAX_Z_ERROR="0.25")
        with rasterio.open(output) as ours:
            apart = np.abs(ours.read().astype(float) - pixels)
            assert 0.1 < apart.max() <= 0.25, apart.max()
        sizes = output.stat().st_size, reference.stat().st_size
        assert sizes[0] < 1.1 * sizes[1], sizes
    for base, overview in (("0", "0.5"), ("0.25", "0"), ("0.25", None)):
        with report.case(f"lerc within {base}, overviews within {overview or 'as much'}"):
            lerc_overviews(bench, pixels, base, overview)


def predictors_of_overviews(bench: Bench, report: Report) -> None:
    """OVERVIEW_PREDICTOR: the tags of all levels are GDAL's, and GDAL reads what was written."""
    names = {"YES": "auto", "STANDARD": "2", "FLOATING_POINT": "3"}
    for dtype in ("uint8", "float32"):
        pixels = (np.arange(HEIGHT * WIDTH).reshape(1, HEIGHT, WIDTH) % 251).astype(dtype)
        write(bench.folder / "plain.tif", pixels)
        for overview, name in names.items():
            for base in (None, "STANDARD"):
                for compression in ("DEFLATE", "LZW"):
                    if (dtype, overview) == ("uint8", "FLOATING_POINT"):
                        continue
                    with report.case(f"{dtype}, predictor {base}, of overviews {overview}, {compression}"):
                        output = convert(bench, bench.folder / "plain.tif", "--compress", "deflate", "--predictor", names.get(base, "none"),
                                         "--overview-compress", compression, "--overview-predictor", name)
                        given = {"PREDICTOR": base} if base else {}
                        reference = gdal(bench, bench.folder / "plain.tif", COMPRESS="DEFLATE", OVERVIEW_COMPRESS=compression,
                                         OVERVIEW_PREDICTOR=overview, **given)
                        same(output, reference)
                        assert predictors(output) == predictors(reference), (predictors(output), predictors(reference))


def few_bits(bench: Bench, report: Report) -> None:
    """NBITS: GDAL and tifffile read what was written, on all levels; what does not fit is an error."""
    rng = bench.random(54)
    for dtype, several in {"uint8": (1, 2, 3, 4, 5, 6, 7), "uint16": (9, 11, 12, 15), "uint32": (17, 24, 31), "float32": (16,)}.items():
        for bits in several:
            for interleave in ("pixel", "band"):
                with report.case(f"{bits} bits of {dtype}, {interleave}"):
                    pixels = rng.integers(0, 2**bits if "u" in dtype else 2048, (2, HEIGHT, WIDTH)).astype(dtype)
                    pixels = np.kron(pixels[:, ::8, ::8], np.ones((8, 8), dtype))[:, :HEIGHT, :WIDTH]
                    pixels = pixels / 8 if dtype == "float32" else pixels
                    write(bench.folder / "plain.tif", pixels.astype(dtype))
                    output = convert(bench, bench.folder / "plain.tif", "--compress", "deflate", "--nbits", bits,
                                     "--interleave", interleave, resampling="nearest")
                    reference = gdal(bench, bench.folder / "plain.tif", COMPRESS="DEFLATE", NBITS=bits, OVERVIEW_RESAMPLING="NEAREST")
                    same(output, reference)
                    with rasterio.open(output) as ours:
                        assert np.array_equal(ours.read(), pixels)
                        assert ours.tags(1, ns="IMAGE_STRUCTURE").get("NBITS") == str(bits)
    with report.case("halves are rounded as GDAL's"):
        pixels = np.concatenate([rng.normal(size=HEIGHT * WIDTH // 2), rng.normal(size=HEIGHT * WIDTH - HEIGHT * WIDTH // 2) * 1e-6])
        pixels = pixels.astype("float32").reshape(1, HEIGHT, WIDTH)
        write(bench.folder / "plain.tif", pixels)
        output = convert(bench, bench.folder / "plain.tif", "--compress", "deflate", "--nbits", 16)
        with rasterio.open(output) as ours:
            assert np.array_equal(ours.read(), pixels.astype("float16").astype("float32")), "numpy rounds otherwise"
    for value, words in ((16, "the largest is 15"), (70000, "the largest is 65504")):
        with report.case(f"{value} does not fit"):
            dtype, bits = ("uint8", 4) if value == 16 else ("float32", 16)
            write(bench.folder / "plain.tif", np.full((1, HEIGHT, WIDTH), value, dtype))
            done = bench.program.run("convert", bench.folder / "plain.tif", "-o", bench.folder / "refused.tif", "--nbits", bits)
            assert done.returncode == 2 and words in done.stderr.decode(), done.stderr


def jpeg(bench: Bench, pixels: np.ndarray, quality: int | None) -> None:
    source = bench.folder / "picture.tif"
    write(source, pixels, **({"photometric": "RGB"} if len(pixels) == 3 else {}))
    output = convert(bench, source, "--compress", "jpeg", *(("--quality", quality) if quality else ()))
    reference = gdal(bench, source, COMPRESS="JPEG", **({"QUALITY": quality} if quality else {}))
    valid_cog(output)
    plain = bench.folder / "plain.tif"
    rasterio.shutil.copy(source, plain, COMPRESS="DEFLATE", **COPY)
    for level in (None, 0, 1):
        with opened(output, level) as ours, opened(reference, level) as theirs, opened(plain, level) as exact:
            assert ours.colorinterp == theirs.colorinterp
            truth = exact.read().astype(float)
            errors = [np.abs(raster.read() - truth) for raster in (ours, theirs)]
            assert errors[0].mean() < 1.05 * errors[1].mean() + 0.05, [error.mean() for error in errors]
            assert errors[0].max() < 1.5 * errors[1].max() + 8, [error.max() for error in errors]
            decoded = np.frombuffer(read(bench, output, level), "uint8").reshape(truth.shape)
            apart = np.abs(decoded.astype(int) - ours.read())
            assert apart.mean() < 0.5, (apart.mean(), apart.max(), level)
    with rasterio.open(output) as ours, rasterio.open(reference) as theirs:
        for name in ("compression", "interleaving", "photometric"):
            assert getattr(ours, name) == getattr(theirs, name), name
    sizes = output.stat().st_size, reference.stat().st_size
    assert sizes[0] <= 1.01 * sizes[1], sizes


def jpeg_size(bench: Bench, bands: int, quality: int) -> None:
    """The whole scene, the fourth band alpha: as near to the original as GDAL's file, and at most one hundredth larger."""
    with rasterio.open(bench.scene / "visual.tif") as raster:
        picture = raster.read()
    alpha = np.full_like(picture[:1], 255)
    alpha[:, 100:300, 200:500] = 0
    pixels = np.concatenate([picture, alpha])[:bands]
    source, output, reference = (bench.folder / f"{name}.tif" for name in ("scene", "ours", "theirs"))
    options = {"photometric": "RGB"} if bands > 1 else {}
    with rasterio.open(source, "w", driver="GTiff", count=bands, dtype="uint8", height=pixels.shape[1], width=pixels.shape[2],
                       **options, **({"ALPHA": "YES"} if bands == 4 else {})) as raster:
        raster.write(pixels)
    bench.program.succeed("convert", source, "-o", output, "--blocksize", 256, "--resampling", "average", "--compress", "jpeg",
                          "--quality", quality)
    rasterio.shutil.copy(source, reference, **(COPY | {"BLOCKSIZE": 256, "COMPRESS": "JPEG", "QUALITY": quality}))
    valid = alpha[0] > 0 if bands == 4 else np.full(alpha.shape[1:], True)
    noise = []
    for path in (output, reference):
        with rasterio.open(path) as raster:
            apart = raster.read()[:, valid].astype(float) - pixels[:3][:, valid]
            noise.append(10 * np.log10(255**2 / (apart**2).mean()))
    assert noise[0] > noise[1] - 0.05, f"signal to noise in dB: {noise}"
    sizes = output.stat().st_size, reference.stat().st_size
    assert sizes[0] <= 1.01 * sizes[1], sizes


def jpeg_tiles(bench: Bench, bands: int, quality: int) -> None:
    """What libjpeg-turbo decodes from a tile is what it made itself, but for rare roundings of a coefficient, in as few bytes."""
    side, name = 256, bench.folder / "tile.tif"
    with rasterio.open(bench.scene / "visual.tif") as raster:
        pixels = raster.read()[:bands, :side, :side]
    with rasterio.open(name, "w", driver="GTiff", count=bands, dtype="uint8", height=side, width=side,
                       **({"photometric": "RGB"} if bands > 1 else {})) as raster:
        raster.write(pixels)
    output = bench.folder / "converted.tif"
    bench.program.succeed("convert", name, "-o", output, "--blocksize", side, "--compress", "jpeg", "--quality", quality)
    with tifffile.TiffFile(output) as file:
        page = file.pages[0]
        file.filehandle.seek(page.dataoffsets[0])
        tile = file.filehandle.read(page.databytecounts[0])
        stream = page.jpegtables[:-2] + tile[2:]
    color = {"colorspace": "YCBCR", "outcolorspace": "RGB"} if bands == 3 else {}
    image = np.ascontiguousarray(np.moveaxis(pixels, 0, -1)).squeeze()
    whole = imagecodecs.jpeg8_encode(image, level=quality, optimize=True, **({"subsampling": "420"} if bands == 3 else {}))
    ours, theirs = imagecodecs.jpeg8_decode(stream, **color), imagecodecs.jpeg8_decode(whole)
    if quality == 95:
        assert np.array_equal(ours, theirs), np.abs(ours.astype(int) - theirs).max()
    assert (ours != theirs).mean() < 0.05, (ours != theirs).mean()
    errors = [((decoded - image.astype(float)) ** 2).mean() for decoded in (ours, theirs)]
    assert abs(errors[0] - errors[1]) < 0.01 * errors[1], errors
    # 18 bytes are JFIF's, which no tile has.
    assert len(stream) + 18 <= len(whole), (len(stream), len(whole))


def lerc(bench: Bench, dtype: str, bands: int, nan: bool, name: str = "lerc", effort: int | None = None) -> None:
    rng = bench.random(55)
    pixels = (100 * rng.random((bands, HEIGHT, WIDTH)) - (50 if dtype[0] in "if" else 0)).astype(dtype)
    if nan:
        pixels[:, blobs(rng)] = np.nan
        pixels[0, blobs(rng)] = np.nan
    write(bench.folder / "lerc.tif", pixels)
    options = ("--level", effort) if effort else ()
    output = convert(bench, bench.folder / "lerc.tif", "--compress", name, *options, resampling="nearest")
    same(output, gdal(bench, bench.folder / "lerc.tif", COMPRESS="DEFLATE", OVERVIEW_RESAMPLING="NEAREST"))
    with rasterio.open(output) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["COMPRESSION"] == name.upper()
    if not nan:
        assert read(bench, output, None) == pixels.tobytes()
    reference = gdal(bench, bench.folder / "lerc.tif", COMPRESS=name.upper(), OVERVIEW_RESAMPLING="NEAREST",
                     **({"LEVEL": effort} if effort else {}))
    ours, theirs = (path.stat().st_size for path in (output, reference))
    # GDAL writes LERC 2.4, lerc-rs 2.6, which packs lossless floats byte by byte, also those of NaN, nearly all here.
    assert 0.8 * theirs < ours < (1.5 if nan else 1.1) * theirs, (ours, theirs)


def lzma(bench: Bench, dtype: str, bands: int, effort: int | None = None) -> None:
    slope = np.cumsum(bench.random(56).normal(size=(bands, HEIGHT, WIDTH)), axis=2)
    pixels = (slope * 8 + 100).astype(dtype) if dtype != "uint8" else scene(bench)[:bands]
    write(bench.folder / "lzma.tif", pixels, **({"photometric": "RGB"} if dtype == "uint8" and bands == 3 else {}))
    given = {"LEVEL": effort} if effort is not None else {}
    output = convert(bench, bench.folder / "lzma.tif", "--compress", "lzma", *(("--level", effort) if given else ()),
                     resampling="nearest")
    reference = gdal(bench, bench.folder / "lzma.tif", COMPRESS="LZMA", OVERVIEW_RESAMPLING="NEAREST", **given)
    same(output, reference)
    with rasterio.open(output) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["COMPRESSION"] == "LZMA"
        assert np.array_equal(raster.read(), pixels)
    with tifffile.TiffFile(output) as file:
        found = file.pages[0].asarray()
        assert np.array_equal(found if bands == 1 else np.moveaxis(found, 2, 0), pixels[0] if bands == 1 else pixels)
    size, expected = (path.stat().st_size for path in (output, reference))
    assert size < 1.02 * expected, (size, expected)


def lerc_overviews(bench: Bench, pixels: np.ndarray, base: str, overview: str | None) -> None:
    options = {"--max-z-error": base} | ({"--max-z-error-overview": overview} if overview else {})
    output = convert(bench, bench.folder / "lerc.tif", "--compress", "lerc", *(part for option in options.items() for part in option))
    given = {"MAX_Z_ERROR_OVERVIEW": overview} if overview else {}
    reference = gdal(bench, bench.folder / "lerc.tif", COMPRESS="LERC", MAX_Z_ERROR=base, **given)
    exact = gdal(bench, bench.folder / "lerc.tif", "exact.tif", COMPRESS="DEFLATE")
    for level, error in ((None, float(base)), (0, float(overview or base)), (1, float(overview or base))):
        with opened(output, level) as ours, opened(reference, level) as theirs, opened(exact, level) as truth:
            apart = [np.abs(raster.read().astype(float) - truth.read()).max() for raster in (ours, theirs)]
            assert all(error / 2 <= largest <= error for largest in apart), (level, error, apart)


def predictors(path) -> list[int]:
    with tifffile.TiffFile(path) as file:
        return [int(page.predictor) for page in file.pages]


def scene(bench: Bench) -> np.ndarray:
    with rasterio.open(bench.scene / "visual.tif") as raster:
        return raster.read((1, 2, 3))[:, :HEIGHT, :WIDTH]


def opened(path, level: int | None):
    return rasterio.open(path, **({} if level is None else {"overview_level": level}))


def read(bench: Bench, path, level: int | None) -> bytes:
    return bench.program.read(path, *(() if level is None else ("--overview", level)), folder=bench.folder)[0]


def convert(bench: Bench, source, *options, resampling="average"):
    output = bench.folder / "converted.tif"
    bench.program.succeed("convert", source, "-o", output, "--blocksize", 128, "--resampling", resampling, *options)
    return output


def gdal(bench: Bench, source, name="gdal.tif", **options):
    output = bench.folder / name
    rasterio.shutil.copy(source, output, **(COPY | options))
    return output
