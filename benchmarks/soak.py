"""A served model under mixed load, for minutes: no wrong number, no error of ours, no growth.

``python -m benchmarks.soak --minutes 10``. Single rows, a batch of 10,000 rows, odd requests and
clients that hang up, all at once at `mlflow models serve` of the mortgage pair with two workers, of
which one is killed at half time. All good answers are compared with those of the same model in this
process, digit for digit. Fails, with a code of 1, if anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np
from mlflow.pyfunc import scoring_server

from benchmarks.mixed import Asked, Load
from benchmarks.workers import Server, resident_mib, serving
from docs import requests
from examples import mortgage
from mlflow_explain import TabularExplainer, save_model

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

N_WORKERS, N_SINGLE, N_HANGING_UP = 2, 16, 2
# Rows that are asked for one by one; and of how many requests one is odd.
N_ROWS, ONE_ODD_OF = 24, 5
# Rows of a request that is hung up on: its answer is more than a connection holds.
N_LEFT = 1_000
SINGLE, BATCH, ODD, HUNG_UP = "one row", f"{requests.MAX_ROWS:,} rows", "odd", "hung up"
KINDS = (SINGLE, BATCH, ODD)
PARAMS: tuple[dict[str, Any] | None, ...] = (
    None, {"explain": False}, {"top_k": 3}, {"output": "all"}, {"raw": False},
)  # fmt: skip
# What memory may do: the median of a worker's second half of life, against that of its second
# quarter. Allocators give little back, so that some growth is no leak.
GROWTH, GROWTH_MIB = 1.05, 32.0
SAMPLE_SECONDS, LEAST_SAMPLES = 2.0, 8
SHOWN = 20


@dataclass
class Memory:
    """Memory of each worker, sampled.

    Parameters
    ----------
    samples : dict of int to list of float
        MiB by worker.
    """

    samples: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def watch(self, server: Server, done: threading.Event) -> None:
        """Take samples until it is time to stop."""
        while not done.wait(SAMPLE_SECONDS):
            for worker in server.workers():
                found = resident_mib(worker)
                if found is not None:
                    self.samples[worker].append(found)

    def judged(self) -> Iterator[tuple[int, float, float, float]]:
        """Yield of each worker: its id, MiB after warm-up, in the second half, and allowed."""
        for worker, mib in self.samples.items():
            if len(mib) >= LEAST_SAMPLES:
                quarter = len(mib) // 4
                warm = statistics.median(mib[quarter : 2 * quarter])
                yield worker, warm, statistics.median(mib[2 * quarter :]), _allowed(warm)


def _allowed(warm: float) -> float:
    return warm * GROWTH + GROWTH_MIB


@dataclass(frozen=True)
class Requests:
    """What is asked, with the answers of the model in this process.

    Parameters
    ----------
    single, odd : list of Asked
        Good requests of one row, and odd ones.
    batch : Asked
        A good request of many rows.
    left : Asked
        One of less rows, whose answer nobody waits for.
    """

    single: list[Asked]
    odd: list[Asked]
    batch: Asked
    left: Asked

    def mixed(self, seed: int) -> Iterator[Asked]:
        """Yield single rows with odd requests among them, for ever."""
        chance = random.Random(seed)  # noqa: S311 - a mix, no secret
        while True:
            yield chance.choice(self.odd if chance.randrange(ONE_ODD_OF) == 0 else self.single)

    def batches(self) -> Iterator[Asked]:
        """Yield the batch, for ever."""
        while True:
            yield self.batch


def known(folder: Path, explainer: TabularExplainer, rows: Any) -> Requests:
    """Return requests with what the saved model answers in this process."""
    answer = _in_process(folder)
    split = requests.split_of(rows)

    def asked(kind: str, name: str, data: list[Any], params: dict[str, Any] | None) -> Asked:
        body = requests.body_of({**split, "data": data}, params).encode()
        status, text = answer(body, requests.JSON)
        return Asked(kind, name, body, {"Content-Type": requests.JSON}, status, text)

    single = [
        asked(SINGLE, f"row {i}, {params}", [split["data"][i]], params)
        for i in range(N_ROWS)
        for params in PARAMS
    ]
    data = [split["data"][i % len(rows)] for i in range(requests.MAX_ROWS)]
    batch = asked(BATCH, BATCH, data, None)
    _check_numbers(batch, explainer, rows)
    left = asked(HUNG_UP, HUNG_UP, data[:N_LEFT], None)
    two = {**split, "data": split["data"][:2]}
    odd = [
        Asked(
            ODD, str(o), o.body(two), o.headers, o.status,
            answer(o.body(two), o.kind or "")[1] if o.status == 200 else None, o.code,
        )
        for o in requests.ODD
    ]  # fmt: skip
    return Requests(single, odd, batch, left)


def _in_process(folder: Path) -> Callable[[bytes, str], tuple[int, bytes]]:
    model = mlflow.pyfunc.load_model(str(folder))
    schema = model.metadata.get_input_schema()

    def answer(body: bytes, kind: str) -> tuple[int, bytes]:
        reply = scoring_server.invocations(body, kind, model, schema)
        return reply.status, reply.response.encode()

    return answer


def _check_numbers(batch: Asked, explainer: TabularExplainer, rows: Any) -> None:
    """Compare the answers others are held against with the explainer itself."""
    answered = json.loads(batch.answer or b"")["predictions"]
    found = [list(row["local_importance_values"].values()) for row in answered]
    right = np.asarray(explainer.explain_local(rows).local_importance_values)[1]
    repeated = right[np.arange(len(found)) % len(rows)]
    np.testing.assert_allclose(found, repeated, rtol=0.0, atol=1e-12)


def soak(server: Server, asked: Requests, seconds: float) -> tuple[Load, Memory, float]:
    """Put a server under load, and kill one of its workers at half time.

    Returns
    -------
    load : Load
        With what the clients have seen.
    memory : Memory
        Of the workers.
    back : float
        Seconds until as many workers as before answered again.
    """
    load, memory = Load(server.port), Memory()
    with ThreadPoolExecutor(N_SINGLE + 1 + N_HANGING_UP + 1) as pool:
        try:
            working = [
                *(pool.submit(load.ask_on, asked.mixed(seed)) for seed in range(N_SINGLE)),
                pool.submit(load.ask_on, asked.batches()),
                *(pool.submit(load.hang_up_on, asked.left) for _ in range(N_HANGING_UP)),
                pool.submit(memory.watch, server, load.done),
            ]
            load.done.wait(seconds / 2)
            back = _replaced(server, load)
            load.done.wait(max(seconds / 2 - back, 0.0))
        finally:
            load.done.set()
        for each in working:
            each.result()
    return load, memory, back


def _replaced(server: Server, load: Load) -> float:
    """Kill a worker, and return the seconds until another one answers in its place."""
    before = server.workers()
    load.killed.set()
    os.kill(before[0], signal.SIGKILL)
    begin = time.monotonic()
    server.wait(lambda: len(server.workers()) == len(before) and before[0] not in server.workers())
    return time.monotonic() - begin


def faults(server: Server, load: Load, memory: Memory) -> list[str]:
    """Return all that was wrong."""
    grown = [
        f"worker {worker}: {late:.0f} MiB for at most {allowed:.0f}"
        for worker, _, late, allowed in memory.judged()
        if late > allowed
    ]
    silent = [f"no good answer to {kind}" for kind in KINDS if not load.tally.statuses[kind][200]]
    born = len(server.started())
    died = [] if born == N_WORKERS + 1 else [f"{born - N_WORKERS - 1} workers died by themselves"]
    return [*load.tally.complaints, *silent, *grown, *died]


def summary(load: Load, memory: Memory, back: float) -> str:
    """Return what happened, as tables."""
    lines = ["| requests | answers by status | p50, ms | p99, ms |", "| --- | --- | ---: | ---: |"]
    for kind, found in sorted(load.tally.statuses.items()):
        statuses = ", ".join(f"{status}: {n:,}" for status, n in sorted(found.items(), key=str))
        times = load.tally.seconds[kind]
        p50, p99 = (f"{1e3 * t:.0f}" for t in np.percentile(times, [50, 99])) if times else ("", "")
        lines.append(f"| {kind} | {statuses} | {p50} | {p99} |")
    lines += ["", "| worker | MiB after warm-up | in its second half | at most |"]
    lines += ["| --- | ---: | ---: | ---: |"]
    for worker, *mib in memory.judged():
        lines.append("| " + " | ".join([str(worker), *(f"{number:.0f}" for number in mib)]) + " |")
    lost = f"{load.tally.lost} requests were lost with the killed worker"
    return "\n".join([*lines, "", f"{lost}; another one was there after {back:.0f} s."])


def main(minutes: float) -> int:
    """Serve the pair, put it under load, print what happened; return 1 if anything was wrong."""
    data = mortgage.load()
    model = mortgage.pipeline(120, 0.05, 15, 0).fit(data.train, data.train_y)
    explainer = TabularExplainer(model, data.train)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pair"
        save_model(
            model, path, scoring_explainer=explainer, max_explained_rows=requests.MAX_ROWS,
            signature=mortgage.signature_of(model, data.test),
        )  # fmt: skip
        asked = known(path, explainer, data.test)
        with serving(path, N_WORKERS) as server:
            load, memory, back = soak(server, asked, 60 * minutes)
            wrong = faults(server, load, memory)
    print(summary(load, memory, back))  # noqa: T201 - the result is what the command is for
    for fault in wrong[:SHOWN]:
        print("WRONG:", fault)  # noqa: T201
    print(f"{len(wrong)} faults." if wrong else "No fault.")  # noqa: T201
    return bool(wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long")
    sys.exit(main(parser.parse_args().minutes))
