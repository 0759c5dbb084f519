"""What all pictures share: the figure itself, colours, names and units."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from mlflow_explain.data.clusters import drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from mlflow_explain._typing import IntArray

# What raises an output, and what lowers it: as on the page.
RAISES, LOWERS = "#c2255c", "#1b6fb5"
# Without signs: the first of two things, or all there is, and the other.
FIRST, SECOND, UNKNOWN, FAINT = "#2b6cb0", "#d55e00", "#a0aec0", "#4a5568"
# Told apart by all common kinds of colour vision: Okabe and Ito 2008.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
# From low to high; darker to lighter, too, and none as pale as the paper.
LOW_TO_HIGH = LinearSegmentedColormap.from_list("low to high", ["#1a4f9c", "#9e5aa8", "#f39c1f"])
# Rows drawn in one picture: more are neither seen nor fast.
MAX_ROWS = 5_000
_LONGEST = 32
# A unit with the name of a class, beside an axis.
UNIT = 48


class Picture(Figure):
    """A figure made without pyplot: no window opens, no global state changes.

    Notebooks show it. Characters the font has no picture of are drawn as boxes, silently: tables
    and pages have them.
    """

    def savefig(self, *args: Any, **options: Any) -> None:
        """Write the picture, as matplotlib does."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            super().savefig(*args, **options)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def picture(height: float, title: str, subtitle: str) -> tuple[Picture, Axes]:
    """Return a figure of one plot, `height` inches high, with its titles, and the axes."""
    made = Picture(figsize=(7.5, height), layout="constrained")
    # Titles stand at the figure's edge, however wide the names beside the axes are.
    made.text(0.012, 1 - 0.1 / height, literal(title), va="top", fontsize=12, fontweight="bold")
    made.text(0.012, 1 - 0.34 / height, literal(subtitle), va="top", fontsize=9, color=FAINT)
    made.set_layout_engine("constrained", rect=(0, 0, 1, 1 - 0.58 / height))
    axes = made.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return made, axes


def literal(text: str) -> str:
    """Return text in which a dollar sign does not start matplotlib's mathematics."""
    return text.replace("$", r"\$")


def shortened(name: object, longest: int = _LONGEST) -> str:
    """Return a name that fits beside a bar, on one line."""
    text = " ".join(str(name).split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def both_ends(word: object, longest: int = 16) -> str:
    """Return a word of a column on one line; of a longer one its ends, by which texts differ."""
    text = " ".join(str(word).split())
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[1 - longest // 2 :]}"


def labels(names: Sequence[object]) -> list[str]:
    """Return names as labels of an axis."""
    return [literal(shortened(name)) for name in names]


def shown(top_k: int | None, n_features: int) -> tuple[int, str]:
    """Return how many features are drawn, 0 and None meaning all, and words that say so."""
    n_shown = min(top_k or n_features, n_features)
    if n_shown == n_features:
        return n_shown, f"{n_features} feature{'s' if n_features != 1 else ''}"
    return n_shown, f"top {n_shown} of {n_features} features"


def thinned(n_rows: int) -> tuple[IntArray, str]:
    """Return the rows to draw, the same ones each time, and words that say how many there are."""
    rows = drawn(n_rows, MAX_ROWS, seed=0)
    if len(rows) == n_rows:
        return rows, f"{n_rows:,} row{'s' if n_rows != 1 else ''}"
    return rows, f"{MAX_ROWS:,} of {n_rows:,} rows, drawn at random"
