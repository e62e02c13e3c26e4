"""Galaxies are detected where they are, with their size, and flagged."""

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from scipy.ndimage import gaussian_filter

from galvote.base.errors import InputError
from galvote.catalog.columns import add_magnitudes
from galvote.catalog.flags import FLAG_REASONS, Flag
from galvote.catalog.merging import merge_sources
from galvote.catalog.rows import GALAXY_COLUMNS, split_rejects
from galvote.detection.framing import LARGEST_RADIUS
from galvote.detection.measuring import catalog_rows_of_frame, count_neighbours, measure
from galvote.detection.psf import PSF, gaussian_psf
from galvote.detection.search import find_detections
from galvote.inputs.maps import map_file, map_reader
from known_inputs import frame_of, search_of, source_of
from simulated import PSF_FWHM, grid_of_places, search_sky, sersic_frame, write_frame

FIND = search_of(threshold=3.0, smoothing=2.5, min_area=12, deblend_contrast=0.005)
SEEING = PSF(PSF_FWHM, PSF_FWHM / 2.0, 0, "config", gaussian_psf(PSF_FWHM))
SKY = 100.0


def measured(image, psf=SEEING, **more):
    """Find and measure the detections in an image; also return frame and segments."""
    frame = frame_of(image, SKY)
    detections, segments = find_detections(frame.planes[0], **FIND)
    settings = {"saturation": None, "resolved_above": 1.5} | more
    return measure(detections, detections, frame, psf, **settings), frame, segments


def has(rows, flag):
    """Tell which rows have a flag."""
    return (rows["flags"] & flag.value != 0).to_numpy()


def test_galaxies_are_found_where_they_are_with_their_size():
    places = grid_of_places(6, 400)
    detections, _, segments = measured(sersic_frame(places))
    assert len(detections) == len(places)
    mine = detections[["x", "y"]].to_numpy()
    nearest = np.linalg.norm(mine[:, None] - np.array(places), axis=2).min(axis=1)
    assert np.median(nearest) < 0.2
    assert nearest.max() < 0.5
    # circular half-light radius of the ellipse, widened by the PSF
    expected = np.hypot(5.0 * np.sqrt(0.7), PSF_FWHM / 2)
    assert detections["half_light"].median() == pytest.approx(expected, rel=0.12)
    assert (detections["radius"] == 3.0 * detections["half_light"]).all()
    assert detections["axis_ratio"].median() == pytest.approx(0.7, abs=0.1)
    assert not has(detections, Flag.UNRESOLVED).any()
    at = segments[
        detections["y"].round().astype(int), detections["x"].round().astype(int)
    ]
    assert (at == detections["segment"]).all()


def test_a_neighbour_does_not_pull_the_centre():
    alone = sersic_frame([(60.0, 60.0)], size=120)
    pair = alone + 3.0 * np.roll(sersic_frame([(60.0, 60.0)], size=120), 14, axis=1)
    detections, _, _ = measured(pair)
    assert len(detections) == 2
    nearest = np.hypot(detections["x"] - 60.0, detections["y"] - 60.0).min()
    assert nearest < 0.3


def test_stars_are_unresolved_and_look_like_stars():
    image = np.zeros((200, 200))
    for x, y in grid_of_places(4, 200):
        image[round(y), round(x)] = 4000.0
    image = gaussian_filter(image, PSF_FWHM / 2.3548)
    image += np.random.default_rng(1).normal(0, 1, image.shape)
    detections, _, _ = measured(image)
    assert len(detections) == 16
    assert has(detections, Flag.UNRESOLVED).all()
    assert has(detections, Flag.STAR).all()
    unknown, _, _ = measured(image, psf=None)
    assert not has(unknown, Flag.UNRESOLVED | Flag.STAR).any()
    assert unknown["star_probability"].isna().all()


