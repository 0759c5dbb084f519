"""Our lists: explanations of a store's runs, its model versions, the explanations of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.ui import parts
from mlflow_explain.ui.pages import DELETED
from mlflow_explain.ui.site import about, called, plainly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain.tracking.runs.kept import Kept
    from mlflow_explain.ui.found import Asked, Found, Line, Version
    from mlflow_explain.ui.site import Site

_TASKS = (("", "all"), ("classification", "classification"), ("regression", "regression"))


def explanations(
    site: Site, asked: Asked, known: Mapping[str, str], found: Found[Line], beside: str = ""
) -> str:
    """Return the list of explanations.

    Parameters
    ----------
    site : Site
        Where it is.
    asked : Asked
        What it is asked for.
    known : mapping of str to str
        The experiments, by id.
    found : Found
        Its lines.
    beside : str
        The explanation another one is chosen for, as ``run/id``.
    """
    body = "<h1>Explanations</h1>" + _find(site, asked, known, beside) + _banner(beside)
    rows = [_line(site, line) for line in found.lines]
    caption = _caption(len(rows), "explanation", found.looked_at, "run", found.after)
    if not rows:
        body += parts.paragraph(caption, "note")
    else:
        hidden = f"<input type='hidden' name='one' value='{parts.text(beside)}'>" if beside else ""
        button = "Compare with the one chosen" if beside else "Compare two chosen ones"
        body += (
            f"<form action='{site.root}/compare'>{hidden}<div class='bar'>"
            f"<button>{button}</button></div>"
            + parts.table(caption, (parts.CHOOSE, "Explanation", "Run", "Kept"), rows)
            + "</form>"
        )
    return site.page(
        "Explanations", body + _next(site, "/", asked, found.after, beside), "Explanations"
    )


def _find(site: Site, asked: Asked, known: Mapping[str, str], beside: str) -> str:
    """Return the form that searches the list."""
    named = sorted(known.items(), key=lambda each: each[1].casefold())
    chosen = parts.options([("", "all"), *named], asked.experiment)
    hidden = f"<input type='hidden' name='with' value='{parts.text(beside)}'>" if beside else ""
    return (
        f"<form class='find' role='search' action='{site.root}/'>{hidden}"
        f"<label>Words<input type='search' name='q' value='{parts.text(asked.words)}' "
        "placeholder='model, method, comment, run'></label>"
        f"<label>Experiment<select name='experiment'>{chosen}</select></label>"
        f"<label>Task<select name='task'>{parts.options(_TASKS, asked.task)}</select></label>"
        "<button>Search</button></form>"
    )


def _banner(beside: str) -> str:
    if not beside:
        return ""
    return f"<p class='note'>Choose what to compare with explanation {parts.name(beside)}.</p>"


def _line(site: Site, line: Line) -> str:
    entry, record = line.entry, line.entry.record
    path = site.explanation(entry.run_id, record.id)
    value = parts.text(f"{entry.run_id}/{record.id}")
    of_run = parts.link(site.run(entry.run_id), parts.name(line.run_name or entry.run_id))
    return (
        f"<tr><td><input type='checkbox' name='one' value='{value}' "
        f"aria-label='Choose {parts.text(plainly(entry))}'></td>"
        f"<th scope='row'>{parts.link(path, called(entry))}"
        f"<div class='soft small'>{about(entry)}</div></th>"
        f"<td>{of_run}"
        f"<div class='soft small'>{parts.name(line.experiment)}</div></td>"
        f"<td class='date'>{parts.text(entry.created)}</td></tr>"
    )


def models(site: Site, asked: Asked, found: Found[Version]) -> str:
    """Return the list of model versions."""
    body = (
        f"<h1>Model versions</h1><form class='find' role='search' action='{site.root}/models'>"
        f"<label>Words<input type='search' name='q' value='{parts.text(asked.words)}' "
        "placeholder='name'></label><button>Search</button></form>"
    )
    rows = [_version(site, version) for version in found.lines]
    caption = _caption(len(rows), "version", found.looked_at, "version", found.after)
    if rows:
        body += parts.table(caption, ("Model", "Version", "Aliases", "Explained in run"), rows)
    else:
        body += parts.paragraph(caption, "note")
    return site.page(
        "Model versions", body + _next(site, "/models", asked, found.after), "Model versions"
    )


def run(site: Site, run_id: str, found: Sequence[Kept]) -> str:
    """Return the explanations of a run."""
    entries = [kept.entry for kept in found]
    rows = [
        f"<tr><th scope='row'>{parts.link(site.explanation(run_id, each.record.id), called(each))}"
        f"<div class='soft small'>{about(each)}</div></th>"
        f"<td class='date'>{parts.text(each.created)}</td></tr>"
        for each in entries
    ]
    body = f"<h1>Run {parts.name(run_id)}</h1>"
    if any(kept.deleted for kept in found):
        body += parts.paragraph(DELETED, "note")
    if rows:
        body += parts.table(_counted(len(rows), "explanation"), ("Explanation", "Kept"), rows)
    else:
        body += parts.paragraph("The run has no explanations.", "note")
    return site.page(f"Run {run_id}", body)


def _version(site: Site, one: Version) -> str:
    path = site.explanation(one.run_id, one.explanation_id)
    return (
        f"<tr><th scope='row'>{parts.link(path, parts.name(one.name))}</th>"
        f"<td>{parts.text(one.version)}</td><td>{parts.name(', '.join(one.aliases))}</td>"
        f"<td>{parts.link(site.run(one.run_id), parts.text(one.run_id[:8]))}</td></tr>"
    )


def _next(site: Site, path: str, asked: Asked, after: str, beside: str = "") -> str:
    """Return the links to the begin of a list and to its next page."""
    query = {"q": asked.words, "experiment": asked.experiment, "task": asked.task, "with": beside}
    links = []
    if asked.after:
        links.append(parts.link(f"{site.root}{path}", "To the newest", **query))
    if after:
        links.append(parts.link(f"{site.root}{path}", "Older ones", **query, after=after))
    return f"<nav class='pages' aria-label='Pages'>{''.join(links)}</nav>" if links else ""


def _caption(n_found: int, what: str, n_looked_at: int, among: str, after: str) -> str:
    found = f"{_counted(n_found, what)}, newest first" if n_found else f"No {what}s"
    looked_at = "" if what == among else f", of {_counted(n_looked_at, among)}"
    return f"{found}{looked_at}{'; there are more to look at' if after else ''}."


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
