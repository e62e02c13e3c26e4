"""Where a network runs, and in which number format."""

import torch

from galvote.base.errors import InputError


def choose_device(gpus: int) -> str:
    """Return cuda or mps where a GPU is granted and there, else cpu."""
    if gpus and torch.cuda.is_available():
        return "cuda"
    return "mps" if gpus and torch.backends.mps.is_available() else "cpu"


def require_units(dtype: str, device: str) -> None:
    """Refuse a number format that the device only imitates.

    Raises
    ------
    InputError
        That says what to change; bfloat16 without units is many times slower.
    """
    if dtype == "bfloat16" and choose_dtype(device) != dtype:
        raise InputError(
            f"codes are to be made in bfloat16, for which this {device} has no units;"
            " set `codes.dtype: float32`, or let only machines of one kind encode"
        )


def choose_dtype(device: str) -> str:
    """Return bfloat16 where the device has units for it, else float32."""
    fast = False
    if device == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device == "cpu":
        units = torch.cpu.get_capabilities()
        fast = units.get("amx_bf16", False) or units.get("avx512_bf16", False)
    return "bfloat16" if fast else "float32"
