"""`mlflow-explain verify`: tells whether everything that is kept is still what was written."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mlflow_explain.cli import exits, text
from mlflow_explain.cli.command import command, place_argument
from mlflow_explain.cli.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.tracking.verify import Verified

_SHOWN = {"ok": "ok", "failed": "FAILED", "note": "note"}


@command("verify")
@place_argument("reference", "REF")
@click.option("-q", "--quiet", is_flag=True, help="Print no lines of what is as it was written.")
def verify(*, reference: str, quiet: bool) -> Report:
    """Compare the sha256 of every file with what manifests, runs and the registry hold.

    REF is a run's id (all its explanations), runs:/RUN_ID/explanations/ID, a model's address (its
    explainer, the model inside, and the explanation its tags speak of), or a folder of any of
    these. Nothing is loaded. Exit code 1 says that something differs.
    """
    from mlflow_explain.tracking.verify import verify as verified

    found = verified(reference)
    n_failed = sum(each.n_failed for each in found)
    n_checked = sum(finding.state != "note" for each in found for finding in each.findings)
    data = {
        "ok": n_failed == 0,
        "checked": n_checked,
        "failed": n_failed,
        "verified": [
            {"address": each.address, "findings": [asdict(finding) for finding in each.findings]}
            for each in found
        ],
    }
    verdict = f"{n_failed} failed" if n_failed else "all ok"
    told = f"{_lines(found, quiet=quiet)}{n_checked} checks, {verdict}."
    return Report(data, told, exits.FAILED if n_failed else exits.DONE)


def _lines(found: Sequence[Verified], *, quiet: bool) -> str:
    made = ""
    for each in found:
        rows = [
            ("", _SHOWN[finding.state], finding.name, finding.says)
            for finding in each.findings
            if not (quiet and finding.state == "ok")
        ]
        if rows:
            made += f"{text.plain(each.address)}\n{text.columns(rows)}\n\n"
    return made
