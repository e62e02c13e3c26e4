"""Simulated frames hold what their truth table says."""

import galsim
import numpy as np
import pandas as pd
import pytest
import sep
from astropy.wcs import WCS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from photutils.aperture import EllipticalAperture, aperture_photometry
from scipy.ndimage import map_coordinates

from galvote.simulation import galaxies
from galvote.simulation.artefacts import ARTEFACTS
from galvote.simulation.frames import (
    draw_objects,
    draw_profile,
    header_of,
    noise_of,
    simulate_frame,
    survey_psf,
)
from galvote.simulation.survey import CLASSES, SPILL, frame_side, objects_of

SURVEY = {
    "seed": 11,
    "galaxies": 16,
    "frames": 2,
    "spacing": 64,
    "shares": dict.fromkeys(CLASSES, 1.0),
    "seeing": 3.0,
    "psf": "moffat",
    "sky": 100.0,
    "noise": 5.0,
    "noise_correlation": 0.0,
    "pixel_scale": 0.2,
    "signal_to_noise": [10.0, 100.0],
    "half_light": [3.0, 6.0],
    "saturation": None,
    "overlap": 0,
}
SYMMETRIC = ["spheroid", "early_disk", "edge_on", "star"]


def survey(**more):
    """Change some settings of the survey."""
    return SURVEY | more


def only(*classes, **more):
    """Return the settings of a survey of some classes."""
    return survey(shares=dict.fromkeys(classes, 1.0), **more)


def fine_galaxy(kind, seed, half_light=24.0):
    """Draw a large galaxy, hardly blurred: the galaxy, its image and its middle."""
    rng = np.random.default_rng(seed)
    galaxy = galaxies.make_galaxy(kind, half_light, 1.5, rng)
    sharp = survey_psf(survey(psf="gaussian", seeing=1.5))
    seen = galsim.Convolve(galaxy.profile, sharp)
    image = draw_profile(seen, galaxy.reach + 5.0, 0.0, 0.0)
    return galaxy, image, len(image) // 2


def unwrapped(image, middle, galaxy):
    """Sample rings of the galaxy's own ellipse: (radii, angles)."""
    radius = np.arange(0.5, 2.5, 0.1)[:, None] * galaxy.half_light
    angle = np.linspace(0.0, 2.0 * np.pi, 90, endpoint=False)
    along = radius * np.cos(angle) / np.sqrt(galaxy.axis_ratio)
    across = radius * np.sin(angle) * np.sqrt(galaxy.axis_ratio)
    turn = np.radians(galaxy.position_angle)
    x = middle + along * np.cos(turn) - across * np.sin(turn)
    y = middle + along * np.sin(turn) + across * np.cos(turn)
    return map_coordinates(image, [y, x], order=1)


def structure(kind, seed):
    """Return how uneven the rings of a galaxy are, relative to their mean."""
    galaxy, image, middle = fine_galaxy(kind, seed)
    rings = unwrapped(image, middle, galaxy)
    return np.mean(rings.std(axis=1) / rings.mean(axis=1))


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_an_aperture_holds_the_flux_and_the_centroid(kind, number):
    chosen = only(kind, spacing=500, galaxies=1)
    image, truth = draw_objects(chosen, number)
    flux, x0, y0 = truth.loc[0, ["flux", "x", "y"]]
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    light = image * (np.hypot(x - x0, y - y0) < 70.0)
    assert light.sum() == pytest.approx(flux, rel=0.02)
    allowed = 0.02 if kind in SYMMETRIC else 0.1
    assert (light * x).sum() / light.sum() == pytest.approx(x0, abs=allowed)
    assert (light * y).sum() / light.sum() == pytest.approx(y0, abs=allowed)


