"""The picture of a comparison, told by its parts."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from matplotlib.collections import PathCollection

from mlflow_explain.explanation.comparing import compared
from tests.explanation.test_comparison import NAMES, of, permuted
from tests.plots.test_plots import texts

ROWS = np.random.default_rng(0).normal(size=(50, 4)) * [8, 4, 2, 1]


def dots(figure):
    scatters = [part for part in figure.axes[0].collections if isinstance(part, PathCollection)]
    return [np.asarray(part.get_offsets()) for part in scatters]


def test_two_dots_per_feature_at_their_shares(tmp_path):
    comparison = compared(of(ROWS), of(ROWS[:, ::-1]), names=("old", "new"))
    figure = comparison.plot(3)
    figure.savefig(tmp_path / "picture.png")
    first, second = dots(figure)
    np.testing.assert_allclose(first[:, 0], comparison.a.share[:3])
    np.testing.assert_allclose(second[:, 0], comparison.b.share[:3])
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(comparison.features[:3])
    shown = texts(figure)
    assert {"old", "new", "share of the importance", "rank"} <= set(shown)
    assert f"{comparison.a.rank[0]} → {comparison.b.rank[0]}" in shown
    assert "top 3 of 4 features; lines: ± two standard errors of drawing rows" in shown
    legend = figure.legends[0]
    figure.draw_without_rendering()
    box = legend.get_window_extent()
    assert figure.bbox.y0 <= box.y0 < axes.get_window_extent().y0


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (of(ROWS).top(2), of(ROWS)),
        (permuted([0.3, np.nan, -0.1, 0.0]), of(ROWS)),
        (of([[0, 0]]), of([[0, 0]])),
        (of([[1]], ("age",)), of([[1, 2]])),
    ],
)
def test_what_is_not_known_is_not_drawn(a, b, tmp_path):
    figure = compared(a, b).plot(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_strange_names_are_drawn_without_a_warning(tmp_path):
    strange = ("$x_{", "🏠" * 50, "a\nb", "<b>")
    comparison = compared(of(ROWS, strange), of(ROWS[::2], strange), names=("$\\frac", "🏠 " * 60))
    comparison.plot().savefig(tmp_path / "picture.png")
    assert len(NAMES) == len(comparison.features)
