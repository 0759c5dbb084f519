"""`summary.png`, the picture kept with a logged explanation: the most important features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.plots import bar

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow_explain.explanation import Explanation


# Seven inches and a half: MLflow shows pictures as wide as they are, in panes of 700 pixels.
_DPI = 90


def write(explanation: Explanation, path: Path, top_k: int = 10) -> None:
    """Write the summary as a PNG file."""
    bar.figure(explanation, top_k).savefig(path, format="png", dpi=_DPI)
