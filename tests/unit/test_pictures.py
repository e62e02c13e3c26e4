"""Images of one galaxy each: stamps, folders of pictures, Galaxy10."""

import h5py
import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from galvote.catalog.flags import Flag
from galvote.catalog.rows import GALAXY_COLUMNS
from galvote.detection.in_single_images import (
    STRETCHED_RADIUS,
    given_psf,
    measure_pictures,
)
from galvote.detection.psf import gaussian_psf
from galvote.inputs import listings
from galvote.inputs.galaxy10 import GALAXY10_CLASSES
from galvote.inputs.single_images import picture_frame, read_pictures, sky_at_rim
from galvote.simulation.frames import draw_profile, survey_psf
from known_inputs import search_of, source_of, survey_settings
from simulated import sersic_frame

SEARCH = search_of()


def stamp(x=40.0, y=40.0, size=81, **more):
    """Simulate a stamp with a galaxy at (x, y) on a sky of 20."""
    return sersic_frame([(x, y)], size=size, **more).astype(np.float32) + 20.0


def measured(source, search=SEARCH):
    """Measure the galaxies of a source: rows and rejects."""
    rows, missing = listings.listed_rows(source, listings.read_listing(source))
    folder = listings.folder_of(source)
    table, rejects = measure_pictures(source, rows, folder, search, 1.5)
    return table, pd.concat([missing, rejects], ignore_index=True)


@pytest.fixture
def stamps(tmp_path):
    """Write stamps with masks, noise maps and PSFs; return the source."""
    y, x = np.mgrid[:25, :25] - 12.0
    for i, place in enumerate([(40.0, 40.0), (42.0, 38.5), (41.0, 41.0)]):
        mask = np.zeros((81, 81), np.uint8)
        if i == 1:
            mask[41, 44] = 1
        psf = np.exp(-4.0 * np.log(2.0) * (x**2 + y**2) / (2.0 + i) ** 2)
        fits.PrimaryHDU(stamp(*place)).writeto(tmp_path / f"g{i}_sci.fits")
        fits.PrimaryHDU(mask).writeto(tmp_path / f"g{i}_mask.fits")
        fits.PrimaryHDU(np.ones((81, 81))).writeto(tmp_path / f"g{i}_rms.fits")
        fits.PrimaryHDU(psf).writeto(tmp_path / f"g{i}_psf.fits")
    names = {key: f"{tmp_path}/*_{key}.fits" for key in ("mask", "rms", "psf")}
    return source_of(kind="stamps", path=f"{tmp_path}/*_sci.fits", **names)


def test_stamps_come_with_masks_noise_and_psf_by_pattern(stamps):
    table, rejects = measured(stamps)
    assert rejects.empty
    assert table.columns.tolist()[: len(GALAXY_COLUMNS)] == GALAXY_COLUMNS
    assert table["id"].tolist() == [f"sky_g{i}_sci" for i in range(3)]
    assert table["x"].to_numpy() == pytest.approx([40.0, 42.0, 41.0], abs=0.2)
    assert table["y"].to_numpy() == pytest.approx([40.0, 38.5, 41.0], abs=0.2)
    masked = table["flags"] & Flag.MASKED.value != 0
    assert masked.tolist() == [False, True, False]
    expected = np.hypot(5.0 * np.sqrt(0.7), 1.2)
    assert (table["radius"] / 3).to_numpy() == pytest.approx([expected] * 3, rel=0.15)
    widths = [
        given_psf(stamps, row, listings.folder_of(stamps)).fwhm
        for row in table.itertuples()
    ]
    assert widths == pytest.approx([2.0, 3.0, 4.0], rel=0.02)


def test_a_noise_map_gives_the_noise_of_a_stamp(stamps):
    rows, _ = listings.listed_rows(stamps, listings.read_listing(stamps))
    picture = next(read_pictures(stamps, rows, listings.folder_of(stamps)))
    picture.rms = 3.0 * picture.rms
    assert picture_frame(picture, subtract=True).planes[0].noise == 3.0


