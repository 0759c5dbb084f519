"""A store with a run, its explanation, a registered pair and a plain model, for all commands."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import mlflow
import pytest

from mlflow_explain import TabularExplainer, log_explanation, log_model
from mlflow_explain.cli.program import run
from tests import small

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Answer(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Shop:
    """What the store holds."""

    uri: str
    folder: Path
    experiment_id: str
    run_id: str
    explanation_id: str
    address: str
    rows: Path


@pytest.fixture(scope="session")
def shop(tmp_path_factory, on_frames) -> Shop:
    folder = tmp_path_factory.mktemp("store")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        client = mlflow.MlflowClient()
        experiment = client.create_experiment("shop", (folder / "artifacts").as_uri())
        explainer = TabularExplainer(on_frames, small.FRAME)
        with mlflow.start_run(experiment_id=experiment) as run_:
            kept = log_explanation(explainer.explain_global(small.FRAME), comment="all rows")
            log_model(
                on_frames,
                scoring_explainer=explainer,
                registered_model_name="pair",
                explanation=kept,
            )
            mlflow.sklearn.log_model(
                on_frames,
                name="plain",
                registered_model_name="plain",
                pip_requirements=["mlflow"],
                signature=mlflow.models.infer_signature(small.FRAME, small.LABELS),
            )
        rows = folder / "rows.csv"
        small.FRAME.assign(bought=small.LABELS, note="x").to_csv(rows, index=False)
    return Shop(uri, folder, experiment, run_.info.run_id, kept.id, kept.uri, rows)


@pytest.fixture
def cli(shop, capsys, monkeypatch, tmp_path) -> Callable[..., Answer]:
    """Run the command line in this process, in an empty folder, against the store."""
    for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", shop.uri)
    monkeypatch.chdir(tmp_path)

    def answer(*arguments: object, said: str = "") -> Answer:
        monkeypatch.setattr(sys, "stdin", io.StringIO(said))
        capsys.readouterr()
        try:
            code = run([str(each) for each in arguments])
        except SystemExit as ended:
            code = ended.code
        return Answer(code, *capsys.readouterr())

    return answer


@pytest.fixture
def another(cli, shop) -> Callable[[], tuple[str, str, Path]]:
    """Keep the explanation in a run of its own: run, id, and the folder of its files."""

    def kept() -> tuple[str, str, Path]:
        made = cli("explain", "models:/plain/1", shop.rows, "--experiment", "shop", "--json")
        assert made.code == 0, made.err
        told = json.loads(made.out)
        root = shop.folder / "artifacts" / told["run_id"] / "artifacts"
        return told["run_id"], told["id"], root / "explanations" / told["id"]

    return kept
