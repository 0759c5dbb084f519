from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mlflow_explain

HEAVY = {"numpy", "pandas", "sklearn", "scipy", "shap", "lightgbm", "matplotlib", "mlflow", "numba"}


def test_importing_costs_nothing():
    code = "import sys, mlflow_explain; print(*sorted(m.split('.')[0] for m in sys.modules))"
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert HEAVY & set(printed.split()) == set()


def test_every_public_name_is_there_and_documented():
    for name in mlflow_explain.__all__:
        assert getattr(mlflow_explain, name) is not None
        if not name.startswith("__"):
            assert getattr(mlflow_explain, name).__doc__
    assert sorted(dir(mlflow_explain)) == sorted(mlflow_explain.__all__)


def test_readme_names_every_public_name():
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    missing = [
        n for n in mlflow_explain.__all__ if not n.startswith("__") and f"`{n}" not in readme
    ]
    assert missing == []


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = mlflow_explain.nothing_here


def test_every_error_is_in_one_tree_and_survives_pickling():
    import pickle

    from mlflow_explain import errors

    classes = [c for c in vars(errors).values() if isinstance(c, type)]
    assert all(issubclass(c, errors.ExplainError) for c in classes)
    for cls in classes:
        assert cls.__name__ in errors.__doc__
        error = pickle.loads(pickle.dumps(cls("a", "b", "Do c.")))  # noqa: S301 - our own bytes
        assert str(error) == "Expected a; got b. Do c."
