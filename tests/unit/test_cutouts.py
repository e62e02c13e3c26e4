"""Cutouts are centred, scaled, stretched and complete, whatever the input."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from galvote import cutouts
from galvote.errors import InputError
from galvote.frames import Frame
from galvote.images import batches, read_image, write_image
from galvote.stretch import stretch

COMMON = {"kind": "asinh", "size": 48, "channels": "grey", "softening": 3.0}


def gaussian_frame(places, size=200, sigma=3.0, noise=0.0):
    """Make a frame of Gaussian blobs at (x, y)."""
    y, x = np.mgrid[:size, :size].astype(float)
    image = sum(
        100.0 * np.exp(-0.5 * ((x - x0) ** 2 + (y - y0) ** 2) / sigma**2)
        for x0, y0 in places
    )
    image = image + np.random.default_rng(0).normal(0, noise, image.shape)
    return Frame(image.astype(np.float32)[None], np.zeros(1), np.ones(2), 0.0, None)


def galaxy(x, y, radius=9.0, segment=1):
    """Make a catalogue row."""
    return SimpleNamespace(id="g", x=x, y=y, radius=radius, segment=segment)


@settings(max_examples=30, deadline=None)
@given(st.floats(20, 180), st.floats(20, 180), st.floats(3, 14))
def test_the_galaxy_is_in_the_middle(x, y, radius):
    frame = gaussian_frame([(x, y)])
    cut = cutouts.cut_from_frame(
        frame, galaxy(x, y, radius), segments=None, **COMMON | {"kind": "linear"}
    )
    light = cut[..., 0].astype(float) - np.median(cut)
    light[light < 20] = 0
    rows, columns = np.mgrid[:48, :48]
    assert (light * columns).sum() / light.sum() == pytest.approx(23.5, abs=0.5)
    assert (light * rows).sum() / light.sum() == pytest.approx(23.5, abs=0.5)


def test_a_cutout_holds_the_galaxy_in_any_rotation_and_enlarges_at_most_twice():
    assert cutouts.side_of(20.0, 64) == pytest.approx(3 * np.sqrt(2) * 20.0)
    assert cutouts.side_of(1.0, 64) == 32.0


def test_a_galaxy_at_the_corner_is_padded_with_sky():
    frame = gaussian_frame([(0.0, 0.0)])
    frame.planes[0, 5, 5] = np.nan
    cut = cutouts.cut_from_frame(frame, galaxy(0.0, 0.0), segments=None, **COMMON)
    assert cut.shape == (48, 48, 1)
    assert cut[:20, :20].max() == cut[0, 0, 0]  # flat outside
    assert cut[24, 24, 0] > 200


def test_a_neighbour_is_hidden_and_the_galaxy_is_not():
    places = [(100.0, 100.0), (118.0, 100.0)]
    frame = gaussian_frame(places)
    y, x = np.mgrid[:200, :200]
    segments = np.zeros((200, 200), dtype=np.int32)
    for number, (x0, y0) in enumerate(places, start=1):
        segments[np.hypot(x - x0, y - y0) < 8] = number
    seen = cutouts.cut_from_frame(frame, galaxy(*places[0]), segments=None, **COMMON)
    hidden = cutouts.cut_from_frame(
        frame, galaxy(*places[0]), segments=segments, **COMMON
    )
    scale = 48 / cutouts.side_of(9.0, 48)
    place = round(23.5 + 18 * scale)
    assert seen[24, place, 0] > 200
    assert hidden[24, place, 0] < 120
    assert hidden[24, 24, 0] == seen[24, 24, 0]
    again = cutouts.cut_from_frame(
        frame, galaxy(*places[0]), segments=segments, **COMMON
    )
    assert (again == hidden).all()


@pytest.mark.parametrize("kind", ["asinh", "linear", "log", "zscale"])
@pytest.mark.parametrize("level", [0.0, -5.0, 1e6])
def test_constant_images_do_not_break_a_stretch(kind, level):
    planes = np.full((1, 8, 8), level)
    inside = np.ones((8, 8), bool)
    out = stretch(planes, kind, "grey", inside=inside, noise=1.0, softening=3.0)
    assert np.isfinite(out).all()
    assert out.min() >= 0
    assert out.max() <= 1


@pytest.mark.parametrize("kind", ["asinh", "linear", "log"])
def test_stretches_rise_and_asinh_lifts_the_faint(kind):
    planes = np.linspace(-1, 400, 64).reshape(1, 8, 8)
    inside = np.ones((8, 8), bool)
    options = {"inside": inside, "noise": 1.0, "softening": 3.0}
    levels = stretch(planes, kind, "grey", **options).ravel()
    assert (np.diff(levels) >= 0).all()
    if kind == "asinh":
        assert levels[8] > 2 * (levels[-1] * 8 / 64)


def test_colour_keeps_the_bands_and_depths_differ():
    planes = np.stack([np.full((8, 8), v) for v in (10.0, 20.0, 30.0)])
    planes[:, 4, 4] *= 10
    options = {"inside": np.ones((8, 8), bool), "noise": 1.0, "softening": 3.0}
    colour = stretch(planes, "asinh", "colour", **options)
    assert colour.shape == (3, 8, 8)
    assert colour[0, 0, 0] < colour[1, 0, 0] < colour[2, 0, 0]
    depths = stretch(planes[:1], "asinh", "depths", **options)
    assert depths.shape == (3, 8, 8)
    assert depths[0, 0, 0] < depths[1, 0, 0] < depths[2, 0, 0]


def test_images_are_cropped_about_their_middle(tmp_path):
    pixels = np.zeros((100, 140, 3), np.uint8)
    pixels[40:60, 60:80] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    cut = cutouts.cut_from_image(tmp_path / "a.png", 0.4, 40, "colour")
    assert cut.shape == (40, 40, 3)
    assert cut[12:28, 12:28].min() == 255
    assert cut[:8].max() == 0


def test_a_small_image_is_enlarged_at_most_twice(tmp_path):
    Image.new("L", (10, 10), 200).save(tmp_path / "a.png")
    cut = cutouts.cut_from_image(tmp_path / "a.png", 1.0, 40, "grey")
    assert (cut[..., 0] > 100).sum() == pytest.approx(400, abs=45)


def test_damaged_and_odd_images_raise_what_becomes_a_reject(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (40, 40), 9).save(path)
    whole = path.read_bytes()
    huge = whole[:16] + (30000).to_bytes(4) * 2 + whole[24:]  # width and height
    for content in (b"\x89PNG\r\n\x1a\nrubbish", b"", whole[:60], huge):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"\w+Error"):
            cutouts.cut_from_image(path, 1.0, 40, "grey")
    Image.new("F", (40, 40), 9.0).save(tmp_path / "a.tiff")
    with pytest.raises(ValueError, match="cannot identify"):
        cutouts.cut_from_image(tmp_path / "a.tiff", 1.0, 40, "grey")


@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_deep_and_transparent_images_keep_their_levels(tmp_path, channels):
    deep = np.tile(np.linspace(0, 65535, 40).astype(np.uint16), (40, 1))
    Image.fromarray(deep).save(tmp_path / "deep.png")
    cut = cutouts.cut_from_image(tmp_path / "deep.png", 1.0, 40, channels)
    assert np.abs(cut[20, :, 0] - np.linspace(0, 255, 40)).max() < 2
    pixels = np.full((40, 40, 4), 200, np.uint8)
    pixels[:20, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "clear.png")
    cut = cutouts.cut_from_image(tmp_path / "clear.png", 1.0, 40, channels)
    assert cut[:18].max() == 0
    assert cut[22:].min() > 100


def test_colour_needs_three_bands():
    cutouts.check_bands("sky", 3, "colour")
    with pytest.raises(InputError, match="source sky has 1 band"):
        cutouts.check_bands("sky", 1, "colour")


@given(st.integers(0, 20), st.integers(1, 7))
def test_batches_are_full_and_cover_all(count, size):
    images = np.arange(count)
    seen = []
    for part, batch in batches(images, size):
        assert len(batch) == size
        seen.extend(batch[: part.stop - part.start])
    assert seen == images.tolist()


@pytest.mark.parametrize("channels", [1, 3])
def test_images_survive_their_file(tmp_path, channels):
    image = np.random.default_rng(0).integers(0, 256, (9, 7, channels), np.uint8)
    write_image(image, tmp_path, "a")
    assert (read_image(tmp_path / "a.png") == image).all()
