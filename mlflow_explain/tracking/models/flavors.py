"""Which of MLflow's own flavours saves the user's model, and how."""

from __future__ import annotations

import copy
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
import pandas as pd  # noqa: TC002 - MLflow evaluates the type of an argument
from mlflow.models import Model, ModelSignature
from mlflow.types.schema import Schema, TensorSpec

from mlflow_explain.artifact.fitted import trusted_types
from mlflow_explain.data.boosters import own_missing
from mlflow_explain.data.functions import shows_in_answers
from mlflow_explain.data.kinds import MODEL_ERRORS, full_name, is_a, package_of
from mlflow_explain.engines.deep.recognition import is_network, number_type
from mlflow_explain.errors import UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Serialization:
    """How MLflow's flavours write a model.

    Parameters
    ----------
    serialization_format : str or None
        ``"skops"``, ``"cloudpickle"`` or ``"pickle"``; of a network of PyTorch ``"pt2"`` or
        ``"pickle"``. None for skops, and for pt2.
    skops_trusted_types : list of str or None
        Types skops may load, and no others. None trusts those of scikit-learn, LightGBM, XGBoost,
        CatBoost, numpy, scipy, pandas and Python's collections and partial functions that are in
        the model.
    """

    serialization_format: str | None = None
    skops_trusted_types: list[str] | None = None

    def arguments(self, model: Any) -> dict[str, Any]:
        """Return the keyword arguments of MLflow's scikit-learn flavour, and its like."""
        if self.serialization_format not in {None, "skops"}:
            return {"serialization_format": self.serialization_format}
        trusted = self.skops_trusted_types
        return {
            "serialization_format": "skops",
            "skops_trusted_types": trusted_types(model) if trusted is None else trusted,
        }


@dataclass(frozen=True, eq=False, slots=True)
class Saving:
    """What the original model's folder is made of.

    Parameters
    ----------
    model : object
        The fitted object, or a function of rows.
    path : Path
        A new folder.
    signature : ModelSignature
        Of the model without its explainer.
    requirements : list of str
        Of its environment.
    serialization : Serialization
        How it is written.
    n_columns : int
        Columns of its rows.
    list_of : str, optional
        Column of the texts that a function takes a list of.
    """

    model: Any
    path: Path
    signature: ModelSignature
    requirements: list[str]
    serialization: Serialization
    n_columns: int
    list_of: str | None = None

    @property
    def keywords(self) -> dict[str, Any]:
        """What all flavours take."""
        return {"pip_requirements": self.requirements, "signature": self.signature}


@dataclass(frozen=True, slots=True)
class NestedFlavor:
    """A row of the table of flavours a user's model may have.

    Parameters
    ----------
    name : str
        MLflow's flavour.
    claims : callable
        Whether a fitted object is of this flavour.
    save : callable
        Writes a fitted object.
    pickles : callable
        Whether what the MLmodel file says of the flavour is a model that loading deserializes
        Python objects for, or that MLflow refuses like one.
    """

    name: str
    claims: Callable[[Any], bool]
    save: Callable[[Saving], None]
    pickles: Callable[[Mapping[str, Any]], bool]


def flavor_of(model: Any) -> NestedFlavor:
    """Return the flavour that saves a fitted object."""
    for flavor in FLAVORS:
        if flavor.claims(model):
            return flavor
    raise UnsupportedModelError(
        f"a model of MLflow's flavours {', '.join(f.name for f in FLAVORS)}, or a function of rows",
        full_name(model),
        "Log it with its own flavour and pass the address, `models:/...`, as the model; or keep "
        "its explanations with `log_explanation`, or log the explainer alone with "
        "`log_model(scoring_explainer=...)` if it does not ask the model.",
    )


def network_signature(model: Any, n_columns: int) -> ModelSignature:
    """Return the signature of a network's tensors: of numbers as wide as its own."""
    kind = np.dtype(number_type(model))
    return ModelSignature(inputs=Schema([TensorSpec(kind, (-1, n_columns))]))


def _save_plain(saving: Saving, name: str) -> None:
    getattr(mlflow, name).save_model(saving.model, str(saving.path), **saving.keywords)


