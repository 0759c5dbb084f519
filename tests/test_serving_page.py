"""docs/serving.md: its reference is what the code does, and what it shows is run."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import yaml
from mlflow.models import container

from docs import reply_reference
from examples import demo
from tests.serving import body_of

PAGE = reply_reference.PAGE.read_text()
ADDRESS = "127.0.0.1:5001"


@pytest.fixture
def tools_on_path(monkeypatch):
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_reference_is_what_the_code_does():
    made = reply_reference.reference()
    assert reply_reference.written(PAGE, made) == PAGE
    # Each field has its line, and none is described that no reply has.
    for name in reply_reference.MEANINGS:
        assert f"\n| `{name}` | " in made["fields"], name


def test_the_settings_for_kserve_are_yaml():
    (text,) = blocks("yaml")
    (one,) = yaml.safe_load(text)["spec"]["predictor"]["containers"]
    assert one["ports"] == [
        {"containerPort": container.DEFAULT_NGINX_SERVER_PORT, "protocol": "TCP"}
    ]


@pytest.mark.server
def test_log_serve_and_ask_as_the_page_says(tracking_store, tools_on_path):
    log, client, again, _ = blocks("python")
    serve, curl = blocks("sh")[:2]
    names: dict[str, object] = {}
    for script in (log, again):
        exec(compile(script, "serving.md", "exec"), names)  # noqa: S102 - our own document
    # The very arguments that it is served with here, but for the port.
    assert serve == "mlflow models serve -m models:/iris/1 --env-manager local -p 5001\n"
    printed = io.StringIO()
    with demo.served("models:/iris/1") as url:
        here = url.removeprefix("http://")
        command = ["bash", "-c", curl.replace(ADDRESS, here)]
        asked = subprocess.run(command, check=True, capture_output=True)
        with contextlib.redirect_stdout(printed):
            exec(compile(client.replace(ADDRESS, here), "serving.md", "exec"), {})  # noqa: S102
    (row,) = json.loads(asked.stdout)["predictions"]
    assert (row["prediction"], len(row["local_importance_values"])) == ("versicolor", 2)
    said = re.findall(r"^print\(.*\)  # (.+)$", client, re.MULTILINE)
    assert printed.getvalue().splitlines() == said
    assert len(said) == 4


def test_a_model_of_texts_is_logged_as_the_page_says(tracking_store):
    exec(compile(blocks("python")[-1], "serving.md", "exec"), {})  # noqa: S102 - our own document
    served = mlflow.pyfunc.load_model("models:/reviews/1")
    (row,) = served.predict(pd.DataFrame({"text": ["good value, bad screen"]})).to_dict("records")
    assert [e["token"] for e in row["local_importance_values"]] == [
        "good", "value", ",", "bad", "screen",
    ]  # fmt: skip


@pytest.mark.server
def test_the_dockerfile_brings_the_model_its_requirements_and_our_code(
    saved, tmp_path, tools_on_path
):
    command = ["mlflow", "models", "generate-dockerfile", "-m", str(saved["pair"]), "-d", "image"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    lines = (tmp_path / "image" / "Dockerfile").read_text()
    assert re.search(r"^FROM python:3\.\d+\.\d+-slim$", lines, re.MULTILINE)
    assert "COPY model_dir/pair /opt/ml/model\n" in lines
    assert (
        "_install_pyfunc_deps('/opt/ml/model', install_mlflow=False, env_manager='local')" in lines
    )
    assert "install -y --no-install-recommends nginx\n" in lines
    assert """ENTRYPOINT ["python", "-c", "from mlflow.models import container as C; """ in lines
    model = tmp_path / "image" / "model_dir" / "pair"
    required = (model / "requirements.txt").read_text()
    assert "uvloop" in required
    assert "httptools" in required
    assert (model / "code" / "mlflow_explain" / "__init__.py").exists()


@pytest.mark.server
def test_the_entry_point_of_the_image_serves_the_pair(saved, applications, tmp_path, tools_on_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # As in the image, but for its places: the folder of the model, the port, and nginx before it.
    entry = (
        "from mlflow.models import container as C; "
        f"C.MODEL_PATH, C.DEFAULT_INFERENCE_SERVER_PORT = {str(saved['pair'])!r}, {port}; "
        "C._serve('local')"
    )
    settings = {
        container.DISABLE_NGINX: "true", "MLFLOW_DISABLE_ENV_CREATION": "true",
        "MLFLOW_MODELS_WORKERS": "1",
    }  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", entry], env=os.environ | settings, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        demo.wait(f"http://127.0.0.1:{port}", server)
        rows = applications.test.head(3)
        answer = demo.ask(f"http://127.0.0.1:{port}", rows, explain=True)["predictions"]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
    assert [row["explanation_status"] for row in answer] == ["ok"] * 3
    assert set(answer[0]["local_importance_values"]) == set(
        body_of(rows)["dataframe_split"]["columns"]
    )
    # Without nginx nobody reaches it from outside, as the page says.
    assert f"http://127.0.0.1:{port}" in (tmp_path / "log").read_text()
