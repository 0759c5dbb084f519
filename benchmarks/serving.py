"""What reasons cost: the served reply with importances against the plain model's, in one process.

Requests go through MLflow's scoring server without sockets, in turn, so this is what to profile:
``python -m benchmarks.serving SVC`` measures the models whose name has the word in it.
`benchmarks.load` asks real servers.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.pyfunc import scoring_server

from benchmarks import pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.pairs import Pair

ROUNDS = 5
# Requests of so many rows, so many of them in a round.
REQUESTS = {1: 60, 100: 30}

INTRODUCTION = f"""## Served replies

Through MLflow's scoring server without sockets: the plain model's reply and the reply with
importances, in turn. Medians of {ROUNDS} rounds; the ratio is the median of the rounds' ratios.
"""
HEADER = """| model | rows in a request | plain, ms | with reasons, ms | ratio |
| --- | ---: | ---: | ---: | ---: |"""


def markdown(word: str = "") -> str:
    """Measure the models whose name has a word in it, and return the section of the report."""
    lines = [INTRODUCTION, HEADER]
    for name in pairs.MODELS:
        if word.lower() in name.lower():
            with tempfile.TemporaryDirectory() as folder:
                lines += measured(pairs.saved(name, Path(folder)))
    return "\n".join(lines)


def measured(pair: Pair) -> Iterator[str]:
    """Yield a line of the table for each size of request."""
    plain, explained = endpoint(pair.plain), endpoint(pair.explained)
    for n_rows, requests in REQUESTS.items():
        body = pairs.body(pair.rows.head(n_rows))
        times = [
            (_median(plain, body, requests), _median(explained, body, requests))
            for _ in range(ROUNDS)
        ]
        ratio = statistics.median(b / a for a, b in times)
        a, b = (1e3 * statistics.median(column) for column in zip(*times, strict=True))
        yield f"| {pair.name} | {n_rows} | {a:.2f} | {b:.2f} | {ratio:.2f} |"


def endpoint(path: Path) -> Callable[[str], Any]:
    """Return what the scoring server does with a request's body."""
    model = mlflow.pyfunc.load_model(str(path))
    schema = model.metadata.get_input_schema()
    return lambda body: scoring_server.invocations(body, "application/json", model, schema)


def _median(ask: Callable[[str], Any], body: str, requests: int) -> float:
    """Return the median seconds of a request."""
    seconds = []
    for _ in range(requests):
        begin = time.perf_counter()
        ask(body)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


if __name__ == "__main__":
    print(markdown(*sys.argv[1:]))  # noqa: T201 - the result is what the command is for
