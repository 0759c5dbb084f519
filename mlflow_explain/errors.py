"""Every error this package raises.

ExplainError
  InvalidInputError (ValueError)          rows, names or options that cannot be used
    FeatureError                          columns: missing, duplicated, wrong number
    LengthMismatchError                   two sequences that should be as long as each other
    MissingPartError                      the explanation has no such part
  UnfittedModelError (ValueError)         the model was never fitted
  UnsupportedModelError (TypeError)       no engine explains this model
    UnsupportedTransformerError           a transformer mixes columns or hides where they come from
  ModelLoadError (ValueError)             a setting, or what is installed, forbids loading the model
    PreprocessingUnavailableError         raw rows given, but the transformers were not loaded
    MissingLibraryError (ImportError)     a library that the model is made of is not installed
  OutOfTimeError (TimeoutError)           explaining takes longer than was allowed
    OutOfPredictionsError                 explaining asks a model for more rows than was allowed
  ArtifactError                           what is on disk or in a store
    ArtifactNotFoundError (FileNotFoundError)
    ArtifactExistsError (FileExistsError)
    CorruptArtifactError (ValueError)     digest, shape or content is not what was sealed
    FormatVersionError (ValueError)       written by a newer version of the package
    StoreError (OSError)                  the store failed, is full or cannot be reached
      StoreAccessError (PermissionError)  the store refused
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

_LONGEST_LINE = 300
# Whoever is named in an address, up to the last @ of its host.
_WHO = re.compile(r"//[^/\s]+@")


class ExplainError(Exception):
    """Base of all errors of mlflow-explain.

    Parameters
    ----------
    expected : str
        What would have been right.
    got : str
        What came instead. Names columns and types; never holds a row's values.
    fix : str
        What the reader can do about it.
    """

    def __init__(self, expected: str, got: str, fix: str) -> None:
        super().__init__(expected, got, fix)
        self.expected = expected
        self.got = got
        self.fix = fix

    def __str__(self) -> str:
        """One readable paragraph."""
        return f"Expected {self.expected}; got {self.got}. {self.fix}"


def in_one_line(error: BaseException) -> str:
    r"""Return what a warning says of an error, and of its cause if that is not said already.

    Parameters
    ----------
    error : BaseException
        One of ours as a whole, of any other its first line: a model's own may go on with its rows.

    Examples
    --------
    >>> in_one_line(ValueError("Input X contains NaN.\nSee https://scikit-learn.org"))
    'ValueError: Input X contains NaN.'
    """
    text = " ".join(str(error).split()) if isinstance(error, ExplainError) else _first_line(error)
    said = f"{type(error).__name__}: {text}"
    cause = cause_of(error)
    return said if cause is None else f"{said} Its cause was {cause}"


def cause_of(error: BaseException) -> str | None:
    """Return the type and the first line of what an error was raised from, if it does not say."""
    cause = error.__cause__
    if cause is None or _first_line(cause) in " ".join(str(error).split()):
        return None
    return f"{type(cause).__name__}: {_first_line(cause)}"


def _first_line(error: BaseException) -> str:
    return without_passwords(str(error).strip().partition("\n")[0])[:_LONGEST_LINE]


def without_passwords(text: str) -> str:
    """Return a text whose addresses name nobody.

    Examples
    --------
    >>> without_passwords("asked http://user:secret@host:5000/api in vain")
    'asked http://***@host:5000/api in vain'
    """
    return _WHO.sub("//***@", text)


def warn_or_log(text: str, logger: logging.Logger, level: int) -> None:
    """Warn; where warnings are errors, log: what the user does is none the worse for it.

    Parameters
    ----------
    text : str
        What to say.
    logger : logging.Logger
        Says it where a warning would raise.
    level : int
        How far up the stack the line is that is warned of; 1 is the caller's.
    """
    try:
        warnings.warn(text, UserWarning, stacklevel=level + 1)
    except UserWarning:
        logger.warning(text)


class InvalidInputError(ExplainError, ValueError):
    """Rows, names or options that cannot be used."""


class FeatureError(InvalidInputError):
    """Columns are missing, duplicated or of the wrong number."""


class LengthMismatchError(InvalidInputError):
    """Two sequences that should have one entry per row differ in length."""


class MissingPartError(InvalidInputError):
    """The explanation was made without the part that is asked for."""


class UnfittedModelError(ExplainError, ValueError):
    """The model was never fitted."""


class UnsupportedModelError(ExplainError, TypeError):
    """No engine explains this model."""


class UnsupportedTransformerError(UnsupportedModelError):
    """A transformer whose outputs cannot be traced to single input columns."""


class ModelLoadError(ExplainError, ValueError):
    """A setting, or what is installed, forbids loading the model."""


class PreprocessingUnavailableError(ModelLoadError):
    """Raw rows were given, but the fitted transformers could not be loaded."""


class MissingLibraryError(ModelLoadError, ImportError):
    """A library that a model is made of, explained by or scored with is not installed."""

    __str__ = ExplainError.__str__


class OutOfTimeError(ExplainError, TimeoutError):
    """Explaining takes longer than was allowed."""

    __str__ = ExplainError.__str__


class OutOfPredictionsError(OutOfTimeError):
    """Explaining asks a model for more rows than was allowed."""


class ArtifactError(ExplainError):
    """Something on disk or in a store is not as it should be."""


class ArtifactNotFoundError(ArtifactError, FileNotFoundError):
    """No explanation or explainer lies there."""

    __str__ = ExplainError.__str__


class ArtifactExistsError(ArtifactError, FileExistsError):
    """The target is taken and overwriting was not asked for."""

    __str__ = ExplainError.__str__


class CorruptArtifactError(ArtifactError, ValueError):
    """A file differs from what was sealed."""


class FormatVersionError(ArtifactError, ValueError):
    """A format version this package cannot read."""


class StoreError(ArtifactError, OSError):
    """The tracking or artifact store failed, is full, or cannot be reached."""

    __str__ = ExplainError.__str__


class StoreAccessError(StoreError, PermissionError):
    """The tracking or artifact store refused to be read or written."""
