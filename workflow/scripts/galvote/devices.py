"""Where a network runs."""

import torch


def choose_device(gpus: int) -> str:
    """Return cuda where the scheduler granted a GPU and one is there, else cpu."""
    return "cuda" if gpus and torch.cuda.is_available() else "cpu"
