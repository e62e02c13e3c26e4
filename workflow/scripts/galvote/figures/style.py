"""How all figures look: size, colours, markers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from galvote.base.files import whole_file

# Okabe & Ito's palette, safe for the colour-blind; grey stands for rest
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442"]
MARKERS = "osD^vPX"
REST_COLOUR = "#9A9A9A"


@contextmanager
def figure(path: str | Path, *, width: float, height: float) -> Iterator[Figure]:
    """Yield a figure of a size in inches and write it whole as PNG."""
    plt.rcParams.update({"font.size": 10, "axes.grid": True, "grid.alpha": 0.25})
    drawing = plt.figure(figsize=(width, height), layout="constrained")
    try:
        yield drawing
        with whole_file(path) as partial:
            drawing.savefig(partial, format="png", dpi=120, metadata={"Software": None})
    finally:
        plt.close(drawing)


def plain(text: str) -> str:
    """Return a user's text so that it is drawn as it is, a `$` too."""
    return str(text).replace("$", r"\$")


def cluster_style(cluster: int) -> dict[str, str]:
    """Return colour and marker that tell clusters apart: 7 colours x 7 markers."""
    if cluster < 0:
        return {"color": REST_COLOUR, "marker": "."}
    turn = cluster // len(COLOURS)
    return {
        "color": COLOURS[cluster % len(COLOURS)],
        "marker": MARKERS[(cluster + turn) % len(MARKERS)],
    }
