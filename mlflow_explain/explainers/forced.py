"""Explainers that use one kind of engine, and say so where the model has none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from mlflow_explain.data.arguments import whole, whole_or_none
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options
from mlflow_explain.errors import MissingPartError
from mlflow_explain.explainers.base import Explainer
from mlflow_explain.explainers.prepare import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FeaturePerturbation

_NSAMPLES = "nsamples, unless 'auto',"


class TreeExplainer(Explainer):
    """Explain a model made of trees, exactly.

    Parameters
    ----------
    model : object
        A fitted LightGBM, XGBoost or CatBoost model or booster, a tree, forest, gradient boosting
        or isolation forest of scikit-learn, or a Pipeline that ends in one.
    initialization_examples : DataFrame, array or csr_matrix, optional
        Rows like those the model was trained on. Path-dependent trees need none of them: without,
        the first rows that are explained show the columns.
    explain_subset, features, classes, transformations
        As of `TabularExplainer`.
    allow_all_transformations, model_task
        As of `TabularExplainer`.
    shap_values_output : {"default", "probability"}, default="default"
        ``"probability"``: of two classes whose trees sum to log-odds, attributions are scaled row
        by row so that they sum to the probability. They are then not Shapley values of the
        probability, and ``quality["rescaled"]`` says so. Forests sum to probabilities anyway.
    feature_perturbation : {"auto", "tree_path_dependent", "interventional"}, default="auto"
        What stands for an absent feature: the training rows that follow the same path (the
        default), or the background rows.

    Raises
    ------
    UnsupportedModelError
        The model is not made of trees, with the reason.

    References
    ----------
    Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for
    trees", https://doi.org/10.1038/s42256-019-0138-9

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from mlflow_explain import TreeExplainer
    >>> rows = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> model = DecisionTreeRegressor().fit(rows, [0.0, 1.0, 1.0, 0.0])  # exclusive or
    >>> TreeExplainer(model, rows).explain_local(rows[1]).local_importance_values.tolist()
    [[0.25, 0.25]]
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any = None,
        explain_subset: Sequence[int | str] | None = None,
        features: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        allow_all_transformations: bool = False,
        model_task: str = "unknown",
        shap_values_output: Literal["default", "probability"] = "default",
        feature_perturbation: Literal["auto"] | FeaturePerturbation = "auto",
    ) -> None:
        request = Request(
            exact=registry.TREES,
            options=Options(feature_perturbation=feature_perturbation, output=shap_values_output),
            explain_subset=explain_subset,
            features=features,
            classes=classes,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
            model_task=model_task,
            may_wait=True,
        )
        if initialization_examples is None and feature_perturbation == "interventional":
            raise MissingPartError(
                "initialization examples, which stand for absent features in the interventional "
                "game",
                "none",
                "Pass rows like those the model was trained on.",
            )
        super().__init__(model, initialization_examples, request)


class LinearExplainer(Explainer):
    """Explain a linear, generalised linear or naive Bayes model, in closed form.

    Parameters
    ----------
    model : object
        A fitted linear model of scikit-learn, or a Pipeline that ends in one.
    initialization_examples, explain_subset, features, classes, transformations
        As of `TabularExplainer`.
    allow_all_transformations, model_task
        As of `TabularExplainer`.
    feature_perturbation : {"auto", "interventional"}, default="auto"
        Absent features are replaced by the background's, the only game of this engine.

    Raises
    ------
    UnsupportedModelError
        The model is not a sum over its features, with the reason.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from mlflow_explain import LinearExplainer
    >>> rows = np.array([[0.0, 0.0], [2.0, 4.0]])
    >>> explainer = LinearExplainer(LinearRegression().fit(rows, [0.0, 10.0]), rows)
    >>> np.round(explainer.explain_local(rows[1]).local_importance_values, 6).tolist()
    [[1.0, 4.0]]
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
        feature_perturbation: Literal["auto"] | FeaturePerturbation = "auto",
    ) -> None:
        request = Request(
            exact=registry.LINEAR,
            options=Options(feature_perturbation=feature_perturbation),
            explain_subset=explain_subset,
            features=features,
            classes=classes,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
            model_task=model_task,
        )
        super().__init__(model, initialization_examples, request)


class KernelExplainer(Explainer):
    """Explain any model or function by asking it, in the columns it is given.

    A Pipeline is asked as a whole: whatever its transformers do, attributions are of raw columns.

    Parameters
    ----------
    model : object
        Anything with `predict_proba`, `decision_function` or `predict`, or a function of rows.
    initialization_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        At most 100 of them, drawn with a fixed seed, stand for absent features; `nclusters` takes
        another number.
    is_function : bool, default=False
        Call `model` itself, even if it has a `predict`.
    explain_subset, features, classes, transformations
        As of `TabularExplainer`.
    allow_all_transformations, model_task
        As of `TabularExplainer`. A function that answers one number per row is a regression,
        unless `classes` or ``model_task="classification"`` say that it is the probability of the
        second class. One that answers several is a classification: of probabilities, if for the
        first two rows (for all, with `classes`) they are none below 0 and add up to 1, else of
        margins.
    nsamples : int or "auto", default="auto"
        Coalitions the model is asked for, per row. Up to 11 columns all of them are, and the
        values are exact; above, by default 2,048 and two per column.
    nclusters : int, optional
        Background rows to keep, each the nearest to the centre of a cluster. Fewer rows are
        faster and biased: by default all of the sample are kept.
    show_progress : bool, default=True
        Show a progress bar, on a terminal.
    seed : int, default=0
        Seed of the coalitions drawn.
    feature_perturbation : {"auto", "interventional"}, default="auto"
        Absent features are replaced by the background's, the only game of this engine.

    Raises
    ------
    InvalidInputError
        An option is not known or out of bounds, or the model refuses rows; the message says why.
    UnfittedModelError, UnsupportedModelError
        The model was never fitted, or has none of these functions.

    References
    ----------
    Lundberg and Lee 2017, "A unified approach to interpreting model predictions",
    https://doi.org/10.48550/arXiv.1705.07874

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain import KernelExplainer
    >>> rows = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> explainer = KernelExplainer(lambda x: x[:, 0] * x[:, 1], rows)
    >>> explainer.explain_local(rows[3]).local_importance_values.tolist()
    [[0.375, 0.375]]
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        is_function: bool = False,
        explain_subset: Sequence[int | str] | None = None,
        features: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        allow_all_transformations: bool = False,
        model_task: str = "unknown",
        nsamples: int | Literal["auto"] = "auto",
        nclusters: int | None = None,
        show_progress: bool = True,
        seed: int = 0,
        feature_perturbation: Literal["auto"] | FeaturePerturbation = "auto",
    ) -> None:
        is_auto = isinstance(nsamples, str) and nsamples == "auto"
        request = Request(
            exact=(),
            others=(registry.ANY,),
            options=Options(
                feature_perturbation=feature_perturbation,
                n_coalitions=None if is_auto else whole(_NSAMPLES, nsamples, 2),
                seed=seed,
                show_progress=show_progress,
            ),
            explain_subset=explain_subset,
            features=features,
            classes=classes,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
            model_task=model_task,
            is_function=is_function,
            n_clusters=whole_or_none("nclusters", nclusters, 1),
        )
        super().__init__(model, initialization_examples, request)