@pytest.mark.parametrize("kind", galaxies.GALAXIES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_ellipse_of_the_table_holds_half_of_the_light(kind, seed):
    galaxy, image, middle = fine_galaxy(kind, seed)
    ellipse = EllipticalAperture(
        (middle, middle),
        galaxy.half_light / np.sqrt(galaxy.axis_ratio),
        galaxy.half_light * np.sqrt(galaxy.axis_ratio),
        theta=np.radians(galaxy.position_angle),
    )
    inside = aperture_photometry(image, ellipse)["aperture_sum"][0]
    assert inside == pytest.approx(0.5, abs=0.015)


def test_sizes_and_shapes_of_a_sersic_profile_are_its_own():
    profile = galaxies.flattened(galaxies.sersic(4.0), 0.7).rotate(
        30.0 * galsim.degrees
    )
    half_light, ratio, angle = galaxies.measure_light(galaxies.LightModel(profile, 9.6))
    assert half_light == pytest.approx(1.0, rel=0.01)
    assert ratio == pytest.approx(0.7, abs=0.01)
    assert np.degrees(angle) == pytest.approx(30.0, abs=0.5)


@pytest.mark.parametrize("number", [0, 1, 57])
def test_astropy_reads_galsims_coordinates_and_pixels_count_from_one(number):
    _, header, truth = simulate_frame(survey(), number)
    x, y = WCS(header).all_world2pix(truth["ra"], truth["dec"], 0)
    assert np.abs(x - truth["x"]).max() < 0.01
    assert np.abs(y - truth["y"]).max() < 0.01
    first = WCS(header).all_pix2world(truth["x"] + 1.0, truth["y"] + 1.0, 1)
    step = np.hypot(*(first - truth[["ra", "dec"]].to_numpy().T)) * 3600.0
    assert step.max() < 0.002


def test_frames_lie_side_by_side_and_are_seen_from_inside():
    headers = [header_of(survey(), n, (256, 256)) for n in (0, 1)]
    one, two = (WCS(header) for header in headers)
    edge = one.pixel_to_world(255.5, 100.0).separation(two.pixel_to_world(-0.5, 100.0))
    assert edge.arcsec < 0.002
    assert np.linalg.det(one.pixel_scale_matrix) < 0  # east is left where north is up
    assert one.pixel_to_world(0.0, 0.0).separation(
        one.pixel_to_world(1.0, 0.0)
    ).arcsec == pytest.approx(0.2, rel=1e-4)


def test_frames_that_overlap_show_the_same_objects():
    classes = [name for name in CLASSES if name != "artefact"]
    chosen = only(*classes, overlap=100, half_light=[3.0])
    side = frame_side(chosen)
    (one, truth_one), (two, truth_two) = (draw_objects(chosen, n) for n in (0, 1))
    assert one.shape == (side, side + 100)
    both = truth_one.merge(truth_two, on="object")
    assert len(both) >= 4
    assert np.abs(both["x_x"] - side - both["x_y"]).max() < 0.05
    assert np.abs(both["ra_x"] - both["ra_y"]).max() * 3600 < 0.001
    assert np.allclose(both["flux_x"], both["flux_y"], rtol=1e-4)
    seen, again = one[:, side:], two[:, :100]
    clear = slice(0, 100 - int(SPILL * 3.0))
    assert np.abs(seen - again)[:, clear].max() < 1e-3 * seen.max()


@pytest.mark.parametrize("fwhm", [0.0, 2.0, 4.0])
def test_noise_has_the_sigma_and_the_correlation_that_were_asked(fwhm):
    noise = noise_of((700, 600), 5.0, fwhm, np.random.default_rng(1))
    assert noise.std() == pytest.approx(5.0, rel=0.02)
    neighbours = np.mean(noise[:, 1:] * noise[:, :-1]) / noise.var()
    sigma = fwhm / 2.3548
    expected = np.exp(-0.25 / sigma**2) if fwhm else 0.0
    assert neighbours == pytest.approx(expected, abs=0.04)


def test_an_empty_stretch_of_sky_has_its_level_and_noise():
    chosen = only("star", galaxies=1, spacing=300, signal_to_noise=[1.0])
    image, _, truth = simulate_frame(chosen, 0)
    corner = image[:60] if truth["y"][0] > 150 else image[-60:]
    assert corner.mean() == pytest.approx(100.0, abs=0.2)
    assert corner.std() == pytest.approx(5.0, rel=0.03)
    assert np.isnan(truth["separation"][0])


def test_a_frame_is_the_same_again_however_many_there_are():
    image, header, truth = simulate_frame(survey(), 1)
    again, same, table = simulate_frame(survey(frames=9), 1)
    assert image.tobytes() == again.tobytes()
    assert header.tostring() == same.tostring()
    pd.testing.assert_frame_equal(truth, table)
    other = simulate_frame(survey(seed=12), 1)[0]
    assert not np.array_equal(image, other)


def test_signal_to_noise_is_what_it_is_defined_to_be():
    _, truth = draw_objects(survey(), 0)
    area = np.pi * (2.0 * truth["half_light_observed"]) ** 2
    expected = truth["flux"] / (5.0 * np.sqrt(area))
    assert np.allclose(expected, truth["signal_to_noise"])
    galaxy = ~truth["class"].isin(["star", "artefact"])
    assert set(truth["signal_to_noise"][galaxy]) <= {10.0, 100.0}
    assert set(truth["half_light"][galaxy]) <= {3.0, 6.0}
    assert (truth["half_light"][truth["class"] == "star"] == 0).all()


def test_the_grid_is_covered_evenly_over_frames():
    dealt = pd.concat(objects_of(only("spheroid", "merger"), n) for n in range(4))
    counts = dealt.groupby(["class", "signal_to_noise", "half_light"]).size()
    assert list(counts) == [8] * 8
    shares = {"spheroid": 3.0, "edge_on": 1.0}
    uneven = objects_of(survey(shares=shares), 3)
    assert (uneven["class"] == "spheroid").sum() == 12


def test_separations_are_those_of_the_nearest_neighbour():
    _, truth = draw_objects(survey(), 0)
    apart = np.hypot(
        truth["x"].to_numpy()[:, None] - truth["x"].to_numpy(),
        truth["y"].to_numpy()[:, None] - truth["y"].to_numpy(),
    )
    np.fill_diagonal(apart, np.inf)
    assert np.allclose(truth["separation"], apart.min(axis=1))


@pytest.mark.parametrize("psf", ["moffat", "gaussian"])
def test_a_star_is_as_wide_as_the_seeing(psf):
    profile = survey_psf(survey(psf=psf))
    centred, shifted = (
        draw_profile(profile, 45.0, dx, 0.0)[45, 45] for dx in (0.0, 1.5)
    )
    assert shifted == pytest.approx(0.5 * centred, rel=0.01)


def test_a_moffat_has_more_light_in_its_wings():
    wings = {}
    for psf in ("moffat", "gaussian"):
        star = draw_profile(survey_psf(survey(psf=psf)), 45, 0, 0)
        wings[psf] = 1.0 - star[40:51, 40:51].sum()
    assert wings["moffat"] > 0.02 > 0.005 > wings["gaussian"]


def test_saturated_pixels_are_clipped():
    chosen = only("star", signal_to_noise=[1000.0], saturation=500.0)
    image, header, _ = simulate_frame(chosen, 0)
    assert image.max() == 500.0
    assert (image == 500.0).sum() > 50
    assert header["SATURATE"] == 500.0


def test_edge_on_disks_are_thin_and_spheroids_are_not():
    thin = [fine_galaxy("edge_on", i)[0].axis_ratio for i in range(6)]
    round_ = [fine_galaxy("spheroid", i)[0].axis_ratio for i in range(6)]
    assert max(thin) < 0.25
    assert min(round_) > 0.55


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        ("spheroid", 0.0, 0.02),
        ("early_disk", 0.0, 0.15),
        ("late_disk", 0.8, 2.0),
        ("irregular", 0.3, 2.0),
        ("merger", 0.4, 2.0),
    ],
)
def test_light_around_the_centre_is_as_uneven_as_its_class(kind, least, most):
    uneven = [structure(kind, seed) for seed in range(5)]
    assert least <= min(uneven)
    assert max(uneven) <= most


