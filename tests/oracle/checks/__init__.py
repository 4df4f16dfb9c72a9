"""The checks of the oracle, one module for each subject. A check is a function in CHECKS."""
from .bench import Bench, Program, Report
from . import (codecs, complexes, convert, errors, facts, formats, graphs, matrix, operators, options, overviews, pictures, reading,
               resampled, scene, types, validate, windows)

CHECKS = {
    "scene": scene.masks_both_scenes,
    "stac": scene.stac_references,
    "threads": scene.same_bytes_for_any_threads,
    "matrix": matrix.write_options,
    "types": types.mask_of_every_type,
    "complex": complexes.complex_samples,
    "formats": formats.shipped_formats,
    "facts": facts.kept_facts,
    "product": formats.full_product,
    "reading": reading.mixed_files,
    "nodata": reading.nodata_texts,
    "windows": windows.windows_and_bands,
    "validate": validate.verdicts,
    "resampled": resampled.resampled_reads,
    "overviews": overviews.overviews,
    "convert": convert.conversions,
    "masks": options.masks_and_bands,
    "statistics": options.statistics,
    "edits": options.edits,
    "codecs": codecs.lossy_and_lossless,
    "predictors": codecs.predictors_of_overviews,
    "nbits": codecs.few_bits,
    "operators": operators.operators,
    "graphs": graphs.graphs,
    "pictures": pictures.decoded_pictures,
    "errors": errors.errors_on_one_line,
}

__all__ = ["CHECKS", "Bench", "Program", "Report"]
