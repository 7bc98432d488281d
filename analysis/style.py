"""How every figure looks: colours, sizes, source line, and the file that carries where it came from.

Colours are Okabe and Ito's, told apart by colour-blind readers; the baseline is grey in every figure.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.errors import WorkError

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8C8C8C"

OBSERVED = BLACK
BASELINE = GREY
SCENARIO = BLUE
REGULAR = GREEN
UNOBSERVED = "#F0F0F0"
"""Ground of the months that no count of ours reaches."""

COUNTRY_NAMES = {"SLV": "El Salvador", "GTM": "Guatemala", "HND": "Honduras"}

WIDTH = 12.0
"""Inches of a figure with three panels side by side."""
HEIGHT = 6.2
DPI = 150
THIN, LINE, HALO = 1.0, 1.5, 3.2
"""Points: observed, simulated, and the baseline below it, which stays visible where lines coincide."""
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 13, 10, 8.5
SHORTEST_ALT = 20
"""Characters of the shortest alternative text that tells anything."""

_RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT_SIZE,
    "axes.titlesize": TEXT_SIZE + 1,
    "axes.titleweight": "bold",
    "axes.labelsize": TEXT_SIZE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "xtick.labelsize": SMALL_SIZE + 0.5,
    "ytick.labelsize": SMALL_SIZE + 0.5,
    "legend.frameon": False,
    "legend.fontsize": TEXT_SIZE,
}


def styled() -> AbstractContextManager[None]:
    """Return the context in which figures are made; settings of the caller come back after it."""
    return matplotlib.rc_context(_RC)


def new_figure(width: float = WIDTH, height: float = HEIGHT) -> Figure:
    """Return an empty figure, in inches, that belongs to no window."""
    figure = Figure(figsize=(width, height), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def source_line(figure: Figure, text: str) -> None:
    """Write where the figures come from at the lower left."""
    figure.text(0.01, 0.012, text, fontsize=SMALL_SIZE, color="#444444", ha="left", va="bottom")


def shade_unobserved(axes: Axes, start: float, end: float) -> None:
    """Shade the months after the last observed count, in the units of the axis."""
    axes.axvspan(start, end, color=UNOBSERVED, linewidth=0, zorder=0)


def save_png(figure: Figure, path: Path, *, title: str, alt: str, made_by: dict[str, Any]) -> None:
    """Write a figure, whole or not at all, with title, alternative text and what made the run in the file.

    made_by: `RunResult.provenance`.

    Raises:
        WorkError: the alternative text is too short to tell what is seen.

    """
    if len(alt) < SHORTEST_ALT:
        raise WorkError(f"figure '{title}': alternative text is shorter than {SHORTEST_ALT} characters")
    metadata = {
        "Title": title,
        "Description": alt,
        "Software": f"migration-pathways {made_by['version']}",
        "Source": f"commit {made_by['commit'] or 'unknown'}",
        "Comment": f"configuration {made_by['config_hash']}, seed {made_by['seed']}",
    }
    stage = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        figure.savefig(stage, format="png", dpi=DPI, metadata=metadata)
        stage.replace(path)
    finally:
        stage.unlink(missing_ok=True)
