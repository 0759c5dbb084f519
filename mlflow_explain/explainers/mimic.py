"""`MimicExplainer`: a simple model of the model, explained in its place."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from mlflow_explain.data.arguments import truth
from mlflow_explain.data.table import align
from mlflow_explain.engines.base import Options
from mlflow_explain.engines.choice import Choice
from mlflow_explain.engines.mimic.engine import MIMIC, MimicEngine
from mlflow_explain.errors import MissingPartError
from mlflow_explain.explainers.base import Explainer
from mlflow_explain.explainers.collect import BATCH_ROWS
from mlflow_explain.explainers.prepare import Request
from mlflow_explain.explainers.subject import accepted
from mlflow_explain.explainers.subset import categorical_of, kept
from mlflow_explain.explanation import Explanation, GlobalImportance
from mlflow_explain.surrogates.distillation import distilled, replication
from mlflow_explain.surrogates.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import FeatureKind, FloatArray
    from mlflow_explain.data.sampling import SamplingPolicy
    from mlflow_explain.data.table import Table
    from mlflow_explain.explainers.subject import Subject
    from mlflow_explain.surrogates.models import Surrogate


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class SurrogateChoice(Choice):
    """The engine that explains a surrogate, and the surrogate.

    Parameters
    ----------
    engine, row, refusals
        As of `Choice`.
    surrogate : Surrogate
        The fitted model.
    """

    surrogate: Surrogate


class MimicExplainer(Explainer):
    """Explain any model by a surrogate: a simpler one, fitted to its answers, explained exactly.

    The surrogate is asked instead of the model, so that explaining is fast however slow the model
    is. What it says is true of the model as far as the surrogate is near to it:
    ``quality["fidelity_r2"]`` is the share of the variance of the model's output it explains on
    rows it was not fitted on, ``"fidelity_agreement"`` the share of them that both give one class,
    and those ending in ``"_train"`` the same on the rows it was fitted on.

    A fifth of the examples, at most 1,000, are held out to measure that; of fewer than 50 none,
    and the figures are left out. A classifier is followed on the log-odds of its probabilities (of
    more than two classes, their logarithms less the mean over classes), a regression in its own
    unit.

    Parameters
    ----------
    model : object
        Anything with `predict_proba`, `decision_function` or `predict`, or a function of rows. A
        Pipeline is asked as a whole: the surrogate takes the columns that the Pipeline takes.
    initialization_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        Rows to ask the model for, usually the training rows; at most 50,000 are used.
    explainable_model : type
        `LGBMExplainableModel`, `LinearExplainableModel`, `SGDExplainableModel` or
        `DecisionTreeExplainableModel`: the class itself.
    explainable_model_args : mapping, optional
        Arguments of the surrogate, by the names of its library.
    is_function : bool, default=False
        Call `model` itself, even if it has a `predict`.
    augment_data : bool, default=True
        Ask the model for synthetic rows between the real ones, too. Categories, words and whole
        numbers are only taken from real rows.
    max_num_of_augmentations : int, default=10
        Most synthetic rows per real row; rows of both kinds are at most 50,000.
    explain_subset, features, classes, transformations
        As of `TabularExplainer`. With `transformations` the surrogate takes engineered features.
    allow_all_transformations, model_task
        As of `TabularExplainer`.
    shap_values_output : {"default", "probability"}, default="default"
        ``"probability"``: attributions of two-class log-odds are scaled row by row so that they
        sum to the surrogate's probability; ``quality["rescaled"]`` says so.
    categorical_features : sequence of int or str, optional
        Columns that hold categories, by name or position, beside those of words, truth values and
        pandas' category type.
    seed : int, default=0
        Seed of what is drawn at random.

    Attributes
    ----------
    surrogate : object
        The fitted surrogate.

    Raises
    ------
    InvalidInputError
        An option or an argument of the surrogate is not known or out of bounds.
    UnfittedModelError, UnsupportedModelError
        See each error's message for what to do.

    References
    ----------
    Bucila, Caruana and Niculescu-Mizil 2006, "Model compression",
    https://doi.org/10.1145/1150402.1150464

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain import LinearExplainableModel, MimicExplainer
    >>> rows = np.random.default_rng(0).normal(size=(200, 2))
    >>> model = lambda x: 3.0 * x[:, 0] - x[:, 1]
    >>> explainer = MimicExplainer(model, rows, LinearExplainableModel, features=["a", "b"])
    >>> round(explainer.explain_global(rows).quality["fidelity_r2"], 6)
    1.0
    >>> explainer.explain_global().get_ranked_global_names()
    ['a', 'b']
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        explainable_model: type[Surrogate],
        explainable_model_args: Mapping[str, Any] | None = None,
        is_function: bool = False,
        augment_data: bool = True,
        max_num_of_augmentations: int = 10,
        explain_subset: Sequence[int | str] | None = None,
        features: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        allow_all_transformations: bool = False,
        shap_values_output: Literal["default", "probability"] = "default",
        categorical_features: Sequence[int | str] | None = None,
        model_task: str = "unknown",
        seed: int = 0,
    ) -> None:
        recipe = Recipe(
            surrogate=explainable_model,
            arguments={} if explainable_model_args is None else explainable_model_args,
            n_augmentations=max_num_of_augmentations if truth("augment_data", augment_data) else 0,
            output=shap_values_output,
            seed=seed,
        )
        categorical = () if categorical_features is None else categorical_features
        request = Request(
            exact=(),
            options=Options(output=shap_values_output, seed=seed),
            explain_subset=explain_subset,
            features=features,
            classes=classes,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
            model_task=model_task,
            is_function=is_function,
            choose=partial(_distilled, recipe, categorical),
        )
        super().__init__(model, initialization_examples, request)

    def explain_global(
        self,
        evaluation_examples: Any = None,
        sampling_policy: SamplingPolicy | bool | None = None,
        include_local: bool = True,
        batch_size: int = BATCH_ROWS,
    ) -> Explanation:
        """Return the importance of each column over all rows, with each row's attributions.

        Parameters
        ----------
        evaluation_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns), optional
            Rows to explain. Without them the surrogate's own importances are returned, global
            only; their `global_measure` says what they are.
        sampling_policy, include_local, batch_size
            As of `Explainer.explain_global`.

        Returns
        -------
        Explanation
        """
        if evaluation_examples is None:
            return self._own_importances()
        return super().explain_global(
            evaluation_examples, sampling_policy, include_local, batch_size
        )

    def get_surrogate_model_replication_measure(self, training_data: Any) -> float:
        """Return how the surrogate's predictions of some rows agree with the model's.

        Parameters
        ----------
        training_data : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
            Any rows with the columns of the initialization examples.

        Returns
        -------
        float
            Of a classifier the share of rows that both give one class, of a regression R2.

        Raises
        ------
        MissingPartError
            There are no rows, or a regression answers the same for all of them.
        InvalidInputError
            The model or the surrogate refuses the rows.
        """
        table = align(training_data, self.subject.template)
        measured: float | None = None
        if len(table):
            estimator, surrogate = self.subject.estimator, self.surrogate
            measured = accepted(
                lambda rows: replication(estimator, self._engine, surrogate, rows),
                self.subject.transform(table.data),
            )
        if measured is None:
            raise MissingPartError(
                "rows for which the model's predictions differ",
                f"{len(table)} rows without such",
                "Measure it on more rows.",
            )
        return measured

    @property
    def surrogate(self) -> Surrogate:
        """The fitted surrogate."""
        return cast("SurrogateChoice", self.choice).surrogate

    @property
    def _engine(self) -> MimicEngine:
        return cast("MimicEngine", self.choice.engine)

    def _own_importances(self) -> Explanation:
        """Return what the surrogate itself says of its features, without rows."""
        own = self._engine.encoding.summed(self.surrogate.importances())
        fold = self.subject.feature_map
        if fold is None:
            return self._global_only("raw", own, None)
        engineered = self._global_only("engineered", own, None)
        raw = np.zeros((len(self.features), own.shape[1]))
        np.add.at(raw, fold.raw, own[fold.engineered] * fold.weights[:, None])
        return self._global_only("raw", raw, engineered)

    def _global_only(
        self, kind: FeatureKind, per_output: FloatArray, engineered: Explanation | None
    ) -> Explanation:
        is_raw = kind == "raw"
        made = Explanation(
            features=self.features if is_raw else self.subject.engineered.columns,
            method=self.method,
            model_task=self.subject.whole.task,
            model_type=self.subject.model_type,
            output_space=None,
            feature_perturbation=None,
            global_=GlobalImportance(
                per_output.mean(axis=1), per_output, measure=self.surrogate.measure
            ),
            classes=self.classes,
            kind=kind,
            engineered=engineered,
            feature_map=None if is_raw else self.subject.feature_map,
            raw_features=None if is_raw else self.features,
            background=self.background,
            quality=self._engine.quality,
            id=uuid.uuid4().hex if engineered is None else engineered.id,
        )
        subset = self._prepared.subset
        return kept(made, subset) if is_raw and subset is not None else made


def _distilled(
    recipe: Recipe,
    categorical: Sequence[int | str],
    subject: Subject,
    examples: Table,
    _: Request,
) -> tuple[Subject, SurrogateChoice]:
    """Return the engine of a surrogate fitted on all examples."""
    rows = subject.transform(align(examples.data, subject.template).data)
    surrogate, engine = distilled(
        subject.estimator,
        replace(subject.engineered, data=rows),
        subject.engineered,
        replace(recipe, categorical=categorical_of(categorical, examples, subject)),
    )
    return subject, SurrogateChoice(engine, MIMIC, (), surrogate)
