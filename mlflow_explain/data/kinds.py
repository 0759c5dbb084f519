"""What an object is, told by the names of its classes: no optional library is imported to ask."""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any

from pandas.errors import InvalidIndexError

# What a user's model or function raises on rows it cannot take; pandas' own error of a wrong index
# derives from none of the others.
MODEL_ERRORS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError,
    ValueError, InvalidIndexError,
)  # fmt: skip

_KNOWN = ("sklearn", "lightgbm", "xgboost", "catboost")
# imbalanced-learn's Pipeline and its forests derive from scikit-learn's.
_LIBRARIES = (*_KNOWN, "imblearn")
# What makes a model of the user's function.
_OF_FUNCTION = (
    "FunctionRegressor", "FunctionClassifier", "FunctionMargins", "FunctionLabels", "TextFunction",
)  # fmt: skip


def class_names(obj: Any) -> frozenset[str]:
    """Return the names of the object's class and its bases."""
    return frozenset(base.__name__ for base in type(obj).__mro__)


def package_of(obj: Any) -> str:
    """Return the top-level package that defines the object's class, or its nearest known base."""
    packages = [base.__module__.split(".")[0] for base in type(obj).__mro__]
    return next((name for name in packages if name in _KNOWN), packages[0])


def is_a(obj: Any, package: str, *names: str) -> bool:
    """Whether the object's class, or a base of it, is one of `names` of `package`."""
    return any(
        base.__name__ in names and base.__module__.split(".")[0] == package
        for base in type(obj).__mro__
    )


def own_method(obj: Any, *names: str) -> str | None:
    """Return the first of these methods that counts for the object and no library defines."""
    for name in names:
        if name in getattr(obj, "__dict__", {}):
            return name
        owner = next((base for base in type(obj).__mro__ if name in vars(base)), None)
        if owner is not None and owner.__module__.split(".")[0] not in _LIBRARIES:
            return name
    return None


def full_name(obj: Any) -> str:
    """Return the module and name of the object's class, for messages: of what the user passed.

    A function that is asked as a model, or one of texts as one of tables, has its own.
    """
    if is_a(obj, "mlflow_explain", "TextModel"):
        return full_name(obj.model)
    if is_a(obj, "mlflow_explain", *_OF_FUNCTION):
        return full_name(obj.function)
    named = obj if isinstance(obj, FunctionType | MethodType) else type(obj)
    return f"{named.__module__}.{named.__qualname__}"


def is_pipeline(obj: Any) -> bool:
    """Whether the object is a scikit-learn Pipeline or derives from it, as imblearn's does."""
    return is_a(obj, "sklearn", "Pipeline")


def is_search(obj: Any) -> bool:
    """Whether the object is a refitted search over parameters, such as GridSearchCV."""
    return is_a(obj, "sklearn", "BaseSearchCV") and hasattr(obj, "best_estimator_")


def is_frozen(obj: Any) -> bool:
    """Whether the object is a scikit-learn FrozenEstimator, which is the one inside it."""
    return is_a(obj, "sklearn", "FrozenEstimator")


def is_sparse(rows: Any) -> bool:
    """Whether the object is a scipy sparse matrix or array."""
    return type(rows).__module__.startswith("scipy.sparse")


def is_frame(rows: Any) -> bool:
    """Whether the object is a pandas DataFrame."""
    return is_a(rows, "pandas", "DataFrame")
