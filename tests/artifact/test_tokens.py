"""Tokens of texts in a sealed folder: they come back, row by row, and odd ones are refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_explain import load_explanation, save_explanation
from mlflow_explain.artifact import sealed, tables
from mlflow_explain.artifact import tokens as kept_tokens
from mlflow_explain.artifact.explanations import KIND, stage
from mlflow_explain.data.arranged import tokens_at
from mlflow_explain.errors import CorruptArtifactError
from mlflow_explain.explanation import EvaluatedRows, Explanation, LocalImportance, aggregate
from mlflow_explain.explanation.tokens import NO_FEATURE, TokenImportance
from tests import texts as made

TEXTS = ["good 👍🏽 day", "", "bad", "<b>מסך</b> | good good"]


def of_texts(texts, rng=None, *, errors=False):
    """Return an explanation whose words are the parts between spaces."""
    rng = rng or np.random.default_rng(0)
    places, names, row = [], [], []
    for i, text in enumerate(texts):
        at = 0
        for word in text.split(" "):
            if word:
                places.append((at, at + len(word)))
                names.append(word)
                row.append(i)
            at += len(word) + 1
    features = sorted(set(names)) or ["nothing"]
    start, end = np.array(places, dtype=int).reshape(-1, 2).T
    tokens = TokenImportance(
        "review", row, start, end, np.zeros(len(row)), [features.index(n) for n in names],
        rng.normal(size=(len(row), 2)), rng.normal(size=(len(texts), 2)),
        rng.random((len(row), 2)) if errors else None,
    )  # fmt: skip
    local = LocalImportance(
        tokens.by_feature(len(features)), np.zeros(2), None, tokens.rest, tokens
    )
    data = pd.DataFrame({"review": pd.Series(texts, dtype=object)})
    return Explanation(
        features=features, method="text masking", model_task="classification", model_type="m",
        output_space="probability", feature_perturbation=None, global_=aggregate(local),
        local=local, classes=["no", "yes"], rows=EvaluatedRows(data, np.arange(len(texts))),
    )  # fmt: skip


def assert_same(found, expected):
    assert found.column == expected.column
    assert found.arrays().keys() == expected.arrays().keys()
    for name, part in expected.arrays().items():
        np.testing.assert_array_equal(found.arrays()[name], part, name)


@given(
    st.lists(st.text(st.sampled_from("ab 👍<מ\n|")), max_size=6), st.booleans(), st.integers(0, 99)
)
@settings(max_examples=30, deadline=None)
def test_tokens_come_back(tmp_path_factory, texts, errors, seed):
    explanation = of_texts(texts, np.random.default_rng(seed), errors=errors)
    folder = save_explanation(explanation, tmp_path_factory.mktemp("kept") / "e")
    again = load_explanation(folder)
    assert_same(again.local.tokens, explanation.local.tokens)
    assert again.features == explanation.features


@pytest.mark.parametrize(
    "rows", [slice(0, 2), slice(3, 11), slice(1, 12, 3), slice(5, 5), slice(-2, None)], ids=str
)
def test_a_slice_has_the_tokens_of_its_rows(tmp_path, monkeypatch, rows):
    for module in (tables, kept_tokens):
        monkeypatch.setattr(module, "BLOCK_ROWS", 4)
    explanation = of_texts(TEXTS * 3)
    folder = save_explanation(explanation, tmp_path / "e")
    assert len(list((folder / "raw").glob("tokens-*.npz"))) == 3
    read = []
    plain = sealed.Sealed.read
    monkeypatch.setattr(sealed.Sealed, "read", lambda s, n: (read.append(n), plain(s, n))[1])
    found = load_explanation(folder, rows=rows)
    expected = tokens_at(explanation.local.tokens, np.arange(12)[rows])
    assert_same(found.local.tokens, expected)
    chosen = np.arange(12)[rows]
    blocks = set((chosen // 4).tolist()) if len(chosen) else {0}
    assert {n for n in read if "tokens" in n} == {f"raw/tokens-{b:05d}.npz" for b in blocks}


def test_without_rows_words_are_kept_and_values_per_text_are_not(tmp_path):
    explanation = of_texts(TEXTS)
    sealed.prepare(tmp_path / "e", exist_ok=False)
    content = stage(explanation, tmp_path / "e", include_data=False)
    sealed.seal(tmp_path / "e", KIND, content)
    again = load_explanation(tmp_path / "e")
    assert again.local is None
    assert not list((tmp_path / "e").rglob("local-*"))
    assert again.features == explanation.features
    np.testing.assert_array_equal(again.global_.values, explanation.global_.values)


def test_a_reader_of_words_alone_passes_tokens_by(tmp_path):
    folder = save_explanation(of_texts(TEXTS), tmp_path / "e")
    with np.load(folder / "raw" / "local-00000.npz") as arrays:
        # What versions before there were texts look for, and nothing else.
        assert set(arrays) == {"values", "rest", "base_values"}


def damaged(folder, change):
    name = "raw/tokens-00000.npz"
    with np.load(folder / name) as kept:
        arrays = dict(kept)
    change(arrays)
    sealed.write_arrays(folder, name, arrays)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = sealed._sha256((folder / name).read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest))


def put(name, at, value):
    def change(arrays):
        arrays[name] = arrays[name].copy()
        arrays[name][at] = value

    return change


def cut(name):
    return lambda arrays: arrays.update({name: arrays[name][:-1]})


HOSTILE = {
    "a row beyond the last": put("row", -1, 4),
    "a row before the first": put("row", 0, -1),
    "rows out of order": put("row", 0, 3),
    "an end beyond the text": put("end", -1, 10_000),
    "an end before its start": put("end", 0, -1),
    "a start before the text": put("start", 0, -5),
    "a sentence before the first": put("sentence", 0, -1),
    "a feature that is none": put("feature", 0, 99),
    "a feature before none": put("feature", 0, -2),
    "a start before the end before": put("start", 1, 0),
    "a sentence after more characters than there are": put("sentence", -1, 9_999),
    "values of text": lambda a: a.update(values=a["values"].astype("U20")),
    "values that are whole numbers": lambda a: a.update(values=a["values"].astype(np.int64)),
    "values that are not those of their words": lambda a: a.update(values=a["values"] + 1.0),
    "places that are no whole numbers": lambda a: a.update(start=a["start"] + 0.5),
    "places of two axes": lambda a: a.update(start=a["start"][:, None]),
    "another number of values": cut("values"),
    "another number of places": cut("end"),
    "fewer rows": cut("rest"),
    "other outputs": lambda a: a.update(values=a["values"][:, :1], rest=a["rest"][:, :1]),
    "an array too few": lambda a: a.pop("sentence"),
    "an array too many": lambda a: a.update(column=a["row"]),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_tokens_that_cannot_be_are_refused(tmp_path, fault):
    folder = save_explanation(of_texts(TEXTS), tmp_path / "e")
    damaged(folder, HOSTILE[fault])
    with pytest.raises(CorruptArtifactError):
        load_explanation(folder)


@pytest.mark.parametrize("noted", ["review", {"column": 3}, []])
def test_a_manifest_that_names_no_column_is_refused(tmp_path, noted):
    folder = save_explanation(of_texts(TEXTS), tmp_path / "e")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["members"]["raw"]["tokens"] = noted
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CorruptArtifactError):
        load_explanation(folder)


def test_an_explainers_own_come_back_whole_and_cut(tmp_path):
    explanation = made.explainer().explain_global(made.ODD)
    cut_to = explanation.top(2)
    for number, one in enumerate((explanation, cut_to)):
        again = load_explanation(save_explanation(one, tmp_path / str(number)))
        assert_same(again.local.tokens, one.local.tokens)
        np.testing.assert_allclose(again.local.outputs(), explanation.local.outputs())
    assert (cut_to.local.tokens.feature == NO_FEATURE).any()


def test_rows_in_another_order_have_their_own_tokens():
    tokens = of_texts(TEXTS).local.tokens
    order = np.array([3, 0, 2])
    found = tokens_at(tokens, order)
    for place, row in enumerate(order.tolist()):
        mine, theirs = found.of_row(place), tokens.of_row(row)
        np.testing.assert_array_equal(found.values[mine], tokens.values[theirs])
        np.testing.assert_array_equal(found.start[mine], tokens.start[theirs])
    np.testing.assert_array_equal(found.rest, tokens.rest[order])


def test_standard_errors_stay_with_their_tokens():
    explanation = of_texts(TEXTS, errors=True)
    found = tokens_at(replace(explanation.local.tokens), np.array([1, 3]))
    assert found.standard_errors.shape == found.values.shape
