"""A small Sentinel-2-like scene, all of it from one seed: fractal ground, parcels, clouds, an orbit edge.

Its parts are those of a real one: visual.tif (u8 x 3, 10 m), B04.tif and B08.tif (u16, 10 m), SCL.tif (classes 0..11, 20 m)
and mysearch.json, a STAC ItemCollection whose last item holds these assets by relative href.
"""
import json
import pathlib

import numpy as np
import rasterio
from rasterio.transform import from_origin
from scipy import ndimage

SEED = 20200328
# At 20 m the sides are odd, so the overviews below have the fractional ratios that trip a resampler.
WIDTH, HEIGHT = 774, 782
CLOUDS = 0.07
LEFT, TOP, EPSG = 600000.0, 5000040.0, 32631
# GDAL's COG driver takes no smaller block size; with it the masked image has two overviews.
EXPECTED_BLOCKSIZE = 128


def make(folder: pathlib.Path) -> None:
    rng = np.random.default_rng(SEED)
    cloud = cloud_cover(rng)
    blue, green, red, near_infrared = reflectance(rng, cloud)
    outside = orbit_edge()
    classes = scene_classes(red, green, near_infrared, cloud, outside)
    write_cog(folder / "visual.tif", true_color(red, green, blue, outside), 10, "AVERAGE")
    write_cog(folder / "B04.tif", digital_numbers(red, outside)[None], 10, "AVERAGE")
    write_cog(folder / "B08.tif", digital_numbers(near_infrared, outside)[None], 10, "AVERAGE")
    write_cog(folder / "SCL.tif", classes[None], 20, "MODE")
    write_search(folder / "mysearch.json", float(np.isin(classes, [8, 9]).mean()))


def fractal(rng: np.random.Generator, slope: float) -> np.ndarray:
    """A field with a power spectrum of 1 / f^slope, mean 0, deviation 1."""
    fy, fx = np.fft.fftfreq(HEIGHT)[:, None], np.fft.rfftfreq(WIDTH)[None, :]
    frequency = np.hypot(fy, fx)
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.normal(size=(HEIGHT, WIDTH))) * frequency ** (-slope / 2)
    field = np.fft.irfft2(spectrum, s=(HEIGHT, WIDTH))
    return (field - field.mean()) / field.std()


def parcels(rng: np.random.Generator) -> np.ndarray:
    """Fields as a Voronoi diagram bent by a fractal: one number 0..1 for each parcel."""
    seeds = rng.uniform((0, 0), (HEIGHT, WIDTH), size=(260, 2)).astype(int)
    marks = np.ones((HEIGHT, WIDTH), bool)
    marks[seeds[:, 0], seeds[:, 1]] = False
    nearest = ndimage.distance_transform_edt(marks, return_distances=False, return_indices=True)
    value = rng.uniform(size=(HEIGHT, WIDTH))[nearest[0], nearest[1]]
    bend = np.clip(np.stack(np.indices(value.shape)) + 5 * np.stack([fractal(rng, 2.6) for _ in range(2)]), 0, None)
    return ndimage.map_coordinates(value, bend, order=0, mode="nearest")


def cloud_cover(rng: np.random.Generator) -> np.ndarray:
    """Cloud thickness 0..1; the pixels of at least 0.35 are the wanted fraction of the scene."""
    field = fractal(rng, 3.2)
    threshold = np.quantile(field, 1 - CLOUDS)
    return np.clip((field - threshold) / 0.9 + 0.35, 0, 1)


def reflectance(rng: np.random.Generator, cloud: np.ndarray) -> list[np.ndarray]:
    """Blue, green, red and near infrared, times 10,000."""
    ground, relief, crops = fractal(rng, 2.2), fractal(rng, 2.8), parcels(rng)
    water = relief < -1.9
    base = {"blue": (620, 60), "green": (820, 90), "red": (760, 150), "near_infrared": (2700, -260)}
    bands = []
    for name, (level, swing) in base.items():
        sign = -1 if name == "near_infrared" else 1
        band = level * (1 + sign * 0.35 * (crops - 0.5)) + swing * ground + 0.06 * level * relief
        band = np.where(water, 330 if name != "near_infrared" else 160, band)
        band = band * (1 - cloud) + cloud * (6300 + 500 * relief)
        band = band + rng.normal(size=band.shape) * (3 + 0.001 * band)
        bands.append(np.clip(band, 60, 15500))
    return bands


