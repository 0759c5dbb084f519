"""Real servers: `mlflow models serve` on free ports of this machine."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from examples import demo
from tests.serving import body_of

pytestmark = pytest.mark.server


@pytest.fixture(scope="module", autouse=True)
def tools_on_path():
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    yield
    os.environ["PATH"] = before


def post(url: str, body: bytes, kind: str = "application/json") -> tuple[int, bytes]:
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{url}/invocations", data=body, headers={"Content-Type": kind}
    )
    try:
        with urllib.request.urlopen(request) as reply:  # noqa: S310 - our own server
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_plain_and_explained_side_by_side(saved, applications):
    body = body_of(applications.test)
    silent = json.dumps(body | {"params": {"explain": False}}).encode()
    csv = applications.test.to_csv(index=False).encode()
    with demo.served(str(saved["plain"])) as plain, demo.served(str(saved["pair"])) as pair:
        assert post(pair, silent) == post(plain, json.dumps(body).encode())
        status, answer = post(pair, csv, "text/csv")
        assert status == 200
        expected = json.loads(post(plain, csv, "text/csv")[1])["predictions"]
        rows = json.loads(answer)["predictions"]
        assert [row["prediction"] for row in rows] == expected
        assert {row["explanation_status"] for row in rows} == {"ok"}
        status, answer = post(pair, json.dumps(body | {"params": {"top_k": -1}}).encode())
        assert status == 400
        assert "`top_k`" in json.loads(answer)["message"]


def test_75_a_damaged_explainer_does_not_start(saved, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(saved["pair"], folder)
    (folder / "explainer" / "engine.npz").write_bytes(b"")
    with pytest.raises(SystemExit, match="did not start: it stopped"), demo.served(str(folder)):
        pass


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy of the project, so that its store and runs are the test's own."""
    root = Path(__file__).parents[1]
    copy = tmp_path_factory.mktemp("project")
    for name in ("examples", "mlflow_explain"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("MLproject", "conda.yaml"):
        shutil.copy(root / name, copy / name)
    return copy


def run(project: Path, *command: str, **environment: str) -> str:
    env = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")} | environment
    done = subprocess.run(
        command, cwd=project, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_prints_reasons(project):
    printed = run(project, sys.executable, "-m", "examples.demo")
    for words in (
        "mortgage-model       version 1",
        "mortgage-explainer   version 1",
        "mortgage             version 1",
        "mlflow models serve -m models:/mortgage/1",
        "denied (probability of denial",
        "approved (probability of denial",
        "sum = log-odds of denial",
    ):
        assert words in printed


README = Path(__file__).parents[1] / "README.md"
COMMANDS = [line.split("#")[0].strip() for line in README.read_text().splitlines()]


def test_the_readmes_runs_work_as_written(project):
    runs = [command for command in COMMANDS if command.startswith("mlflow run")]
    assert len(runs) == 2
    for command in runs:
        assert "Explanation " in run(project, *shlex.split(command))
    (serve,) = [command for command in COMMANDS if command.startswith("mlflow models serve")]
    # The demo serves with these very arguments, on a free port.
    assert serve == "mlflow models serve -m models:/mortgage/1 --env-manager local -p 5001"


def test_the_explain_entry_point_takes_outcomes_and_a_comment(project):
    printed = run(
        project, "mlflow", "run", ".", "-e", "explain", "--env-manager", "local",
        "-P", "model_uri=models:/mortgage/1", "-P", "true_y=deny", "-P", "comment=all rows",
    )  # fmt: skip
    assert "ccs" in printed


@pytest.mark.environment
def test_run_and_serve_in_environments_made_by_uv(project, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENV_ROOT", str(tmp_path))
    run(project, "mlflow", "run", ".", "--env-manager", "uv", MLFLOW_ENV_ROOT=str(tmp_path))
    monkeypatch.chdir(project)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mlflow.db")
    rows = demo.mortgage.load().test.head(2)
    with demo.served("models:/mortgage/1", "uv") as url:
        answer = demo.ask(url, rows, explain=True)["predictions"]
    assert [row["explanation_status"] for row in answer] == ["ok", "ok"]
    rows.to_csv(project / "rows.csv", index=False)
    run(
        project, "mlflow", "models", "predict", "-m", "models:/mortgage/1", "--env-manager", "uv",
        "-t", "csv", "-i", "rows.csv", "-o", "answer.json",
        MLFLOW_ENV_ROOT=str(tmp_path), MLFLOW_TRACKING_URI=f"sqlite:///{project}/mlflow.db",
    )  # fmt: skip
    written = json.loads((project / "answer.json").read_text())["predictions"]
    assert written == answer
