"""`TabularExplainer`: picks the engine that explains a model of tabular data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow_explain.data.arguments import whole_or_none
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options
from mlflow_explain.explainers.base import Explainer
from mlflow_explain.explainers.prepare import Request

if TYPE_CHECKING:
    from collections.abc import Sequence


class TabularExplainer(Explainer):
    """Explain any model of tabular data, in the columns its user knows.

    A Pipeline is taken apart: its last step is explained exactly, and attributions are summed
    back to the raw columns along its fitted transformers. A model that no exact engine explains is
    asked from outside, in raw columns; `choice` holds the reasons.

    Parameters
    ----------
    model : object
        Any fitted model or booster, a Pipeline, a search such as GridSearchCV, or a function of
        rows.
    initialization_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        Rows like those the model was trained on. At most 100 of them, drawn with a fixed seed,
        become the background.
    explain_subset : sequence of int or str, optional
        Names of the columns to keep in the result, or positions among those of the examples.
    features : sequence of str, optional
        Names of the columns; taken from a DataFrame when not given.
    classes : sequence, optional
        Names of the classes in the model's order; taken from the model when not given. Refused
        where the model predicts a number.
    transformations : transformer or list of (columns, transformer), optional
        What stands before `model`, where it is only the estimator: a fitted ColumnTransformer or
        other transformer, a sklearn-pandas DataFrameMapper, or tuples of a list of columns (or
        the name of one, for transformers of texts and labels) and its fitted transformer; None
        passes columns on as they are. Columns in no tuple are left out.
    allow_all_transformations : bool, default=False
        Accept transformers that mix columns. The attribution of each of their outputs is shared
        equally among their input columns; that of a product of `PolynomialFeatures` among its
        factors; that of a value filled in by a model stays with the column it stands in.
    model_task : {"unknown", "classification", "regression"}, default="unknown"
        What the model predicts; ``"unknown"`` asks the model.
    summarise : int, optional
        Background rows to keep, each a real row, the nearest to the centre of a k-means cluster.
        Fewer rows are faster and biased: by default a sample of 100 is kept.

    Attributes
    ----------
    method : str
        Name of the engine chosen.
    choice : Choice
        The engine, and the reason of each one refused before it.

    Raises
    ------
    UnfittedModelError, UnsupportedModelError, UnsupportedTransformerError, InvalidInputError
        See each error's message for what to do.

    References
    ----------
    Lundberg and Lee 2017, "A unified approach to interpreting model predictions",
    https://doi.org/10.48550/arXiv.1705.07874

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from mlflow_explain import TabularExplainer
    >>> rows = np.array([[0.0, 0.0], [2.0, 4.0]])
    >>> model = LinearRegression().fit(rows, [0.0, 10.0])
    >>> explanation = TabularExplainer(model, rows, features=["a", "b"]).explain_global(rows)
    >>> {name: round(value, 6) for name, value in explanation.get_feature_importance_dict().items()}
    {'b': 4.0, 'a': 1.0}
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        explain_subset: Sequence[int | str] | None = None,
        features: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        allow_all_transformations: bool = False,
        model_task: str = "unknown",
        summarise: int | None = None,
    ) -> None:
        request = Request(
            exact=(*registry.EXACT, registry.DEEP),
            others=(registry.ANY,),
            options=Options(show_progress=True),
            explain_subset=explain_subset,
            features=features,
            classes=classes,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
            model_task=model_task,
            n_clusters=whole_or_none("summarise", summarise, 1),
        )
        super().__init__(model, initialization_examples, request)
