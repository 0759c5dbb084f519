"""`describe`: what the page of a model, a version or a run shows of explanations, in a terminal."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import category

from mlflow_explain.dashboard import words
from mlflow_explain.data.arguments import shown
from mlflow_explain.data.views import finite, others
from mlflow_explain.errors import ArtifactNotFoundError, InvalidInputError
from mlflow_explain.tracking.models.addresses import resolved
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.pages.show import entries_of_model
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.kept import Kept, kept_at, kept_of
from mlflow_explain.tracking.runs.places import FORMS, Kind, kind_of, run_named
from mlflow_explain.tracking.runs.store import RunStore, connected, run_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

    from mlflow_explain.explanation import Explanation
    from mlflow_explain.tracking.runs.entries import Entry
    from mlflow_explain.tracking.runs.logged import LoggedExplanation

_MOST_OTHERS = 20
_HOW = "Keep one with `log_explanation(..., model_uri=...)`, or show one with `describe_version`."
_NONE = f"No explanation is shown here. {_HOW}"
_SHOWN_TAGS = {
    registry.TAG_MODEL: "Explains",
    registry.TAG_EXPLAINER: "Explained by",
    registry.TAG_DIGEST: "Explainer digest",
    registry.TAG_MODEL_DIGEST: "Model digest",
}


@dataclass(frozen=True, slots=True)
class Description:
    """What a page shows of explanations.

    Parameters
    ----------
    title : str
        Whose page it is.
    uri : str
        Its address.
    facts : mapping of str to str
        Links and digests, by what they are called.
    entries : sequence of Entry
        Its explanations, newest first.
    newest : Explanation, optional
        The first of them, without rows.
    """

    title: str
    uri: str
    facts: Mapping[str, str]
    entries: Sequence[Entry]
    newest: Explanation | None = None

    def text(self, top_k: int | None = 10) -> str:
        """Return plain text for a terminal: nothing in it is Markdown, or moves the cursor.

        Parameters
        ----------
        top_k : int, optional
            So many most important features; None for all.
        """
        blocks = [[f"{self.title}  ({self.uri})"]]
        if self.newest is not None:
            blocks += [[words.headline(self.newest)], importance_lines(self.newest, top_k)]
        blocks.append(_aligned(self._all_facts()))
        blocks.append(_others(self.entries[1:]))
        blocks.append([words.CAUTION if self.entries else _NONE])
        return "\n\n".join("\n".join(map(_visible, lines)) for lines in blocks if lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the same for JSON; numbers that are none become None."""
        made: dict[str, Any] = {"title": self.title, "uri": self.uri, **_keys(self.facts)}
        made["explanation"] = None
        if self.newest is not None:
            made["explanation"] = _told(self.entries[0]) | importances_of(self.newest)
        made["others"] = [_told(entry) for entry in self.entries[1:]]
        return made

    def _all_facts(self) -> dict[str, str]:
        if self.newest is None:
            return dict(self.facts)
        first = self.entries[0]
        rows = f"{first.record.num_examples:,}" if first.record.num_examples else "none singly"
        kept = {"Kept at": first.uri, "Kept": first.created, "Digest": first.record.digest}
        return {**words.facts(self.newest), "Rows explained": rows, **kept, **self.facts}


def describe(model_uri: str | Run | LoggedExplanation) -> None:
    """Print what MLflow's page of a model, a version or a run shows of explanations.

    Parameters
    ----------
    model_uri : str, Run or LoggedExplanation
        ``models:/name/version``, ``models:/name@alias``, ``models:/m-...``,
        ``runs:/<run id>/<model's name>``; a run or its id; what `log_explanation` returned, or its
        ``uri``.

    Raises
    ------
    ArtifactNotFoundError
        Nothing is there, or its page shows nothing of this package: no explanation, and no link or
        digest of an explainer either.
    InvalidInputError
        It is no address.
    StoreError
        The store failed or refused.
    """
    sys.stdout.write(f"{described(model_uri).text()}\n")


def described(given: str | Run | LoggedExplanation) -> Description:
    """Return what `describe` prints."""
    uri = _address(given)
    kind = kind_of(uri) if uri.strip() else None
    if kind is None or kind is Kind.FOLDER:
        raise InvalidInputError(FORMS, shown(given), "Pass one of these: models:/name/1, say.")
    found = _OF[kind](uri, connected())
    if not found.entries and not found.facts:
        raise ArtifactNotFoundError(
            f"an explanation of {uri}",
            "none",
            _HOW,
        )
    return found


def _address(given: Any) -> str:
    """Return the address of what has one; of anything else an empty text."""
    if not isinstance(given, str):
        run_id = run_named(given)
        given = getattr(given, "uri", None) if run_id is None else f"runs:/{run_id}"
    return given if isinstance(given, str) else ""


