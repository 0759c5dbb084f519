"""What a store holds: explanations of its newest runs, and model versions that show one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mlflow_explain.errors import ArtifactNotFoundError, InvalidInputError
from mlflow_explain.tracking.pages.registry import TAG_EXPLANATION
from mlflow_explain.tracking.runs.entries import Entry
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.kept import kept_at, kept_in
from mlflow_explain.tracking.runs.places import parsed, uri_of
from mlflow_explain.tracking.runs.records import ID, records_of
from mlflow_explain.tracking.runs.store import connected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

    from mlflow_explain.tracking.runs.kept import Kept

# A page is full with so many lines, or when so many runs were looked at: a store may hold a million
# runs, and no filter of MLflow's finds those that have explanations.
PAGE, BATCH, MOST_LOOKED_AT = 50, 250, 1_000
# Experiments looked into and offered, the last changed first.
MOST_EXPERIMENTS = 1_000
_LONGEST = 500

_Line = TypeVar("_Line")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for.

    Parameters
    ----------
    words : str
        All of them stand somewhere in the line.
    experiment : str
        Id of an experiment, or empty for all.
    task : str
        ``"classification"``, ``"regression"``, or empty for both.
    after : str
        Where MLflow goes on, as of `Found`; empty for the begin.
    """

    words: str = ""
    experiment: str = ""
    task: str = ""
    after: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        """Return what the query of an address asks for, or refuse one that is too long."""
        given = {name: query.get(name, "").strip() for name in ("q", "experiment", "task", "after")}
        if any(len(value) > _LONGEST for value in given.values()):
            raise InvalidInputError(f"at most {_LONGEST} characters", "more", "Ask for less.")
        return cls(given["q"], given["experiment"], given["task"], given["after"])

    def takes(self, *texts: str | None) -> bool:
        """Whether all the words stand in the texts."""
        whole = "\n".join(text for text in texts if text).casefold()
        return all(word in whole for word in self.words.casefold().split())


@dataclass(frozen=True, slots=True)
class Line:
    """An explanation as the list shows it.

    Parameters
    ----------
    entry : Entry
        The explanation.
    run_name, experiment : str
        Names of its run and experiment.
    """

    entry: Entry
    run_name: str
    experiment: str


@dataclass(frozen=True, slots=True)
class Version:
    """A model version that shows an explanation.

    Parameters
    ----------
    name, version : str
        The version.
    aliases : tuple of str
        What else it is called.
    run_id, explanation_id : str
        The explanation.
    """

    name: str
    version: str
    aliases: tuple[str, ...]
    run_id: str
    explanation_id: str


@dataclass(frozen=True, slots=True)
class Found(Generic[_Line]):
    """A page of a list.

    Parameters
    ----------
    lines : list
        What was found.
    looked_at : int
        Among how many runs or versions.
    after : str
        Where the next page begins; empty where this is the last.
    """

    lines: list[_Line]
    looked_at: int
    after: str


def experiments() -> dict[str, str]:
    """Return the experiments by id: those changed last."""
    with typed("list its experiments"):
        found = connected().search_experiments(
            max_results=MOST_EXPERIMENTS, order_by=["last_update_time DESC"]
        )
    return {each.experiment_id: each.name for each in found}


def explanations(asked: Asked, known: Mapping[str, str]) -> Found[Line]:
    """Return the explanations of the newest runs.

    Parameters
    ----------
    asked : Asked
        Which ones.
    known : mapping of str to str
        The experiments, by id.
    """
    ids = [asked.experiment] if asked.experiment else list(known)
    if asked.experiment and asked.experiment not in known:
        raise ArtifactNotFoundError("an experiment of this store", "none", "Choose another one.")
    if not ids:
        return Found([], 0, "")
    client = connected()
    return _paged(
        lambda token: client.search_runs(
            ids, order_by=["start_time DESC"], max_results=BATCH, page_token=token
        ),
        lambda run: _lines(run, asked, known),
        asked.after,
        "list its runs",
    )


def _lines(run: Run, asked: Asked, known: Mapping[str, str]) -> Iterable[Line]:
    name, experiment = run.info.run_name or "", known.get(run.info.experiment_id, "")
    for record in reversed(records_of(run.data.tags)):
        texts = (
            record.comment, record.model_type, record.method, record.model_uri, record.id,
            run.info.run_id, name, experiment,
        )  # fmt: skip
        if asked.task in {"", record.model_task} and asked.takes(*texts):
            yield Line(Entry(run.info.experiment_id, run.info.run_id, record), name, experiment)


def versions(asked: Asked) -> Found[Version]:
    """Return the model versions whose tags name an explanation, those changed last first."""
    client = connected()
    found = _paged(
        lambda token: client.search_model_versions(
            f"tags.`{TAG_EXPLANATION}` LIKE 'runs:/%'", max_results=BATCH,
            order_by=["last_updated_timestamp DESC"], page_token=token,
        ),
        lambda version: _versions(version, asked),
        asked.after,
        "list its model versions",
    )  # fmt: skip
    aliases = {name: _aliases(name, client) for name in {line.name for line in found.lines}}
    lines = [
        replace(line, aliases=aliases[line.name].get(line.version, ())) for line in found.lines
    ]
    return replace(found, lines=lines)


def _aliases(name: str, client: MlflowClient) -> dict[str, tuple[str, ...]]:
    """Return what else the versions of a model are called, which no search tells."""
    with typed(f"show the model {name}"):
        known = client.get_registered_model(name).aliases
    made: dict[str, tuple[str, ...]] = {}
    for alias, version in sorted(known.items()):
        made[str(version)] = (*made.get(str(version), ()), alias)
    return made


def _versions(version: ModelVersion, asked: Asked) -> Iterable[Version]:
    named = parsed(version.tags.get(TAG_EXPLANATION, ""))
    if named is not None and asked.takes(version.name, str(version.version), *named):
        yield Version(version.name, str(version.version), (), *named)


def _paged(
    search: Callable[[str | None], Any],
    lines_of: Callable[[Any], Iterable[_Line]],
    after: str,
    what: str,
) -> Found[_Line]:
    """Look at batch after batch, until a page is full or enough was looked at."""
    lines: list[_Line] = []
    looked_at, token = 0, after
    while True:
        with typed(what):
            batch = search(token or None)
        looked_at += len(batch)
        lines += [line for each in batch for line in lines_of(each)]
        token = _text(batch.token)
        if not token or len(lines) >= PAGE or looked_at >= MOST_LOOKED_AT:
            return Found(lines, looked_at, token)


def _text(token: str | bytes | None) -> str:
    """Return MLflow's token as text, which a database's is not."""
    return token.decode() if isinstance(token, bytes) else token or ""


def of_run(run_id: str) -> list[Kept]:
    """Return the explanations of a run, the newest first."""
    return kept_in(_id(run_id), connected())


def kept(run_id: str, explanation_id: str, client: MlflowClient | None = None) -> Kept:
    """Return an explanation by ids.

    Raises
    ------
    ArtifactNotFoundError
        There is none, or an id has no form of one.
    """
    return kept_at(uri_of(_id(run_id), _id(explanation_id)), client or connected())


def _id(given: str) -> str:
    """Return an id, or refuse what a path could be made of."""
    if not ID.fullmatch(given):
        raise ArtifactNotFoundError("the id of a run or an explanation", "none", "Check the id.")
    return given