def test_spheroids_are_more_concentrated_than_spirals():
    def concentration(kind, seed):
        _, image, middle = fine_galaxy(kind, seed)
        radii, _ = sep.flux_radius(
            image, [middle], [middle], [1.0 * middle], [0.2, 0.8], normflux=[1.0]
        )
        return 5.0 * np.log10(radii[0, 1] / radii[0, 0])  # Bershady et al. 2000

    smooth = [concentration("spheroid", seed) for seed in range(6)]
    spiral = [concentration("late_disk", seed) for seed in range(6)]
    assert min(smooth) > max(spiral)


@pytest.mark.parametrize("kind", ARTEFACTS)
def test_artefacts_look_like_no_galaxy(kind):
    light = kind(np.random.default_rng(0), 6.0, 3.0)
    middle = len(light) // 2
    if kind.__name__ == "ghost":
        assert light[middle, middle] < 0.2 * light.max()
    else:
        y, x = np.mgrid[: len(light), : len(light)] - float(middle)
        assert galaxies.light_moments(light, x, y)[0] < 0.2


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    chosen=st.fixed_dictionaries(
        {
            "seed": st.integers(0, 2**32 - 1),
            "galaxies": st.integers(1, 8),
            "spacing": st.floats(20.0, 90.0),
            "seeing": st.floats(1.5, 6.0),
            "psf": st.sampled_from(["moffat", "gaussian"]),
            "noise": st.floats(1e-3, 100.0),
            "noise_correlation": st.floats(0.0, 5.0),
            "pixel_scale": st.floats(0.03, 3.0),
            "signal_to_noise": st.lists(st.floats(1.0, 1000.0), min_size=1, max_size=3),
            "half_light": st.lists(st.floats(1.5, 30.0), min_size=1, max_size=3),
            "saturation": st.none() | st.floats(200.0, 1e5),
            "overlap": st.integers(0, 40),
        }
    ),
    number=st.integers(0, 50),
)
def test_any_settings_make_a_frame(chosen, number):
    chosen = survey(**chosen)
    image, header, truth = simulate_frame(chosen, number)
    side = frame_side(chosen)
    assert image.shape == (side, side + chosen["overlap"])
    assert image.dtype == np.float32
    assert np.isfinite(image).all()
    assert len(truth) >= 1
    assert (truth["flux"] > 0).all()
    assert truth["x"].between(-0.5, image.shape[1] - 0.5).all()
    assert header["PSFFWHM"] == chosen["seeing"]
