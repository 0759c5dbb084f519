"""`explain_batch` with files, columns and options that are not as they should be."""

from __future__ import annotations

import bz2
import gzip
import os
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema
from sklearn.linear_model import LogisticRegression

from mlflow_explain import TabularExplainer, explain_batch, save_model
from mlflow_explain.errors import (
    FeatureError,
    InvalidInputError,
    LengthMismatchError,
    MissingLibraryError,
    StoreError,
)
from mlflow_explain.tracking.batch.model import BatchModel
from tests import small

NAMED = small.FRAME.head(20)
IDS = [f"no. {i}" for i in range(20)]


def _saved(path, rows, **options):
    model = LogisticRegression().fit(rows, small.LABELS)
    save_model(model, path, scoring_explainer=TabularExplainer(model, rows), **options)
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    unnamed = ModelSignature(inputs=Schema([ColSpec("double")] * 3))
    return {
        "named": _saved(folder / "named", small.FRAME),
        "numbered": _saved(folder / "numbered", pd.DataFrame(small.ROWS)),
        "tensor": _saved(folder / "tensor", small.ROWS),
        "unnamed": _saved(folder / "unnamed", small.ROWS, signature=unnamed),
        "single": _saved(folder / "single", small.FRAME.astype("float32")),
    }


@pytest.fixture
def expected(models):
    return explain_batch(models["named"], NAMED)


def same(found, expected):
    """Whether results are the same, whatever the features are called."""
    found = found if isinstance(found, pd.DataFrame) else pd.read_csv(found)
    own = found.filter(like="local_importance_values.").to_numpy()
    theirs = expected.filter(like="local_importance_values.").to_numpy()
    np.testing.assert_array_equal(own, theirs)
    return True


@pytest.mark.parametrize(
    ("text", "row"),
    [("a,b,c\n0,71,48,1\n1,58,41,2\n", 1), ("a,b,c\n1,2,3\n\n1,2,3,4\n", 2),
     ("a,b,c\n1,2,3\n1,2,3,\n", 2), ('a,b,c\n"1",2,3\n1,"2",3\n4,5,6,7,8\n', 3)],
)  # fmt: skip
@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.xz"])
def test_63_a_row_longer_than_the_line_of_names_is_refused(tmp_path, models, text, row, ending):
    frame = tmp_path / f"rows{ending}"
    with pd.io.common.get_handle(frame, "w", compression="infer") as file:
        file.handle.write(text)
    for rows in (1, 100):
        with pytest.raises(InvalidInputError, match=f"row {row} of .*rows{ending}"):
            explain_batch(models["named"], frame, tmp_path / "out.csv", chunk_rows=rows)
    assert [path.name for path in tmp_path.iterdir()] == [frame.name]


def test_63_a_cell_of_several_lines_and_quoted_commas_are_one_cell(tmp_path, models, expected):
    NAMED.assign(text='a, "b"\nc,d').to_csv(tmp_path / "rows.csv", index=False)
    out = explain_batch(
        models["named"], tmp_path / "rows.csv", tmp_path / "o.csv", keep=["text"], chunk_rows=7
    )
    assert same(out, expected)
    assert set(pd.read_csv(out)["text"]) == {'a, "b"\nc,d'}


def test_kept_lists_may_be_left_out_of_a_csv_file(tmp_path, models):
    given = pa.Table.from_pandas(NAMED).append_column("more", pa.array([[1]] * len(NAMED)))
    with pytest.raises(InvalidInputError, match=r"more .*out='.*o\.parquet'; or leave .* `keep`"):
        explain_batch(models["named"], given, tmp_path / "o.csv", keep=["more"])


def test_64_a_name_that_a_csv_file_has_twice_is_refused(tmp_path, models):
    (tmp_path / "rows.csv").write_text("a,b,c,a\n1,2,3,4\n")
    with pytest.raises(FeatureError, match="a more than once"):
        explain_batch(models["named"], tmp_path / "rows.csv", tmp_path / "out.csv")


def test_columns_whose_names_are_numbers(tmp_path, models, expected):
    rows = pd.DataFrame(NAMED.to_numpy())
    rows.to_csv(tmp_path / "rows.csv", index=False)
    rows.to_parquet(tmp_path / "rows.parquet")
    for name in ("rows.csv", "rows.parquet"):
        out = explain_batch(models["numbered"], tmp_path / name, tmp_path / f"{name}.csv")
        assert same(out, expected)
    assert same(explain_batch(models["numbered"], rows, keep=[0]), expected)
    table = explain_batch(models["numbered"], pa.Table.from_pandas(rows))
    assert table.num_rows == 20
    with pytest.raises(FeatureError, match="0 more than once"):
        explain_batch(models["numbered"], rows.assign(**{"0": 1.0}))