def test_spikes_of_saturated_stars_are_flagged_and_edge_on_galaxies_are_not():
    y, x = np.mgrid[:300, :300].astype(float)
    star = 5000.0 * np.exp(-0.5 * ((x - 100) ** 2 + (y - 100) ** 2) / 9.0)
    spike = 40.0 * np.exp(-0.5 * (((x - 134) / 4) ** 2 + ((y - 100) / 1.2) ** 2))
    edge_on = 40.0 * np.exp(-0.5 * (((x - 240) / 1.2) ** 2 + ((y - 230) / 4) ** 2))
    image = star + spike + edge_on + np.random.default_rng(2).normal(0, 1, x.shape)
    detections, _, _ = measured(image, saturation=5050.0)
    spikes = detections[has(detections, Flag.SPIKE)]
    assert len(spikes) == 1
    assert spikes["x"].iloc[0] == pytest.approx(134, abs=1)
    saturated = detections[has(detections, Flag.SATURATED)]
    assert saturated["x"].to_numpy() == pytest.approx([100], abs=1)
    assert (saturated["star_probability"] == 1.0).all()  # it has spikes
    none, _, _ = measured(image, saturation=5150.0)  # 5000 on a sky of 100
    assert not has(none, Flag.SATURATED | Flag.SPIKE).any()


def test_detections_over_the_edge_are_flagged_and_rejected_with_the_reason():
    places = [(4.0, 100.0), (24.0, 50.0), (100.0, 100.0)]
    detections, frame, _ = measured(sersic_frame(places, size=200))
    rows = catalog_rows_of_frame(detections, "sky", frame)
    kept, rejects = split_rejects(rows, ["edge"])
    assert len(kept) + len(rejects) == len(detections)
    assert rejects["reason"].tolist() == ["reaches over the image's edge"]
    assert sorted(kept["id"]) == ["sky_x00024_y00050", "sky_x00100_y00100"]
    padded = dict(zip(kept["id"], has(kept, Flag.PADDED), strict=True))
    assert padded == {"sky_x00024_y00050": True, "sky_x00100_y00100": False}


def test_a_radius_too_large_for_a_cutout_is_rejected():
    detections, frame, _ = measured(sersic_frame([(50.0, 50.0), (150.0, 150.0)]))
    rows = catalog_rows_of_frame(detections, "sky", frame)
    rows.loc[0, "radius"] = 1.01 * LARGEST_RADIUS
    kept, rejects = split_rejects(rows, [], LARGEST_RADIUS)
    assert kept["id"].tolist() == rows["id"].tolist()[1:]
    assert rejects["reason"].tolist() == [
        "has a radius of more than 965 px, too large for a cutout"
    ]


def test_magnitudes_come_from_zero_point_and_flux():
    galaxies = pd.DataFrame(
        {"source": list("aaabc"), "flux": [100.0, -1.0, np.nan, 100.0, 100.0]}
    )
    mags = add_magnitudes(galaxies, {"a": 25.0, "b": None})["mag"]
    assert mags.iloc[0] == pytest.approx(20.0)
    assert mags.iloc[1:].isna().all()


def test_an_empty_sky_has_no_detections():
    noise = np.random.default_rng(0).normal(0, 1, (200, 200))
    frame = frame_of(noise)
    detections, segments = find_detections(frame.planes[0], **search_of())
    assert detections.empty
    assert not segments.any()
    settings = {"saturation": 9.0, "resolved_above": 1.5}
    rows = measure(detections, detections, frame, SEEING, **settings)
    rows = catalog_rows_of_frame(rows, "sky", frame)
    with pytest.raises(InputError, match="no galaxy was found"):
        merge_sources([rows])


@pytest.mark.parametrize("value", [7.0, 0.0, -5.0])
def test_a_constant_frame_is_a_reject(tmp_path, value):
    path = write_frame(tmp_path / "a.fits", np.full((100, 100), value))
    source = source_of(kind="frames", path=str(path))
    result = search_sky(source, search_of(), 1.5)
    assert result.rows.empty
    assert "have one value" in result.rejects["reason"].item()


