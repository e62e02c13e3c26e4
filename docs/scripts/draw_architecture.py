"""Draw which package imports which: `draw_architecture.py picture.svg`.

The rows of the picture are the layers of the import contract in pyproject.toml, the
arrows are the imports of the code, and the small print lists the modules of each
package. The same code gives the same bytes. `make docs` runs this.
"""

import sys
import textwrap
import tomllib
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path as Line
from scipy.optimize import minimize

from galvote.run.code_digest import imported_modules

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow/scripts"
BASE = "base"  # every package may import it, so its arrows are left out

# Okabe & Ito's palette, safe for the colour-blind
COLOURS = {
    "#0072B2": ("simulation", "inputs", "catalog", "detection", "cutouts"),
    "#D55E00": ("networks", "views", "codes"),
    "#009E73": ("clusters", "vote", "naming", "classes"),
    "#CC79A7": ("judging",),
}
OTHER_COLOUR = "#777777"
INK = "#333333"

# in inches
BOX, LANE, GAP = 1.9, 0.12, 0.28  # widths of a box and of an arrow that passes a row
HEAD, LINE, PAD = 0.22, 0.135, 0.1  # heights of a name, of a line of modules, margin
BETWEEN, MARGIN, TIP = 0.45, 0.15, 0.1  # between rows, round the picture, of an arrow
WRAP = 28  # letters in a line of modules
TRIALS, TURNS = 100, 4  # of the search for an order
STRAIGHT = 30.0  # how much more a bend of a long arrow counts
MIDDLE = 0.3  # how much the distance from the middle counts

Bounds = list[tuple[float, float]]  # upper and lower y of each row (in)


@dataclass
class Node:
    """A package, or the place where a long arrow passes a row.

    Parameters
    ----------
    name : of the package, empty for an arrow.
    row : counted from the top.
    above, below : nodes that it is joined to in the rows next to its own.
    x : of its centre (in).
    """

    name: str
    row: int
    above: list["Node"] = field(default_factory=list)
    below: list["Node"] = field(default_factory=list)
    x: float = 0.0

    @property
    def width(self) -> float:
        """Width with the gap that belongs to it (in)."""
        return BOX + GAP if self.name else LANE + GAP


def modules_of(package: str) -> list[str]:
    """List the modules of a package by their names."""
    files = (SCRIPTS / "galvote" / package).glob("*.py")
    return sorted(file.stem for file in files if file.stem != "__init__")


def package_imports() -> set[tuple[str, str]]:
    """Return the pairs of importing and imported package, without those of base."""
    pairs = set()
    for file in (SCRIPTS / "galvote").glob("*/*.py"):
        modules = imported_modules(SCRIPTS, file.relative_to(SCRIPTS).as_posix())
        pairs |= {(file.parent.name, module.split(".")[1]) for module in modules}
    return {(one, other) for one, other in pairs if other not in (one, BASE)}


def read_layers() -> list[list[str]]:
    """Read the layers of the packages, the highest first, base left out."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    split = [[name.strip() for name in layer.split("|")] for layer in layers]
    return [layer for layer in split if layer != [BASE]]


def join_rows(
    layers: list[list[str]], imports: set[tuple[str, str]]
) -> tuple[list[list[Node]], list[list[Node]]]:
    """Make the nodes of each row, and the chain of nodes that each arrow follows.

    Raises
    ------
    SystemExit
        Where an import does not point down.
    """
    rows = [[Node(name, i) for name in layer] for i, layer in enumerate(layers)]
    nodes = {node.name: node for row in rows for node in row}
    chains = []
    for one, other in sorted(imports):
        if {one, other} - set(nodes) or nodes[one].row >= nodes[other].row:
            raise SystemExit(f"{one} imports {other}, which `make lint` refuses")
        passed = [Node("", i) for i in range(nodes[one].row + 1, nodes[other].row)]
        chains.append([nodes[one], *passed, nodes[other]])
        for node in passed:
            rows[node.row].append(node)
        for upper, lower in pairwise(chains[-1]):
            upper.below.append(lower)
            lower.above.append(upper)
    return rows, chains


def crossings(rows: list[list[Node]]) -> int:
    """Count the arrows that cross between neighbouring rows."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {id(node): i for i, node in enumerate(lower)}
        ends = [(i, place[id(b)]) for i, node in enumerate(upper) for b in node.below]
        total += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(ends, 2))
    return total