def _save_fitted(saving: Saving, name: str) -> None:
    """Save what is made of Python objects."""
    how = saving.serialization.arguments(saving.model)
    getattr(mlflow, name).save_model(saving.model, str(saving.path), **saving.keywords, **how)


def _save_lightgbm(saving: Saving) -> None:
    native = is_a(saving.model, "lightgbm", "Booster")
    (_save_plain if native else _save_fitted)(saving, "lightgbm")


def _save_torch(saving: Saving) -> None:
    """Save a module as it predicts, whatever mode the user left it in."""
    tensors = network_signature(saving.model, saving.n_columns)
    (spec,) = tensors.inputs.inputs
    try:
        module = copy.deepcopy(saving.model).eval()
        mlflow.pytorch.save_model(
            module,
            str(saving.path),
            pip_requirements=saving.requirements,
            signature=tensors,
            # What the graph is traced with is kept beside it: no rows of anybody's.
            input_example=np.zeros((2, saving.n_columns), spec.type),
            serialization_format=saving.serialization.serialization_format or "pt2",
        )
    except MODEL_ERRORS as error:
        raise UnsupportedModelError(
            "a network that torch.export traces",
            f"{full_name(saving.model)}, for which it raises {type(error).__name__}",
            "See its own error above; serialization_format='pickle' keeps the module as it is.",
        ) from error
    _sign(saving)


def _save_keras(saving: Saving) -> None:
    tensors = network_signature(saving.model, saving.n_columns)
    mlflow.keras.save_model(
        saving.model, str(saving.path), pip_requirements=saving.requirements, signature=tensors
    )
    _sign(saving)


def _sign(saving: Saving) -> None:
    """Put the signature in that the rows have: these flavours save no model with named columns."""
    saved = Model.load(str(saving.path))
    saved.signature = saving.signature
    saved.save(str(saving.path / "MLmodel"))


def _save_function(saving: Saving) -> None:
    """Save a function of rows: MLflow has no way to keep one but cloudpickle."""
    with warnings.catch_warnings():
        # The signature says what an example would.
        warnings.filterwarnings("ignore", message=".*An input example was not provided")
        mlflow.pyfunc.save_model(
            str(saving.path),
            python_model=_as_called(saving.model, saving.list_of),
            **saving.keywords,
        )


def _as_called(function: Callable[[Any], Any], list_of: str | None) -> Callable[[Any], Any]:
    """Return a function as MLflow takes one: by the name and the type of its argument.

    It is kept with its code, so that nothing of this module is looked for where it is loaded.
    """
    if list_of is not None:

        def predict_texts(model_input: pd.DataFrame) -> Any:
            return function(model_input[list_of].tolist())

        return predict_texts

    def predict(model_input: pd.DataFrame) -> Any:
        return function(model_input)

    return predict


def is_function(model: Any) -> bool:
    """Whether the object is a function of rows, and no model."""
    return shows_in_answers(model, is_function=False)


def _is_kept_by_xgboost(model: Any) -> bool:
    """Whether MLflow's flavour of XGBoost keeps a model: `missing` is no part of what it writes."""
    return package_of(model) == "xgboost" and math.isnan(own_missing(model))


FLAVORS: tuple[NestedFlavor, ...] = (
    NestedFlavor(
        "lightgbm",
        lambda model: package_of(model) == "lightgbm",
        _save_lightgbm,
        lambda config: not str(config.get("data", "")).endswith(".lgb"),
    ),
    NestedFlavor(
        "xgboost",
        _is_kept_by_xgboost,
        lambda saving: _save_plain(saving, "xgboost"),
        lambda _: False,
    ),
    NestedFlavor(
        "catboost",
        lambda model: package_of(model) == "catboost",
        lambda saving: _save_plain(saving, "catboost"),
        lambda _: False,
    ),
    NestedFlavor(
        "sklearn",
        lambda model: package_of(model) in {"sklearn", "xgboost"},
        lambda saving: _save_fitted(saving, "sklearn"),
        lambda _: True,
    ),
    NestedFlavor(
        "keras", lambda model: is_a(model, "keras", "Model"), _save_keras, lambda _: False
    ),
    # MLflow itself looks into the file, and refuses one with Python objects.
    NestedFlavor("pytorch", is_network, _save_torch, lambda _: False),
    NestedFlavor("python_function", is_function, _save_function, lambda _: False),
)