def weighted(folder, weight, **maps):
    """Write a stamp with a weight map, and return its picture or what is wrong."""
    fits.PrimaryHDU(stamp()).writeto(folder / "g.fits")
    for name, map_ in {"w": weight, **maps}.items():
        hdus = [fits.PrimaryHDU(), fits.ImageHDU(map_, name="MAP")]
        fits.HDUList(hdus).writeto(folder / f"{name}.fits")
    columns = {"image_path": "g.fits", "weight_path": "w.fits[MAP]"}
    columns |= {f"{name}_path": f"{name}.fits" for name in maps}
    pd.DataFrame([columns]).to_csv(folder / "t.csv", index=False)
    source = source_of(kind="stamps", path=str(folder / "t.csv"))
    rows, rejects = listings.listed_rows(source, listings.read_listing(source))
    assert rejects.empty
    assert {path.name for path in listings.image_files(source)} == {
        "g.fits",
        "w.fits",
        *(f"{name}.fits" for name in maps),
    }
    return next(read_pictures(source, rows, listings.folder_of(source)))


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
def test_a_weight_of_zero_masks_and_the_others_give_the_noise(tmp_path, bad):
    weight = np.full((81, 81), 0.25, np.float32)
    weight[:30] = 1.0 / 9.0
    weight[5:9, 5:9] = bad
    picture = weighted(tmp_path, weight)
    assert np.array_equal(np.isnan(picture.planes[0]), ~(weight > 0))
    assert picture.rms[60, 60] == pytest.approx(2.0)
    assert picture.rms[20, 60] == pytest.approx(3.0)
    assert picture.relative  # weights are often known up to a factor
    plane = picture_frame(picture, subtract=True).planes[0]
    assert plane.noise == sky_at_rim(picture.planes[0])[1]
    assert np.nanmedian(plane.rms) == pytest.approx(plane.noise)
    assert plane.rms[20, 60] == pytest.approx(1.5 * plane.rms[60, 60])


def test_a_noise_map_goes_before_the_noise_of_weights(tmp_path):
    weight = np.ones((81, 81), np.float32)
    weight[:9] = 0.0
    picture = weighted(tmp_path, weight, rms=np.full((81, 81), 5.0))
    assert (picture.rms == 5.0).all()
    assert np.isnan(picture.planes[0, :9]).all()


def test_a_weight_map_of_zeros_rejects_its_stamp(tmp_path):
    trouble = weighted(tmp_path, np.zeros((81, 81), np.float32))
    assert str(trouble) == "its weight w.fits has no positive value"


def test_weights_come_by_pattern(tmp_path):
    for name in ("a", "b"):
        weight = np.ones((81, 81), np.float32)
        weight[:, :3] = name == "a"
        fits.PrimaryHDU(stamp()).writeto(tmp_path / f"{name}.fits")
        fits.PrimaryHDU(weight).writeto(tmp_path / f"{name}.weight.fits")
    pattern = {"path": f"{tmp_path}/?.fits", "weight": f"{tmp_path}/?.weight.fits"}
    source = source_of(kind="stamps", **pattern)
    rows, _ = listings.listed_rows(source, listings.read_listing(source))
    read = read_pictures(source, rows, listings.folder_of(source))
    hidden = [int(np.isnan(picture.planes).sum()) for picture in read]
    assert hidden == [0, 3 * 81]


def test_a_map_of_another_size_rejects_its_stamp_only(stamps, tmp_path):
    fits.PrimaryHDU(np.ones((5, 5))).writeto(tmp_path / "g1_mask.fits", overwrite=True)
    table, rejects = measured(stamps)
    assert table["id"].tolist() == ["sky_g0_sci", "sky_g2_sci"]
    assert "mask" in rejects["reason"].item()
    assert "another size" in rejects["reason"].item()


def test_stamps_in_hdus_cubes_and_tables(tmp_path):
    bands = np.stack([stamp(), stamp(seed=2), stamp(seed=3)])
    hdus = [fits.PrimaryHDU(), fits.ImageHDU(np.zeros((9, 9))), fits.ImageHDU(bands)]
    hdus[2].name = "SCI"
    fits.HDUList(hdus).writeto(tmp_path / "a.fits")
    (tmp_path / "t.csv").write_text("image_path,ra,dec\na.fits,150.5,-2.25\n")
    table = measured(
        source_of(kind="stamps", path=str(tmp_path / "t.csv"), hdu="SCI", planes=[0, 2])
    )[0]
    assert table[["x", "y"]].to_numpy() == pytest.approx(40.0, abs=0.2)
    assert table[["ra", "dec"]].to_numpy().tolist() == [[150.5, -2.25]]


