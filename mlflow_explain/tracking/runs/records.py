"""The records by which a run's explanations are found: a small JSON object in a tag each."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain.explanation import Explanation

TAG_PREFIX = "mlflow_explain.explanation."

# A tag holds 5,000 characters; the manifest keeps the whole comment.
_LONGEST_COMMENT, _LONGEST_TEXT = 1500, 500


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a kept explanation without reading it.

    Parameters
    ----------
    id : str
        Of the explanation.
    digest : str
        sha256 of its manifest.
    created : str
        When it was kept: ISO 8601, UTC.
    comment : str or None
        Free text, cut to 1,500 characters.
    raw, engineered : bool
        Whether it holds importances of raw columns, and of engineered features.
    method, model_type, model_task : str
        As of the explanation.
    num_features, num_examples : int
        Its size.
    num_left_out : int
        Features whose importances are kept as one sum.
    model_uri : str or None
        The logged model it explains.
    has_report : bool
        Whether ``report.html`` is kept.
    """

    id: str
    digest: str
    created: str
    comment: str | None
    raw: bool
    engineered: bool
    method: str
    model_type: str
    model_task: str
    num_features: int
    num_examples: int
    num_left_out: int
    model_uri: str | None
    has_report: bool

    @classmethod
    def of(
        cls,
        explanation: Explanation,
        digest: str,
        model_uri: str | None,
        *,
        has_report: bool = True,
    ) -> Record:
        """Return the record of an explanation that is kept now."""
        return cls(
            id=explanation.id,
            digest=digest,
            created=datetime.now(UTC).isoformat(timespec="microseconds"),
            comment=short_comment(explanation.comment),
            raw=explanation.is_raw,
            engineered=explanation.is_engineered or explanation.engineered is not None,
            method=explanation.method[:_LONGEST_TEXT],
            model_type=explanation.model_type[:_LONGEST_TEXT],
            model_task=explanation.model_task,
            num_features=explanation.num_features,
            num_examples=explanation.num_examples,
            num_left_out=explanation.num_left_out,
            model_uri=model_uri and model_uri[:_LONGEST_TEXT],
            has_report=has_report,
        )

    @property
    def key(self) -> str:
        """Name of the tag."""
        return f"{TAG_PREFIX}{self.id}"

    def to_json(self) -> str:
        """Return the tag's value."""
        return json.dumps(asdict(self), ensure_ascii=False)


def short_comment(comment: str | None) -> str | None:
    """Return a comment as records hold it."""
    return comment and comment[:_LONGEST_COMMENT]


def records_of(tags: Mapping[str, str]) -> list[Record]:
    """Return the records among a run's tags, the newest last."""
    found = [_parsed(key, value) for key, value in tags.items() if key.startswith(TAG_PREFIX)]
    return sorted((record for record in found if record), key=lambda r: (r.created, r.id))


def _parsed(key: str, value: str) -> Record | None:
    """Return the record of a tag; of one that somebody changed, nothing but a warning."""
    try:
        content: dict[str, Any] = json.loads(value)
        known = {field.name: content[field.name] for field in fields(Record)}
    except (ValueError, TypeError, KeyError):
        warnings.warn(
            f"The run's tag {key} is not as mlflow-explain wrote it; that explanation is not "
            "listed.",
            stacklevel=2,
        )
        return None
    return Record(**known)
