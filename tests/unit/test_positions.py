"""Galaxies at the positions of a user's catalogue are cut out exactly there."""

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from galvote.base.errors import InputError
from galvote.catalog.columns import add_columns
from galvote.catalog.flags import Flag
from galvote.catalog.rows import split_rejects
from galvote.cutouts.cutter import Cutter
from galvote.detection.framing import cutout_side
from galvote.inputs.frame_views import detection_frame
from galvote.inputs.positions import (
    places_digest,
    position_columns,
    position_columns_digest,
)
from galvote.simulation.frames import simulate_frame
from known_inputs import search_of, source_of, survey_settings, write_survey
from simulated import search_sky

ROUND = dict.fromkeys(["spheroid", "early_disk", "edge_on"], 1.0)
SURVEY = survey_settings(
    galaxies=64, shares=ROUND, signal_to_noise=[100.0], half_light=[3.0, 5.0]
)
SIZE = 64


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    """Write a simulated frame; return its path and what is true."""
    path = tmp_path_factory.mktemp("positions") / "sim.fits"
    return path, write_survey(path, SURVEY)


def table_of(truth, **more):
    """Return a user's catalogue of the true places, in every way of counting."""
    return pd.DataFrame(
        {
            "X0": truth["x"],
            "Y0": truth["y"],
            "X1": truth["x"] + 1.0,
            "Y1": truth["y"] + 1.0,
            "RA": truth["ra"],
            "DEC": truth["dec"],
            "OBJID": 587731187273892000 + np.arange(len(truth)),
            "redshift": np.arange(len(truth)) / 100.0,
            **more,
        }
    )


PIXELS0 = {"x": "X0", "y": "Y0", "first_pixel": 0}
PIXELS1 = {"x": "X1", "y": "Y1"}  # the default counts from 1
ON_SKY = {"ra": "RA", "dec": "DEC"}


def search(path, table, columns, folder, **more):
    """Find the galaxies at the positions of a table."""
    table.to_csv(folder / "places.csv", index=False)
    places = {"path": str(folder / "places.csv"), **columns}
    source = source_of(kind="frames", path=str(path), positions=places, **more)
    return search_sky(source, search_of(), 1.5), source


def light_offsets(result, source):
    """Return how far the light of each cutout lies from its middle, px of the frame."""
    frame = detection_frame(source, "", 64)
    look = {"kind": "linear", "size": SIZE, "channels": "grey", "softening": 3.0}
    cutter = Cutter(frame, result.segments[""], hide_neighbours=True, **look)
    offsets = []
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2.0
    for galaxy in result.rows.itertuples():
        levels = cutter.cut(galaxy)[..., 0].astype(float)
        scale = cutout_side(galaxy.radius, SIZE) / SIZE
        light = np.where(np.hypot(x, y) * scale < galaxy.radius, levels, 0.0)
        light = np.clip(light - 0.3 * light.max(), 0.0, None)
        at = np.array([(light * x).sum(), (light * y).sum()]) / light.sum()
        offsets.append(np.hypot(*at) * scale)
    return np.array(offsets)


@pytest.mark.parametrize("columns", [PIXELS0, PIXELS1, ON_SKY])
def test_cutouts_are_centred_on_the_light(survey, tmp_path, columns):
    path, truth = survey
    inner = truth[truth["x"].between(30, 480) & truth["y"].between(30, 480)]
    inner = inner[inner["separation"] > 30].reset_index(drop=True)
    assert len(inner) > 25
    result, source = search(path, table_of(inner), columns, tmp_path)
    rows = result.rows
    assert result.rejects.empty
    assert np.allclose(rows["x"], inner["x"], atol=1e-3)
    assert np.allclose(rows["y"], inner["y"], atol=1e-3)
    assert np.allclose(rows[["ra", "dec"]], inner[["ra", "dec"]], atol=1e-7)
    assert not (rows["flags"] & Flag.UNDETECTED.value).any()
    offsets = light_offsets(result, source)
    assert np.median(offsets) < 0.2
    assert offsets.max() < 0.5


