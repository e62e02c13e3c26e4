"""Keep one shard's galaxies as they are: counts, noise, mask and PSF in FITS."""

from collections.abc import Iterator

import pandas as pd

from galvote import listings, pictures
from galvote.detection import find_sources
from galvote.file_names import PICTURES
from galvote.frames import all_bands_frame, read_map
from galvote.jobs import job, log, progress
from galvote.linear_cutouts import linear_cutout, write_linear
from galvote.single_galaxies import joined, psf_of
from galvote.tables import read_shard, whole_folder

settings = snakemake.params.settings


def from_frames(source: dict, rows: pd.DataFrame) -> Iterator[tuple]:
    """Yield frame, segmentation map, PSF and galaxy for a source of frames."""
    place = [s["name"] for s in settings["sources"]].index(source["name"])
    for name, galaxies in rows.groupby("hdu", sort=False):
        frame = all_bands_frame(source, name, source["search"]["background_box"])
        segments = read_map(snakemake.input.segments[place], name)
        psf = read_map(snakemake.input.psf[place], name)
        for galaxy in galaxies.itertuples():
            yield frame, segments, psf, galaxy


def from_pictures(source: dict, rows: pd.DataFrame) -> Iterator[tuple]:
    """Yield frame, segmentation map, PSF and galaxy for images of one galaxy each."""
    folder = listings.folder_of(source)
    found = pictures.read_pictures(source, rows, folder)
    for galaxy, picture in zip(rows.itertuples(), found, strict=True):
        if isinstance(picture, pictures.Picture):
            frame = pictures.picture_frame(picture, subtract=True)
            segments = find_sources(joined(frame), **source["search"])[1]
            psf = psf_of(source, galaxy, folder)
            yield frame, segments, None if psf is None else psf.image, galaxy


with job(snakemake.log[0], threads=1):
    shard = read_shard(snakemake.input.galaxies, snakemake.wildcards.shard)
    with whole_folder(snakemake.output.folder) as folder:
        for source in settings["sources"]:
            rows = shard[shard["source"] == source["name"]]
            read = from_pictures if source["kind"] in PICTURES else from_frames
            for *images, galaxy in progress(read(source, rows), "cutting", len(rows)):
                write_linear(linear_cutout(*images, galaxy), folder, galaxy.id)
    log.info("shard %s: %d linear cutouts", snakemake.wildcards.shard, len(shard))