def test_results_are_as_many_as_rows(models, monkeypatch):
    original = BatchModel.scored
    monkeypatch.setattr(BatchModel, "scored", lambda self, frame: original(self, frame.iloc[1:]))
    with pytest.raises(LengthMismatchError, match="7 for rows 1 to 7 of the DataFrame; got 6"):
        explain_batch(models["named"], NAMED, chunk_rows=7)


def test_the_folder_above_a_single_file_is_no_column(tmp_path, models, expected):
    file = tmp_path / "all" / "a=9" / "rows.parquet"
    file.parent.mkdir(parents=True)
    NAMED.to_parquet(file)
    out = explain_batch(models["named"], file, tmp_path / "out.csv")
    assert same(out, expected)
    with pytest.raises(FeatureError, match="a in both"):
        explain_batch(models["named"], tmp_path / "all", tmp_path / "out.parquet")


def test_an_index_of_pandas_is_a_column_as_others_are(tmp_path, models, expected):
    NAMED.set_index("a").to_parquet(tmp_path / "rows.parquet")
    out = explain_batch(models["named"], tmp_path / "rows.parquet", tmp_path / "out.csv")
    assert same(out, expected)
    table = explain_batch(models["named"], pq.read_table(tmp_path / "rows.parquet"))
    assert table["expected_value"].to_pylist() == expected["expected_value"].tolist()


@pytest.mark.parametrize("name", ["tensor", "unnamed"])
def test_kept_text_of_a_csv_file_beside_columns_without_names(tmp_path, models, name):
    rows = NAMED.copy()
    rows.insert(0, "id", IDS)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    out = explain_batch(models[name], tmp_path / "rows.csv", tmp_path / "out.csv", keep=["id"])
    assert same(out, explain_batch(models[name], NAMED))
    assert pd.read_csv(out)["id"].tolist() == IDS


def test_58_numbers_for_single_precision_are_taken_if_none_changes(models):
    rows = NAMED.astype("float32")
    assert same(explain_batch(models["single"], rows.astype("float64")),
                explain_batch(models["single"], rows))  # fmt: skip
    whole = rows.assign(a=np.arange(20, dtype="float32"))
    assert same(explain_batch(models["single"], whole.astype({"a": "int64"})),
                explain_batch(models["single"], whole))  # fmt: skip
    for odd in (rows.assign(a=0.1), rows.assign(a=1e300), rows.assign(a=2**24 + 1)):
        with pytest.raises(InvalidInputError, match="column a"):
            explain_batch(models["single"], odd)


def test_a_kept_column_with_the_name_of_a_flat_result(tmp_path, models):
    rows = NAMED.assign(**{"probabilities.0": 1.0})
    for given, out in ((rows, None), (rows, tmp_path / "out.csv")):
        with pytest.raises(FeatureError, match=r"probabilities\.0"):
            explain_batch(models["named"], given, out, keep="all")
    out = explain_batch(models["named"], rows, tmp_path / "out.parquet", keep="all")
    assert pq.read_schema(out).names[3] == "probabilities.0"


def test_files_that_cannot_be_read_are_named(tmp_path, models, monkeypatch):
    text = NAMED.to_csv(index=False).encode()
    NAMED.to_parquet(tmp_path / "rows.parquet")
    damaged = bytearray((tmp_path / "rows.parquet").read_bytes())
    damaged[20:200] = bytes(180)
    for name, content in {
        "cut.csv.gz": gzip.compress(text)[:-20], "no.csv.gz": b"secret", "no.csv.xz": b"secret",
        "no.csv.bz2": b"secret", "cut.csv.bz2": bz2.compress(text)[:-20], "none.csv": b"",
        "rows.parquet": bytes(damaged), "latin.csv": "a,b,c\n\xe9,1,1\n".encode("latin1"),
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidInputError, match=name) as raised:
            explain_batch(models["named"], tmp_path / name, tmp_path / "out.csv")
        assert "secret" not in str(raised.value)
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    (tmp_path / "rows.csv.zst").write_bytes(b"")
    with pytest.raises(MissingLibraryError, match="zstandard"):
        explain_batch(models["named"], tmp_path / "rows.csv.zst", tmp_path / "out.csv")
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux")  # noqa: PTH110
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_full_disk_is_told(tmp_path, models, kind, monkeypatch):
    import resource
    import signal

    # A file may not grow as on a full disk.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    told = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    rows = pd.concat([NAMED] * 50)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, before[1]))
    try:
        with pytest.raises(StoreError, match=rf"out\.{kind}"):
            explain_batch(models["named"], rows, tmp_path / f"out.{kind}", chunk_rows=100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, told)
    assert not list(tmp_path.iterdir())


