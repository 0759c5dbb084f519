"""Sealed folders: round trips, and every way they can be damaged.

Numbers are those of the list of bad input.
"""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LinearRegression

from mlflow_explain import TabularExplainer, load_explanation, save_explanation
from mlflow_explain.artifact import sealed
from mlflow_explain.artifact.tables import BLOCK_ROWS
from mlflow_explain.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
    CorruptArtifactError,
    FormatVersionError,
    InvalidInputError,
    MissingPartError,
)
from mlflow_explain.explanation import GlobalImportance

GOLDEN = Path(__file__).parents[1] / "data" / "explanation-format-1"


def assert_same(found, expected):
    for name in (
        "id", "features", "classes", "method", "model_task", "model_type", "output_space",
        "feature_perturbation", "kind", "background", "quality", "comment", "raw_features",
    ):  # fmt: skip
        assert getattr(found, name) == getattr(expected, name), name
    for name in ("local_importance_values", "expected_values", "global_importance_values"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for name in ("eval_y_predicted", "eval_y_predicted_proba", "true_y"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert type(found.eval_data) is type(expected.eval_data)
    if isinstance(expected.eval_data, pd.DataFrame):
        pd.testing.assert_frame_equal(found.eval_data, expected.eval_data)
    elif sparse.issparse(expected.eval_data):
        assert (found.eval_data != expected.eval_data).nnz == 0
    else:
        np.testing.assert_array_equal(found.eval_data, expected.eval_data)


@pytest.fixture
def folder(tmp_path, explainer, applications):
    explanation = explainer.explain_global(applications.test.head(20))
    return save_explanation(explanation, tmp_path / "kept")


def test_round_trip_with_outcomes_and_cohorts(tmp_path, explanation, applications):
    rows = replace(
        explanation.rows,
        true_y=applications.test_y.to_numpy(),
        cohort_data=applications.test_cohorts,
    )
    complete = replace(explanation, rows=rows, comment="why?")
    found = load_explanation(save_explanation(complete, tmp_path / "kept"))
    assert_same(found, complete)
    assert_same(found.engineered, replace(complete.engineered, comment="why?", rows=replace(
        complete.engineered.rows, true_y=rows.true_y)))  # fmt: skip
    pd.testing.assert_frame_equal(found.cohort_data, applications.test_cohorts)
    np.testing.assert_allclose(
        found.engineered.get_raw_explanation().local_importance_values,
        found.local_importance_values,
    )


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_matrix, pd.DataFrame])
def test_round_trip_of_every_container(tmp_path, container, rng):
    rows = rng.normal(size=(30, 3))
    model = LinearRegression().fit(rows, rows[:, 0])
    explanation = TabularExplainer(model, rows).explain_global(container(rows))
    if container is sparse.csr_matrix:
        explanation = replace(
            explanation, rows=replace(explanation.rows, data=sparse.csr_matrix(rows))
        )
    assert_same(load_explanation(save_explanation(explanation, tmp_path / "kept")), explanation)


def test_other_labels_and_object_arrays_round_trip(tmp_path, rng):
    rows = rng.normal(size=(30, 2))
    model = LinearRegression().fit(rows, rows[:, 0])
    explanation = TabularExplainer(model, rows).explain_global(rows)
    for data in (pd.DataFrame(rows, columns=[3, 7]), rows.astype(object)):
        kept = replace(explanation, rows=replace(explanation.rows, data=data))
        folder = save_explanation(kept, tmp_path / "kept", exist_ok=True)
        assert_same(load_explanation(folder), kept)


def test_predictions_of_several_columns_and_objects_round_trip(tmp_path, iris):
    rows, labels = iris
    settings = {"objective": "multiclass", "num_class": 3, "verbose": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, labels), 3)
    explanation = TabularExplainer(booster, rows).explain_global(rows)
    numbers = rows.astype({rows.columns[0]: object})
    kept = replace(explanation, rows=replace(explanation.rows, data=numbers))
    assert kept.eval_y_predicted.shape == (150, 3)
    assert_same(load_explanation(save_explanation(kept, tmp_path / "kept")), kept)


@pytest.mark.parametrize(
    "classes",
    [
        pd.to_datetime(["2020", "2021"]), np.array(["2020", "2021"], "M8[ns]"), [b"no", b"yes"],
        [np.nan, 1.0], [("a", 1), ("b", 2)], ["\ud800", "yes"],
    ],
    ids=["dates", "times", "bytes", "nan", "tuples", "broken"],
)  # fmt: skip
def test_classes_that_no_file_holds_are_a_typed_error(tmp_path, explanation, classes):
    made = replace(explanation, classes=classes, engineered=None)
    with pytest.raises(InvalidInputError, match="class labels"):
        save_explanation(made, tmp_path / "kept")
    with pytest.raises(InvalidInputError, match="class labels"):
        made.to_dict()


