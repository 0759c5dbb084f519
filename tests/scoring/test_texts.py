"""Scoring explainers of texts: what they answer, keep and refuse."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from mlflow_explain import (
    LIMEScoringExplainer,
    ScoringExplainer,
    TextScoringExplainer,
    load,
    save,
)
from mlflow_explain.errors import CorruptArtifactError, InvalidInputError, UnsupportedModelError
from mlflow_explain.scoring import entries
from tests import texts as made


@pytest.fixture(scope="module")
def scoring():
    return made.explainer().create_scoring_explainer()


def total(document):
    listed = [entry["importance"] for entry in document["local_importance_values"]]
    return sum(listed) + document["other_importance"]


def test_tokens_are_told_with_their_places_per_class(scoring):
    found = scoring.explain(made.ODD)
    assert isinstance(scoring, TextScoringExplainer)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert len(found) == 2
    expected = made.pipeline().predict_proba(made.ODD)
    for documents, base, outputs in zip(found, scoring.expected_values, expected.T, strict=True):
        for document, text, output in zip(documents, made.ODD, outputs, strict=True):
            assert base + total(document) == pytest.approx(output, abs=1e-9)
            entries_of = document["local_importance_values"]
            assert [text[e["start"] : e["end"]] for e in entries_of] == [
                e["token"] for e in entries_of
            ]
            assert sorted(entries_of, key=lambda e: e["start"]) == entries_of


def test_one_text_a_series_and_a_table_are_taken(scoring):
    (text, *_) = made.ODD
    wanted = scoring.explain([text])
    assert scoring.explain(text) == wanted
    assert scoring.explain(pd.Series([text])) == wanted
    assert scoring.explain(pd.DataFrame({"text": [text], "more": [1]})) == wanted
    assert scoring.explain(text, get_raw=False) == wanted


def test_importances_are_those_of_explain_local(scoring):
    explanation = made.explainer().explain_local(made.ODD)
    tokens = explanation.local.tokens
    found = [
        e["importance"] for d in scoring.explain(made.ODD)[1] for e in d["local_importance_values"]
    ]
    np.testing.assert_allclose(found, tokens.values[:, 1], atol=1e-12)


def test_columns_beside_the_text_are_told_after_it():
    model, rows = made.table_pipeline(), made.table()
    scoring = made.explainer(model, rows).create_scoring_explainer()
    documents = scoring.explain(rows)
    for document, output in zip(documents, model.predict(rows), strict=True):
        *_, last = document["local_importance_values"]
        assert last["feature"] == "price"
        assert {name for name, value in last.items() if value is not None} == {
            "feature", "importance",
        }  # fmt: skip
        assert scoring.expected_values[0] + total(document) == pytest.approx(output, abs=1e-9)


@pytest.mark.parametrize("way", ["folder", "file"])
def test_it_is_kept_with_its_model(scoring, tmp_path, way):
    wanted = scoring.explain(made.ODD)
    path = save(scoring, tmp_path) if way == "folder" else scoring.save(tmp_path / "one")
    again = load(path)
    assert type(again) is TextScoringExplainer
    assert again.explain(made.ODD) == wanted
    assert isinstance(ScoringExplainer.load(path), TextScoringExplainer)


def test_a_function_does_not_travel(tmp_path):
    scoring = made.explainer(made.length).create_scoring_explainer()
    assert scoring.explain("four")[0]["local_importance_values"][0]["importance"] == 4.0
    with pytest.raises(UnsupportedModelError, match="skops"):
        scoring.save(tmp_path / "one")


@pytest.mark.parametrize("bad", [[1, 2], ["good", None], pd.DataFrame({"text": [1.5]}), 3])
def test_what_is_no_text_is_refused(scoring, bad):
    with pytest.raises(InvalidInputError):
        scoring.explain(bad)


def test_other_classes_refuse_it():
    with pytest.raises(InvalidInputError, match="TextScoringExplainer"):
        LIMEScoringExplainer(made.explainer())
    assert TextScoringExplainer(made.explainer()).features == ("text",)


@pytest.mark.parametrize(
    "noted",
    [
        "text", {"name": "text"}, {"name": "other", "as_list": True},
        {"name": "text", "as_list": 1}, {"name": 3, "as_list": True},
        {"name": "text", "as_list": True, "more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_an_edited_entry_is_refused(scoring, tmp_path, noted):
    path = scoring.save(tmp_path / "one")
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    with pytest.raises(CorruptArtifactError):
        entries.text_column(entries.complete(manifest | {"texts": noted}))
    assert entries.text_column(entries.complete(manifest)).name == "text"
    del manifest["texts"]
    # As of explainers that were kept before there were texts.
    assert entries.text_column(entries.complete(manifest)) is None
