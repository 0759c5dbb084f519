"""Exit codes of the command line: one table, by class of error, that `--help` shows."""

from __future__ import annotations

from dataclasses import dataclass

from mlflow_explain import errors

DONE, FAILED, USAGE, UNEXPECTED, INTERRUPTED, NO_READER = 0, 1, 2, 70, 130, 141


@dataclass(frozen=True, slots=True)
class Exit:
    """A row of the table.

    Parameters
    ----------
    code : int
        What the process returns.
    means : str
        What happened.
    of : tuple of classes
        Errors that end with it.
    """

    code: int
    means: str
    of: tuple[type[errors.ExplainError], ...] = ()


# An error ends with the first row that names its class, or one it derives from.
EXITS = (
    Exit(DONE, "done"),
    Exit(FAILED, "a check failed, or a question was answered with no"),
    Exit(USAGE, "unknown or missing options or arguments"),
    Exit(3, "no such run, explanation, model or file", (errors.ArtifactNotFoundError,)),
    Exit(
        4,
        "damaged, changed since it was written, or of a newer version",
        (errors.CorruptArtifactError, errors.FormatVersionError),
    ),
    Exit(5, "a store or disk failed, refused, or was not reached", (errors.StoreError,)),
    Exit(7, "the target exists, and --force was not given", (errors.ArtifactExistsError,)),
    Exit(6, "the model, the data or the explanation does not allow it", (errors.ExplainError,)),
    Exit(UNEXPECTED, "an error nobody expected; its trace is printed"),
    Exit(INTERRUPTED, "interrupted"),
    Exit(NO_READER, "nobody reads the output any more"),
)


def code_of(error: errors.ExplainError) -> int:
    """Return what the process returns for an error."""
    return next(row.code for row in EXITS if isinstance(error, row.of))


def listed() -> str:
    """Return the table as lines of text, by code."""
    return "\n".join(f"{row.code:>4}  {row.means}" for row in sorted(EXITS, key=lambda r: r.code))
