"""`Explanation`: the one result of every explainer, and all its getters."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.errors import InvalidInputError, LengthMismatchError, MissingPartError
from mlflow_explain.explanation import layout, ranking
from mlflow_explain.explanation._arrays import frozen, frozen_floats, plain
from mlflow_explain.explanation._convenience import Conveniences
from mlflow_explain.explanation.feature_map import FeatureMap
from mlflow_explain.explanation.importance import (
    MEAN_ABSOLUTE,
    GlobalImportance,
    LocalImportance,
    aggregate,
)
from mlflow_explain.explanation.remade import Remade

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import (
        AnyArray,
        FeatureKind,
        FeaturePerturbation,
        FloatArray,
        OutputSpace,
        Rows,
        Task,
    )


# The most that sums of an exact engine lie from the model's output, relative to the largest one:
# single precision, added up.
_ROUNDING = 1e-5


@dataclass(frozen=True, slots=True)
class Background:
    """What the absent features were replaced by.

    Parameters
    ----------
    n_rows : int
        Background rows used.
    method : str
        How they were taken from the initialization examples: ``"all"``, ``"sample"``, or
        ``"kmeans"``, the rows nearest to the centres of clusters.
    seed : int or None
        Seed of the sample.
    """

    n_rows: int
    method: str
    seed: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class EvaluatedRows(Remade):
    """The rows that were explained, and what is known about them.

    Parameters
    ----------
    data : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
        The rows as the model is given them.
    ids : ndarray of shape (n_rows,)
        The index of the DataFrame, or positions.
    predicted : ndarray of shape (n_rows,), optional
        The model's own predictions.
    probabilities : ndarray of shape (n_rows, n_classes), optional
        The model's own probabilities.
    true_y : ndarray of shape (n_rows,), optional
        Observed outcomes.
    cohort_data : DataFrame of n_rows rows, optional
        Columns the model never sees, kept to compare groups of rows.
    """

    data: Rows
    ids: AnyArray
    predicted: AnyArray | None = None
    probabilities: FloatArray | None = None
    true_y: AnyArray | None = None
    cohort_data: Rows | None = None

    def __post_init__(self) -> None:
        n_rows = int(self.data.shape[0])
        for name in ("ids", "predicted", "probabilities", "true_y", "cohort_data"):
            part = getattr(self, name)
            if part is None:
                continue
            if len(part) != n_rows:
                raise LengthMismatchError(
                    f"{name} with {n_rows} entries, one per explained row",
                    f"{len(part)}",
                    "Give the outcomes and columns of the very rows that were explained.",
                )
            if name != "cohort_data":
                object.__setattr__(self, name, frozen(np.asarray(part)))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.ids)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Explanation(Conveniences, Remade):
    """Importance of features, for all rows together and for each of them.

    Explainers make it; you read it. Local values are laid out ``(n_classes, n_rows, n_features)``
    for classification and ``(n_rows, n_features)`` for regression, in units of `output_space`.

    Parameters
    ----------
    features : sequence of str
        Names of the features, in the order of all arrays.
    method : str
        Name of the engine that made the values.
    model_task : {"classification", "regression"}
        What the model predicts.
    model_type : str
        Class of the explained estimator.
    output_space : {"log-odds", "probability", "margin", "raw"} or None
        Unit of the values: the logarithm of the odds; probability; another score that grows with
        the prediction (a softmax score, a log mean, a distance); or the prediction itself. None
        where no output is attributed, as in permutation importance.
    feature_perturbation : {"tree_path_dependent", "interventional"} or None
        The game: absent features follow the training rows of each tree node, or the background.
        None where the values are not of a game.
    global_ : GlobalImportance
        Importance over all rows.
    local : LocalImportance, optional
        Attributions per row.
    classes : sequence, optional
        Class labels in the order of the outputs; None for regression.
    kind : {"raw", "engineered"}
        Whether features are the columns the user passed, or the outputs of the preprocessing.
    rows : EvaluatedRows, optional
        The rows explained.
    engineered : Explanation, optional
        The same explanation before it was folded to raw columns.
    feature_map : FeatureMap, optional
        Of an engineered explanation: the map to raw columns.
    raw_features : sequence of str, optional
        Of an engineered explanation: names of the raw columns.
    background : Background, optional
        The rows that stood for absent features.
    quality : mapping of str to float
        Figures such as ``additivity_error_max``.
    is_partial : bool, default=False
        Whether features were left out without the sum of theirs, as by `explain_subset`.
    comment : str, optional
        Free text.
    id : str
        Made at birth; engineered and raw share it.

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain import Explanation
    >>> from mlflow_explain.explanation import LocalImportance, aggregate
    >>> local = LocalImportance(values=np.array([[[1.0], [-3.0]]]), base_values=np.array([0.5]))
    >>> explanation = Explanation(
    ...     features=("age", "income"), method="linear", model_task="regression",
    ...     model_type="Ridge", output_space="raw", feature_perturbation="interventional",
    ...     global_=aggregate(local), local=local)
    >>> explanation.get_feature_importance_dict()
    {'income': 3.0, 'age': 1.0}
    """

    features: Sequence[str]
    method: str
    model_task: Task
    model_type: str
    output_space: OutputSpace | None
    feature_perturbation: FeaturePerturbation | None
    global_: GlobalImportance
    local: LocalImportance | None = None
    classes: Sequence[Any] | None = None
    kind: FeatureKind = "raw"
    rows: EvaluatedRows | None = None
    engineered: Explanation | None = None
    feature_map: FeatureMap | None = None
    raw_features: Sequence[str] | None = None
    background: Background | None = None
    quality: Mapping[str, float] = field(default_factory=dict)
    is_partial: bool = False
    comment: str | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(str(name) for name in self.features))
        object.__setattr__(self, "quality", MappingProxyType(dict(self.quality)))
        for name in ("classes", "raw_features"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, tuple(map(plain, getattr(self, name))))
        self._check()

    def _check(self) -> None:
        layout.check_figures(self.quality)
        n_features = len(self.global_.values)
        layout.check_names(self.features, n_features)
        if self.local is not None:
            layout.check_names(self.features, self.local.n_features)
            if self.rows is not None and self.rows.n_rows != self.local.n_rows:
                raise LengthMismatchError(
                    f"{self.local.n_rows} evaluation rows, one per local attribution",
                    f"{self.rows.n_rows}",
                    "Keep the rows that were explained, all of them and in order.",
                )
        n_outputs = self.global_.per_output.shape[1]
        if self.classes is not None and not (
            len(self.classes) == n_outputs
            or layout.is_mirrored(n_outputs, len(self.classes))
            or (self.local is None and n_outputs == 1)
        ):
            raise InvalidInputError(
                f"{n_outputs} class labels",
                f"{len(self.classes)}",
                "Give `classes` in the order of the model's own `classes_`.",
            )

    # -- what it is -------------------------------------------------------------------------

    @property
    def num_features(self) -> int:
        """Number of features."""
        return len(self.features)

    @property
    def num_left_out(self) -> int:
        """Number of features left out by `top`, whose importances are summed as `other`."""
        return self.global_.n_rest

    @property
    def num_classes(self) -> int:
        """Number of classes; 1 for regression."""
        return 1 if self.classes is None else len(self.classes)

    @property
    def num_examples(self) -> int:
        """Number of rows with local values, or of evaluation rows."""
        if self.local is not None:
            return self.local.n_rows
        return 0 if self.rows is None else self.rows.n_rows

    @property
    def is_raw(self) -> bool:
        """Whether the features are the columns the user passed."""
        return self.kind == "raw"

    @property
    def is_engineered(self) -> bool:
        """Whether the features are outputs of the preprocessing."""
        return self.kind == "engineered"

    # -- the rows ---------------------------------------------------------------------------

    @property
    def eval_data(self) -> Rows | None:
        """The rows that were explained, as they were given."""
        return None if self.rows is None else self.rows.data

    @property
    def eval_y_predicted(self) -> AnyArray | None:
        """The model's predictions of the rows."""
        return None if self.rows is None else self.rows.predicted

    @property
    def eval_y_predicted_proba(self) -> FloatArray | None:
        """The model's probabilities, (n_rows, n_classes)."""
        return None if self.rows is None else self.rows.probabilities

    @property
    def true_y(self) -> AnyArray | None:
        """Observed outcomes of the rows, if given."""
        return None if self.rows is None else self.rows.true_y

    @property
    def cohort_data(self) -> Rows | None:
        """Columns beside the model's, kept to compare groups of rows."""
        return None if self.rows is None else self.rows.cohort_data

    # -- local values -----------------------------------------------------------------------

    def require_local(self) -> LocalImportance:
        """Return the local part, or raise an error that says how to get one."""
        if self.local is None and self.global_.measure != MEAN_ABSOLUTE:
            raise MissingPartError(
                "an explanation with local values",
                f"{self.method}: one {self.global_.measure} per feature, of all rows together",
                "For single rows use `explain_local(rows)` of TabularExplainer, KernelExplainer, "
                "LIMEExplainer or MimicExplainer.",
            )
        if self.local is None:
            raise MissingPartError(
                "an explanation with local values",
                "one with global values only",
                "Explain with `explain_local(rows)` or `explain_global(rows, include_local=True)`.",
            )
        return self.local

    @property
    def _n_classes(self) -> int | None:
        return None if self.classes is None else len(self.classes)

    @property
    def local_importance_values(self) -> FloatArray:
        """Attributions: (n_classes, n_rows, n_features), or (n_rows, n_features) for regression."""
        return layout.per_class(self.require_local(), self._n_classes)

    @property
    def expected_values(self) -> FloatArray:
        """Base values: (n_classes,), or (1,) for regression."""
        return layout.base_per_class(self.require_local().base_values, self._n_classes)

    @property
    def other_importance_values(self) -> FloatArray | None:
        """Sum of the attributions left out by `top`: (n_classes, n_rows), or (n_rows,)."""
        rest = self.require_local().rest
        return None if rest is None else layout.rest_per_class(rest, self._n_classes)

    @property
    def is_additive(self) -> bool:
        """Whether base value plus attributions are the model's own output, up to rounding.

        Of an approximation they are not: ``quality["additivity_error_max"]`` is how far they are
        from it. Where that is not known, as of an adapter's values, they are taken to be. False
        without local values, and where features are left out without their sum.
        """
        if self.local is None or self.is_partial:
            return False
        error = self.quality.get("additivity_error_max")
        scale = max(1.0, float(np.abs(self.local.outputs()).max(initial=0.0)))
        return error is None or error <= _ROUNDING * scale

    def get_local_importance_rank(self) -> list[Any]:
        """Return feature positions per class and row, largest signed value first."""
        return ranking.local_rank(self.local_importance_values)

    def get_ranked_local_names(self, top_k: int | None = None) -> list[Any]:
        """Return feature names per class and row, largest signed value first."""
        return ranking.local_names(self.local_importance_values, self.features, top_k)

    def get_ranked_local_values(self, top_k: int | None = None) -> list[Any]:
        """Return attributions per class and row, largest signed value first."""
        return ranking.local_values(self.local_importance_values, top_k)

    # -- global values ----------------------------------------------------------------------

    @property
    def global_importance_values(self) -> FloatArray:
        """Importance per feature, (n_features,), in the order of `features`."""
        return self.global_.values

    @property
    def other_importance(self) -> float | None:
        """Sum of the importances left out by `top`; None where nothing was."""
        return None if self.global_.rest is None else float(self.global_.rest.mean())

    @property
    def global_measure(self) -> str:
        """What the global values are, with their unit: ``"mean |importance| (log-odds)"``."""
        unit = f" ({self.output_space})" if self.output_space is not None else ""
        return f"{self.global_.measure}{unit}"

    @property
    def global_importance_rank(self) -> list[int]:
        """Feature positions, most important first."""
        return ranking.rank(self.global_.values)

    def get_ranked_global_names(self, top_k: int | None = None) -> list[str]:
        """Return feature names, most important first."""
        return [self.features[i] for i in self.global_importance_rank[: ranking.kept(top_k)]]

    def get_ranked_global_values(self, top_k: int | None = None) -> list[float]:
        """Return importances, largest first."""
        return [
            float(self.global_.values[i])
            for i in self.global_importance_rank[: ranking.kept(top_k)]
        ]

    def get_feature_importance_dict(self, top_k: int | None = None) -> dict[str, float]:
        """Return ``{feature: importance}``, most important first."""
        return dict(
            zip(
                self.get_ranked_global_names(top_k),
                self.get_ranked_global_values(top_k),
                strict=True,
            )
        )

    @property
    def per_class_values(self) -> FloatArray:
        """Importance per class, (n_classes, n_features); a binary margin serves both classes."""
        if self.classes is None:
            raise MissingPartError(
                "a classification explanation",
                "a regression",
                "Read `global_importance_values` instead.",
            )
        values = self.global_.per_output.T
        if len(values) == 1 and self.global_.measure != MEAN_ABSOLUTE:
            raise MissingPartError(
                "importance per class",
                f"one {self.global_.measure} for all classes together",
                "Read `global_importance_values` instead.",
            )
        return frozen_floats(np.broadcast_to(values, (len(self.classes), self.num_features)))

    @property
    def per_class_rank(self) -> list[list[int]]:
        """Feature positions per class, most important first."""
        return [ranking.rank(row) for row in self.per_class_values]

    def get_ranked_per_class_names(self, top_k: int | None = None) -> list[list[str]]:
        """Return feature names per class, most important first."""
        return [
            [self.features[i] for i in row[: ranking.kept(top_k)]] for row in self.per_class_rank
        ]

    def get_ranked_per_class_values(self, top_k: int | None = None) -> list[list[float]]:
        """Return importances per class, largest first."""
        values = self.per_class_values
        return [
            [float(row[i]) for i in rank[: ranking.kept(top_k)]]
            for row, rank in zip(values, self.per_class_rank, strict=True)
        ]

    # -- raw and engineered -----------------------------------------------------------------

    def get_raw_explanation(
        self,
        feature_maps: Sequence[Any] | None = None,
        raw_feature_names: Sequence[str] | None = None,
        eval_data: Rows | None = None,
    ) -> Explanation:
        """Return this engineered explanation folded to raw columns.

        Parameters
        ----------
        feature_maps : sequence of matrices of shape (n_raw, n_engineered), optional
            Applied one after the other, first the one next to the raw columns. By default the
            map the explainer built from the fitted transformers.
        raw_feature_names : sequence of str, optional
            Names of the raw columns.
        eval_data : DataFrame or array, optional
            The raw rows.

        Returns
        -------
        Explanation
            Signed local values are summed first; global importance is then computed anew.
        """
        fold = self.feature_map if feature_maps is None else _composed(feature_maps)
        if fold is None:
            raise MissingPartError(
                "an engineered explanation with its feature map",
                f"a {self.kind} one without",
                "Read it as it is, or pass `feature_maps`.",
            )
        names = self.raw_features if feature_maps is None else None
        if raw_feature_names is not None:
            names = raw_feature_names
        names = [f"raw {i}" for i in range(fold.n_raw)] if names is None else list(names)
        local = fold.fold(self.require_local())
        # Engineered rows are not those of raw columns: without raw ones there are none.
        rows = None if eval_data is None else _with_data(self.rows, eval_data)
        return replace(
            self,
            features=names,
            kind="raw",
            local=local,
            global_=aggregate(local),
            rows=rows,
            engineered=replace(
                self, kind="engineered", engineered=None, feature_map=fold, raw_features=names
            ),
            feature_map=None,
            raw_features=None,
        )


def _composed(feature_maps: Sequence[Any]) -> FeatureMap:
    """Return one map from a chain of (n_raw, n_engineered) matrices."""
    shapes = [np.shape(matrix) for matrix in feature_maps]
    fits = all(len(shape) == 2 for shape in shapes) and all(
        left[1] == right[0] for left, right in pairwise(shapes)
    )
    if not shapes or not fits:
        raise InvalidInputError(
            "feature_maps: a list of matrices (n_raw, n_engineered), each with as many columns as "
            "the next has rows",
            f"shapes {', '.join(map(str, shapes)) or 'of none'}",
            "Pass a list, even of one matrix.",
        )
    product = feature_maps[0]
    for matrix in feature_maps[1:]:
        product = product @ matrix
    return FeatureMap.from_matrix(product.T)


def _with_data(rows: EvaluatedRows | None, data: Rows) -> EvaluatedRows:
    """Return `rows` with other data of the same length."""
    if rows is None:
        return EvaluatedRows(data=data, ids=np.arange(data.shape[0]))
    return replace(rows, data=data)
