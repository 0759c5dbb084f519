"""What a page says about a model: its parameters, and the versions of what it is made of."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

import numpy as np

from mlflow_explain._version import __version__
from mlflow_explain.data.kinds import MODEL_ERRORS, package_of
from mlflow_explain.errors import ExplainError

# Texts of parameters are cut.
_LONGEST = 200
# Those that are compared with cells, or stand in their place.
_OF_CELLS = ("fill_value", "missing_values", "unknown_value")


def parameters_of(model: Any, *, hides: bool = False) -> dict[str, str]:
    """Return the plain parameters of an estimator, by name; with `hides` none that is a cell."""
    try:
        given = dict(model.get_params(deep=True))
    except (*MODEL_ERRORS, ExplainError):
        return {}
    plain = bool | int | float | str | np.number
    return {
        str(name): str(value)[:_LONGEST]
        for name, value in sorted(given.items())
        if (value is None or isinstance(value, plain))
        and not (hides and str(name).rpartition("__")[2] in _OF_CELLS)
    }


def versions_of(model: Any) -> dict[str, str]:
    """Return the versions of what made the page, and of the model's own library."""
    found = {"mlflow-explain": __version__, "python": platform.python_version()}
    names = ["numpy", "pandas", "scikit-learn"]
    if model is not None:
        names.append({"sklearn": "scikit-learn"}.get(package_of(model), package_of(model)))
    for name in dict.fromkeys(names):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
