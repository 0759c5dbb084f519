"""The whole story in one command: train, explain, register, serve, and ask for reasons.

``make demo`` runs it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import mlflow

from examples import mortgage

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

NAME = "mortgage"
START_SECONDS = 120
MEANING = {
    "dir": "debt payments / income",
    "hir": "housing expenses / income",
    "lvr": "loan / value of property",
    "ccs": "consumer credit score, 1 good - 6 bad",
    "mcs": "mortgage credit score, 1 good - 4 bad",
    "pbcr": "public bad credit record",
    "dmi": "denied mortgage insurance",
    "self": "self-employed",
    "single": "single applicant",
    "uria": "unemployment in the industry, %",
    "comdominiom": "condominium",
}


def main() -> None:
    """Run the project, serve its model, and print the reasons of two real applications."""
    subprocess.run(["mlflow", "run", ".", "--env-manager", "local"], check=True)
    version = max(
        int(v.version) for v in mlflow.MlflowClient().search_model_versions(f"name='{NAME}'")
    )
    with served(f"models:/{NAME}/{version}") as url:
        rows = mortgage.load().test
        decisions = ask(url, rows, explain=False)["predictions"]
        for decision in ("yes", "no"):
            row = rows.iloc[[decisions.index(decision)]]
            show(row, ask(url, row, explain=True)["predictions"][0])


@contextlib.contextmanager
def served(model_uri: str, env_manager: str = "local") -> Iterator[str]:
    """Serve a model on a free port of this machine, and stop the server in the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["mlflow", "models", "serve", "-m", model_uri, "--env-manager", env_manager]
    print("$", *command, "-p", port, flush=True)
    server = subprocess.Popen([*command, "-p", str(port)], start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        wait(url, server)
        yield url
    finally:
        # The command line starts uvicorn as a child: both are in the new session's group.
        with contextlib.suppress(ProcessLookupError):  # it stopped by itself
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def wait(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/ping"):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    why = "stopped" if server.poll() is not None else f"was silent for {START_SECONDS} s"
    raise SystemExit(f"The server did not start: it {why}; see its output above.")


def ask(url: str, rows: pd.DataFrame, *, explain: bool) -> dict[str, Any]:
    """Post rows and return the reply."""
    # Not `to_json`, which rounds to ten digits: a rounded value may fall on a split's other side.
    plain = rows.astype(object).where(rows.notna(), None)
    body = {
        "dataframe_split": plain.to_dict(orient="split", index=False),
        "params": {"explain": explain},
    }
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{url}/invocations",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as reply:  # noqa: S310 - our own server
        answer: dict[str, Any] = json.load(reply)
    return answer


def show(row: pd.DataFrame, reply: dict[str, Any]) -> None:
    """Print one application and the reasons of the model's decision, strongest first."""
    word = "denied" if reply["prediction"] == "yes" else "approved"
    chance = reply["probabilities"]["yes"]
    print(f"\nApplication {row.index[0]}: {word} (probability of denial {chance:.1%})\n")
    print(f"  {'reason':<40} {'value':>10} {'log-odds':>9}")
    reasons = reply["local_importance_values"]
    for name in sorted(reasons, key=lambda name: -abs(reasons[name])):
        value = row.iloc[0][name]
        shown = f"{value:.3g}" if isinstance(value, float) else str(value)
        print(f"  {MEANING[name]:<40} {shown:>10} {reasons[name]:>+9.3f}")
    total = reply["expected_value"] + sum(reasons.values())
    print(
        f"  {'base value (an average application)':<40} {'':>10} {reply['expected_value']:>+9.3f}"
    )
    print(f"  {'sum = log-odds of denial':<40} {'':>10} {total:>+9.3f}")


if __name__ == "__main__":
    main()
