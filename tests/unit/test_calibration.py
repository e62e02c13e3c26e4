"""Calibration by a temperature, against probabilities that are known."""

import numpy as np
import pytest

from galvote.classes.calibration import inverse_temperature, scaled

SEED = 3


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@pytest.mark.parametrize("sharpness", [0.4, 1.0, 4.0])
def test_a_temperature_gives_back_the_true_probabilities(n_classes, sharpness):
    rng = np.random.default_rng(SEED)
    true = rng.dirichlet(np.ones(n_classes), 4000)
    classes = (true.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
    wrong = scaled(true, sharpness)
    inverse = inverse_temperature(wrong, classes)
    assert inverse == pytest.approx(1.0 / sharpness, rel=0.1)
    assert scaled(wrong, inverse) == pytest.approx(true, abs=0.05)
    assert (scaled(wrong, inverse).argmax(axis=1) == true.argmax(axis=1)).all()


def test_a_class_without_a_calibrating_label_is_calibrated_with_the_others():
    rng = np.random.default_rng(SEED)
    true = rng.dirichlet(np.ones(3), 3000)
    classes = (true.cumsum(axis=1) > rng.random((3000, 1))).argmax(axis=1)
    some = classes < 2
    inverse = inverse_temperature(scaled(true, 3.0)[some], classes[some])
    assert inverse == pytest.approx(1 / 3, rel=0.15)


@pytest.mark.parametrize("count", [8, 20, 36, 400])
@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_few_labels_prove_no_more_than_laplace_grants(count, n_classes):
    classes = np.resize(np.arange(n_classes), count)
    chances = scaled(np.eye(n_classes)[classes] + 0.2, 1.0)  # all right
    inverse = inverse_temperature(chances, classes)
    confidence = scaled(chances, inverse).max(axis=1).mean()
    assert confidence <= (count + 1) / (count + 2) + 1e-6
    assert confidence > 0.9 * (count + 1) / (count + 2)


@pytest.mark.parametrize("counts", [(7, 1), (1, 9), (20, 1, 1), (1,) * 8, (5, 0, 3)])
def test_a_class_with_a_single_calibrating_label_has_a_say(counts):
    classes = np.repeat(np.arange(len(counts)), counts)
    sure = 0.6 * np.eye(len(counts))[classes] + 0.4 / len(counts)
    assert inverse_temperature(sure, classes) > 1.0  # all right: surer still
    assert inverse_temperature(np.roll(sure, 1, axis=0), classes) < inverse_temperature(
        sure, classes
    )


@pytest.mark.parametrize("classes", [[], [0, 1], [1] * 20])
def test_too_few_labels_are_told_and_leave_probabilities_as_they_are(classes):
    chances = np.full((len(classes), 2), 0.5)
    assert inverse_temperature(chances, np.array(classes, dtype=int)) is None
    assert scaled(np.array([[0.2, 0.8]]), None) == pytest.approx(np.array([[0.2, 0.8]]))
