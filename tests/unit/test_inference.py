"""OpenVINO and torch give the same codes; what OpenVINO does not know, torch runs."""

import logging

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from galvote.base.parallel import in_order
from galvote.networks.devices import choose_dtype
from galvote.networks.inference import ready, rounded_filters

SHAPE = (4, 3, 20, 20)
needs_units = pytest.mark.skipif(
    choose_dtype("cpu") != "bfloat16", reason="this processor has no bfloat16 units"
)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2),
        nn.BatchNorm2d(16),
        nn.ReLU6(),
        nn.Conv2d(16, 8, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    ).eval()


@pytest.fixture(scope="module")
def batches():
    return torch.randn(6, *SHAPE, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("dtype", "off"),
    [("float32", 1e-5), pytest.param("bfloat16", 2e-2, marks=needs_units)],
)
@pytest.mark.parametrize("engine", ["auto", "torch"])
def test_codes_are_those_of_the_network(network, batches, dtype, off, engine):
    with torch.inference_mode():
        expected = network(batches[0])
        run, taken = ready(network, SHAPE, dtype, "cpu", engine, workers=1)
        assert taken == ("torch" if engine == "torch" else "openvino")
        assert (run(batches[0]) - expected).abs().max() < off * expected.abs().max()


@pytest.mark.parametrize(
    "dtype", ["float32", pytest.param("bfloat16", marks=needs_units)]
)
def test_bytes_do_not_depend_on_the_number_of_workers(network, batches, dtype):
    alone, _ = ready(network, SHAPE, dtype, "cpu", "auto", workers=1)
    shared, _ = ready(network, SHAPE, dtype, "cpu", "auto", workers=3)
    found = list(in_order(shared, batches, workers=3))
    assert all(torch.equal(alone(b), f) for b, f in zip(batches, found, strict=True))


@settings(max_examples=30)
@given(seed=st.integers(0, 999), side=st.integers(1, 7))
def test_rounded_filters_keep_their_sums(seed, side):
    shape = (4, 2, 3, side, side)
    filters = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    rounded = rounded_filters(filters)
    assert rounded.shape == shape
    assert torch.equal(
        torch.from_numpy(rounded), torch.from_numpy(rounded).bfloat16().float()
    )
    steps = np.abs(filters).max(axis=(3, 4)) / 128.0
    assert (np.abs(rounded - filters).max(axis=(3, 4)) <= steps).all()
    left = np.abs(rounded.sum(axis=(3, 4)) - filters.sum(axis=(3, 4)))
    assert (left <= np.abs(filters).min(axis=(3, 4)) / 128.0 + 1e-4).all()


class Unknown(nn.Module):
    """A layer that OpenVINO does not know."""

    def forward(self, inputs):
        return torch.special.bessel_j0(inputs).flatten(1)


def test_torch_runs_what_openvino_does_not_know(batches, caplog):
    with caplog.at_level(logging.INFO, "galvote"):
        run, taken = ready(Unknown(), SHAPE, "float32", "cpu", "auto", workers=2)
    assert taken == "torch"
    expected = torch.special.bessel_j0(batches[0]).flatten(1)
    assert torch.equal(run(batches[0]), expected)
    assert "torch runs the encoder, OpenVINO cannot: No conversion" in caplog.text
    assert "bessel_j0" in caplog.text
