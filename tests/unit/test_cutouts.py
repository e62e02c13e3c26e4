"""Cutouts are centred, scaled, stretched and complete, whatever the input."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from galvote.base.pngs import batches, read_image, write_image
from galvote.cutouts.cutter import Cutter
from galvote.cutouts.stretch import stretch
from galvote.cutouts.windows import others_in
from galvote.detection.framing import cutout_side
from galvote.inputs.frames import Frame, Plane
from galvote.inputs.single_images import Picture, checked, picture_frame, read_picture

COMMON = {"kind": "asinh", "size": 48, "channels": "grey", "softening": 3.0}
NONE = np.zeros((200, 200), np.int32)


def gaussian_frame(places, size=200, sigma=3.0, noise=0.0):
    """Make a frame of Gaussian blobs at (x, y)."""
    y, x = np.mgrid[:size, :size].astype(float)
    image = sum(
        100.0 * np.exp(-0.5 * ((x - x0) ** 2 + (y - y0) ** 2) / sigma**2)
        for x0, y0 in places
    )
    image = image + np.random.default_rng(0).normal(0, noise, image.shape)
    return Frame("", [Plane(image.astype(np.float32), 1.0)])


def cut(frame, galaxy, segments=NONE, **more):
    """Cut a galaxy out of a frame."""
    look = COMMON | {"hide_neighbours": True} | more
    return Cutter(frame, segments, **look).cut(galaxy)


def cut_picture(path, crop, size, channels):
    """Cut the middle out of a picture, its grey levels as they are."""
    pixels = read_picture(path).transpose(2, 0, 1)
    frame = picture_frame(checked(Picture(pixels)), subtract=False)
    look = {"size": size, "channels": channels, "softening": 3.0}
    segments = np.zeros(frame.shape, np.int32)
    cutter = Cutter(frame, segments, kind="none", hide_neighbours=False, **look)
    return cutter.cut(galaxy(0.0, 0.0, segment=0), crop)


def galaxy(x, y, radius=9.0, segment=1):
    """Make a catalogue row."""
    return SimpleNamespace(id="g", x=x, y=y, radius=radius, segment=segment)


@settings(max_examples=30)
@given(st.floats(20, 180), st.floats(20, 180), st.floats(3, 14))
def test_the_galaxy_is_in_the_middle(x, y, radius):
    frame = gaussian_frame([(x, y)])
    light = cut(frame, galaxy(x, y, radius), kind="linear")[..., 0].astype(float)
    light -= np.median(light)
    light[light < 20] = 0
    rows, columns = np.mgrid[:48, :48]
    assert (light * columns).sum() / light.sum() == pytest.approx(23.5, abs=0.5)
    assert (light * rows).sum() / light.sum() == pytest.approx(23.5, abs=0.5)


def test_a_cutout_holds_the_galaxy_in_any_rotation_and_enlarges_at_most_twice():
    assert cutout_side(20.0, 64) == pytest.approx(3 * np.sqrt(2) * 20.0)
    assert cutout_side(1.0, 64) == 32.0


def test_a_galaxy_at_the_corner_is_padded_with_sky():
    frame = gaussian_frame([(0.0, 0.0)], noise=1.0)
    frame.planes[0].data[5, 5] = np.nan
    shown = cut(frame, galaxy(0.0, 0.0))
    assert shown.shape == (48, 48, 1)
    assert shown[:20, :20].max() < 120  # no light of the galaxy outside
    assert shown[:20, :20].std() > 5
    assert shown[24, 24, 0] > 200


def test_a_neighbour_is_hidden_and_the_galaxy_is_not():
    places = [(100.0, 100.0), (118.0, 100.0)]
    frame = gaussian_frame(places)
    y, x = np.mgrid[:200, :200]
    segments = np.zeros((200, 200), dtype=np.int32)
    for number, (x0, y0) in enumerate(places, start=1):
        segments[np.hypot(x - x0, y - y0) < 8] = number
    seen = cut(frame, galaxy(*places[0]), segments, hide_neighbours=False)
    hidden = cut(frame, galaxy(*places[0]), segments)
    scale = 48 / cutout_side(9.0, 48)
    place = round(23.5 + 18 * scale)
    assert seen[24, place, 0] > 200
    assert hidden[24, place, 0] < 120
    assert hidden[24, 24, 0] == seen[24, 24, 0]
    assert (cut(frame, galaxy(*places[0]), segments) == hidden).all()


def test_what_hides_a_neighbour_reaches_a_little_over_its_segment():
    segments = np.zeros((30, 30), np.int32)
    segments[10:15, 10:15] = 1
    segments[10:15, 18:22] = 2
    other = others_in(segments, galaxy(12.0, 12.0), (12.0, 12.0))
    assert other[12, 17]  # halo
    assert other[12, 16]
    assert not other[12, 15]
    assert not other[segments == 1].any()
    assert other[segments == 2].all()
    nobody = galaxy(25.0, 25.0, segment=0)
    assert others_in(segments, nobody, (25.0, 25.0))[segments > 0].all()
    close = segments.copy()
    close[10:15, 15:18] = 2
    assert not others_in(close, galaxy(12.0, 12.0), (12.0, 12.0))[segments == 1].any()


@settings(max_examples=60)
@given(
    st.floats(60.0, 140.0),
    st.floats(60.0, 140.0),
    st.integers(0, 3),
    st.sampled_from([3.0, 9.0, 25.0]),
    st.integers(0, 5),
)
def test_no_light_of_the_galaxys_core_is_hidden(x, y, own, radius, seed):
    rng = np.random.default_rng(seed)
    frame = gaussian_frame([(x, y)], noise=1.0)
    segments = np.zeros((200, 200), np.int32)
    rows, columns = np.mgrid[:200, :200]
    for number in (1, 2, 3, 4):  # one may lie on the galaxy, or beside it
        at_x, at_y = rng.normal((x, y), 10.0)
        segments[np.hypot(columns - at_x, rows - at_y) < 6] = number
    own = own if (segments == own).any() else 0
    cutter = Cutter(frame, segments, hide_neighbours=True, **COMMON)
    side = cutout_side(radius, 48)
    patches, (at_x, at_y) = cutter.clean_patches(galaxy(x, y, radius, own), x, y, side)
    left, low = round(x - at_x), round(y - at_y)
    kept = (
        patches[0]
        == frame.planes[0].data[
            low : low + len(patches[0]), left : left + len(patches[0])
        ]
    )
    window = segments[low : low + len(kept), left : left + len(kept)]
    assert kept[round(at_y), round(at_x)]
    if own:
        assert kept[window == own].all()
    else:
        core = np.hypot(*(np.indices(kept.shape).T - (at_y, at_x)).T) <= radius / 3
        assert kept[core].all()
        assert kept[np.isin(window, window[core]) & (window > 0)].all()


@pytest.mark.parametrize("channels", ["colour", "grey"])
def test_a_picture_does_not_depend_on_the_rest_of_the_frame(channels):
    wide = gaussian_frame([(100.0, 100.0)], noise=1.0)
    data = wide.planes[0].data
    wide.planes = [Plane(data * gain, gain) for gain in (1.0, 2.0, 3.0)]
    small = Frame("", [Plane(p.data[30:170, 30:170], p.noise) for p in wide.planes])
    cuts = [
        cut(
            frame,
            galaxy(place, place),
            NONE[: len(frame.planes[0].data)][:, : frame.shape[1]],
            channels=channels,
        )
        for frame, place in ((wide, 100.0), (small, 70.0))
    ]
    assert np.abs(cuts[0].astype(int) - cuts[1]).max() <= 6


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
    planes[:, 4:6, 4:6] *= 10
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
    shown = cut_picture(tmp_path / "a.png", 0.4, 40, "colour")
    assert shown.shape == (40, 40, 3)
    assert shown[12:28, 12:28].min() == 255
    assert shown[:8].max() == 0


def test_a_small_image_is_enlarged_at_most_twice(tmp_path):
    pixels = np.full((10, 10), 200, np.uint8)
    pixels[4, 4] = 210
    Image.fromarray(pixels).save(tmp_path / "a.png")
    shown = cut_picture(tmp_path / "a.png", 1.0, 40, "grey")[..., 0].astype(int)
    assert abs(shown - 200).max() <= 10  # round it is sky, not black
    bright = shown > 204
    assert 2 <= bright.sum() <= 6  # one pixel has become four


def test_damaged_and_odd_images_raise_what_becomes_a_reject(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (40, 40), 9).save(path)
    whole = path.read_bytes()
    huge = whole[:16] + (30000).to_bytes(4) * 2 + whole[24:]  # width and height
    for content in (b"\x89PNG\r\n\x1a\nrubbish", b"", whole[:60], huge):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"\w+ \w+"):
            cut_picture(path, 1.0, 40, "grey")
    Image.new("L", (40, 40), 9).save(tmp_path / "a.tga")
    with pytest.raises(ValueError, match="it is none of PNG, JPEG, TIFF"):
        cut_picture(tmp_path / "a.tga", 1.0, 40, "grey")


@pytest.mark.parametrize("channels", ["grey", "colour"])
def test_deep_and_transparent_images_keep_their_levels(tmp_path, channels):
    deep = np.tile(np.linspace(0, 65535, 40).astype(np.uint16), (40, 1))
    Image.fromarray(deep).save(tmp_path / "deep.png")
    shown = cut_picture(tmp_path / "deep.png", 1.0, 40, channels)
    assert np.abs(shown[20, :, 0] - np.linspace(0, 255, 40)).max() < 2
    pixels = np.full((40, 40, 4), 200, np.uint8)
    pixels[:20, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "clear.png")
    shown = cut_picture(tmp_path / "clear.png", 1.0, 40, channels)
    assert shown[:18].max() == 0
    assert shown[22:].min() > 100


def test_lupton_keeps_the_hue_that_asinh_bleaches():
    y, x = np.mgrid[:64, :64] - 31.5
    light = 500.0 * np.exp(-0.5 * (x**2 + y**2) / 36.0)
    planes = np.stack([light, 0.5 * light, 0.25 * light])
    inside = np.hypot(x, y) < 20
    options = {"inside": inside, "noise": 1.0, "softening": 3.0}
    shades = {}
    for kind in ("lupton", "asinh"):
        red, green, blue = stretch(planes, kind, "colour", **options)
        shown = light > 50.0
        shades[kind] = (
            np.median(green[shown] / red[shown]),
            np.median(blue[shown] / red[shown]),
        )
    assert shades["lupton"] == pytest.approx((0.5, 0.25), abs=0.04)
    assert shades["asinh"][1] > 0.5
    grey = stretch(planes, "lupton", "grey", **options)
    assert np.allclose(grey, stretch(planes, "asinh", "grey", **options))


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
