"""Pictures of MLflow's own pages with explanations on them: ``python -m docs.screenshots``.

Starts a server with a store of its own, trains, explains and registers, and looks at the pages with
chromium. Writes ``docs/screenshots/*.png``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import requests
from PIL import Image

from examples import mortgage
from mlflow_explain import PFIExplainer, TabularExplainer, describe_version, log_explanation
from mlflow_explain import log_model as log_explained
from mlflow_explain.tracking.pages import text as page_text
from mlflow_explain.tracking.runs.entries import run_page

if TYPE_CHECKING:
    from collections.abc import Iterator

OUT = Path(__file__).parent / "screenshots"
# As wide as MLflow's own panes leave room for a pane of content, and so high that a page fits.
_WIDTH = 1500
_COLORS = 128
_START_SECONDS = 120


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run MLflow's server on a free port of this machine, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
        "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        # A group of its own: the server's workers end with it.
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - our own command
    try:
        _wait(address, process)
        yield address
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=30)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"{address}/health", timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.3)
    raise RuntimeError("MLflow's server did not start; see its log.")


def content() -> dict[str, str]:
    """Train, explain and register, and return the links of the pages to look at."""
    data = mortgage.load()
    model = mortgage.pipeline(60, 0.1, 15, seed=0).fit(data.train, data.train_y)
    signature = mortgage.signature_of(model, data.test)
    mlflow.set_experiment("mortgage")
    with mlflow.start_run(run_name="boosted trees") as run:
        mlflow.log_metrics(mortgage.measured(model, data))
        mlflow.set_tag("mlflow.note.content", "Trained on applications of one year.")
        plain = mlflow.sklearn.log_model(
            model, name="mortgage-model", registered_model_name="mortgage-model",
            signature=signature, skops_trusted_types=mortgage.TRUSTED,
            pip_requirements=["mlflow", "scikit-learn", "lightgbm", "pandas", "skops"],
        )  # fmt: skip
        importance = PFIExplainer(model, metric="neg_log_loss", show_progress=False)
        log_explanation(
            importance.explain_global(data.test, data.test_y),
            comment="what the score loses", model_uri=plain.model_uri,
        )  # fmt: skip
        explainer = TabularExplainer(model, data.train)
        kept = log_explanation(
            explainer.explain_global(data.test), comment="test rows", true_y=data.test_y,
            cohort_data=data.test_cohorts, model_uri=plain.model_uri,
        )  # fmt: skip
        version = str(plain.registered_model_version)
        describe_version("mortgage-model", version, kept)
        log_explained(
            scoring_explainer=explainer, name="mortgage-explainer", signature=signature,
            registered_model_name="mortgage-explainer", model_version=("mortgage-model", version),
            explanation=kept,
        )  # fmt: skip
    experiment = run.info.experiment_id
    page = run_page(experiment, run.info.run_id)
    return {
        "run": page,
        "report": f"{page}/artifacts/{kept.artifact_path}/report.html",
        "model": page_text.model_page(experiment, plain.model_id),
        "version": page_text.version_page("mortgage-model", version),
        "explainer-version": page_text.version_page("mortgage-explainer", "1"),
    }


def picture(address: str, path: Path, height: int = 1150) -> None:
    """Look at a page, and keep what is seen."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise RuntimeError("Install chromium to make the screenshots.")
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={profile}", f"--window-size={_WIDTH},{height}",
            "--virtual-time-budget=20000", f"--screenshot={path}", address,
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - our own command
    # A page has few colours; a palette of them keeps the files small.
    with Image.open(path) as seen:
        small = seen.convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the pictures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, server(Path(temporary)) as address:
        mlflow.set_tracking_uri(address)
        for name, page in content().items():
            picture(f"{address}/{page}", out / f"{name}.png")
            sys.stdout.write(f"{out / name}.png\n")


if __name__ == "__main__":
    main()
