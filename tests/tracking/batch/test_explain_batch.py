"""`explain_batch`: the reply's numbers for rows of any number, in bounded memory."""

from __future__ import annotations

import json
import weakref
from decimal import Decimal

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from lightgbm import LGBMClassifier
from mlflow.models.cli import commands as models_command
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import SVC

from mlflow_explain import (
    KernelExplainer,
    LGBMExplainableModel,
    MimicExplainer,
    TabularExplainer,
    explain_batch,
    log_model,
    save_model,
)
from mlflow_explain.engines.trees.engine import TreeEngine
from mlflow_explain.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
    FeatureError,
    InvalidInputError,
    UnsupportedModelError,
)
from mlflow_explain.scoring.options import ReplyOptions
from mlflow_explain.tracking.batch import model as models
from mlflow_explain.tracking.batch.model import BatchModel
from tests.serving import Endpoint, body_of


@pytest.fixture(autouse=True)
def store(tracking_store):
    return tracking_store


@pytest.fixture
def rows(applications):
    return applications.test.head(100)


def as_reply(table: pa.Table) -> list[dict]:
    """Return results as the reply has them: fields that are null were not asked for."""
    maps = {name for name in table.column_names if name.endswith("importance_values")}
    return [
        {name: _present(cell) if name in maps else cell for name, cell in row.items()}
        for row in table.to_pylist()
    ]


def _present(cell):
    if cell is None:
        return {}
    kept = {name: value for name, value in cell.items() if value is not None}
    return {n: _present(v) if isinstance(v, dict) else v for n, v in kept.items()}


def replied(endpoint: Endpoint, rows: pd.DataFrame, **params) -> list[dict]:
    status, answer = endpoint.post(body_of(rows) | ({"params": params} if params else {}))
    assert status == 200
    return answer["predictions"]


@pytest.mark.parametrize(
    "params",
    [{}, {"top_k": 3}, {"output": "all"}, {"output": "no", "raw": False},
     {"output": "predicted", "top_k": 1}, {"output": "all", "top_k": 2}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("name", ["pair", "quiet", "alone"])
def test_results_are_those_of_the_reply_bit_for_bit(endpoint, saved, rows, name, params):
    asked = params | ({"explain": True} if name == "quiet" else {})
    found = explain_batch(saved[name], pa.Table.from_pandas(rows), chunk_rows=33, **params)
    assert as_reply(found) == replied(endpoint[name], rows, **asked)


def test_three_classes_explain_the_predicted_one(tmp_path, iris, iris_boosting):
    explainer = TabularExplainer(iris_boosting, iris[0])
    save_model(iris_boosting, tmp_path / "m", scoring_explainer=explainer)
    table = pa.Table.from_pandas(iris[0])
    for params in ({}, {"output": "1"}, {"output": "all", "top_k": 2}):
        found = explain_batch(tmp_path / "m", table, **params)
        assert as_reply(found) == replied(Endpoint(tmp_path / "m"), iris[0], **params)
    assert set(found["explained_output"].to_pylist()) == {"0", "1", "2"}


def test_a_frame_comes_back_flat_with_its_index_and_equals_explain_local(saved, explainer, rows):
    found = explain_batch(saved["pair"], rows)
    values = found.filter(like="local_importance_values.").to_numpy()
    np.testing.assert_array_equal(values, explainer.explain_local(rows).local_importance_values[1])
    assert found.index.equals(rows.index)
    assert list(found.columns[:3]) == ["prediction", "probabilities.no", "probabilities.yes"]
    total = found["expected_value"] + values.sum(axis=1)
    p = found["probabilities.yes"]
    np.testing.assert_allclose(total, np.log(p / (1 - p)), rtol=1e-9)


def test_without_explanation_only_what_the_model_predicts(saved, rows, pipeline, monkeypatch):
    original, calls = TreeEngine.explain, []
    monkeypatch.setattr(
        TreeEngine, "explain", lambda self, part: calls.append(len(part)) or original(self, part)
    )
    found = explain_batch(saved["pair"], rows, explain=False)
    assert 100 not in calls
    assert list(found.columns) == ["prediction", "probabilities.no", "probabilities.yes"]
    assert found["prediction"].tolist() == pipeline.predict(rows).tolist()
    proba = pipeline.predict_proba(rows)
    np.testing.assert_array_equal(found.iloc[:, 1:].to_numpy(dtype=float), proba)


def test_csv_parquet_folders_tables_and_frames_are_the_same_rows(tmp_path, saved, rows):
    rows.to_parquet(tmp_path / "rows.parquet")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    rows.to_csv(tmp_path / "rows.csv.gz", index=False)
    for kind in ("parquet", "csv"):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "_SUCCESS").touch()
        for i, part in enumerate((rows.head(60), rows.tail(40))):
            getattr(part, f"to_{kind}")(tmp_path / kind / f"part-{i}.{kind}", index=False)
    table = pa.Table.from_pandas(rows)
    expected = explain_batch(saved["pair"], table)
    given = [
        tmp_path / name for name in ("rows.parquet", "rows.csv", "rows.csv.gz", "parquet", "csv")
    ]
    for number, source in enumerate([*given, rows, table, table.to_reader(7)]):
        out = tmp_path / f"out-{number}.parquet"
        assert explain_batch(saved["pair"], source, out, chunk_rows=31) == out
        assert pq.read_table(out).equals(expected), source


def test_a_csv_result_has_a_column_for_each_number(tmp_path, saved, rows):
    path = explain_batch(saved["pair"], rows, tmp_path / "out.csv", top_k=2)
    expected = explain_batch(saved["pair"], rows, top_k=2).reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_csv(path), expected, check_dtype=False, check_exact=True)