def test_a_frame_without_values_is_a_reject(tmp_path):
    path = write_frame(tmp_path / "a.fits", np.full((100, 100), np.nan))
    source = source_of(kind="frames", path=str(path))
    result = search_sky(source, search_of(), 1.5)
    assert result.rows.empty
    assert "only 0.0% of the pixels" in result.rejects["reason"].item()


def test_positions_on_the_sky_come_from_the_wcs(tmp_path):
    wcs = WCS(naxis=2)
    wcs.wcs.crpix, wcs.wcs.crval = [51, 51], [150.0, 2.0]
    wcs.wcs.cdelt, wcs.wcs.ctype = [-1e-4, 1e-4], ["RA---TAN", "DEC--TAN"]
    image = sersic_frame([(50.0, 50.0)], size=101) + 100.0
    path = tmp_path / "sky.fits"
    fits.PrimaryHDU(image.astype(">f4"), header=wcs.to_header()).writeto(path)
    source = source_of(kind="frames", path=str(path))
    result = search_sky(source, search_of(background_box=32), 1.5)
    assert result.rows["ra"].item() == pytest.approx(150.0, abs=3e-5)
    assert result.rows["dec"].item() == pytest.approx(2.0, abs=3e-5)
    assert result.frames["pixel_scale"].item() == pytest.approx(0.36, rel=1e-4)


def test_segments_survive_the_file(tmp_path):
    one = np.arange(10000, dtype=np.int32).reshape(100, 100)
    maps = {"1": one, "3": one[:50] * 7}
    with map_file(tmp_path / "s.fits") as add:
        for name, segments in maps.items():
            add(name, segments)
    with map_reader(tmp_path / "s.fits") as read:
        for name, segments in maps.items():
            assert (read(name) == segments).all()


def test_maps_of_the_psf_survive_the_file(tmp_path):
    with map_file(tmp_path / "p.fits") as add:
        add("", gaussian_psf(3.0))
    with map_reader(tmp_path / "p.fits") as read:
        kept = read("")
    assert np.abs(kept - gaussian_psf(3.0)).max() < 1e-4


def test_neighbours_are_counted():
    detections = pd.DataFrame({"x": [0.0, 3.0, 100.0], "y": 0.0, "segment": [1, 2, 3]})
    places = detections.assign(radius=[5.0, 2.0, 50.0])
    assert count_neighbours(places, detections).tolist() == [1, 0, 0]
    elsewhere = pd.DataFrame({"x": [1.0], "y": 0.0, "segment": 0, "radius": 9.0})
    assert count_neighbours(elsewhere, detections).tolist() == [2]
    assert len(count_neighbours(places[:0], detections)) == 0
    assert count_neighbours(places, detections[:0]).tolist() == [0, 0, 0]


def test_two_detections_at_one_place_are_one_galaxy_and_one_reject():
    row = dict.fromkeys(GALAXY_COLUMNS, 1.0) | {"id": "a", "source": "s"}
    rows = pd.DataFrame([row, row]).astype({"flags": int})
    kept, rejects = split_rejects(rows, [])
    assert len(kept) == len(rejects) == 1


@pytest.mark.parametrize("flag", list(Flag))
def test_every_flag_has_a_name_and_a_reason(flag):
    row = dict.fromkeys(GALAXY_COLUMNS, 1.0) | {"id": "a", "source": "s"}
    rows = pd.DataFrame([row | {"flags": flag.value}]).astype({"flags": int})
    kept, rejects = split_rejects(rows, [flag.name.lower()])
    assert kept.empty
    assert rejects["reason"].item() == FLAG_REASONS[flag]
    others = [other.name.lower() for other in Flag if other != flag]
    assert len(split_rejects(rows, others)[0]) == 1
