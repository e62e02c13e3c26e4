"""Bands: fluxes of each, detection in their sum, colours that are neutral."""

import numpy as np
import pytest
from astropy.io import fits

from galvote.base.errors import InputError
from galvote.cutouts.cutter import Cutter
from galvote.inputs.frame_views import all_bands_frame, colour_frame, detection_frame
from known_inputs import search_of, source_of
from simulated import grid_of_places, search_sky, sersic_frame, write_frame

SIZE = 400
PLACES = grid_of_places(4, SIZE)
GAINS = {"g": 1.0, "r": 2.0, "i": 5.0}
NOISE = {"g": 1.0, "r": 3.0, "i": 4.0}


@pytest.fixture(scope="module")
def bands(tmp_path_factory):
    """Write three bands of one sky; return their folder."""
    folder = tmp_path_factory.mktemp("bands")
    light = sersic_frame(PLACES, size=SIZE) - np.random.default_rng(1).normal(
        0.0, 1.0, (SIZE, SIZE)
    )  # the noise of seed 1 taken away
    rng = np.random.default_rng(7)
    for name, gain in GAINS.items():
        noise = rng.normal(0.0, NOISE[name], light.shape)
        write_frame(folder / f"{name}.fits", gain * light + noise + 100.0 * gain)
    return folder


def source(folder, *names, **more):
    """Return a source of some bands."""
    files = [{"name": n, "path": f"{folder}/{n}.fits"} for n in names or GAINS]
    return source_of(kind="bands", bands=files, **more)


def test_fluxes_of_each_band_are_right(bands):
    result = search_sky(source(bands), search_of(), 1.5)
    rows = result.rows
    assert len(rows) == len(PLACES)
    for name, gain in GAINS.items():
        ratio = rows[f"flux_{name}"] / rows["flux_g"]
        assert ratio.median() == pytest.approx(gain, rel=0.02)
        assert ratio.to_numpy() == pytest.approx(gain, rel=0.15)
        alone = search_sky(
            source_of(kind="frames", path=f"{bands}/{name}.fits"), search_of(), 1.5
        ).rows
        share = rows[f"flux_{name}"].median() / alone["flux"].median()
        assert share == pytest.approx(1.0, rel=0.05)


def test_the_sum_is_weighted_by_noise_and_deeper_than_a_band(bands):
    frame = detection_frame(source(bands), "", 64)
    weights = {n: (NOISE["g"] / NOISE[n]) ** 2 for n in GAINS}
    total = sum(weights.values())
    expected = np.sqrt(sum((w * NOISE[n]) ** 2 for n, w in weights.items())) / total
    assert frame.planes[0].noise == pytest.approx(expected, rel=0.05)
    signal = sum(w * GAINS[n] for n, w in weights.items()) / total
    assert signal / expected > max(GAINS[n] / NOISE[n] for n in GAINS)
    one = detection_frame(source(bands, detect="r"), "", 64)
    assert one.planes[0].noise == pytest.approx(NOISE["r"], rel=0.05)
    assert one.planes[0].level == pytest.approx(200.0, abs=1.0)


def test_colours_are_the_bands_named(bands):
    chosen = source(bands, colour=["i", "r", "g"])
    frame = colour_frame(chosen, "", 64)
    noises = [plane.noise for plane in frame.planes]
    assert noises == pytest.approx([4.0, 3.0, 1.0], rel=0.05)
    assert source(bands).colour == ["i", "r", "g"]
    same = colour_frame(source(bands, colour=["g", "g", "r"]), "", 64)
    assert np.array_equal(same.planes[0].data, same.planes[1].data)


