"""Fitted objects of well-known libraries as bytes, by skops, which unpickles nothing."""

from __future__ import annotations

import importlib
from typing import Any

from mlflow_explain.artifact.packed import check_not_inflated
from mlflow_explain.data.kinds import full_name
from mlflow_explain.data.libraries import needed_by
from mlflow_explain.errors import CorruptArtifactError, MissingLibraryError, UnsupportedModelError

# Types of these packages are what a fitted model of theirs is made of.
# skops writes what a partial calls as a type of its own, which has to be trusted, too.
_TRUSTED_PACKAGES = (
    "sklearn.", "lightgbm.", "xgboost.", "catboost.", "numpy.", "scipy.", "collections.", "pandas.",
    "functools.partial",
)  # fmt: skip


def trusted_types(fitted: Any) -> list[str]:
    """Return the types of well-known libraries that skops would refuse in a fitted object."""
    import skops.io

    return sorted(filter(_is_of_trusted, _unknown(skops.io.dumps(fitted))))


def dumped(fitted: Any) -> bytes:
    """Return a fitted object as bytes that `restored` reads.

    Raises
    ------
    UnsupportedModelError
        It is made of types that are not of scikit-learn, LightGBM, XGBoost, CatBoost, numpy, scipy
        or pandas, or of functions, which may do anything.
    """
    import skops.io

    try:
        content: bytes = skops.io.dumps(fitted)
    except Exception as error:
        # What objects raise that were never meant to be written is their own affair.
        raise _refused(full_name(fitted), type(error).__name__) from error
    odd = _odd(content)
    if odd:
        raise _refused(full_name(fitted), f"what it is made of: {', '.join(odd)}")
    return content


def restored(name: str, content: bytes) -> Any:
    """Return the object of bytes that `dumped` made, and of no others.

    Parameters
    ----------
    name : str
        The file's, for messages.
    content : bytes
        Whose digest was verified.

    Raises
    ------
    CorruptArtifactError
        They are of types that `dumped` refuses, or cannot be read.
    MissingLibraryError
        The library that they are of is not installed.
    """
    import skops.io

    try:
        check_not_inflated(name, content)
        with needed_by(name):
            unknown = _unknown(content)
            odd = _odd_among(unknown)
            if not odd:
                return skops.io.loads(content, trusted=unknown)
    except (CorruptArtifactError, MissingLibraryError):
        raise
    except Exception as error:
        raise CorruptArtifactError(
            f"{name} as skops reads it",
            f"what makes it raise {type(error).__name__}",
            "Save it again, with the versions of the libraries that read it.",
        ) from error
    raise CorruptArtifactError(
        f"{name} of types of well-known libraries only",
        ", ".join(odd),
        "Such a file was not written by mlflow-explain, and may run anything; save it again.",
    )


def _refused(what: str, why: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        "a fitted object that skops holds: of scikit-learn, LightGBM, XGBoost or CatBoost",
        f"{what} ({why})",
        "Log the explainer with `log_model` beside its model, which MLflow keeps in its own "
        "flavour.",
    )


def _odd(content: bytes) -> list[str]:
    return _odd_among(_unknown(content))


def _unknown(content: bytes) -> list[str]:
    """Return the types that skops itself does not trust."""
    import skops.io

    return list(skops.io.get_untrusted_types(data=content))


def _odd_among(names: list[str]) -> list[str]:
    """Return what must not be loaded: types of other packages, and functions of any."""
    return [name for name in names if not (_is_of_trusted(name) and _is_class(name))]


def _is_of_trusted(name: str) -> bool:
    return name.startswith(_TRUSTED_PACKAGES)


def _is_class(name: str) -> bool:
    """Whether a name of a trusted package is of a class: a function may read a file, or run it."""
    module, _, attribute = name.rpartition(".")
    try:
        return isinstance(getattr(importlib.import_module(module), attribute, None), type)
    except ModuleNotFoundError as error:
        if error.name == module.partition(".")[0]:
            # The library is not installed: nothing is wrong with the file.
            raise
        return False
    except ImportError:
        return False