def test_broken_characters_are_a_typed_error(tmp_path, explanation):
    names = ["\udc80", *explanation.features[1:]]
    with pytest.raises(InvalidInputError, match=r"names of features.*\\udc80"):
        save_explanation(replace(explanation, features=names), tmp_path / "named")
    with pytest.raises(InvalidInputError, match="a comment"):
        save_explanation(replace(explanation, comment="\udc80"), tmp_path / "told")


def test_categories_that_no_file_holds_are_a_typed_error(tmp_path, explanation):
    odd = pd.DataFrame({"b": pd.cut(np.arange(explanation.num_examples), 3)})
    rows = replace(explanation.rows, cohort_data=odd)
    with pytest.raises(InvalidInputError, match="include_data=False"):
        save_explanation(replace(explanation, rows=rows), tmp_path / "kept")


def test_large_explanations_are_stored_in_blocks(tmp_path, rng):
    rows = rng.normal(size=(2 * BLOCK_ROWS + 5, 2))
    model = LinearRegression().fit(rows, rows[:, 0])
    explanation = TabularExplainer(model, rows).explain_global(rows)
    folder = save_explanation(explanation, tmp_path / "kept")
    assert [p.name for p in sorted((folder / "raw").glob("local-*"))] == [
        "local-00000.npz", "local-00001.npz", "local-00002.npz"
    ]  # fmt: skip
    assert_same(load_explanation(folder), explanation)


def test_files_are_json_arrays_and_parquet_only(folder):
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {
        ".json", ".npz", ".parquet"
    }  # fmt: skip
    table = json.loads((folder / "global_importance.json").read_text())
    assert table["columns"] == ["rank", "feature", "importance"]
    assert len(table["data"]) == 11


def test_a_taken_folder_is_not_overwritten_unasked(folder, explanation, tmp_path):
    with pytest.raises(ArtifactExistsError, match="exist_ok=True"):
        save_explanation(explanation, folder)
    save_explanation(explanation, folder, exist_ok=True)
    assert load_explanation(folder).num_examples == explanation.num_examples
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ArtifactExistsError, match=r"no manifest\.json"):
        save_explanation(explanation, tmp_path / "mine", exist_ok=True)
    assert (tmp_path / "mine" / "thesis.txt").exists()
    (folder / "notes.txt").write_text("mine, too")
    with pytest.raises(ArtifactExistsError, match=r"notes\.txt beside"):
        save_explanation(explanation, folder, exist_ok=True)
    assert (folder / "notes.txt").exists()


@pytest.mark.parametrize("pattern", ["raw/local-*.npz", "raw/rows-*.parquet", "manifest.json"])
def test_32_truncated_files_are_refused(folder, pattern):
    path = next(folder.glob(pattern))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CorruptArtifactError):
        load_explanation(folder)


@pytest.mark.parametrize(
    "pattern",
    ["raw/local-*.npz", "raw/global.npz", "outcomes-*.parquet", "engineered/feature_map.npz"],
)
def test_33_one_flipped_bit_is_refused(folder, pattern):
    path = next(folder.glob(pattern))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptArtifactError, match="sha256"):
        load_explanation(folder)


def test_34_a_missing_manifest_means_nothing_is_there(folder, tmp_path):
    (folder / "manifest.json").unlink()
    with pytest.raises(ArtifactNotFoundError, match="never finished"):
        load_explanation(folder)
    with pytest.raises(FileNotFoundError):
        load_explanation(tmp_path / "nowhere")


def test_34_a_format_of_the_future_is_refused_by_name(folder):
    rewrite(folder, format_version=999, written_by="mlflow-explain 42.0")
    with pytest.raises(FormatVersionError, match=r"999, written by mlflow-explain 42\.0.*Upgrade"):
        load_explanation(folder)


def test_36_pickled_arrays_are_refused_and_never_opened(folder):
    stream = io.BytesIO()
    np.savez(stream, values=np.array([Explosive()], dtype=object), base_values=np.zeros(1))
    path = folder / "raw" / "local-00000.npz"
    path.write_bytes(stream.getvalue())
    files = json.loads((folder / "manifest.json").read_text())["files"]
    files["raw/local-00000.npz"] = sealed._sha256(path.read_bytes())
    rewrite(folder, files=files)
    with pytest.raises(CorruptArtifactError, match="never unpickled"):
        load_explanation(folder)
    assert not Explosive.exploded


@pytest.mark.parametrize("name", ["../x", "/abs", "a\\b", "%2e%2e/x", "a\0b", "raw/../../x"])
def test_names_that_lead_outside_are_refused(folder, name):
    rewrite(folder, files={name: "0" * 64})
    with pytest.raises(CorruptArtifactError, match="names of files inside"):
        load_explanation(folder)


