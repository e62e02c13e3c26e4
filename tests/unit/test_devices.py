"""The number format is the one that the processor has units for."""

import pytest
import torch

from galvote.base.errors import InputError
from galvote.networks.devices import choose_device, choose_dtype, require_units


@pytest.mark.parametrize(
    ("units", "dtype"),
    [
        ({}, "float32"),
        ({"avx512_f": True}, "float32"),
        ({"avx512_bf16": True}, "bfloat16"),
        ({"amx_bf16": True, "avx512_bf16": False}, "bfloat16"),
    ],
)
def test_bfloat16_where_a_processor_has_units_for_it(monkeypatch, units, dtype):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: units)
    assert choose_dtype("cpu") == dtype
    require_units("float32", "cpu")
    require_units(dtype, "cpu")


def test_a_number_format_without_units_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {})
    with pytest.raises(InputError, match=r"set `codes\.dtype: float32`"):
        require_units("bfloat16", "cpu")


def test_a_gpu_is_used_where_it_is_granted_and_there(monkeypatch):
    for there in (True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert choose_device(0) == "cpu"
        assert choose_device(1) == ("cuda" if there else "cpu")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert (choose_device(0), choose_device(1)) == ("cpu", "mps")
    assert choose_dtype("mps") == "float32"
