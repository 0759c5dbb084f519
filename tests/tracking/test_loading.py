"""What loading does before the first request, and what it refuses: libraries, Python objects."""

from __future__ import annotations

import logging
import subprocess
import sys

import catboost
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from mlflow_explain import TabularExplainer, load_model, save_model
from mlflow_explain.engines import compiled
from mlflow_explain.engines.trees import engine as trees
from mlflow_explain.engines.trees.engine import TreeEngine
from mlflow_explain.errors import MissingLibraryError
from mlflow_explain.scoring.scorer import PICKLE_SETTING
from mlflow_explain.tracking.models import warming

MODELS = {
    "lightgbm": lambda: lightgbm.LGBMClassifier(n_estimators=3, num_leaves=4, verbose=-1),
    "xgboost": lambda: xgboost.XGBClassifier(n_estimators=3, max_depth=2),
    "catboost": lambda: catboost.CatBoostClassifier(
        iterations=3, depth=2, verbose=False, allow_writing_files=False
    ),
    "linear": lambda: LogisticRegression(max_iter=500),
}


@pytest.fixture(scope="module", params=MODELS)
def pair(request, tmp_path_factory, iris):
    """A library's name, and the folder of a pair with a model of it."""
    rows, labels = iris
    model = MODELS[request.param]().fit(rows, labels)
    explainer = TabularExplainer(model, rows)
    root = tmp_path_factory.mktemp(request.param)
    save_model(model, root / "pair", scoring_explainer=explainer)
    save_model(path=root / "alone", scoring_explainer=explainer)
    values = np.array(explainer.explain_local(rows).local_importance_values)
    return request.param, root, values


def hide(monkeypatch, name: str) -> None:
    """Make a library one that is not installed."""
    for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)


def test_90_a_library_that_is_not_installed_is_named_at_load(pair, monkeypatch):
    name, root, _ = pair
    if name == "linear":
        name = "skops"
    hide(monkeypatch, name)
    with pytest.raises(MissingLibraryError, match=f"`pip install {name}`"):
        mlflow.pyfunc.load_model(str(root / "pair"))
    with pytest.raises(ImportError, match=r"requirements\.txt"):
        load_model(root / "pair")


@pytest.mark.networks
def test_90_without_torch_its_networks_are_refused_at_load(tmp_path, monkeypatch):
    import torch

    from mlflow_explain import DeepExplainer

    rows = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    net = torch.nn.Linear(2, 1)
    save_model(net, tmp_path / "pair", scoring_explainer=DeepExplainer(net, rows))
    # Hidden at its gate only: a library of machine code is not imported twice.
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingLibraryError, match="`pip install torch`"):
        mlflow.pyfunc.load_model(str(tmp_path / "pair"))


def test_90_without_shap_a_tree_explainer_that_needs_it_is_refused_at_load(
    tmp_path, monkeypatch, iris, iris_boosting
):
    save_model(path=tmp_path / "m", scoring_explainer=TabularExplainer(iris_boosting, iris[0]))
    monkeypatch.setitem(sys.modules, "shap", None)
    assert mlflow.pyfunc.load_model(str(tmp_path / "m"))
    # Where machine code cannot be kept shap answers until it is compiled.
    monkeypatch.setattr("mlflow_explain.engines.trees.plan.is_ready", lambda: False)
    with pytest.raises(MissingLibraryError, match="`pip install shap`"):
        mlflow.pyfunc.load_model(str(tmp_path / "m"))


