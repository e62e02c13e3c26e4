"""Write the catalogue: the galaxies, their magnitudes and the user's own columns."""

import pandas as pd

from galvote.base.files import whole_folder, write_table
from galvote.base.progress import log
from galvote.catalog import exports
from galvote.catalog.columns import add_columns, add_magnitudes
from galvote.inputs.listings import listed_columns
from galvote.inputs.positions import position_columns
from galvote.inputs.sources import Band, Bands, ImageSource, Source, source_of
from galvote.run.jobs import job

sources = [source_of(given) for given in snakemake.params.settings["sources"]]


def bands_of(source: Source) -> list[Band]:
    """List the bands of a source; none where it has just one image."""
    return source.bands if isinstance(source, Bands) else []


def users_columns(source: Source, galaxies: pd.DataFrame) -> pd.DataFrame | None:
    """Return the user's own columns for the galaxies of a source, if there are any."""
    if isinstance(source, ImageSource):
        return listed_columns(source)
    if source.positions:
        of_source = galaxies[galaxies["source"] == source.name]
        if len(of_source):
            return position_columns(source.positions, of_source)
    return None


with job(snakemake.log[0], threads=1):
    galaxies = pd.read_parquet(snakemake.input.galaxies)
    zero_points = {source.name: source.zero_point for source in sources}
    catalog = add_magnitudes(galaxies, zero_points)
    for column in [c for c in galaxies if c.startswith("flux_")]:
        of_band = {
            source.name: band.zero_point
            for source in sources
            for band in bands_of(source)
            if band.name == column.removeprefix("flux_")
        }
        catalog = add_magnitudes(catalog, of_band, column)
    tables = [users_columns(source, galaxies) for source in sources]
    catalog = add_columns(catalog, [t for t in tables if t is not None])
    log.info("%d galaxies, %d columns", *catalog.shape)
    write_table(catalog, snakemake.output.catalog)
    if catalog.shape[1] > exports.MOST_COLUMNS:
        log.warning("catalog.fits lacks the columns that FITS has no room for")
    bands = [band.name for source in sources for band in bands_of(source)]
    exports.write_fits(catalog, snakemake.output.fits, bands)
    with whole_folder(snakemake.output.regions) as folder:
        exports.write_regions(catalog, folder)
