"""Linear surrogates: least squares, and stochastic gradient descent."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy import sparse

from mlflow_explain.data.kinds import is_sparse
from mlflow_explain.engines.additive import AdditiveEngine
from mlflow_explain.explanation._arrays import frozen_floats
from mlflow_explain.surrogates import arguments
from mlflow_explain.surrogates.fitted import check_fitted, outputs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import FloatArray, OutputSpace, Rows

_LONGEST_STEP = 0.01
_SGD: dict[str, Any] = {
    "max_iter": 2000, "tol": 1e-6, "alpha": 1e-6, "learning_rate": "adaptive",
}  # fmt: skip


class _Linear(ABC):
    """A linear model per output, on columns of unit variance; how it is fitted is left open."""

    one_hot = True
    filled = True
    balanced = True
    measure = "|coefficient| x standard deviation of the surrogate"

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = parameters
        self.coefficients: FloatArray = np.zeros((0, 0))
        self.intercept: FloatArray = np.zeros(0)
        self._spread: FloatArray = np.zeros(0)

    def fit(
        self,
        rows: Rows,
        targets: FloatArray,
        sample_weight: FloatArray | None = None,
        categorical: Sequence[int] = (),
    ) -> Self:
        """Fit one linear model per output; see `LGBMExplainableModel.fit`."""
        del categorical
        mean, self._spread = _moments(rows, sample_weight)
        unit = np.where(self._spread > 0, self._spread, 1.0)
        # A csr matrix stays one: its columns are scaled, and not moved.
        centre = np.zeros_like(mean) if is_sparse(rows) else mean
        scaled = rows.multiply(1.0 / unit).tocsr() if is_sparse(rows) else (rows - centre) / unit
        outputs = outputs_of(targets)
        level = np.average(outputs, axis=0, weights=sample_weight)
        coefficients, intercept = self._solved(scaled, outputs - level, sample_weight)
        self.coefficients = frozen_floats(coefficients / unit)
        self.intercept = frozen_floats(level + intercept - self.coefficients @ centre)
        return self

    def predict(self, rows: Rows) -> FloatArray:
        """Return its outputs, (n_rows, n_outputs)."""
        self._check_fitted()
        return np.asarray(rows @ self.coefficients.T + self.intercept)

    def importances(self) -> FloatArray:
        """Return |coefficient| x standard deviation of each feature, (n_features, n_outputs)."""
        self._check_fitted()
        return np.abs(self.coefficients * self._spread).T

    def engine(self, background: Rows, output_space: OutputSpace) -> AdditiveEngine:
        """Return the engine of its coefficients, with the background's mean."""
        self._check_fitted()
        mean = np.asarray(background.mean(axis=0), dtype=np.float64).ravel()
        return AdditiveEngine(
            coefficients=self.coefficients,
            mean=frozen_floats(mean),
            base_values=frozen_floats(self.intercept + self.coefficients @ mean),
            output_space=output_space,
        )

    @staticmethod
    def explainable_model_type() -> str:
        """Return the kind of the surrogate, by the original SDK's name."""
        return "linear_explainable_model_type"

    def _check_fitted(self) -> None:
        check_fitted(self, is_fitted=len(self.intercept) > 0)

    @abstractmethod
    def _solved(
        self, rows: Rows, targets: FloatArray, sample_weight: FloatArray | None
    ) -> tuple[FloatArray, FloatArray]:
        """Return coefficients (n_outputs, n_features) and intercepts (n_outputs,)."""