def test_90_a_module_of_the_users_own_is_not_taken_for_a_library(tmp_path, monkeypatch, iris):
    (tmp_path / "mine_for_90.py").write_text(
        "from sklearn.linear_model import LogisticRegression\n"
        "class Mine(LogisticRegression):\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import mine_for_90

    rows, labels = iris
    model = mine_for_90.Mine(max_iter=500).fit(rows, labels)
    save_model(
        model, tmp_path / "pair", scoring_explainer=TabularExplainer(model, rows),
        serialization_format="cloudpickle",
    )  # fmt: skip
    hide(monkeypatch, "mine_for_90")
    with pytest.raises(MissingLibraryError, match="`code_paths` of `log_model`"):
        mlflow.pyfunc.load_model(str(tmp_path / "pair"))


def test_91_without_pickle_the_explainer_alone_loads(pair, monkeypatch, iris):
    _, root, values = pair
    monkeypatch.setenv(PICKLE_SETTING, "false")
    found = load_model(root / "alone").explain(iris[0])
    np.testing.assert_allclose(found, values, rtol=1e-9, atol=1e-12)
    answer = mlflow.pyfunc.load_model(str(root / "alone")).predict(iris[0].head(2))
    assert answer["explanation_status"].tolist() == ["ok", "ok"]


def test_91_without_pickle_models_of_native_formats_are_served_whole(pair, monkeypatch, iris):
    name, root, _ = pair
    monkeypatch.setenv(PICKLE_SETTING, "false")
    if name in {"xgboost", "catboost"}:
        answer = mlflow.pyfunc.load_model(str(root / "pair")).predict(iris[0].head(2))
        assert answer["explanation_status"].tolist() == ["ok", "ok"]
    else:
        with pytest.raises(ValueError, match=f"{PICKLE_SETTING}=false"):
            mlflow.pyfunc.load_model(str(root / "pair"))


def test_the_first_request_finds_everything_done(pair, monkeypatch, iris):
    _, root, _ = pair
    model = mlflow.pyfunc.load_model(str(root / "pair"))
    done = []
    monkeypatch.setattr(compiled.Kernel, "compile", done.append)
    before = set(sys.modules)
    model.predict(iris[0].head(1))
    assert done == []
    assert set(sys.modules) - before == set()


def test_loading_explains_one_made_up_row(tmp_path, monkeypatch, iris, iris_boosting):
    explainer = TabularExplainer(iris_boosting, iris[0])
    save_model(iris_boosting, tmp_path / "m", scoring_explainer=explainer)
    seen = []
    explain = TreeEngine.explain
    monkeypatch.setattr(
        TreeEngine, "explain", lambda engine, rows: seen.append(rows) or explain(engine, rows)
    )
    mlflow.pyfunc.load_model(str(tmp_path / "m"))
    assert {rows.shape for rows in seen} == {(1, 4)}


def test_a_model_that_refuses_a_made_up_row_loads_all_the_same(tmp_path, caplog):
    rows = pd.DataFrame({"town": ["a", "b", "c", "a"] * 5, "size": np.arange(20.0)})
    model = make_pipeline(OrdinalEncoder(), LogisticRegression())
    labels = np.arange(20) % 2
    model.fit(rows, labels)
    save_model(model, tmp_path / "pair", scoring_explainer=TabularExplainer(model, rows))
    with caplog.at_level(logging.DEBUG, logger=warming.__name__):
        pair = mlflow.pyfunc.load_model(str(tmp_path / "pair"))
    assert "A made-up row was not answered." in caplog.text
    assert pair.predict(rows)["explanation_status"].tolist() == ["ok"] * 20


def test_what_fails_for_the_made_up_row_is_in_the_log(
    tmp_path, caplog, monkeypatch, iris, iris_boosting
):
    explainer = TabularExplainer(iris_boosting, iris[0])
    save_model(iris_boosting, tmp_path / "m", scoring_explainer=explainer)
    with caplog.at_level(logging.WARNING, logger=warming.__name__):
        mlflow.pyfunc.load_model(str(tmp_path / "m"))
        assert caplog.text == ""
        answered = TreeEngine.explain

        def fail(engine, rows):
            raise ArithmeticError("of rows that are secret")

        monkeypatch.setattr(TreeEngine, "explain", fail)
        monkeypatch.setattr(trees, "warm", lambda _: None)
        pair = mlflow.pyfunc.load_model(str(tmp_path / "m"))
        assert "made-up row, made when the model was loaded: failed: ArithmeticError" in caplog.text
        assert "secret" not in caplog.text
    monkeypatch.setattr(TreeEngine, "explain", answered)
    assert set(pair.predict(iris[0])["explanation_status"]) == {"ok"}


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.5]), pd.Series([1], dtype="int8"), pd.Series([True]),
        pd.Series([1], dtype="Int64"), pd.Series(["x"]), pd.Series(["x"], dtype="category"),
        pd.Series(pd.to_datetime(["2020-01-01"])), pd.Series(pd.to_timedelta([1], unit="s")),
        pd.Series(pd.period_range("2020", periods=1, freq="D")), pd.Series(["x"], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)  # fmt: skip
def test_a_made_up_row_is_of_the_templates_types(column):
    template = pd.DataFrame({"x": column})
    made = warming.row_of(template.iloc[:0])
    assert len(made) == 1
    assert made.dtypes.tolist() == template.dtypes.tolist()


USES_A_MODULE = """
import sys
from mlflow_explain import load_model
pair = load_model(sys.argv[1])
print(pair.explainer.explain([[1.0, 2.0]]))
"""


def test_load_model_brings_the_code_that_was_logged(tmp_path):
    module = tmp_path / "of_the_user.py"
    module.write_text(
        "from sklearn.linear_model import LinearRegression\n"
        "class Mine(LinearRegression):\n    pass\n"
    )
    make = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "import numpy as np, of_the_user\n"
        "from mlflow_explain import TabularExplainer, save_model\n"
        "rows = np.array([[0.0, 1.0], [2.0, 1.0], [1.0, 3.0]])\n"
        "model = of_the_user.Mine().fit(rows, [1.0, 2.0, 3.0])\n"
        "save_model(model, sys.argv[1], scoring_explainer=TabularExplainer(model, rows),\n"
        "    code_paths=[sys.argv[2] + '/of_the_user.py'], serialization_format='cloudpickle')\n"
    )
    folder = str(tmp_path / "pair")
    for script in (make, USES_A_MODULE):
        done = subprocess.run(
            [sys.executable, "-c", script, folder, str(tmp_path)],
            capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[[")
