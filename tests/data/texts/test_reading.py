from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from mlflow_explain.data.texts.reading import TextColumn, are_texts, text_column
from mlflow_explain.errors import FeatureError, InvalidInputError


def model(rows):
    return np.zeros(len(rows))


class Shout(str):
    """A text that is shown otherwise than it is."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.upper() + "!"


@pytest.mark.parametrize(
    "texts",
    [
        ["a b", "c"],
        ("a b", "c"),
        np.array(["a b", "c"]),
        np.array(["a b", "c"], dtype=object),
        pd.Series(["a b", "c"]),
        pd.Series(["a b", "c"], dtype="string"),
        pd.Index(["a b", "c"]),
        pd.Series(np.array(["a b", "c"])),
        [np.str_("a b"), Shout("c")],
    ],
)
def test_texts_come_as_any_sequence(texts):
    column = text_column(model, texts)

    assert are_texts(texts)
    assert column == TextColumn("text", as_list=True)
    cells = column.table(texts)["text"].tolist()
    assert cells == ["a b", "c"]
    # numpy's own strings, say, are not what a user's function looks for.
    assert {type(cell) for cell in cells} == {str}


@pytest.mark.parametrize("rows", ["a b", [1.0], [["a"]], pd.DataFrame({"a": ["b"]}), [], 3])
def test_other_rows_are_no_texts(rows):
    assert not are_texts(rows)


def test_one_text_is_a_table_of_one_row():
    assert TextColumn("text", as_list=True).table("a b").shape == (1, 1)


def test_a_series_gives_its_name_and_index():
    texts = pd.Series(["a", "b"], index=[7, 9], name="review")
    column = text_column(model, texts)

    assert column.name == "review"
    assert column.table(texts).index.tolist() == [7, 9]


def test_the_only_column_of_sentences_is_found():
    rows = pd.DataFrame({"kind": ["x", "y"], "n": [1, 2], "review": ["good one", "bad one"]})

    assert text_column(model, rows) == TextColumn("review", as_list=False)


def test_a_model_that_begins_with_a_vectoriser_takes_the_column_as_a_list():
    rows = pd.DataFrame({"review": ["good one", "bad one"]})
    pipeline = make_pipeline(make_pipeline(TfidfVectorizer()), MaxAbsScaler())

    column = text_column(pipeline, rows)
    assert column == TextColumn("review", as_list=True)
    assert list(column.table(rows).columns) == ["review"]


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame({"a": ["good one"], "b": ["bad one"]}),
        pd.DataFrame({"a": [1.0], "b": ["word"]}),
    ],
)
def test_where_no_column_or_several_hold_texts_one_is_to_be_named(rows):
    with pytest.raises(InvalidInputError, match="text_column="):
        text_column(model, rows)
    assert text_column(model, rows, "b").name == "b"
    with pytest.raises(FeatureError, match=r"with the column c\b.*columns a, b"):
        text_column(model, rows, "c")


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, 3, b"bytes"])
def test_a_cell_that_is_no_text_is_refused_by_column_and_row(missing):
    column = TextColumn("review", as_list=True)

    with pytest.raises(InvalidInputError, match=r"column review.*first in row 1") as error:
        column.table(["secret", missing])
    assert "secret" not in str(error.value)


def test_a_missing_column_is_named():
    with pytest.raises(FeatureError, match=r"the column review.*columns other, more"):
        TextColumn("review", as_list=True).table(pd.DataFrame({"other": ["a"], "more": ["b"]}))
    with pytest.raises(FeatureError, match="the column review"):
        TextColumn("review", as_list=False).table(pd.DataFrame({"other": ["a"]}))


def test_the_only_column_of_a_model_of_a_list_may_have_any_name():
    made = TextColumn("review", as_list=True).table(pd.DataFrame({"other": ["a"]}))

    assert made["review"].tolist() == ["a"]


def test_what_the_user_passed_stays_as_it_is():
    rows = pd.DataFrame({"review": pd.Series(["a b"], dtype="string"), "n": [1]})
    before = rows.copy(deep=True)

    made = TextColumn("review", as_list=False).table(rows)
    assert made["review"].dtype == object
    pd.testing.assert_frame_equal(rows, before)
