"""Networks made ready to run: by OpenVINO on a CPU, by torch elsewhere."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from galvote.base.progress import log

if TYPE_CHECKING:
    from openvino import Model

Run = Callable[[Tensor], Tensor]  # float32 (N, C, ny, nx) to codes (N, n_features)
PRECISION = {"float32": "f32", "bfloat16": "bf16"}  # as OpenVINO names them


def ready(
    network: nn.Module,
    shape: tuple[int, ...],
    dtype: str,
    device: str,
    engine: str,
    workers: int,
) -> tuple[Run, str]:
    """Make a network ready to be run on batches, by several threads at once.

    Parameters
    ----------
    network : in evaluation mode; is changed.
    shape : of a batch, (N, C, ny, nx).
    dtype : float32 or bfloat16.
    device : of torch.
    engine : `torch`, or `auto`: OpenVINO on a CPU, torch elsewhere and for a network or
        number format that OpenVINO does not know there.
    workers : threads that will run it at the same time.

    Returns
    -------
    run : gives the codes of a batch.
    engine : that runs it, `openvino` or `torch`.
    """
    if engine == "auto" and device == "cpu":
        try:
            return by_openvino(network, shape, dtype, workers), "openvino"
        except Exception as error:  # of torch or OpenVINO, each has its own
            reason = str(error).strip().rpartition("\n")[2]  # after places in its code
            log.warning(
                "torch runs the encoder, OpenVINO cannot: %s", reason.lstrip("- ")
            )
    return by_torch(network, dtype, device), "torch"


def by_torch(network: nn.Module, dtype: str, device: str) -> Run:
    """Let torch run a network."""
    torch.backends.cudnn.allow_tf32 = False  # of 10 bits: float32 is what was asked for
    wanted = {"dtype": getattr(torch, dtype), "memory_format": torch.channels_last}
    network = network.to(device, **wanted)
    return lambda inputs: network(inputs.to(**wanted)).float()


def by_openvino(
    network: nn.Module, shape: tuple[int, ...], dtype: str, workers: int
) -> Run:
    """Let OpenVINO run a network on the CPU.

    It joins normalisations and activations to the layers before them, which makes
    networks of EfficientNet's kind twice as fast as torch does.

    Raises
    ------
    Exception
        Of several kinds, where it cannot run the network in this number format.
    """
    import openvino

    options = {
        "INFERENCE_PRECISION_HINT": PRECISION[dtype],
        "INFERENCE_NUM_THREADS": workers,
        "NUM_STREAMS": workers,
        "ENABLE_CPU_PINNING": False,  # other jobs share the machine
    }
    model = _converted(network, torch.zeros(shape))
    if dtype == "bfloat16":
        _round_weights(model)
    compiled = openvino.Core().compile_model(model, "CPU", options)
    taken = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
    if taken != PRECISION[dtype]:
        raise ValueError(f"it takes {taken} on this processor instead of {dtype}")

    free = SimpleQueue()
    for _ in range(workers):  # made now: a running request holds up a new one
        free.put(compiled.create_infer_request())

    def run(inputs: Tensor) -> Tensor:
        request = free.get()
        try:
            codes = request.infer([inputs.contiguous().numpy()])[0]
        finally:
            free.put(request)
        return torch.from_numpy(codes)

    return run


def _converted(network: nn.Module, example: Tensor) -> "Model":
    """Convert a network for batches of the shape of `example`.

    OpenVINO's own `convert_model` does the same and reports its use over the network.
    """
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.fx_decoder import TorchFXPythonDecoder

    with torch.no_grad(), _quiet():
        exported = torch.export.export(network, (example,))
        decoder = TorchFXPythonDecoder.from_exported_program(exported)
        manager = FrontEndManager()
        frontend = manager.load_by_framework("pytorch")
        model = frontend.convert(frontend.load(decoder))
    model.reshape(list(example.shape))
    return model


def _round_weights(model: "Model") -> None:
    """Round the weights of a model's convolutions as `rounded_filters` does."""
    from openvino import opset15
    from openvino._offline_transformations import apply_moc_transformations

    apply_moc_transformations(model, cf=False)  # joins normalisations to the weights
    for layer in model.get_ops():
        if layer.get_type_name() in ("Convolution", "GroupConvolution"):
            weights = layer.input_value(1).get_node()
            if weights.get_type_name() == "Constant":
                rounded = opset15.constant(rounded_filters(weights.data))
                layer.input(1).replace_source_output(rounded.output(0))


def rounded_filters(filters: np.ndarray) -> np.ndarray:
    """Round filters, float32 (..., ny, nx), to bfloat16 so that each keeps its sum.

    Most of an image is sky, the same in all pixels of a filter: there the error of each
    weight, carried on to the next smaller one, cancels. With weights rounded each for
    itself codes are five times as far from those of float32.
    """
    weights = torch.tensor(filters).flatten(-2).flatten(0, -2)
    order = weights.abs().argsort(dim=1, descending=True)
    carried, rounded = torch.zeros(len(weights)), torch.empty_like(weights)
    for place in order.T[..., None]:
        wanted = weights.gather(1, place)[:, 0] + carried
        taken = wanted.bfloat16().float()
        rounded.scatter_(1, place, taken[:, None])
        carried = wanted - taken
    return rounded.reshape(filters.shape).numpy()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back warnings of what is deprecated between torch and OpenVINO."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logging.disable(before)
