"""What a command answers: the same as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlflow_explain.cli import exits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Report:
    """What a command answers.

    Parameters
    ----------
    data : mapping
        For `--json`; holds nothing that strict JSON lacks.
    text : str
        For people.
    exit_code : int
        What the process returns.
    then : callable, optional
        Done once the answer is printed, and given whether that was as JSON; returns the exit code.
    """

    data: Mapping[str, Any]
    text: str
    exit_code: int = exits.DONE
    then: Callable[[bool], int] | None = None

    def told(self, *, as_json: bool) -> str:
        """Return what is printed."""
        return document(self.data) if as_json else self.text


def error_document(name: str, message: str, code: int, **parts: str) -> str:
    """Return what `--json` prints of an error."""
    return document({"error": {"type": name, "message": message, "exit_code": code, **parts}})


def document(data: object) -> str:
    """Return strict JSON in ASCII: any terminal and any locale takes it."""
    return json.dumps(data, indent=2, allow_nan=False)