def order_rows(rows: list[list[Node]]) -> list[list[Node]]:
    """Order the nodes of each row so that few arrows cross (Sugiyama et al. 1981).

    From random orders on, each row is sorted by the mean place of its neighbours in the
    row above, then in the row below, in turns. The best of all trials is taken.
    """
    best, least = rows, crossings(rows)
    rng = np.random.default_rng(0)
    for _ in range(TRIALS):
        rows = [[row[i] for i in rng.permutation(len(row))] for row in rows]
        for _ in range(TURNS):
            for i in range(len(rows)):
                sort_row(rows, i, "above")
            for i in reversed(range(len(rows))):
                sort_row(rows, i, "below")
        if crossings(rows) < least:
            best, least = [list(row) for row in rows], crossings(rows)
    return best


def sort_row(rows: list[list[Node]], i: int, side: str) -> None:
    """Sort one row by the mean place of its neighbours on one side."""
    place = {id(node): p / len(row) for row in rows for p, node in enumerate(row)}

    def wanted(node: Node) -> float:
        near = getattr(node, side) or [node]
        return sum(place[id(other)] for other in near) / len(near)

    rows[i].sort(key=wanted)


def place_nodes(rows: list[list[Node]]) -> None:
    """Move nodes towards the nodes they are joined to, without any overlap.

    Minimises the squares of how far arrows go sideways. Long ones count most, so that
    they are straight; the middle of the picture draws all nodes a little.
    """
    nodes = [node for row in rows for node in row]
    index = {id(node): i for i, node in enumerate(nodes)}
    joined = [(one, other) for one in nodes for other in one.below]
    across = difference(len(nodes), [(index[id(a)], index[id(b)]) for a, b in joined])
    across *= [[1.0 if a.name or b.name else STRAIGHT] for a, b in joined]
    pulls = np.vstack([across, MIDDLE * np.eye(len(nodes))])
    beside = [pair for row in rows for pair in pairwise(row)]
    apart = difference(len(nodes), [(index[id(b)], index[id(a)]) for a, b in beside])
    least = np.array([(a.width + b.width) / 2 for a, b in beside])
    found = minimize(
        lambda x: (np.sum((pulls @ x) ** 2), 2 * pulls.T @ (pulls @ x)),
        np.concatenate([np.arange(len(row)) * (BOX + GAP) for row in rows]),
        jac=True,
        method="SLSQP",
        constraints={
            "type": "ineq",
            "fun": lambda x: apart @ x - least,
            "jac": lambda _: apart,
        },
    )
    for node, x in zip(nodes, found.x, strict=True):
        node.x = round(float(x), 2)


