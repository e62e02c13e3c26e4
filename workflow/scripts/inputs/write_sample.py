"""Write the Hubble deep field that scikit-image ships as a FITS file of three bands."""

import numpy as np
from astropy.io import fits
from skimage.data import hubble_deep_field

from galvote.base.files import whole_file
from galvote.run.jobs import job

with job(snakemake.log[0], threads=1):
    planes = np.moveaxis(hubble_deep_field(), 2, 0)
    image = fits.PrimaryHDU(planes)
    image.header["OBJECT"] = "Hubble eXtreme Deep Field"
    image.header["LINEAR"] = (False, "8-bit display picture, not linear data")
    image.header["BANDS"] = ("red,green,blue", "meaning of the planes")
    image.header["CREDIT"] = "NASA, ESA, the HUDF team; as in scikit-image"
    with whole_file(snakemake.output.image) as partial:
        image.writeto(partial, overwrite=True)
