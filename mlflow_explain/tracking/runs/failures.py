"""What stores raise, turned into this package's errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException

from mlflow_explain.errors import (
    ArtifactNotFoundError,
    ExplainError,
    InvalidInputError,
    StoreAccessError,
    StoreError,
    without_passwords,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_MISSING = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "ENDPOINT_NOT_FOUND"}
_REFUSED = {"PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"}
BUSY = "TEMPORARILY_UNAVAILABLE"
# Libraries below MLflow's stores, whose errors reach us as they are.
_BELOW = (
    "botocore", "boto3", "s3transfer", "sqlalchemy", "requests", "urllib3", "azure", "google",
)  # fmt: skip
_LONGEST = 400
_NOT_TAKEN = {"INVALID_PARAMETER_VALUE", "BAD_REQUEST"}


@contextmanager
def typed(what: str, *, writes: bool = False) -> Iterator[None]:
    """Turn what MLflow, its stores and the disk raise into this package's errors.

    Parameters
    ----------
    what : str
        What is done, after "the store to": ``"take the explanation"``.
    writes : bool, default=False
        Something is sent, in parts that nobody is shown before the last of them.

    Raises
    ------
    InvalidInputError
        It does not take what it was asked by: an id of another form, say.
    ArtifactNotFoundError
        There is no such run, version or artifact.
    StoreAccessError
        The store refused.
    StoreError
        It failed, is full, or was not reached.
    """
    try:
        yield
    except ExplainError:
        raise
    except Exception as error:
        made = _error_of(error, what, writes=writes)
        if made is None:
            raise
        raise made from error


@contextmanager
def typed_below(what: str) -> Iterator[None]:
    """Do as `typed` with failures of a store, and leave what MLflow itself refuses as it is.

    Where MLflow both makes something and keeps it, it raises the same class for either.
    """
    try:
        yield
    except Exception as error:
        is_known = getattr(error, "error_code", None) in {*_MISSING, *_REFUSED, BUSY}
        if not is_known and not any(_is_below(cause) for cause in _causes(error)):
            raise
        with typed(what):
            raise


def _is_below(error: BaseException) -> bool:
    return type(error).__module__.split(".")[0] in _BELOW


def _error_of(error: Exception, what: str, *, writes: bool) -> ExplainError | None:
    """Return the typed error of a failure, or None where it is no failure of a store."""
    is_ours = isinstance(error, MlflowException | OSError)
    if not is_ours and not _is_below(error):
        return None
    expected, got = f"the store to {what}", f"{type(error).__name__}: {_brief(str(error))}"
    code = getattr(error, "error_code", None)
    status = _status_of(error)
    if code in _MISSING or status == 404:
        return ArtifactNotFoundError(expected, got, "Check the name or id.")
    seen = "; nothing half-written is shown to anyone." if writes else "."
    if code in _REFUSED or status in {401, 403} or isinstance(error, PermissionError):
        return StoreAccessError(expected, got, f"Check credentials and permissions{seen}")
    if code in _NOT_TAKEN:
        # Which it will not take later either.
        refused = StoreError if writes else InvalidInputError
        return refused(expected, got, f"Check the names, ids and values it was given{seen}")
    return StoreError(expected, got, f"Call again once it answers and has room{seen}")


def _brief(text: str) -> str:
    """Return both ends of a text: what was asked stands first, and why it failed last."""
    text = without_passwords(" ".join(text.split())).rstrip(".")
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} ... {text[-half:]}"


def _status_of(error: BaseException) -> int | None:
    """Return the status a server answered, which may be known to an error's cause alone."""
    for cause in _causes(error):
        response = getattr(cause, "response", None)
        # Amazon's library keeps it among details.
        status = (
            response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if isinstance(response, dict)
            else getattr(response, "status_code", None)
        )
        if isinstance(status, int):
            return status
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what led to it, up to one of ours: that was of another call."""
    while error is not None and not isinstance(error, ExplainError):
        yield error
        error = error.__cause__ or error.__context__