def difference(size: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Return the matrix that subtracts the second of each pair from the first."""
    rows = np.zeros((len(pairs), size))
    for row, (one, other) in zip(rows, pairs, strict=True):
        row[one], row[other] = 1.0, -1.0
    return rows


def wrapped(package: str, width: int = WRAP) -> list[str]:
    """Return the lines that list the modules of a package."""
    names = ", ".join(modules_of(package))
    return textwrap.wrap(names, width, break_long_words=False)


def box_height(lines: int) -> float:
    """Return the height of a box with lines of modules under its name (in)."""
    return HEAD + lines * LINE + PAD


def colour_of(package: str) -> str:
    """Return the colour of a package by the part of the story that it tells."""
    found = (colour for colour, names in COLOURS.items() if package in names)
    return next(found, OTHER_COLOUR)


def draw_box(
    axes: Axes, centre: tuple[float, float], width: float, name: str, lines: list[str]
) -> None:
    """Draw a named box; the first of `centre` is x, the second y of its middle (in)."""
    x, y = centre
    height, colour = box_height(len(lines)), colour_of(name)
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.07",
            facecolor=tint(colour),
            edgecolor=colour,
            linewidth=1.2,
        )
    )
    top = y + height / 2 - PAD / 2
    style = {"ha": "center", "va": "center", "color": INK}
    axes.text(x, top - HEAD / 2, name, size=11, weight="bold", **style)
    for i, line in enumerate(lines):
        axes.text(x, top - HEAD - (i + 0.45) * LINE, line, size=7.5, **style)


def tint(colour: str) -> tuple[float, ...]:
    """Return a colour with 85 % of white mixed in."""
    rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return tuple(round(0.85 + 0.15 * value, 4) for value in rgb)


def ports(node: Node, side: str) -> dict[int, float]:
    """Spread the ends of arrows over one side of a box, in the order of their nodes.

    Returns
    -------
    x of the end (in) by the id of the node at the other end of the piece.
    """
    near = sorted(getattr(node, side), key=lambda other: other.x)
    room = BOX * 0.6 if node.name else 0.0
    step = min(0.4, room / max(len(near) - 1, 1))
    first = node.x - step * (len(near) - 1) / 2
    return {id(other): first + i * step for i, other in enumerate(near)}


def draw_arrow(axes: Axes, chain: list[Node], bounds: Bounds) -> None:
    """Draw an arrow along a chain of nodes: curved between rows, upright in them.

    Parameters
    ----------
    axes : in inches.
    chain : nodes from the importing to the imported package.
    bounds : upper and lower y of each row (in); boxes are in the middle of them.
    """
    colour = colour_of(chain[0].name)
    points, codes = [], []
    for upper, lower in pairwise(chain):
        start, end = ports(upper, "below")[id(lower)], ports(lower, "above")[id(upper)]
        top, bottom = bounds[upper.row][1], bounds[lower.row][0] + TIP
        half = (top + bottom) / 2
        points += [(start, foot_of(upper, bounds)), (start, top)]
        points += [(start, half), (end, half), (end, bottom)]
        codes += [Line.LINETO, Line.LINETO, *[Line.CURVE4] * 3]
    points.append((end, head_of(chain[-1], bounds) + TIP))
    line = Line(points, [Line.MOVETO, *codes[1:], Line.LINETO])
    axes.add_patch(PathPatch(line, fill=False, edgecolor=colour, linewidth=1.4))
    x, y = points[-1]
    tip = [(x - TIP / 2, y), (x + TIP / 2, y), (x, y - TIP)]
    axes.fill(*zip(*tip, strict=True), color=colour, linewidth=0)


def foot_of(node: Node, bounds: Bounds) -> float:
    """Return y of the lower side of a box, or of its row where an arrow passes (in)."""
    upper, lower = bounds[node.row]
    if not node.name:
        return lower
    return (upper + lower) / 2 - box_height(len(wrapped(node.name))) / 2


def head_of(node: Node, bounds: Bounds) -> float:
    """Return y of the upper side of a box, or of its row where an arrow passes (in)."""
    return sum(bounds[node.row]) - foot_of(node, bounds)


def draw_picture(target: Path) -> None:
    """Draw the packages and their imports, and write the picture as SVG or PNG."""
    rows, chains = join_rows(read_layers(), package_imports())
    rows = order_rows(rows)
    place_nodes(rows)
    left = min(node.x - BOX / 2 for row in rows for node in row)
    right = max(node.x + BOX / 2 for row in rows for node in row)
    width, middle = right - left, (left + right) / 2
    base = ["every package may import it", *wrapped(BASE, 110)]
    y = -box_height(1) - BETWEEN
    bounds = []
    for row in rows:
        height = max(box_height(len(wrapped(node.name))) for node in row if node.name)
        bounds.append((y, y - height))
        y -= height + BETWEEN
    size = width + 2 * MARGIN, box_height(len(base)) - y + 2 * MARGIN
    rcParams.update({"svg.hashsalt": "galvote", "font.family": "DejaVu Sans"})
    figure = Figure(figsize=size, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left - MARGIN, right + MARGIN), ylim=(MARGIN - size[1], MARGIN))
    axes.set_axis_off()
    scripts = ["may import every package; below, arrows point to what is imported"]
    draw_box(axes, (middle, -box_height(1) / 2), width, "rules and scripts", scripts)
    for chain in chains:
        draw_arrow(axes, chain, bounds)
    for row, (upper, lower) in zip(rows, bounds, strict=True):
        for node in row:
            if node.name:
                place = node.x, (upper + lower) / 2
                draw_box(axes, place, BOX, node.name, wrapped(node.name))
    foot = middle, y - box_height(len(base)) / 2
    draw_box(axes, foot, width, BASE, base)
    metadata = {"Date": None} if target.suffix == ".svg" else {"Software": None}
    figure.savefig(target, dpi=120, metadata=metadata)


if __name__ == "__main__":
    draw_picture(Path(sys.argv[1]))
