"""Pictures: what is drawn, told by the figures' own parts, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from scipy import sparse

from mlflow_explain.errors import FeatureError, InvalidInputError, MissingPartError
from mlflow_explain.explanation import EvaluatedRows, GlobalImportance
from mlflow_explain.plots import kinds, picture, summary
from mlflow_explain.plots.picture import LOWERS, RAISES
from tests.explanation.test_value import VALUES, binary, made

ROWS = pd.DataFrame({"f0": [1.0, np.nan], "f1": ["a", None], "f2": [True, False]}, index=[7, 9])


def with_rows(data=ROWS, **changes):
    ids = data.index.to_numpy() if hasattr(data, "index") else np.arange(data.shape[0])
    return made(rows=EvaluatedRows(data, ids), **changes)


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text"))]


@pytest.mark.parametrize("kind", kinds.KINDS)
@pytest.mark.parametrize("data", [ROWS, ROWS[["f0"]].to_numpy() * [1, 2, 3],
                                  sparse.csr_matrix(np.eye(2, 3))])  # fmt: skip
def test_every_kind_of_every_rows(kind, data, tmp_path):
    figure = with_rows(data).plot(kind)
    figure.savefig(tmp_path / "picture.png")
    assert figure._repr_png_().startswith(b"\x89PNG")
    axes = figure.axes[0]
    dots = sum(len(drawn.get_offsets()) for drawn in axes.collections if kind != "waterfall")
    lines = [label.get_text().split(" =")[0] for label in axes.get_yticklabels()]
    if kind in {"bar", "waterfall"}:
        of_row = [-3.0, 1.0, 0.5]
        widths = of_row if kind == "waterfall" else [2.5, 1.0, 0.25]
        np.testing.assert_allclose([bar.get_width() for bar in axes.patches], widths)
    if kind == "dependence":  # of f1, the most important one
        assert (dots, axes.get_xlabel()) == (2, "f1")
    else:
        ends = ["base value", "output"] if kind == "waterfall" else ["", ""]
        assert lines == [name for name in (ends[0], "f1", "f0", "f2", ends[1]) if name]
    assert dots == {"beeswarm": 6, "dependence": 2}.get(kind, 0)


def test_pictures_of_a_model(explanation, applications):
    for output in ("no", "yes"):
        figure = explanation.plot("waterfall", row=3, top_k=4, output=output)
        shown = texts(figure)
        assert "7 other features" in shown
        assert any(f"(id {applications.test.index[3]})" in text for text in shown)
        assert f"log-odds of {output}" in shown
    figure = explanation.plot("dependence", feature="dir", color_by="pbcr")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["no", "yes"]
    figure = explanation.plot("beeswarm", top_k=3)
    assert len(figure.axes[0].get_yticklabels()) == 3
    assert len(figure.axes) == 2


def test_the_waterfall_ends_at_the_output():
    bars = binary().plot("waterfall", row=1, output="no").axes[0].patches
    np.testing.assert_allclose([bar.get_width() for bar in bars], [-2.0, 1.0, 0.0])
    assert bars[0].get_x() == -0.5
    assert bars[-1].get_x() + bars[-1].get_width() == pytest.approx(-0.5 - VALUES[1].sum())
    rest = made().plot("waterfall", top_k=1)
    assert "2 other features" in texts(rest)
    assert rest.axes[0].patches[1].get_width() == pytest.approx(1.5)
    assert "f0 = missing" in texts(with_rows().plot("waterfall", row=1))


def test_bars_of_measured_importances():
    values = np.array([0.3, -0.1, np.nan])
    whole = GlobalImportance(values, values[:, None], np.array([0.1, 0.02, 0.0]), "increase of mse")
    figure = made(local=None, global_=whole, output_space=None).plot(top_k=0)
    axes = figure.axes[0]
    assert axes.get_xlabel() == "increase of mse"
    assert [bar.get_width() for bar in axes.patches] == [0.3, -0.1, 0.0]
    assert len(axes.collections) == 1  # the lines of the standard deviations
    assert axes.patches[0].get_facecolor() != axes.patches[1].get_facecolor()
    assert binary().plot().axes[0].get_xlabel() == "mean |importance| (log-odds)"


def test_words_stand_side_by_side_and_missing_numbers_are_said():
    figure = with_rows().plot("dependence", feature="f1")
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["a", "missing"]
    assert "2 rows; 1 of them without a value, not shown" in texts(
        with_rows().plot("dependence", feature="f0", color_by="f1")
    )
    many = pd.DataFrame({f"f{j}": [f"w{i % 30}" for i in range(60)] for j in range(3)})
    wide = made(np.ones((60, 3, 1)), rows=EvaluatedRows(many, np.arange(60)))
    figure = wide.plot("dependence", feature="f0", color_by="f1")
    assert "18 others" in texts(figure)  # along the axis
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend[-1] == "23 others"
    assert len(legend) == len(picture.PALETTE) + 1
    dots = sum(len(drawn.get_offsets()) for drawn in figure.axes[0].collections)
    assert dots == 60
    assert picture.both_ends("the quick brown fox jumps 7") == "the quic…jumps 7"


def test_the_colours_name_fits_beside_two_features():
    data = np.array([[1.0, np.nan], [2.0, 3.0]])
    figure = with_rows(data, values=data[:, :, None]).plot("beeswarm")
    figure.draw_without_rendering()
    scale = figure.axes[1]
    name, whole = scale.yaxis.label.get_window_extent(), figure.bbox
    assert scale.get_ylabel() == "feature value"
    assert whole.y0 <= name.y0 < name.y1 <= whole.y1
    assert any("grey: words or missing" in text for text in texts(figure))


def test_the_waterfall_of_an_approximation_ends_at_its_sum_beside_the_models_own_output():
    rows = EvaluatedRows(np.zeros((2, 3)), np.arange(2), predicted=np.array([7.0, 9.0]))
    approximate = made(rows=rows, quality={"additivity_error_max": 10.0})
    shown = texts(approximate.plot("waterfall", row=1))
    assert "Row 1: from base value to sum (approximate)" in shown
    assert {"sum (approximate)", "1.5", "model's own output", "9"} <= set(shown)
    assert "output" not in shown
    margin = texts(replace(approximate, output_space="margin").plot("waterfall", row=1))
    assert "model's own output" not in margin
    assert any(text.endswith("the model itself predicts 9") for text in margin)
    exact = texts(replace(approximate, quality={}).plot("waterfall"))
    assert "Row 0: from base value to output" in exact
    zero = made(np.array([[[0.1], [0.2], [-0.3 - 2e-17]]]), (1e-16,)).plot("waterfall")
    assert "0" in texts(zero)
    assert not any("e-1" in text for text in texts(zero) if text != "1e-16")


def test_many_rows_are_thinned_the_same_way_each_time(rng):
    data = rng.normal(size=(picture.MAX_ROWS + 10, 3))
    many = with_rows(data, values=data[:, :, None])
    drawn = [
        many.plot("dependence", feature="f0").axes[0].collections[0].get_offsets() for _ in range(2)
    ]
    assert len(drawn[0]) == picture.MAX_ROWS
    np.testing.assert_array_equal(*drawn)
    assert any("5,000 of 5,010 rows" in text for text in texts(many.plot("beeswarm", top_k=1)))


def test_what_cannot_be_drawn_is_said():
    explanation = with_rows()
    with pytest.raises(InvalidInputError, match="bar, beeswarm, waterfall, dependence"):
        explanation.plot("pie")
    with pytest.raises(InvalidInputError, match="options of bar: top_k; got row"):
        explanation.plot("bar", row=1)
    with pytest.raises(InvalidInputError, match="from 0 to 1"):
        explanation.plot("waterfall", row=2)
    with pytest.raises(FeatureError, match="f0, f1, f2"):
        explanation.plot("dependence", feature="f9")
    with pytest.raises(MissingPartError, match="column f1"):
        made().plot("dependence", feature="f1")
    for kind in ("beeswarm", "waterfall", "dependence"):
        with pytest.raises(MissingPartError, match="local values"):
            replace(explanation, local=None).plot(kind)
        with pytest.raises(MissingPartError, match="of none"):
            made(np.zeros((0, 3, 1))).plot(kind)
    assert "grey: feature values" in " ".join(texts(made().plot("beeswarm")))


def test_columns_are_found_by_name_where_some_features_are_kept():
    some = replace(with_rows(ROWS[["f2", "f0", "f1"]]), features=["f0", "f1", "f2"])
    assert "f1 = a" in texts(some.plot("waterfall"))


def test_strange_names_are_drawn_without_a_warning(tmp_path):
    names = ["$broken $math_{", "🏠" * 40, "line\nend\u2028"]
    data = pd.DataFrame([["$x_{", 1, 2], ["🏠", 3, 4]], columns=names)
    strange = with_rows(data, features=names, classes=["$no_{", "🏠"],
                        model_task="classification")  # fmt: skip
    for kind in kinds.KINDS:
        strange.plot(kind).savefig(tmp_path / "picture.png")
    summary.write(strange, tmp_path / "summary.png", top_k=2)
    assert (tmp_path / "summary.png").read_bytes().startswith(b"\x89PNG")


def test_what_raises_and_what_lowers_has_the_colours_of_the_page():
    style = Path(__file__).parents[2] / "dashboard" / "src" / "style" / "tokens.css"
    told = re.findall(r"--(positive|negative): light-dark\((#\w+)", style.read_text("utf-8"))
    assert dict(told) == {"positive": RAISES, "negative": LOWERS}
    (axes,) = with_rows().plot("waterfall").axes
    drawn = {to_hex(bar.get_facecolor()) for bar in axes.patches}
    assert drawn <= {RAISES, LOWERS}