def test_what_keep_may_be(tmp_path, models):
    rows = NAMED.assign(id=IDS, odd=1j, cut=pd.cut(NAMED["a"], 2), mixed=[1, "a"] * 10, raw=b"\xff")
    for keep in (rows.columns[3:4], (name for name in ["id"]), np.array(["id"])):
        assert explain_batch(models["named"], rows, keep=keep)["id"].tolist() == IDS
    for keep in (None, 3, [True], [None]):
        with pytest.raises(InvalidInputError, match="keep"):
            explain_batch(models["named"], rows, keep=keep)
    for name in ("odd", "cut", "mixed"):
        with pytest.raises(InvalidInputError, match=name):
            explain_batch(models["named"], rows, tmp_path / "out.parquet", keep=[name])
    table = pa.Table.from_pandas(NAMED).append_column("several", pa.array([[1]] * 20))
    for given, name in ((table, "several"), (rows, "raw")):
        with pytest.raises(InvalidInputError, match=name):
            explain_batch(models["named"], given, tmp_path / "out.csv", keep=[name])
    assert not list(tmp_path.iterdir())


def test_rows_that_the_model_refuses_are_named(tmp_path, models):
    rows = NAMED.copy()
    rows.iloc[12, 0] = np.nan
    rows.to_csv(tmp_path / "rows.csv", index=False)
    for given, name in ((tmp_path / "rows.csv", "rows.csv"), (rows, "the DataFrame")):
        with pytest.raises(InvalidInputError, match=f"rows 11 to 15 of .*{name}"):
            explain_batch(models["named"], given, tmp_path / "out.csv", chunk_rows=5)


def test_sparse_columns_are_their_values(models, expected):
    assert same(explain_batch(models["named"], NAMED.astype(pd.SparseDtype("float64"))), expected)


def test_58_the_column_of_a_csv_file_with_another_text_is_named(tmp_path, models):
    texts = NAMED.astype(str)
    texts.iloc[12, 1] = "secret"
    texts.to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(InvalidInputError, match=r"in b of .*rows\.csv") as raised:
        explain_batch(models["named"], tmp_path / "rows.csv", tmp_path / "out.csv", chunk_rows=5)
    assert "secret" not in str(raised.value)
    whole = _saved(tmp_path / "m", small.FRAME.assign(a=range(90)))
    NAMED.assign(a=pd.array([None, *range(19)], "Int64")).to_csv(tmp_path / "r.csv", index=False)
    with pytest.raises(InvalidInputError, match=r"in a of .*r\.csv"):
        explain_batch(whole, tmp_path / "r.csv", tmp_path / "out.csv")


def test_files_of_a_folder_differ(tmp_path, models, expected):
    for kind in ("csv", "parquet"):
        folder = tmp_path / kind
        folder.mkdir()
        getattr(NAMED, f"to_{kind}")(folder / f"0.{kind}", index=False)
        getattr(NAMED[["a", "c"]], f"to_{kind}")(folder / f"1.{kind}", index=False)
        with pytest.raises(FeatureError, match=rf"1\.{kind} without b"):
            explain_batch(models["named"], folder, tmp_path / "out.csv")
    shutil.rmtree(tmp_path / "parquet")
    (tmp_path / "parquet").mkdir()
    NAMED.assign(why=None).head(5).to_parquet(tmp_path / "parquet" / "0.parquet")
    NAMED.assign(why="so").tail(15).to_parquet(tmp_path / "parquet" / "1.parquet")
    out = explain_batch(models["named"], tmp_path / "parquet", tmp_path / "out.csv", keep=["why"])
    assert same(out, expected)
    assert pd.read_csv(out)["why"].tolist()[5:] == ["so"] * 15


def test_what_is_no_path_and_no_table_is_said_as_it_is(tmp_path, models):
    for name in ("out.csv.gz", "out.CSV"):
        with pytest.raises(InvalidInputError, match=name):
            explain_batch(models["named"], NAMED, tmp_path / name)
    for rows in (NAMED.to_numpy(), {"a": [1]}):
        with pytest.raises(InvalidInputError, match="the path of"):
            explain_batch(models["named"], rows)