def orbit_edge() -> np.ndarray:
    """True where the satellite did not look: a wedge on the left."""
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    return (x + 0.28 * y) < WIDTH * 0.13


def scene_classes(red, green, near_infrared, cloud, outside) -> np.ndarray:
    """The scene classification of Sentinel-2 at half the resolution: 0 nodata, 4 vegetation, 5 bare, 6 water, 8 to 10 cloud."""
    red, green, near_infrared, cloud, outside = (a[::2, ::2] for a in (red, green, near_infrared, cloud, outside))
    classes = np.full(red.shape, 4, np.uint8)
    classes[red > green * 1.02] = 5
    classes[near_infrared < 500] = 6
    classes[(near_infrared >= 500) & (near_infrared < 1900)] = 2
    classes[cloud > 0.15] = 10
    classes[cloud >= 0.35] = 8
    classes[cloud > 0.6] = 9
    classes = ndimage.median_filter(classes, 3)
    classes[outside] = 0
    return classes


def true_color(red, green, blue, outside) -> np.ndarray:
    picture = np.clip(np.rint(np.stack([red, green, blue]) * (255 / 3558)), 1, 255).astype(np.uint8)
    picture[:, outside] = 0
    return picture


def digital_numbers(band, outside) -> np.ndarray:
    numbers = np.rint(band + 1000).astype(np.uint16)
    numbers[outside] = 0
    return numbers


def write_cog(path: pathlib.Path, pixels: np.ndarray, resolution: float, resampling: str) -> None:
    bands, height, width = pixels.shape
    with rasterio.open(path, "w", driver="COG", width=width, height=height, count=bands, dtype=pixels.dtype.name, nodata=0,
                       crs=f"EPSG:{EPSG}", transform=from_origin(LEFT, TOP, resolution, resolution), compress="DEFLATE",
                       level=9, predictor="YES", blocksize=256, overview_resampling=resampling) as raster:
        raster.write(pixels)


def write_search(path: pathlib.Path, clouds: float) -> None:
    own = [("visual", "True color image", "./visual.tif", "visual"), ("B04", "Band 4 (red)", "./B04.tif", "data"),
           ("B08", "Band 8 (nir)", "./B08.tif", "data"), ("SCL", "Scene Classification Map (SCL)", "./SCL.tif", "data")]
    older = [("visual", "True color image", "https://example.org/missing/TCI.tif", "visual")]
    features = [item("S2A_31TFK_20200213_0_L2A", "2020-02-13T10:50:31Z", 0.0, older),
                item("S2A_31TFK_20200328_0_L2A", "2020-03-28T10:50:33Z", round(100 * clouds, 4), own)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1) + "\n")


def item(ident: str, when: str, clouds: float, assets: list[tuple[str, str, str, str]]) -> dict:
    ring = [[4.27, 45.08], [4.37, 45.08], [4.37, 45.15], [4.27, 45.15], [4.27, 45.08]]
    box = [LEFT, TOP - 10 * HEIGHT, LEFT + 10 * WIDTH, TOP]
    media = "image/tiff; application=geotiff; profile=cloud-optimized"
    return {"type": "Feature", "stac_version": "1.0.0", "id": ident, "collection": "sentinel-s2-l2a-cogs", "links": [],
            "stac_extensions": [], "bbox": [4.27, 45.08, 4.37, 45.15], "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"datetime": when, "platform": "sentinel-2a", "proj:epsg": EPSG, "eo:cloud_cover": clouds,
                           "proj:bbox": box},
            "assets": {key: {"title": title, "href": href, "type": media, "roles": [role]}
                       for key, title, href, role in assets}}