def test_positions_on_the_sky_come_from_a_stamps_wcs(tmp_path):
    wcs = WCS(naxis=2)
    wcs.wcs.crpix, wcs.wcs.crval = [41.0, 41.0], [10.0, 5.0]
    wcs.wcs.cdelt, wcs.wcs.ctype = [-1e-4, 1e-4], ["RA---TAN", "DEC--TAN"]
    fits.PrimaryHDU(stamp(), wcs.to_header()).writeto(tmp_path / "a.fits")
    table, _ = measured(source_of(kind="stamps", path=str(tmp_path)))
    assert table[["ra", "dec"]].to_numpy()[0] == pytest.approx([10.0, 5.0], abs=3e-5)


def test_the_galaxy_is_the_one_in_the_middle(tmp_path):
    places = [(40.0, 40.0), (15.0, 60.0)]
    image = sersic_frame(places, size=81) + 20.0
    image[55:66, 10:21] *= 4.0  # brighter than the galaxy
    fits.PrimaryHDU(image).writeto(tmp_path / "a.fits")
    table, _ = measured(source_of(kind="stamps", path=str(tmp_path)))
    assert table[["x", "y"]].to_numpy()[0] == pytest.approx([40.0, 40.0], abs=0.3)


def test_flags_tell_off_centre_from_undetected(tmp_path):
    rng = np.random.default_rng(0)
    for name, image in {
        "centre": stamp(),
        "aside": stamp(49.0, 40.0),
        "far": stamp(12.0, 12.0),
        "empty": 20.0 + rng.normal(size=(81, 81)),
    }.items():
        fits.PrimaryHDU(image.astype("f4")).writeto(tmp_path / f"{name}.fits")
    table, rejects = measured(source_of(kind="stamps", path=str(tmp_path)))
    flags = dict(zip(table["id"].str[4:], table["flags"], strict=True))
    assert rejects.empty
    assert flags["aside"] & Flag.OFF_CENTRE.value
    assert not flags["centre"] & (Flag.OFF_CENTRE | Flag.UNDETECTED).value
    for name in ("far", "empty"):
        assert flags[name] & Flag.UNDETECTED.value
    undetected = table[table["id"] == "sky_empty"].iloc[0]
    assert (undetected["x"], undetected["y"]) == (40.0, 40.0)
    assert undetected["radius"] > 15
    assert np.isnan(undetected["flux"])


def test_a_detection_across_the_middle_is_the_galaxy_or_undecided(tmp_path):
    bright = stamp(68.0, 40.0, seed=3)  # too far to be the galaxy
    speck = np.zeros((81, 81), np.float32)
    speck[39:42, 39:42] = 12.0  # too small to be listed
    beside = np.zeros((81, 81), np.float32)
    beside[36:52, 46:90] = 60.0  # reaches into the core, its middle is far
    for name, image in {
        "speck": bright + speck,
        "beside": stamp(12, 12) + beside,
    }.items():
        fits.PrimaryHDU(image).writeto(tmp_path / f"{name}.fits")
    source = source_of(kind="stamps", path=str(tmp_path))
    table, _ = measured(source, search_of(min_area=80))
    rows = table.set_index(table["id"].str[4:])
    assert rows.at["speck", "segment"] > 0
    assert not rows.at["speck", "flags"] & Flag.UNDECIDED.value
    assert rows.at["beside", "segment"] == 0
    assert rows.at["beside", "flags"] & Flag.UNDECIDED.value
    assert (rows["flags"] & Flag.UNDETECTED.value > 0).all()


@pytest.mark.parametrize(
    ("image", "part"),
    [
        (np.ones((81, 81)), "one value"),
        (np.full((81, 81), np.nan), "no pixel of its image has a value"),
        (np.ones((4, 40)), "40 x 4 px"),
        (np.ones((2, 2, 81, 81)), "neither"),
    ],
)
def test_stamps_that_show_nothing_are_rejects(tmp_path, image, part):
    fits.PrimaryHDU(image).writeto(tmp_path / "bad.fits")
    fits.PrimaryHDU(stamp()).writeto(tmp_path / "good.fits")
    table, rejects = measured(source_of(kind="stamps", path=str(tmp_path)))
    assert table["id"].tolist() == ["sky_good"]
    assert rejects["id"].tolist() == ["sky_bad"]
    assert part in rejects["reason"].item()


