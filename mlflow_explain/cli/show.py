"""`mlflow-explain show`: what the page of a run, a model or an explanation says."""

from __future__ import annotations

from mlflow_explain.cli import text
from mlflow_explain.cli.command import command, place_argument, show_option
from mlflow_explain.cli.report import Report


@command("show")
@place_argument("reference", "REF")
@show_option
def show(*, reference: str, shown: int) -> Report:
    """Show what MLflow's page of a run, a model or an explanation says of it.

    REF is a run's id, runs:/RUN_ID/explanations/ID, a model's address, or a folder.
    """
    from mlflow_explain.tracking.pages.describe import described
    from mlflow_explain.tracking.runs.places import Kind, kind_of

    if kind_of(reference) is Kind.FOLDER:
        return _folder(reference, shown)
    found = described(reference)
    return Report(found.to_dict(), found.text(shown))


def _folder(path: str, shown: int) -> Report:
    from mlflow_explain.artifact import load_explanation
    from mlflow_explain.dashboard import words
    from mlflow_explain.tracking.pages.describe import importance_lines, importances_of

    found = load_explanation(path)
    title = f"Explanation {found.id}"
    told = importances_of(found) | {"id": found.id}
    parts = [
        text.plain(f"{title}  ({path})"),
        text.plain(words.headline(found)),
        "\n".join(importance_lines(found, shown)),
        text.facts(words.facts(found)),
        words.CAUTION,
    ]
    data = {"title": title, "uri": path, "explanation": told, "others": []}
    return Report(data, "\n\n".join(parts))
