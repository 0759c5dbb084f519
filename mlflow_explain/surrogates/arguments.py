"""What `explainable_model_args` may hold, and names of older or other interfaces for it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

# LightGBM's own names, and those of older versions, of its scikit-learn style arguments.
LIGHTGBM_NAMES = {
    "num_iterations": "n_estimators", "num_iteration": "n_estimators",
    "num_boost_round": "n_estimators", "num_round": "n_estimators", "num_rounds": "n_estimators",
    "num_trees": "n_estimators", "num_tree": "n_estimators", "n_iter": "n_estimators",
    "max_iter": "n_estimators", "eta": "learning_rate", "shrinkage_rate": "learning_rate",
    "num_leaf": "num_leaves", "max_leaves": "num_leaves", "max_leaf": "num_leaves",
    "max_leaf_nodes": "num_leaves", "min_data_in_leaf": "min_child_samples",
    "min_data": "min_child_samples", "min_samples_leaf": "min_child_samples",
    "min_sum_hessian_in_leaf": "min_child_weight", "min_hessian": "min_child_weight",
    "min_gain_to_split": "min_split_gain", "lambda_l1": "reg_alpha", "lambda_l2": "reg_lambda",
    "lambda": "reg_lambda", "bagging_fraction": "subsample", "sub_row": "subsample",
    "bagging": "subsample", "bagging_freq": "subsample_freq",
    "feature_fraction": "colsample_bytree", "sub_feature": "colsample_bytree",
    "boosting": "boosting_type", "boost": "boosting_type", "application": "objective",
    "seed": "random_state", "random_seed": "random_state", "num_threads": "n_jobs",
    "num_thread": "n_jobs", "nthread": "n_jobs", "nthreads": "n_jobs", "verbosity": "verbose",
}  # fmt: skip
# Others of LightGBM's own that its scikit-learn style estimator passes on.
LIGHTGBM_OTHERS = frozenset({
    "bagging_seed", "cat_l2", "cat_smooth", "deterministic", "extra_trees", "extra_seed",
    "feature_fraction_bynode", "feature_fraction_seed", "force_col_wise", "force_row_wise",
    "histogram_pool_size", "linear_tree", "max_bin", "max_cat_threshold", "max_cat_to_onehot",
    "max_delta_step", "min_data_in_bin", "min_data_per_group", "path_smooth", "verbose",
    "drop_rate", "max_drop", "skip_drop", "drop_seed", "top_rate", "other_rate", "alpha",
})  # fmt: skip
# Objectives whose prediction is the sum of the leaves.
OBJECTIVES = (
    "regression", "regression_l1", "huber", "fair", "quantile", "mape",
    "l2", "mse", "mean_squared_error", "l1", "mae",
)  # fmt: skip


def checked(
    surrogate: str, estimator: type, given: Mapping[str, Any], but: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return arguments that an estimator of scikit-learn knows, `but` some.

    Raises
    ------
    InvalidInputError
        One of them it does not.
    """
    known = set(inspect.signature(estimator).parameters) - set(but)
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise _unknown(surrogate, estimator.__name__, unknown, sorted(known))
    return dict(given)


def checked_of_lightgbm(
    surrogate: str, estimator: type, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return LightGBM's arguments by one name each.

    Raises
    ------
    InvalidInputError
        One is not known, given twice, or makes of the surrogate no sum of trees.
    """
    known = set(inspect.signature(estimator).parameters) - {"kwargs"} | LIGHTGBM_OTHERS
    made: dict[str, Any] = {}
    unknown = [n for n in given if LIGHTGBM_NAMES.get(n, n) not in known]
    if unknown:
        raise _unknown(surrogate, estimator.__name__, unknown, sorted(known))
    for name, value in given.items():
        one = LIGHTGBM_NAMES.get(name, name)
        if one in made:
            raise InvalidInputError(
                f"{one} once", f"it and {name}, another name of it", "Leave one of them out."
            )
        made[one] = value
    if made.get("linear_tree"):
        raise InvalidInputError(
            "trees of constant leaves",
            "linear_tree=True",
            "Leave it out: no split explains a slope.",
        )
    if made.get("objective") not in (None, *OBJECTIVES):
        raise InvalidInputError(
            f"an objective among {', '.join(OBJECTIVES)}",
            repr(made["objective"]),
            "Leave it out: a surrogate is a regression, of log-odds where the model classifies.",
        )
    return made


def _unknown(
    surrogate: str, estimator: str, unknown: list[str], known: list[str]
) -> InvalidInputError:
    return InvalidInputError(
        f"explainable_model_args of {surrogate} that {estimator} knows: {', '.join(known)}",
        ", ".join(unknown),
        "Leave them out, or name them as the library does.",
    )
