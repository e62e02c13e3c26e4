"""Simulate a survey whose objects are all known: its frames and its truth table."""

import pandas as pd
from astropy.io import fits

from galvote.base.files import whole_file, write_table
from galvote.base.progress import log, progress
from galvote.run.jobs import job
from galvote.simulation.frames import simulate_frame

settings = snakemake.params.settings

with job(snakemake.log[0], threads=1):
    truths = []
    with whole_file(snakemake.output.image) as partial:
        fits.PrimaryHDU().writeto(partial, overwrite=True)
        for number in progress(range(settings["frames"]), "simulating"):
            image, header, truth = simulate_frame(settings, number)
            hdu = fits.ImageHDU(image, header, name="SCI", ver=number + 1)
            fits.append(partial, hdu.data, hdu.header)
            truths.append(truth)
    truth = pd.concat(truths, ignore_index=True)
    log.info("%d frames, %d objects", settings["frames"], len(truth))
    write_table(truth, snakemake.output.truth)
