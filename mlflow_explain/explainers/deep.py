"""`DeepExplainer`: explains neural networks by their gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from mlflow_explain.data.arguments import truth, whole_or_none
from mlflow_explain.data.kinds import full_name
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options
from mlflow_explain.engines.deep.recognition import is_network, task_of
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.explainers.base import Explainer
from mlflow_explain.explainers.prepare import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FeaturePerturbation


class DeepExplainer(Explainer):
    """Explain a neural network of PyTorch or Keras by its gradients.

    Expected gradients: the slope of the output along straight lines from all background rows to a
    row, integrated by a fixed rule with 4 points a line, and with up to 64 where a row's values do
    not add up to its output yet; ``quality["additivity_error_max"]`` is what is still missing.
    They are an approximation of Shapley values, equal to them where a network is a sum over
    columns or over products of two. Reused layers, attention, recurrent layers and functions are no
    matter. Attributions are in the unit of the network's own output.

    A network that gradients do not explain, because it looks up an embedding by a column or rounds
    what it is given, is asked from outside instead; `choice` holds the reason.

    Parameters
    ----------
    model : torch.nn.Module or keras.Model
        Takes one tensor of shape (n_rows, n_columns), and answers one of shape (n_rows,) or
        (n_rows, n_outputs). It is asked in evaluation mode, and stays as it is.
    initialization_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        Rows of numbers, or such that `transformations` make numbers of them. At most 100 of them,
        drawn with a fixed seed, become the background.
    explain_subset, features, classes, transformations, allow_all_transformations
        As of `TabularExplainer`.
    nclusters : int, optional
        Background rows to keep, each the nearest to the centre of a cluster. Fewer rows are
        faster and biased: by default all of the sample are kept.
    model_task : {"unknown", "classification", "regression"}, default="unknown"
        What the network predicts. ``"unknown"``: one output is a regression, several are classes;
        `classes` say that it is a classification.
        One output of a classification is that of the second of two classes: a probability if it
        lies between 0 and 1, else log-odds. Several are probabilities if they add up to one, else
        logits.
    is_classifier : bool, optional
        The same: True for a classification, False for a regression.
    feature_perturbation : {"auto", "interventional"}, default="auto"
        Absent features are the background's.

    Raises
    ------
    UnsupportedModelError
        The model is no network of these libraries, or answers a row differently beside others.
    InvalidInputError
        A column is not of numbers, or the network refuses the rows.

    References
    ----------
    Erion et al. 2021, "Improving performance of deep learning models with axiomatic attribution
    priors and expected gradients", https://doi.org/10.1038/s42256-021-00343-w

    Sundararajan et al. 2017, "Axiomatic attribution for deep networks",
    https://doi.org/10.48550/arXiv.1703.01365

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from mlflow_explain import DeepExplainer
    >>> class Product(torch.nn.Module):
    ...     def forward(self, rows):
    ...         return rows[:, 0] * rows[:, 1]
    >>> rows = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> explanation = DeepExplainer(Product(), rows).explain_local(rows[3])
    >>> explanation.local_importance_values.round(6).tolist()
    [[0.375, 0.375]]
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        explain_subset: Sequence[int | str] | None = None,
        nclusters: int | None = None,
        features: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        allow_all_transformations: bool = False,
        model_task: str = "unknown",
        is_classifier: bool | None = None,
        feature_perturbation: Literal["auto"] | FeaturePerturbation = "auto",
    ) -> None:
        if not is_network(model):
            raise UnsupportedModelError(
                "a torch.nn.Module or a built model of Keras 3",
                full_name(model),
                "TabularExplainer explains models of any kind.",
            )
        if is_classifier is not None:
            truth("is_classifier", is_classifier)
        request = Request(
            exact=(registry.DEEP,),
            others=(registry.ANY,),
            options=Options(feature_perturbation=feature_perturbation, show_progress=True),
            explain_subset=explain_subset,
            features=features,
            classes=classes,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
            model_task=task_of(model_task, is_classifier),
            n_clusters=whole_or_none("nclusters", nclusters, 1),
        )
        super().__init__(model, initialization_examples, request)