def test_links_are_refused(folder, tmp_path):
    path = folder / "raw" / "global.npz"
    shutil.move(path, tmp_path / "elsewhere.npz")
    path.symlink_to(tmp_path / "elsewhere.npz")
    with pytest.raises(CorruptArtifactError, match="link"):
        load_explanation(folder)


def test_incomplete_manifests_are_refused(folder):
    rewrite(folder, members={})
    with pytest.raises(CorruptArtifactError, match="member"):
        load_explanation(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["method"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CorruptArtifactError, match="method"):
        load_explanation(folder)


@pytest.mark.parametrize("version", [0, -1, "1", None])
def test_versions_that_never_were_are_refused(folder, version):
    rewrite(folder, format_version=version)
    with pytest.raises(CorruptArtifactError, match="format version"):
        load_explanation(folder)


@pytest.mark.parametrize(
    "index",
    [
        pd.MultiIndex.from_product([["a", "b"], range(15)]),
        pd.Index([1] * 30),
        pd.date_range("2020-01-01", periods=30),
    ],
)
def test_rows_of_any_index_round_trip(tmp_path, rng, index):
    rows = pd.DataFrame(rng.normal(size=(30, 2)), columns=["a", "b"], index=index)
    model = LinearRegression().fit(rows, rows["a"])
    explanation = TabularExplainer(model, rows).explain_global(rows)
    found = load_explanation(save_explanation(explanation, tmp_path / "kept"))
    pd.testing.assert_frame_equal(found.eval_data, rows, check_freq=False)
    assert list(found.rows.ids) == list(explanation.rows.ids)


def test_another_kind_is_refused(folder):
    rewrite(folder, kind="scoring-explainer")
    with pytest.raises(CorruptArtifactError, match="scoring-explainer"):
        load_explanation(folder)


def test_columns_of_mixed_types_are_refused_with_the_way_out(tmp_path, explanation):
    mixed = pd.DataFrame({"m": [1, *["one"] * (explanation.num_examples - 1)]})
    rows = replace(explanation.rows, cohort_data=mixed)
    with pytest.raises(InvalidInputError, match=r"got m, which .*include_data=False"):
        save_explanation(replace(explanation, rows=rows), tmp_path / "kept")


def test_45_numbers_are_those_written_whatever_wrote_them(folder, explanation):
    older = {"python": "3.8.1", "numpy": "1.17.0", "scikit-learn": "0.22", "shap": "0.34.0"}
    rewrite(folder, versions=older, written_by="mlflow-explain 0.0.1")
    np.testing.assert_array_equal(
        load_explanation(folder).local_importance_values,
        explanation.local_importance_values[:, :20],
    )


def test_45_format_1_of_the_first_release_is_still_read():
    explanation = load_explanation(GOLDEN)
    assert explanation.features == ("dir", "hir", "lvr", "ccs", "mcs", "uria", "pbcr", "dmi",
                                    "self", "single", "comdominiom")  # fmt: skip
    assert explanation.classes == ("no", "yes")
    assert explanation.num_examples == 12
    assert explanation.engineered.num_features == 16
    assert explanation.cohort_data["black"].tolist().count("no") == 11
    expected = json.loads((GOLDEN.parent / "explanation-format-1.json").read_text())
    assert explanation.get_feature_importance_dict() == expected["importance"]
    assert explanation.local_importance_values.tolist() == expected["local"]


class Explosive:
    exploded = False

    def __reduce__(self):
        return (setattr, (Explosive, "exploded", True))


def rewrite(folder: Path, **changes) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_standard_errors_come_back(tmp_path, explanation):
    local = explanation.local
    errors = np.linspace(0, 1, local.values.size).reshape(local.values.shape)
    made = replace(explanation, local=replace(local, standard_errors=errors), engineered=None)
    again = load_explanation(save_explanation(made, tmp_path / "kept"))
    np.testing.assert_array_equal(again.local.standard_errors, errors)
    assert again.to_dict()["standard_errors"][1] == made.to_dict()["standard_errors"][1]
    assert load_explanation(save_explanation(explanation, tmp_path / "exact")).local is not None


def test_what_is_measured_globally_comes_back(tmp_path, explanation):
    values = np.array([0.3, -0.1])
    whole = GlobalImportance(
        values, values[:, None], np.array([0.01, 0.02]), "increase of log_loss"
    )
    made = replace(
        explanation, features=("a", "b"), global_=whole, local=None, rows=None, engineered=None,
        output_space=None, feature_perturbation=None, classes=("x", "y", "z"),
    )  # fmt: skip
    again = load_explanation(save_explanation(made, tmp_path / "kept"))
    assert again.global_measure == "increase of log_loss"
    assert again.to_frame()["standard_deviation"].tolist() == [0.01, 0.02]
    assert again.output_space is None
    with pytest.raises(MissingPartError, match="for all classes together"):
        _ = again.per_class_values
