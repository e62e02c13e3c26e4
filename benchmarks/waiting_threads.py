"""How OpenMP threads that wait for others should do so: spin, sleep, or both.

    python benchmarks/waiting_threads.py

Prints a Markdown table: seconds of a training step (median of 20) of the default
encoder at 64 px with two threads, alone and with a second training on the same cores.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

SCRIPTS = Path(__file__).parents[1] / "workflow/scripts"
sys.path.insert(0, str(SCRIPTS))

from galvote.networks.weights import INSTALLED_ENCODER, import_timm

THREADS, SIZE, STEPS = 2, 64, 20
BATCHES = 16, 48
WAYS = {  # variables of the environment
    "sleep": {"OMP_WAIT_POLICY": "PASSIVE"},
    "spin for a moment, then sleep (default)": {
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "1000",
    },
    "torch's own": {},
    "spin": {"OMP_WAIT_POLICY": "ACTIVE"},
}


def seconds_of_step(batch: int) -> float:
    """Time training steps of a network that starts at random; return their median."""
    torch.set_num_threads(THREADS)
    network = import_timm().create_model(INSTALLED_ENCODER, num_classes=3)
    network = network.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(network.parameters())
    images = torch.randn(batch, 3, SIZE, SIZE)
    images = images.contiguous(memory_format=torch.channels_last)
    taken = []
    for _ in range(STEPS):
        begun = time.perf_counter()
        optimizer.zero_grad()
        network(images).square().mean().backward()
        optimizer.step()
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken))


def measure(way: dict[str, str], batch: int, together: int) -> float:
    """Run trainings at once, each in its process; return the mean of their medians."""
    unset = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    environment = {k: v for k, v in os.environ.items() if k not in unset} | way
    command = [sys.executable, __file__, "--batch", str(batch)]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(together)
    ]
    return float(np.mean([float(process.communicate()[0]) for process in started]))


def main() -> None:
    """Compare the ways to wait."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, help="time one training and print it")
    batch = parser.parse_args().batch
    if batch:
        print(seconds_of_step(batch))
        return
    columns = [f"{b} images, {w}" for b in BATCHES for w in ("alone", "two at once")]
    print(f"| waiting threads | {' | '.join(columns)} |")
    print(f"| --- |{' ---: |' * len(columns)}")
    for name, way in WAYS.items():
        found = [measure(way, b, together) for b in BATCHES for together in (1, 2)]
        print(f"| {name} | {' | '.join(f'{seconds:.3f}' for seconds in found)} |")


if __name__ == "__main__":
    main()