def test_rows_are_read_when_they_are_due_and_no_chunk_outlives_its_writing(
    tmp_path, saved, rows, monkeypatch
):
    """Memory is bounded by construction: two chunks of rows are never there at a time."""
    read, scored, known = [], [], []
    table = pa.Table.from_pandas(rows, preserve_index=False)

    def batches():
        for batch in table.to_batches(max_chunksize=10):
            read.append(len(scored))
            yield batch

    original = BatchModel.scored

    def counted(self, frame):
        known.append(weakref.ref(frame))
        scored.append(sum(one() is not None for one in known))
        return original(self, frame)

    monkeypatch.setattr(BatchModel, "scored", counted)
    reader = pa.RecordBatchReader.from_batches(table.schema, batches())
    explain_batch(saved["pair"], reader, tmp_path / "out.parquet")
    assert read == list(range(10))
    assert scored == [1] * 10


def test_one_group_of_rows_of_a_file_is_read_in_parts(tmp_path, saved, rows, monkeypatch):
    sizes = []
    original = BatchModel.scored
    monkeypatch.setattr(
        BatchModel, "scored", lambda self, frame: sizes.append(len(frame)) or original(self, frame)
    )
    rows.to_parquet(tmp_path / "rows.parquet", row_group_size=100)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    for name in ("rows.parquet", "rows.csv"):
        sizes.clear()
        out = explain_batch(
            saved["pair"], tmp_path / name, tmp_path / "o.parquet", chunk_rows=30, exist_ok=True
        )
        assert sizes == [30, 30, 30, 10]
        assert pq.read_metadata(out).num_row_groups == 4