def test_the_sky_is_measured_at_the_rim():
    rng = np.random.default_rng(2)
    level, noise = sky_at_rim(stamp() + rng.normal(0, 2.0, (81, 81)).astype("f4"))
    assert level == pytest.approx(20.0, abs=0.5)
    assert noise == pytest.approx(np.hypot(1.0, 2.0), rel=0.2)


@pytest.fixture(params=[69, 256])
def galaxy10(tmp_path, request):
    """Write a small Galaxy10 of a size of images; return path and side."""
    side = request.param
    path = tmp_path / "Galaxy10.h5"
    middle = (side - 1) / 2.0
    scale = side / 69.0
    y, x = np.mgrid[:side, :side] - middle
    light = 180.0 * np.exp(-0.5 * (x**2 + y**2) / (6.0 * scale) ** 2) + 15.0
    rng = np.random.default_rng(1)
    images = light[None, ..., None] * np.array([1.0, 0.9, 0.8])
    images = images + rng.normal(0, 2, (10, side, side, 3))
    images[3] = 0.0
    with h5py.File(path, "w") as stored:
        stored["images"] = np.clip(images, 0, 255).astype(np.uint8)
        stored["ans"] = np.arange(10, dtype=np.uint8)
        if side == 256:
            stored["ra"] = np.linspace(10, 19, 10)
            stored["dec"] = np.linspace(-5, 4, 10)
            stored["redshift"] = np.linspace(0, 0.9, 10)
    return path, side


def test_galaxy10_has_its_classes_and_galaxies(galaxy10):
    path, side = galaxy10
    source = source_of(kind="galaxy10", path=str(path))
    assert source.label_column == "ans"
    truth = listings.truth_rows(source)
    assert truth["label"].tolist() == list(GALAXY10_CLASSES[side])
    assert truth["id"].tolist() == [f"sky_{i:05d}" for i in range(10)]
    expected = {
        69: {1: "smooth, completely round", 4: "disk, edge-on, rounded bulge"},
        256: {1: "merging", 5: "barred spiral", 9: "edge-on with bulge"},
    }[side]
    for number, name in expected.items():
        assert truth["label"][number] == name
    table, rejects = measured(source)
    assert len(table) == 9
    assert rejects["id"].tolist() == ["sky_00003"]
    middle = (side - 1) / 2.0
    assert table[["x", "y"]].to_numpy() == pytest.approx(middle, abs=0.3)
    half_light = 6.0 * side / 69.0 * np.sqrt(2.0 * np.log(2.0))
    expected = STRETCHED_RADIUS * half_light
    assert table["radius"].to_numpy() == pytest.approx(expected, rel=0.1)
    own = listings.listed_columns(source)
    assert "ans" not in own
    if side == 256:
        assert table["ra"].tolist() == [10, 11, 12, 14, 15, 16, 17, 18, 19]
        assert own["redshift"].tolist() == pytest.approx(np.linspace(0, 0.9, 10))


def test_rows_of_galaxy10_are_read_in_any_order(galaxy10):
    path, side = galaxy10
    source = source_of(kind="galaxy10", path=str(path))
    rows = pd.DataFrame({"image_path": [f"images/{i}" for i in (8, 0, 5)]})
    pictures = list(read_pictures(source, rows, listings.folder_of(source)))
    with h5py.File(path) as stored:
        for picture, i in zip(pictures, (8, 0, 5), strict=True):
            assert picture.planes.shape == (3, side, side)
            assert np.array_equal(
                picture.planes, stored["images"][i].transpose(2, 0, 1)
            )


def test_the_psf_of_a_stamp_may_be_any_simulated_one(tmp_path):
    settings = survey_settings(seeing=3.4)
    profile = survey_psf(settings)
    fits.PrimaryHDU(draw_profile(profile, 20.0, 0.3, -0.4)).writeto(tmp_path / "p.fits")
    source = source_of(kind="stamps", path=str(tmp_path))
    row = pd.DataFrame({"psf_path": ["p.fits"]}).iloc[0]
    assert given_psf(source, row, tmp_path).fwhm == pytest.approx(3.4, rel=0.02)
    given = given_psf(source.model_copy(update={"psf_fwhm": 2.5}), object(), tmp_path)
    assert given.fwhm == 2.5
    assert np.array_equal(given.image, gaussian_psf(2.5))
    assert given_psf(source, object(), tmp_path) is None
