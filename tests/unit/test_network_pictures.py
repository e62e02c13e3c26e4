"""Pictures that networks of classes learn from: channels, whitening, augmentation."""

import numpy as np
import pytest
import torch

from galvote.classes.pictures import MOST_NOISE, Pictures
from simulated import sersic_frame


@pytest.fixture(scope="module")
def galaxies():
    """Draw a galaxy with noise five times; uint8 (5, 32, 32, 1)."""
    frames = [sersic_frame([(15.5, 15.5)], size=32, seed=n) for n in range(5)]
    bright = [np.clip(f / f.max() * 200 + 20, 0, 255) for f in frames]
    return np.stack(bright).astype(np.uint8)[..., None]


def pictures(images, channels=1, whiten=False, size=32):
    usual = [0.5] * channels
    return Pictures(images, size, usual, usual, whiten, "cpu")


def test_images_of_one_channel_serve_networks_of_three_and_the_other_way(galaxies):
    grey = galaxies[:4]
    rows = np.arange(4)
    three = pictures(grey, 3)(rows, "none")
    assert three.shape == (4, 3, 32, 32)
    assert torch.equal(three[:, 0], three[:, 2])
    colour = np.repeat(grey, 3, axis=3)
    assert torch.allclose(pictures(colour, 1)(rows, "none"), three[:, :1], atol=1e-6)


def test_whitened_images_have_mean_0_and_deviation_1(galaxies):
    images = galaxies[:5].copy()
    images[4] = 9  # flat
    white = pictures(images, whiten=True)(np.arange(5), "none")
    assert white[:4].mean(dim=(1, 2, 3)).abs().max() < 1e-4
    assert white[:4].std(dim=(1, 2, 3)).sub(1).abs().max() < 1e-2
    assert (white[4] == 0).all()


@pytest.mark.parametrize("augment", ["turns", "sky", "strong"])
def test_each_galaxy_is_changed_in_a_way_of_its_own(galaxies, augment):
    images = np.repeat(galaxies[:1], 12, axis=0)
    prepare = pictures(images)
    torch.manual_seed(1)
    changed = prepare(np.arange(12), augment)
    assert len({image.numpy().tobytes() for image in changed}) > 3
    assert torch.equal(
        prepare(np.arange(12), "none")[0], prepare(np.arange(12), "none")[5]
    )
    torch.manual_seed(1)
    assert torch.equal(changed, prepare(np.arange(12), augment))
    assert changed.min() >= -1.0 and changed.max() <= 1.0
    usual = prepare(np.arange(1), "none").mean().item()
    assert changed.mean().item() == pytest.approx(usual, abs=0.15)


@pytest.mark.parametrize("grey", [0, 128, 255])
@pytest.mark.parametrize("size", [16, 33, 96])
def test_no_turn_brings_in_what_lies_beyond_the_image(grey, size):
    flat = np.full((40, size, size, 1), grey, np.uint8)
    changed = pictures(flat, size=size)(np.arange(40), "sky")
    noise = 2 * 6 * MOST_NOISE  # of -1..1, and hardly ever beyond six sigma
    assert (changed - (grey / 127.5 - 1.0)).abs().max().item() < noise