def test_chunks_are_as_large_as_memory_allows(tmp_path, saved, iris, monkeypatch):
    narrow = BatchModel.load(saved["pair"], ReplyOptions()).chunk_rows
    monkeypatch.setattr(models, "_CHUNK_BYTES", models._CHUNK_BYTES // 64)
    assert BatchModel.load(saved["pair"], ReplyOptions()).chunk_rows < narrow <= 65_536
    model = SVC().fit(*iris)
    explainer = KernelExplainer(model, iris[0].head(9))
    save_model(model, tmp_path / "m", scoring_explainer=explainer)
    assert BatchModel.load(tmp_path / "m", ReplyOptions()).chunk_rows == 256


def test_a_file_is_there_when_it_is_complete(tmp_path, saved, rows, monkeypatch):
    out = tmp_path / "out.parquet"
    explain_batch(saved["pair"], rows.head(2), out)
    with pytest.raises(ArtifactExistsError, match="exist_ok"):
        explain_batch(saved["pair"], rows, out)
    broken = rows.astype({"dir": object})
    broken.iloc[70, 0] = "a lot"
    files = set(tmp_path.iterdir())
    with pytest.raises(InvalidInputError, match="dir") as raised:
        explain_batch(saved["pair"], broken, out, chunk_rows=50, exist_ok=True)
    assert "a lot" not in str(raised.value)
    assert set(tmp_path.iterdir()) == files
    assert pq.read_metadata(out).num_rows == 2
    assert explain_batch(saved["pair"], rows, out, exist_ok=True) == out
    assert pq.read_metadata(out).num_rows == 100


def test_a_chunk_that_cannot_be_explained_keeps_its_predictions(saved, rows, pipeline, monkeypatch):
    original, calls = TreeEngine.explain, []

    def fail_once(self, part):
        calls.append(part.shape[0])
        # Others are of the warm-up when the model is loaded.
        if part.shape[0] == 40 and calls.count(40) == 2:
            raise RuntimeError("secret")
        return original(self, part)

    monkeypatch.setattr(TreeEngine, "explain", fail_once)
    found = explain_batch(saved["pair"], rows, chunk_rows=40)
    assert found["prediction"].tolist() == pipeline.predict(rows).tolist()
    status = ["ok"] * 40 + ["failed: RuntimeError"] * 40 + ["ok"] * 20
    assert found["explanation_status"].tolist() == status
    explained = found.filter(like="local_importance_values.").notna().all(axis=1)
    assert explained.tolist() == [state == "ok" for state in status]


def test_columns_are_kept_beside_the_results(tmp_path, saved, rows):
    table = rows.assign(id=[f"{i:03}" for i in range(100)], when=pd.Timestamp("2026-01-01"))
    found = explain_batch(saved["pair"], table, keep=["id", "when"])
    pd.testing.assert_frame_equal(found[["id", "when"]], table[["id", "when"]], check_dtype=False)
    table.to_csv(tmp_path / "rows.csv", index=False)
    table.to_parquet(tmp_path / "rows.parquet")
    for name in ("rows.csv", "rows.parquet"):
        out = explain_batch(
            saved["pair"], tmp_path / name, tmp_path / "o.parquet", keep="all", exist_ok=True
        )
        kept = pq.read_table(out)
        assert kept["id"].to_pylist() == table["id"].tolist()
        assert kept["dir"].to_pylist() == table["dir"].tolist()
        assert kept.column_names[-1] == "explanation_status"
    with pytest.raises(FeatureError, match="without name"):
        explain_batch(saved["pair"], table, keep=["name"])
    with pytest.raises(FeatureError, match="Rename"):
        explain_batch(saved["pair"], table.assign(prediction=1), keep=["prediction"])
    with pytest.raises(InvalidInputError, match="keep"):
        explain_batch(saved["pair"], table, keep="id")


def test_a_folder_of_parts_by_value_has_the_value_as_a_column(tmp_path, saved, rows):
    table = pa.Table.from_pandas(rows.sort_values("pbcr"), preserve_index=False)
    pq.write_to_dataset(table, tmp_path / "parts", partition_cols=["pbcr"])
    expected = explain_batch(saved["pair"], table, keep=["pbcr"])
    out = explain_batch(saved["pair"], tmp_path / "parts", tmp_path / "o.parquet", keep=["pbcr"])
    assert pq.read_table(out).to_pylist() == expected.to_pylist()


def test_55_a_missing_column_is_named_before_anything_is_scored(saved, rows):
    with pytest.raises(FeatureError, match="without lvr"):
        explain_batch(saved["pair"], rows.drop(columns="lvr"))


def test_58_whole_numbers_and_decimals_are_read_as_the_signature_says(tmp_path, saved, rows):
    whole = rows.assign(dir=1.0, hir=2.0, lvr=0.0)
    expected = explain_batch(saved["pair"], whole)
    for kind in ("int64", "int32", "Int64", "uint8"):
        typed = whole.astype(dict.fromkeys(("dir", "hir", "lvr"), kind))
        pd.testing.assert_frame_equal(explain_batch(saved["pair"], typed), expected)
        typed.to_parquet(tmp_path / f"{kind}.parquet")
        out = explain_batch(
            saved["pair"], tmp_path / f"{kind}.parquet", tmp_path / f"{kind}.out.parquet"
        )
        np.testing.assert_array_equal(
            pq.read_table(out)["expected_value"], expected["expected_value"]
        )
    table = pa.Table.from_pandas(rows, preserve_index=False)
    decimals = pa.array([Decimal("0.25")] * 100)
    exact = table.set_column(table.column_names.index("dir"), "dir", decimals)
    found = explain_batch(saved["pair"], exact)
    same = explain_batch(saved["pair"], rows.assign(dir=0.25).reset_index(drop=True))
    assert (
        found["local_importance_values"].to_pylist()[5]["dir"]
        == same["local_importance_values.dir"][5]
    )
    huge = whole.astype({"dir": "int64"}).assign(dir=2**60 + 1)
    with pytest.raises(InvalidInputError, match="column dir") as raised:
        explain_batch(saved["pair"], huge)
    assert str(2**60) not in str(raised.value)


def test_missing_values_are_missing_in_every_kind_of_file(tmp_path, saved, rows):
    gaps = rows.copy()
    # MLflow's whole numbers cannot be missing.
    gaps.loc[gaps.index[3:9], gaps.columns[gaps.dtypes != "int64"]] = None
    gaps.to_parquet(tmp_path / "rows.parquet")
    gaps.to_csv(tmp_path / "rows.csv", index=False)
    expected = pa.Table.from_pandas(explain_batch(saved["pair"], gaps), preserve_index=False)
    assert expected["explanation_status"].to_pylist() == ["ok"] * 100
    for name in ("rows.parquet", "rows.csv"):
        out = explain_batch(saved["pair"], tmp_path / name, tmp_path / "o.csv", exist_ok=True)
        found = pd.read_csv(out)
        np.testing.assert_array_equal(found["expected_value"], expected["expected_value"])
        values = found.filter(like="local_importance_values.").to_numpy()
        np.testing.assert_array_equal(values[:, 0], expected["local_importance_values.dir"])


def test_rows_without_finite_importances_are_told(tmp_path, iris):
    model = LogisticRegression(max_iter=500).fit(*iris)
    save_model(path=tmp_path / "m", scoring_explainer=TabularExplainer(model, iris[0]))
    rows = iris[0].head(3).copy()
    rows.iloc[1, 0] = np.nan
    found = explain_batch(tmp_path / "m", pa.Table.from_pandas(rows))
    status = found["explanation_status"].to_pylist()
    assert status == ["ok", "failed: importances of this row are not finite", "ok"]
    assert found["local_importance_values"].is_null().to_pylist() == [False, True, False]
    assert "prediction" not in found.column_names


def test_models_of_arrays_take_columns_by_position(tmp_path, iris):
    rows, labels = iris[0].to_numpy(), iris[1].to_numpy() > 0
    model = LGBMClassifier(n_estimators=3, verbose=-1).fit(rows, labels)
    save_model(model, tmp_path / "m", scoring_explainer=TabularExplainer(model, rows))
    expected = replied_to_inputs(tmp_path / "m", rows)
    table = pa.Table.from_pandas(iris[0], preserve_index=False)
    assert as_reply(explain_batch(tmp_path / "m", table)) == expected
    named = table.append_column("id", pa.array(range(150)))
    beside = explain_batch(tmp_path / "m", named, keep=["id"])
    assert beside["id"].to_pylist() == list(range(150))
    assert as_reply(beside.drop_columns("id")) == expected
    iris[0].to_csv(tmp_path / "rows.csv", index=False)
    out = explain_batch(tmp_path / "m", tmp_path / "rows.csv", tmp_path / "out.parquet")
    assert as_reply(pq.read_table(out)) == expected


def replied_to_inputs(path, rows) -> list[dict]:
    return Endpoint(path).post({"inputs": rows.tolist()})[1]["predictions"]


def test_a_regression_and_a_booster(tmp_path, diabetes, iris):
    rows, target = diabetes
    model = LinearRegression().fit(rows, target)
    save_model(model, tmp_path / "m", scoring_explainer=TabularExplainer(model, rows))
    found = explain_batch(tmp_path / "m", pa.Table.from_pandas(rows))
    assert as_reply(found) == replied(Endpoint(tmp_path / "m"), rows)
    labels = (iris[1] > 0).astype(int)
    settings = {"objective": "binary", "verbose": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(iris[0], labels), 3)
    save_model(booster, tmp_path / "b", scoring_explainer=TabularExplainer(booster, iris[0]))
    found = explain_batch(tmp_path / "b", pa.Table.from_pandas(iris[0]))
    assert as_reply(found) == replied(Endpoint(tmp_path / "b"), iris[0])


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_no_rows_give_a_file_without_rows(tmp_path, saved, rows, kind):
    getattr(rows.head(0), f"to_{kind}")(tmp_path / f"rows.{kind}", index=False)
    out = explain_batch(saved["pair"], tmp_path / f"rows.{kind}", tmp_path / "out.parquet")
    assert pq.read_table(out).num_rows == 0
    assert pq.read_schema(out).names[0] == "prediction"


def test_what_cannot_be_done_is_said_first(tmp_path, saved, rows):
    (tmp_path / "rows.txt").touch()
    (tmp_path / "broken.parquet").write_bytes(b"secret")
    for given, error, word in [
        (tmp_path / "none.csv", ArtifactNotFoundError, "none.csv"),
        (tmp_path / "rows.txt", InvalidInputError, "rows.txt"),
        (tmp_path / "broken.parquet", InvalidInputError, "broken.parquet"),
        (3, InvalidInputError, "3"),
    ]:
        with pytest.raises(error, match=word) as raised:
            explain_batch(saved["pair"], given, tmp_path / "out.csv")
        assert "secret" not in str(raised.value)
    with pytest.raises(InvalidInputError, match="out"):
        explain_batch(saved["pair"], tmp_path / "rows.csv")
    for odd in ("out.txt", tmp_path / "nowhere" / "out.csv", 3):
        with pytest.raises(InvalidInputError, match="out"):
            explain_batch(saved["pair"], rows, odd)
    for options in ({"top_k": -1}, {"output": "perhaps"}, {"raw": 1}, {"chunk_rows": 0}):
        with pytest.raises(InvalidInputError, match=next(iter(options))):
            explain_batch(saved["pair"], rows, **options)
    with pytest.raises(UnsupportedModelError, match="log_model"):
        explain_batch(saved["plain"], rows)


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_mlflow_models_predict_gives_the_same_numbers(tmp_path, saved, rows, kind):
    given, out = tmp_path / f"rows.{kind}", tmp_path / "out.json"
    if kind == "csv":
        rows.to_csv(given, index=False)
    else:
        given.write_text(json.dumps(body_of(rows)))
    command = ["predict", "-m", str(saved["pair"]), "-i", str(given), "-o", str(out), "-t", kind,
               "--env-manager", "local"]  # fmt: skip
    done = CliRunner().invoke(models_command, command)
    assert done.exit_code == 0, done.output
    found = json.loads(out.read_text())["predictions"]
    assert found == as_reply(explain_batch(saved["pair"], pa.Table.from_pandas(rows)))


def test_a_registered_model_is_found_by_its_name(tmp_path, pipeline, explainer, rows):
    with mlflow.start_run():
        log_model(pipeline, scoring_explainer=explainer, registered_model_name="credit")
    found = explain_batch("models:/credit/1", rows.head(3))
    assert found["explanation_status"].tolist() == ["ok"] * 3


def test_categories_nullable_numbers_and_flags(tmp_path, iris):
    rows = iris[0].assign(
        kind=pd.Categorical(np.where(iris[0].iloc[:, 0] > 5.8, "big", "small")),
        level=pd.Categorical(iris[1] + 3),
        count=pd.array(np.arange(150) % 5, dtype="Int64"),
        flag=np.arange(150) % 2 == 0,
    )
    rows.loc[3, "count"] = pd.NA
    rows.loc[4, "kind"] = None
    model = LGBMClassifier(n_estimators=5, verbose=-1).fit(rows, iris[1])
    save_model(model, tmp_path / "m", scoring_explainer=TabularExplainer(model, rows))
    expected = replied(Endpoint(tmp_path / "m"), rows)
    rows.to_parquet(tmp_path / "rows.parquet")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    for given in (rows, tmp_path / "rows.parquet", tmp_path / "rows.csv"):
        out = explain_batch(tmp_path / "m", given, tmp_path / "o.parquet", exist_ok=True)
        assert as_reply(pq.read_table(out)) == expected


def test_rows_that_do_not_meet_the_condition_are_predicted_only(tmp_path, iris, iris_boosting):
    explainer = TabularExplainer(iris_boosting, iris[0])
    condition = "probability < 0.7"
    save_model(iris_boosting, tmp_path / "m", scoring_explainer=explainer, explain_when=condition)
    found = as_reply(explain_batch(tmp_path / "m", pa.Table.from_pandas(iris[0])))
    expected = replied(Endpoint(tmp_path / "m"), iris[0])
    assert found == expected
    assert len({row["explanation_status"] for row in found}) == 2


def test_an_approximation_tells_what_it_lacks(tmp_path, iris):
    model = SVC().fit(iris[0], iris[1] > 0)
    explainer = MimicExplainer(model, iris[0], LGBMExplainableModel)
    save_model(model, tmp_path / "m", scoring_explainer=explainer)
    for params in ({}, {"output": "all"}):
        found = explain_batch(tmp_path / "m", pa.Table.from_pandas(iris[0]), **params)
        assert as_reply(found) == replied(Endpoint(tmp_path / "m"), iris[0], **params)
    assert "additivity_residual" in found.column_names


def test_several_targets(tmp_path, diabetes):
    rows, target = diabetes
    model = LinearRegression().fit(rows, np.column_stack([target, -target]))
    save_model(model, tmp_path / "m", scoring_explainer=TabularExplainer(model, rows))
    found = as_reply(explain_batch(tmp_path / "m", pa.Table.from_pandas(rows), output="all"))
    expected = replied(Endpoint(tmp_path / "m"), rows, output="all")
    for one, other in zip(found, expected, strict=True):
        assert list(one.pop("prediction").values()) == other.pop("prediction")
    assert found == expected


def test_a_file_of_a_folder_that_lacks_a_column_is_told(tmp_path, saved, rows):
    (tmp_path / "parts").mkdir()
    rows.to_parquet(tmp_path / "parts" / "0.parquet")
    rows.drop(columns="lvr").to_parquet(tmp_path / "parts" / "1.parquet")
    with pytest.raises(FeatureError, match="without lvr"):
        explain_batch(saved["pair"], tmp_path / "parts", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()
