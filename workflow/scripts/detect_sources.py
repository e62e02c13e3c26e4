"""List the galaxies of one source: found in a frame, or read from a table."""

from pathlib import Path

import numpy as np

from galvote import catalog, detection, image_tables
from galvote.checksums import write_checksums
from galvote.frames import read_frame, write_segments
from galvote.jobs import job, log
from galvote.tables import write_table

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    source = settings["source"]
    path = Path(source["path"])
    if source["kind"] == "frames":
        frame = read_frame(path, source["hdu"], settings["background_box"])
        found, segments = detection.find_sources(
            frame,
            threshold=settings["threshold"],
            min_area=settings["min_area"],
            deblend_levels=settings["deblend_levels"],
            deblend_contrast=settings["deblend_contrast"],
        )
        flags = detection.flag_sources(
            found,
            frame,
            psf_fwhm=source["psf_fwhm"],
            resolved_above=settings["resolved_above"],
            saturation=source["saturation"],
        )
        rows = detection.galaxy_rows(found, flags, source["name"], frame, source["hdu"])
        rows, rejects = catalog.split_rejects(rows, settings["reject"])
    else:
        segments = np.zeros((1, 1), dtype=np.int32)
        rows, rejects = image_tables.galaxy_rows(
            image_tables.read_image_table(path), source["name"], path.parent
        )
    log.info(
        "source %s: %d galaxies, %d rejected", source["name"], len(rows), len(rejects)
    )
    frame_or_images = (
        [path]
        if source["kind"] == "frames"
        else [path.parent / image for image in rows["image_path"]]
    )
    write_checksums(frame_or_images, snakemake.output.checksums)
    write_segments(segments, snakemake.output.segments)
    write_table(rows, snakemake.output.rows)
    write_table(rejects, snakemake.output.rejects)