def _of_explanation(uri: str, client: MlflowClient) -> Description:
    kept = kept_at(uri, client)
    return Description(f"Explanation {kept.record.id}", uri, {}, [kept.entry], kept.glance())


def _of_run(uri: str, client: MlflowClient) -> Description:
    store = RunStore(run_id_of(uri), client)
    run = store.run()
    return _made(f"Run {run.info.run_name}", f"runs:/{store.run_id}", {}, kept_of(store, run))


def _of_model(uri: str, client: MlflowClient) -> Description:
    target = resolved(uri, client)
    kept = _kept_of_version(target.version, client)
    model = target.model
    if target.model_id is not None:
        with typed(f"show the model {target.model_id}"):
            model = client.get_logged_model(target.model_id)
        known = {one.entry.uri for one in kept}
        entries = [entry for entry in entries_of_model(model) if entry.uri not in known]
        kept += [Kept.of(entry, client) for entry in entries]
    facts = {called: target.tags[tag] for tag, called in _SHOWN_TAGS.items() if tag in target.tags}
    return _made(_title(target.version, model, uri), target.uri, facts, kept)


_OF = {Kind.EXPLANATION: _of_explanation, Kind.RUN: _of_run, Kind.MODEL: _of_model}


def _title(version: ModelVersion | None, model: Any, uri: str) -> str:
    if version is not None:
        return f"{version.name} version {version.version}"
    return f"Model {uri if model is None else model.name}"


def _kept_of_version(version: ModelVersion | None, client: MlflowClient) -> list[Kept]:
    return [] if version is None else registry.explanation_of(version, client)


def _made(title: str, uri: str, facts: Mapping[str, str], kept: Sequence[Kept]) -> Description:
    """Return the description; explanations that were deleted since are passed over."""
    for position, one in enumerate(kept):
        try:
            newest = one.glance()
        except ArtifactNotFoundError:
            continue
        entries = [other.entry for other in kept[position:]]
        return Description(title, uri, facts, entries, newest)
    return Description(title, uri, facts, [])


def importance_lines(explanation: Explanation, top_k: int | None) -> list[str]:
    """Return ranks, names and importances in columns; what is left out is one sum."""
    cut = explanation.top(top_k)
    ranked = [
        (str(i), n, v) for i, (n, v) in enumerate(cut.get_feature_importance_dict().items(), 1)
    ]
    if cut.other_importance is not None:
        ranked.append(("", f"({others(cut.num_left_out)})", cut.other_importance))
    space = f", {explanation.output_space}" if explanation.output_space else ""
    shown = [(rank, _visible(name), f"{value:.4g}") for rank, name, value in ranked]
    shown.insert(0, ("rank", words.head(explanation), f"{explanation.global_.measure}{space}"))
    width = max(len(name) for _, name, _ in shown)
    return [f"{rank:>4}  {name:<{width}}  {value}" for rank, name, value in shown]


def _aligned(facts: Mapping[str, str]) -> list[str]:
    width = max(map(len, facts), default=0)
    return [f"{name:<{width}}  {value}" for name, value in facts.items()]


def _others(entries: Sequence[Entry]) -> list[str]:
    if not entries:
        return []
    lines = [f"  {entry.uri}  {entry.about}" for entry in entries[:_MOST_OTHERS]]
    left = len(entries) - len(lines)
    return ["Other explanations, newest first:", *lines, *([f"  {left} more"] if left else [])]


def importances_of(explanation: Explanation) -> dict[str, Any]:
    """Return figures and importances for JSON; numbers that are none become None."""
    ranked = explanation.get_feature_importance_dict()
    rest = explanation.other_importance
    return {
        "headline": words.headline(explanation),
        "measure": explanation.global_.measure,
        "output_space": explanation.output_space,
        "importances": {name: finite(value) for name, value in ranked.items()},
        "other_importance": None if rest is None else finite(rest),
        "quality": {name: finite(value) for name, value in explanation.quality.items()},
    }


def _told(entry: Entry) -> dict[str, Any]:
    return asdict(entry.record) | {"uri": entry.uri, "run_id": entry.run_id}


def _keys(facts: Mapping[str, str]) -> dict[str, str]:
    return {name.lower().replace(" ", "_"): value for name, value in facts.items()}


def _visible(text: str) -> str:
    """Return text on one line, in which characters that command a terminal are spelled out."""
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return "".join(_spelled(char) if category(char) in hidden else char for char in text)


def _spelled(char: str) -> str:
    return char.encode("unicode_escape").decode()