def test_what_is_detected_without_positions_is_as_well_centred(survey):
    path, truth = survey
    source = source_of(kind="frames", path=str(path))
    result = search_sky(source, search_of(), 1.5)
    lone = truth[truth["separation"] > 30]
    mine, true = result.rows[["x", "y"]].to_numpy(), lone[["x", "y"]].to_numpy()
    nearest = np.linalg.norm(true[:, None] - mine, axis=2).min(axis=1)
    assert np.median(nearest) < 0.2
    assert np.percentile(nearest, 95) < 0.5


def test_columns_and_long_ids_pass_through(survey, tmp_path):
    path, truth = survey
    table = table_of(truth)
    result, source = search(path, table, {**ON_SKY, "id": "OBJID"}, tmp_path)
    rows, _ = split_rejects(result.rows, [])
    assert rows["id"].tolist() == [f"sky_{i}" for i in table["OBJID"]]
    own = position_columns(source.positions, rows)
    catalog = add_columns(rows, [own])
    assert catalog["OBJID"].tolist() == table["OBJID"].tolist()
    assert catalog["redshift"].tolist() == table["redshift"].tolist()
    assert catalog["X1"].to_numpy() == pytest.approx(table["X1"].to_numpy())
    assert not {"RA", "DEC"} & set(own.columns)


def test_rows_outside_or_without_a_place_are_rejects(survey, tmp_path):
    path, truth = survey
    table = table_of(truth[:8]).astype({"X1": object})
    table.loc[0, "X1"] = -30.0
    table.loc[1, "X1"] = 9999.0
    table.loc[2, "X1"] = "?"
    table.loc[3, "Y1"] = np.nan
    table.loc[4, "X1"] = 0.51
    table.loc[5, "X1"] = 0.49
    result, _ = search(path, table, PIXELS1, tmp_path)
    assert result.rows["row"].tolist() == [4, 6, 7]
    assert len(result.rows) + len(result.rejects) == len(table)
    reasons = result.rejects["reason"].tolist()
    assert [r.split(": ")[1] for r in reasons] == [
        "its position lies outside of the image",
        "its position lies outside of the image",
        "its position is no number",
        "its position is no number",
        "its position lies outside of the image",
    ]
    assert "row 3 of" in reasons[2]
    table = table_of(truth[:3])
    table.loc[0, "DEC"] = 120.0
    table.loc[1, "RA"] += 180.0
    result, _ = search(path, table, ON_SKY, tmp_path)
    assert result.rows["row"].tolist() == [2]
    assert "its declination is 120.0" in result.rejects["reason"][0]
    assert "outside" in result.rejects["reason"][1]


def test_empty_places_are_flagged_undetected(survey, tmp_path):
    path, truth = survey
    true = truth[["x", "y"]].to_numpy()
    grid = np.stack(np.meshgrid(np.arange(40, 470, 10.0), np.arange(40, 470, 10.0)))
    grid = grid.reshape(2, -1).T
    away = np.linalg.norm(grid[:, None] - true, axis=2).min(axis=1)
    empty = grid[np.argsort(-away)[:5]]
    assert np.sort(away)[-5:].min() > 25
    table = pd.DataFrame({"X0": empty[:, 0], "Y0": empty[:, 1], "size": 10.0})
    table.loc[4, ["X0", "Y0"]] = true[0]
    result, _ = search(path, table, {**PIXELS0, "radius": "size"}, tmp_path)
    undetected = result.rows["flags"] & Flag.UNDETECTED.value != 0
    assert undetected.tolist() == [True] * 4 + [False]
    assert (result.rows["radius"] == 10.0).all()
    assert (result.rows["signal_to_noise"][:4].abs() < 5).all()
    assert result.rows["signal_to_noise"][4] > 50
    assert np.isfinite(result.rows[["flux", "axis_ratio", "fwhm"]]).all(axis=None)
    kept, rejects = split_rejects(result.rows, ["undetected"])
    assert len(kept) == 1
    assert (rejects["reason"] == "is not detected at the position given").all()


