"""Transformations given beside an estimator, as one fitted transformer."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from mlflow_explain.data.kinds import MODEL_ERRORS, class_names, full_name, is_frame, is_sparse
from mlflow_explain.data.predictor import check_fitted
from mlflow_explain.errors import FeatureError, InvalidInputError, UnfittedModelError

if TYPE_CHECKING:
    from mlflow_explain._typing import Rows
    from mlflow_explain.data.table import Table

_FORMS = (
    "a fitted ColumnTransformer or other transformer, or a list of tuples (columns, fitted "
    "transformer or None)"
)


_ONE_NAME = "A transformer of tables takes a list of columns, one of texts or labels a single name"


def transformer_of(transformations: Any, examples: Table) -> Any:
    """Return transformations as one fitted transformer.

    A list becomes a ColumnTransformer of the fitted transformers themselves, frozen. Its rows are
    dense, as sklearn-pandas makes them, unless all of its members make sparse ones. Columns that
    are not named are dropped.

    Parameters
    ----------
    transformations : transformer, or list of (columns, transformer)
        Fitted already. `columns` is a list of names or positions, or one of them for a transformer
        of a single column without a second dimension, as of texts. The transformer may be a list
        of transformers, applied in turn; None keeps the columns as they are.
    examples : Table
        Rows in the raw columns, at least one.

    Returns
    -------
    transformer

    Raises
    ------
    InvalidInputError
        It is none of these, or names a column there is not.
    UnfittedModelError
        A transformer was never fitted; names its columns.
    """
    if not isinstance(transformations, list | tuple):
        if not hasattr(transformations, "transform"):
            raise InvalidInputError(
                f"`transformations` to be {_FORMS}",
                full_name(transformations),
                "Pass the fitted ColumnTransformer.",
            )
        check_fitted(transformations)
        return transformations
    members = [_member(i, item, examples) for i, item in enumerate(transformations)]
    if not members:
        raise InvalidInputError(f"`transformations` to be {_FORMS}", "an empty list", "Name some.")
    some = examples.take(slice(0, 2)).data
    sparse = [_makes_sparse(member, some) for member in members]
    threshold = 1.0 if all(sparse) else 0.0
    # Nothing is fitted anew: the members are frozen.
    return ColumnTransformer(
        members, sparse_threshold=threshold, verbose_feature_names_out=False
    ).fit(examples.data)


def _makes_sparse(member: Any, rows: Rows) -> bool:
    """Whether a member's output is sparse; also tries it, to name the columns where it fails."""
    columns = _listed(member[2])
    try:
        output = ColumnTransformer([member], sparse_threshold=1.0).fit_transform(rows)
    except MODEL_ERRORS as error:
        raise InvalidInputError(
            f"columns {columns} as the transformer given for them takes them",
            f"{type(error).__name__} from it",
            f"See its own error. {_ONE_NAME}.",
        ) from error
    if output.shape[0] != rows.shape[0]:
        raise InvalidInputError(
            f"a line of outputs for each row from the transformer of the columns {columns}",
            f"{output.shape[0]} for {rows.shape[0]} rows",
            f"{_ONE_NAME}.",
        )
    return is_sparse(output)


def _member(number: int, item: Any, examples: Table) -> tuple[str, Any, Any]:
    """Return the member of a ColumnTransformer for one tuple of a list."""
    if not isinstance(item, tuple | list) or len(item) < 2:
        raise InvalidInputError(
            f"`transformations` to be {_FORMS}", f"{full_name(item)} in it", "Pass such tuples."
        )
    chosen, transformer = item[:2]
    is_single = isinstance(chosen, str | Integral)
    places = [_place(label, examples) for label in ([chosen] if is_single else chosen)]
    name = f"{number}"
    if transformer is None or isinstance(transformer, str):
        return name, transformer or "passthrough", places
    steps = list(transformer) if isinstance(transformer, list | tuple) else [transformer]
    for step in steps:
        _check_step(step, places)
    first = steps[0]
    as_table = getattr(first, "n_features_in_", None) == 1 if is_single else not _of_labels(first)
    return name, _chained(steps, examples), places if as_table or len(places) > 1 else places[0]


def _check_step(step: Any, places: list[Any]) -> None:
    """Raise unless a transformer is fitted, naming its columns."""
    if not hasattr(step, "transform"):
        raise InvalidInputError(
            f"a fitted transformer for the columns {_listed(places)}",
            full_name(step),
            "Pass an object with `transform`, or None to keep the columns as they are.",
        )
    try:
        check_fitted(step)
    except UnfittedModelError:
        raise UnfittedModelError(
            f"a fitted transformer for the columns {_listed(places)}",
            f"an unfitted {full_name(step)}",
            "Call `fit` first, on the rows the model was trained on.",
        ) from None


def _chained(steps: list[Any], examples: Table) -> Any:
    """Return fitted transformers, applied in turn, as one that `fit` leaves as it is."""
    from sklearn.frozen import FrozenEstimator

    made = [FrozenEstimator(step) for step in steps]
    on_arrays = hasattr(steps[0], "n_features_in_") and not hasattr(steps[0], "feature_names_in_")
    if on_arrays and is_frame(examples.data):
        # As it was fitted; scikit-learn warns of names it does not know.
        made.insert(0, FunctionTransformer(np.asarray, feature_names_out="one-to-one"))
    if "LabelEncoder" in class_names(steps[-1]):
        made.append(FunctionTransformer(np.expand_dims, kw_args={"axis": 1}))
    if len(made) == 1:
        return made[0]
    return Pipeline([(str(i), step) for i, step in enumerate(made)])


def _of_labels(transformer: Any) -> bool:
    """Whether a transformer is meant for labels: it takes one dimension only."""
    return bool(class_names(transformer) & {"LabelEncoder", "LabelBinarizer"})


def _place(label: Any, examples: Table) -> Any:
    """Return a column as a ColumnTransformer chooses it: by name where all are words."""
    own = list(examples.data.columns) if is_frame(examples.data) else []
    names = list(examples.columns)
    if label in own:
        position = own.index(label)
    elif label in names:
        position = names.index(label)
    elif isinstance(label, Integral) and int(label) in range(-len(names), len(names)):
        position = int(label) % len(names)
    else:
        raise FeatureError(
            f"`transformations` of the columns {', '.join(names)}",
            repr(label),
            "Name or number columns of the rows.",
        )
    return own[position] if own and all(isinstance(name, str) for name in own) else position


def _listed(places: Any) -> str:
    return ", ".join(map(str, places)) if isinstance(places, list) else str(places)
