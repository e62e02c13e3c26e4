"""On simulated surveys the search finds what is there, its PSF and its stars."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from galvote.detection.flagging import flag_image
from galvote.detection.in_frames import NOT_USABLE
from galvote.detection.measuring import measure
from galvote.detection.psf import measure_psf
from galvote.detection.search import find_detections
from galvote.inputs.frames import Frame, plane_of
from galvote.simulation.frames import simulate_frame
from galvote.simulation.truth import match, matched_rows
from known_inputs import search_of, source_of, survey_settings, write_survey
from simulated import search_sky

SEEDS = [1, 2]


def searched(settings):
    """Search a simulated frame: the truth, the measured detections, the PSF."""
    image, _, truth = simulate_frame(settings, 0)
    frame = Frame("", [plane_of(image, None, 64)])
    detections, _ = find_detections(frame.planes[0], **search_of())
    usable = flag_image(detections, frame, None) & NOT_USABLE.value == 0
    psf = measure_psf(detections, usable, frame, None)
    limits = {"saturation": None, "resolved_above": 1.5}
    return truth, measure(detections, detections, frame, psf, **limits), psf


@pytest.fixture(scope="module", params=SEEDS)
def default(request):
    """Search a frame of the default survey."""
    return searched(survey_settings(seed=request.param))


def are_galaxies(truth):
    """Tell which true objects are galaxies."""
    return ~truth["class"].isin(["star", "artefact"])


def near(truth, detections):
    """Tell whether detections lie at true objects: bool (n_detections, n_true)."""
    apart = np.hypot(
        *(
            detections[axis].to_numpy()[:, None] - truth[axis].to_numpy()
            for axis in ("x", "y")
        )
    )
    return apart <= np.maximum(2.0, truth["half_light"].to_numpy())


def test_galaxies_are_found_and_little_else():
    seen, distances = [], []
    for seed in range(1, 6):
        truth, detections, psf = searched(survey_settings(seed=seed))
        wanted = are_galaxies(truth) & (truth["signal_to_noise"] > 10)
        wanted &= truth["separation"] > 2.0 * psf.fwhm
        seen.append(near(truth, detections).any(axis=0)[wanted])
        distances.append(cKDTree(truth[["x", "y"]]).query(detections[["x", "y"]])[0])
    seen, distances = np.concatenate(seen), np.concatenate(distances)
    assert len(seen) > 1500
    assert seen.mean() >= 0.98
    assert (distances > 2.0).mean() <= 0.02


def test_galaxies_are_found_once(default):
    truth, detections, _ = default
    once = near(truth, detections).sum(axis=0)[are_galaxies(truth)]
    assert (once > 1).mean() <= 0.03


def of_true(truth, detections, column):
    """Return a column of the nearest true objects, and whether they are near."""
    distance, nearest = cKDTree(truth[["x", "y"]]).query(detections[["x", "y"]])
    return truth[column].to_numpy()[nearest], distance < 2.0


def stars_and_galaxies(truth, detections):
    """Return the probabilities of true stars and galaxies of S/N above 20."""
    kind, at = of_true(truth, detections, "class")
    bright = of_true(truth, detections, "signal_to_noise")[0] > 20
    probability = detections["star_probability"].to_numpy()
    galaxies = at & bright & ~np.isin(kind, ["star", "artefact"])
    return probability[at & bright & (kind == "star")], probability[galaxies]


def test_stars_are_told_from_galaxies(default):
    stars, galaxies = stars_and_galaxies(*default[:2])
    assert len(stars) > 30
    assert len(galaxies) > 150
    assert stars.mean() > 0.9
    assert galaxies.mean() < 0.05
    assert (stars > 0.5).mean() > 0.95


@pytest.mark.parametrize("noise_correlation", [0.0, 2.0])
@pytest.mark.parametrize(
    ("seeing", "psf"),
    [(2.0, "moffat"), (2.0, "gaussian"), (3.5, "moffat"), (6.0, "moffat")],
)
def test_the_psf_is_measured_from_the_stars(seeing, psf, noise_correlation):
    settings = survey_settings(
        galaxies=100, seeing=seeing, psf=psf, noise_correlation=noise_correlation
    )
    settings["shares"] = {"star": 1, "early_disk": 1, "late_disk": 1}
    truth, detections, measured = searched(settings)
    assert measured.origin == "stars"
    assert measured.stars > 15
    assert measured.fwhm == pytest.approx(seeing, rel=0.03)
    assert measured.image.sum() == pytest.approx(1.0)
    assert measured.image.argmax() == measured.image.size // 2
    stars, galaxies = stars_and_galaxies(truth, detections)
    assert stars.mean() > 0.8
    assert galaxies.mean() < 0.2


def test_sizes_and_fluxes_are_nearly_the_true_ones(default):
    truth, detections, _ = default
    size, at = of_true(truth, detections, "half_light_observed")
    flux, _ = of_true(truth, detections, "flux")
    bright = at & (of_true(truth, detections, "signal_to_noise")[0] >= 100)
    bright &= of_true(truth, detections, "separation")[0] > 40
    assert bright.sum() > 40
    assert np.median(detections["half_light"][bright] / size[bright]) > 0.88
    assert np.median(detections["half_light"][bright] / size[bright]) < 1.05
    assert np.median(detections["flux"][bright] / flux[bright]) > 0.88
    assert np.median(detections["flux"][bright] / flux[bright]) < 1.05


def test_a_given_psf_is_taken(tmp_path):
    settings = survey_settings(galaxies=16)
    write_survey(tmp_path / "s.fits", settings)
    source = source_of(kind="frames", path=str(tmp_path / "s.fits"), psf_fwhm=4.5)
    result = search_sky(source, search_of(), 1.5)
    assert result.frames["psf_fwhm"].tolist() == [4.5]
    assert result.frames["psf_from"].tolist() == ["config"]


def test_labels_are_those_of_the_object_at_the_place():
    truth = pd.DataFrame(
        {
            "frame": [0, 0, 1],
            "x": [10.0, 50.0, 10.0],
            "y": [10.0, 10.0, 10.0],
            "class": ["star", "merger", "spheroid"],
        }
    )
    galaxies = pd.DataFrame(
        {
            "id": list("abcde"),
            "hdu": ["1", "1", "1", "2", "3"],
            "x": [50.5, 10.0, 13.0, 11.0, 10.0],
            "y": [10.5, 9.0, 10.0, 10.0, 10.0],
        }
    )
    assert match(galaxies, truth).tolist() == [1, 0, -1, 2, -1]
    labels = matched_rows(galaxies, truth, "class")
    assert labels.to_dict("list") == {
        "id": ["a", "b", "d"],
        "label": ["merger", "star", "spheroid"],
    }
    alone = galaxies[:3].assign(hdu="")
    assert match(alone, truth).tolist() == [1, 0, -1]
