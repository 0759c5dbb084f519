"""The records by which a run's explanations are found: a small JSON object in a tag each."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain.explanation import Explanation

TAG_PREFIX = "mlflow_explain.explanation."
# What every tracking store keeps of a tag.
MAX_TAG = 5000
# An id is the name of a folder, whatever the store.
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

# The manifest keeps the whole comment.
_LONGEST_COMMENT, _LONGEST_TEXT = 1500, 500
# Annotation of a field -> the types its value may have in the tag.
_TYPES: dict[str, set[type]] = {
    "str": {str}, "str | None": {str, type(None)}, "bool": {bool}, "int": {int},
}  # fmt: skip


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
        Free text, or its first 1,500 characters at the most.
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
    comment_digest : str or None
        sha256 of the whole comment, where it was cut.
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
    comment_digest: str | None = None

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
        made = cls(
            id=explanation.id,
            digest=digest,
            created=datetime.now(UTC).isoformat(timespec="microseconds"),
            comment=explanation.comment,
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
        return made._with_short_comment()

    def _with_short_comment(self) -> Record:
        """Return the record with as much of the comment as a tag has room for."""
        comment, length = self.comment or "", _LONGEST_COMMENT
        if len(comment) <= length and len(self.to_json()) <= MAX_TAG:
            return self
        digest = _digest(comment)
        short = replace(self, comment=comment[:length], comment_digest=digest)
        # Characters that JSON spells out take six times the room.
        while length and len(short.to_json()) > MAX_TAG:
            length //= 2
            short = replace(self, comment=comment[:length], comment_digest=digest)
        return short

    def has_comment(self, comment: str) -> bool:
        """Whether this is the explanation's comment, of which the record may hold the start."""
        if self.comment_digest is None:
            return self.comment == comment
        return self.comment_digest == _digest(comment)

    @property
    def key(self) -> str:
        """Name of the tag."""
        return f"{TAG_PREFIX}{self.id}"

    def to_json(self) -> str:
        """Return the tag's value."""
        return json.dumps(asdict(self), ensure_ascii=False)


def records_of(tags: Mapping[str, str]) -> list[Record]:
    """Return the records among a run's tags, the newest last."""
    found = [_parsed(key, value) for key, value in tags.items() if key.startswith(TAG_PREFIX)]
    return sorted((record for record in found if record), key=lambda r: (r.created, r.id))


def _parsed(key: str, value: str) -> Record | None:
    """Return the record of a tag; of one that somebody changed, nothing but a warning."""
    try:
        return record_of(key, json.loads(value))
    except ValueError:
        warnings.warn(
            f"The run's tag {key} is not as mlflow-explain wrote it; that explanation is not "
            "listed.",
            stacklevel=2,
        )
        return None


def record_of(key: str, content: Any) -> Record:
    """Return the record that a tag holds.

    Raises
    ------
    ValueError
        It is not as it was written: an entry is missing or of another type, or the id is not
        the tag's.
    """
    if not isinstance(content, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - as for text that is no JSON
    content = {"comment_digest": None, **content}
    known = {field.name: content.get(field.name, ...) for field in fields(Record)}
    if any(type(known[field.name]) not in _TYPES[str(field.type)] for field in fields(Record)):
        raise ValueError("an entry is missing or of another type")
    made = Record(**known)
    if made.key != key or not ID.fullmatch(made.id):
        raise ValueError("the id is not the tag's")
    return made


def _digest(comment: str) -> str:
    return hashlib.sha256(comment.encode()).hexdigest()