class LinearExplainableModel(_Linear):
    """Least squares, on columns of unit variance: a linear model is found again, as it is.

    Where columns depend on each other it is the shortest of all solutions.

    Parameters
    ----------
    random_state : int, default=0
        Not used: there is nothing random.
    **parameters
        Arguments of ``sklearn.linear_model.LinearRegression``.

    Raises
    ------
    InvalidInputError
        An argument that scikit-learn does not know.

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain import LinearExplainableModel
    >>> rows = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 0.0], [5.0, 3.0]])
    >>> surrogate = LinearExplainableModel().fit(rows, rows @ [[2.0], [-1.0]] + 7.0)
    >>> np.round(surrogate.coefficients, 6).tolist(), np.round(surrogate.intercept, 6).tolist()
    ([[2.0, -1.0]], [7.0])
    """

    def __init__(self, random_state: int = 0, **parameters: Any) -> None:
        from sklearn.linear_model import LinearRegression

        del random_state
        known = arguments.checked(
            type(self).__name__, LinearRegression, parameters, but=("fit_intercept",)
        )
        # Of csr rows alone, which are solved step by step.
        precise = {"tol": 1e-12} if "tol" in inspect.signature(LinearRegression).parameters else {}
        super().__init__(precise | known)

    def _solved(
        self, rows: Rows, targets: FloatArray, sample_weight: FloatArray | None
    ) -> tuple[FloatArray, FloatArray]:
        """Return coefficients (n_outputs, n_features) and intercepts (n_outputs,)."""
        from sklearn.linear_model import LinearRegression

        model = LinearRegression(**self.parameters).fit(rows, targets, sample_weight)
        return np.atleast_2d(model.coef_), np.asarray(model.intercept_) * np.ones(targets.shape[1])


class SGDExplainableModel(_Linear):
    """A linear model fitted by stochastic gradient descent, on columns of unit variance.

    Parameters
    ----------
    random_state : int, default=0
        Seed.
    **parameters
        Arguments of ``sklearn.linear_model.SGDRegressor``.

    Raises
    ------
    InvalidInputError
        An argument that scikit-learn does not know.

    References
    ----------
    Bottou 2010, https://doi.org/10.1007/978-3-7908-2604-3_16

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain import SGDExplainableModel
    >>> rows = np.random.default_rng(0).normal(size=(200, 2))
    >>> surrogate = SGDExplainableModel().fit(rows, rows @ [[2.0], [-1.0]])
    >>> np.round(surrogate.coefficients, 1).tolist()
    [[2.0, -1.0]]
    """

    def __init__(self, random_state: int = 0, **parameters: Any) -> None:
        from sklearn.linear_model import SGDRegressor

        known = arguments.checked(
            type(self).__name__, SGDRegressor, parameters, but=("fit_intercept",)
        )
        super().__init__({**_SGD, "random_state": random_state, **known})

    def _solved(
        self, rows: Rows, targets: FloatArray, sample_weight: FloatArray | None
    ) -> tuple[FloatArray, FloatArray]:
        """Return coefficients (n_outputs, n_features) and intercepts (n_outputs,)."""
        from sklearn.linear_model import SGDRegressor

        unit = np.where(targets.std(axis=0) > 0, targets.std(axis=0), 1.0)
        # The intercept of csr rows is learnt a hundred times more slowly, unless as a column.
        level = np.ones((rows.shape[0], 1))
        given = sparse.hstack([rows, level], "csr") if is_sparse(rows) else np.hstack([rows, level])
        # A longer step than that overshoots.
        longest = 1.0 / float(_squares(given).max(initial=1.0))
        step = {"eta0": min(_LONGEST_STEP, longest)}
        fitted = [
            SGDRegressor(**{**step, **self.parameters}, fit_intercept=False).fit(
                given, output, sample_weight=sample_weight
            )
            for output in (targets / unit).T
        ]
        found = np.stack([model.coef_ for model in fitted]) * unit[:, None]
        return found[:, :-1], found[:, -1]


def _moments(rows: Rows, weights: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Return weighted mean and standard deviation of each column, both (n_features,)."""
    share = np.ones(rows.shape[0]) if weights is None else weights
    share = share / share.sum()
    mean = np.asarray(share @ rows).ravel()
    if is_sparse(rows):
        variance = np.asarray(share @ rows.power(2)).ravel() - mean**2
    else:
        variance = share @ (rows - mean) ** 2
    return mean, np.sqrt(np.maximum(variance, 0.0))


def _squares(rows: Rows) -> FloatArray:
    """Return the squared length of each row, (n_rows,)."""
    squared = rows.multiply(rows) if is_sparse(rows) else rows**2
    return np.asarray(squared.sum(axis=1)).ravel()
