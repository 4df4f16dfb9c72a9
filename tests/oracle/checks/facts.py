"""What files say beside their pixels: GDAL hears the same before and after a mask that is nowhere true."""
import rasterio

from makers import facts

from .bench import Bench, Report


def kept_facts(bench: Bench, report: Report) -> None:
    """Tags, descriptions, scales, offsets, units, colours, control points and coefficients of testdata/facts."""
    for source in sorted((bench.root / "testdata" / "facts").glob("*.tif")):
        with report.case(source.name):
            output = bench.folder / source.name
            with rasterio.open(source) as raster:
                options = () if raster.nodata is not None else ("--nodata", 255)
            bench.program.mask(source, source, output, *options, values="101")
            before, after = without_statistics(facts.entry(source)), without_statistics(facts.entry(output))
            if options:  # the colour of nodata is transparent
                before["colormap"] = after["colormap"] = (before["colormap"] or "")[:-2]
            different = {what: (before[what], after[what]) for what in before if before[what] != after[what]}
            assert not different, f"not kept: {different}"


def without_statistics(entry: dict) -> dict:
    entry["band_tags"] = [{name: text for name, text in tags.items() if not name.startswith("STATISTICS_")} for tags in entry["band_tags"]]
    return entry