def test_automatic_scales_make_the_typical_galaxy_neutral(bands):
    chosen = source(bands)
    result = search_sky(chosen, search_of(), 1.5)
    note = result.frames.iloc[0]
    scales = [note[f"scale_{band}"] for band in chosen.colour]
    frame = colour_frame(chosen, "", 64)
    look = {"kind": "lupton", "size": 48, "channels": "colour", "softening": 3.0}
    more = {"hide_neighbours": True, **look}
    segments = result.segments[""]
    neutral = Cutter(frame, segments, scales=scales, **more)
    plain = Cutter(frame, segments, scales=None, **more)
    middles = {"neutral": [], "plain": []}
    for galaxy in result.rows.itertuples():
        for name, cutter in (("neutral", neutral), ("plain", plain)):
            middle = cutter.cut(galaxy)[21:27, 21:27].astype(float)
            middles[name].append(middle.mean(axis=(0, 1)))
    red, green, blue = np.median(middles["neutral"], axis=0)
    assert red == pytest.approx(green, rel=0.05)
    assert blue == pytest.approx(green, rel=0.05)
    red, _, blue = np.median(middles["plain"], axis=0)
    assert red > 2 * blue


def test_without_bright_sources_the_scales_are_those_of_the_noise(tmp_path):
    rng = np.random.default_rng(0)
    for name in GAINS:
        write_frame(tmp_path / f"{name}.fits", rng.normal(0, NOISE[name], (128, 128)))
    result = search_sky(source(tmp_path), search_of(), 1.5)
    scales = result.frames[[f"scale_{n}" for n in GAINS]].to_numpy()[0]
    expected = [1.0 / NOISE[n] for n in GAINS]
    assert scales == pytest.approx(expected, rel=0.05)


def test_bands_that_do_not_fit_are_told(bands, tmp_path):
    for name in ("g", "r"):
        (tmp_path / f"{name}.fits").write_bytes((bands / f"{name}.fits").read_bytes())
    write_frame(tmp_path / "i.fits", np.eye(SIZE, SIZE - 2))
    result = search_sky(source(tmp_path), search_of(), 1.5)
    assert result.rows.empty
    reason = result.rejects["reason"].item()
    assert f"i.fits is {SIZE - 2} x {SIZE} px" in reason
    assert "align them first" in reason
    with pytest.raises(InputError, match="align"):
        colour_frame(source(tmp_path), "", 64)


def test_a_mask_holds_for_all_bands(bands, tmp_path):
    mask = np.zeros((SIZE, SIZE), np.int16)
    mask[:200] = 1
    fits.PrimaryHDU(mask).writeto(tmp_path / "mask.fits")
    chosen = source(bands, mask=str(tmp_path / "mask.fits"))
    result = search_sky(chosen, search_of(), 1.5)
    assert len(result.rows) == 8
    assert (result.rows["y"] > 199).all()
    for plane in colour_frame(chosen, "", 64).planes:
        assert np.isnan(plane.data[:200]).all()


def test_a_weight_map_gives_the_noise_of_all_bands(bands, tmp_path):
    weight = np.ones((SIZE, SIZE), np.float32)
    weight[:200], weight[:10] = 4.0, 0.0
    path = write_frame(tmp_path / "weight.fits", weight)
    chosen = source(bands, weight=str(path))
    frame = all_bands_frame(chosen, "", 64)
    assert len(frame.planes) == 3
    for plane in (*frame.planes, *detection_frame(chosen, "", 64).planes):
        assert np.isnan(plane.data[:10]).all()
        assert np.isinf(plane.rms[:10]).all()
        assert plane.rms[300, 9] / plane.rms[100, 9] == pytest.approx(2.0)


def test_one_band_is_shown_grey_where_others_are_coloured(bands):
    alone = source(bands, "r")
    assert alone.colour == ["r"] * 3
    shown = colour_frame(alone, "", 64)
    assert [plane.noise for plane in shown.planes] == pytest.approx([3.0] * 3, rel=0.05)
    segments = np.zeros((SIZE, SIZE), np.int32)
    result = search_sky(alone, search_of(), 1.5)
    look = {"size": 48, "channels": "colour", "softening": 3.0, "hide_neighbours": True}
    cutter = Cutter(shown, segments, kind="lupton", scales=[1.0] * 3, **look)
    pixels = cutter.cut(next(result.rows.itertuples()))
    assert (pixels == pixels[..., :1]).all()
    assert np.ptp(pixels) > 100