def test_two_places_on_one_detection_are_blended(survey, tmp_path):
    path, truth = survey
    lone = truth[truth["separation"] > 35].iloc[[0, 0]].reset_index(drop=True)
    table = table_of(lone)
    table.loc[1, "X0"] += 2.0
    result, _ = search(path, table, PIXELS0, tmp_path)
    assert (result.rows["flags"] & Flag.BLENDED.value != 0).all()
    assert result.rows["segment"].nunique() == 1


def test_sky_positions_need_a_wcs(tmp_path):
    image, _, truth = simulate_frame(SURVEY | {"galaxies": 9}, 0)
    fits.PrimaryHDU(image).writeto(tmp_path / "plain.fits")
    result, _ = search(tmp_path / "plain.fits", table_of(truth), ON_SKY, tmp_path)
    assert result.rows.empty
    assert result.rejects["reason"].str.contains("has no celestial WCS").any()


def test_a_frame_in_galactic_coordinates_takes_icrs_positions(tmp_path):
    image, _, truth = simulate_frame(SURVEY | {"galaxies": 9}, 0)
    wcs = WCS(naxis=2)
    wcs.wcs.crpix, wcs.wcs.crval = [96.0, 96.0], [120.0, 40.0]
    wcs.wcs.cdelt, wcs.wcs.ctype = [-6e-5, 6e-5], ["GLON-TAN", "GLAT-TAN"]
    fits.PrimaryHDU(image, wcs.to_header()).writeto(tmp_path / "galactic.fits")
    sky = wcs.pixel_to_world(*truth[["x", "y"]].to_numpy().T).icrs
    table = table_of(truth.assign(ra=sky.ra.deg, dec=sky.dec.deg))
    result, _ = search(tmp_path / "galactic.fits", table, ON_SKY, tmp_path)
    assert len(result.rows) == len(truth)
    assert np.allclose(result.rows[["x", "y"]], truth[["x", "y"]], atol=1e-3)
    assert np.allclose(result.rows["ra"], sky.ra.deg, atol=1e-7)


def test_positions_fall_into_the_frame_that_shows_them(tmp_path):
    settings = SURVEY | {"galaxies": 9, "frames": 2, "overlap": 60}
    truth = write_survey(tmp_path / "two.fits", settings)
    once = truth.drop_duplicates("object").reset_index(drop=True)
    columns = {**ON_SKY, "id": "OBJID"}
    path, table = tmp_path / "two.fits", table_of(once)
    result, _ = search(path, table, columns, tmp_path, hdu="all")
    assert result.rejects.empty
    assert set(result.rows["row"]) == set(range(len(once)))
    assert len(result.rows) > len(once)  # the overlap shows some twice
    assert result.rows["id"].is_unique
    by_row = result.rows.groupby("row")["hdu"].nunique()
    assert by_row.max() == 2


def test_a_missing_column_is_named(survey, tmp_path):
    with pytest.raises(InputError, match=r"`positions\.ra`.* no column `RAJ2000`"):
        search(
            survey[0], table_of(survey[1]), {"ra": "RAJ2000", "dec": "DEC"}, tmp_path
        )


def test_digests_tell_places_from_other_columns(survey, tmp_path):
    table = table_of(survey[1])
    places = source_of(
        kind="frames",
        path="a",
        positions={"path": str(tmp_path / "places.csv"), **PIXELS1},
    ).positions
    digests = []
    for changed in (table, table.assign(redshift=7), table.assign(X1=table["X1"] + 1)):
        changed.to_csv(tmp_path / "places.csv", index=False)
        digests.append((places_digest(places), position_columns_digest(places)))
    assert digests[0][0] == digests[1][0] != digests[2][0]
    assert digests[0][1] != digests[1][1]
