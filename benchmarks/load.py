"""What reasons cost on a server: the plain and the explained model beside each other, under load.

Both are served by ``mlflow models serve`` in processes of their own, at the same time, and asked in
turn by the same client over connections that stay open. ``--quick`` asks for a moment only, and a
word measures the models whose name has it. Linux only: memory is read from ``/proc``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import mlflow_explain
from benchmarks import clients, pairs, workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.clients import Round
    from benchmarks.pairs import Pair
    from benchmarks.workers import Server

ROUNDS = 5
SECONDS, QUICK_SECONDS = 0.25, 0.1
WARM_UP = 20
_MIB_IN_MB = 1.048576

INTRODUCTION = """## Served replies under load

`mlflow models serve`, the plain model and the pair each in servers of their own on this machine,
asked in turn by one client process over open connections; each client sends its next request when
it has its reply. {rounds} rounds of {seconds} s each: p50 and requests/s are medians of the rounds,
p99 is of the requests of all rounds, and ratios are medians of the rounds' ratios of explained to
plain. Asking takes {client:.0f} us of processor time a request, from both alike, on the cores that
the servers share with it.
"""
HEADER = """| model | workers | clients | rows | plain: p50, ms | p99 | requests/s \
| explained: p50, ms | p99 | requests/s | ratio of p50 | of requests/s |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""
WORKERS_HEADER = """| model | a worker's memory, plain, MB | explained, MB \
| two workers' p50 to one's, plain | explained |
| --- | ---: | ---: | ---: | ---: |"""


class Setting(NamedTuple):
    """How many processes answer, how many clients ask at once, and for how many rows."""

    n_workers: int
    n_clients: int
    n_rows: int


SETTINGS = (
    Setting(1, 1, 1), Setting(1, 4, 1), Setting(1, 16, 1), Setting(1, 1, 100),
    Setting(2, 1, 1), Setting(2, 4, 1), Setting(2, 16, 1),
)  # fmt: skip


class Sides(NamedTuple):
    """Two servers of one model."""

    plain: Server
    explained: Server


@dataclass(frozen=True)
class Compared:
    """What one setting measured: the rounds of the two servers, pairs in time."""

    plain: tuple[Round, ...]
    explained: tuple[Round, ...]

    def cells(self) -> list[str]:
        """Return the numbers of a line of the table."""
        both = list(zip(self.explained, self.plain, strict=True))
        ratios = (
            _median(ours.typical / theirs.typical for ours, theirs in both),
            _median(ours.rate / theirs.rate for ours, theirs in both),
        )
        sides = [*_side(self.plain), *_side(self.explained)]
        return [*sides, *(f"{ratio:.2f}" for ratio in ratios)]


def section(names: Sequence[str] = tuple(pairs.MODELS), *, seconds: float = SECONDS) -> str:
    """Return the section of the report.

    Parameters
    ----------
    names : sequence of str
        Of the models in `pairs.MODELS`.
    seconds : float
        That a round takes.
    """
    lines, of_workers, costs = [], [], []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            pair = pairs.saved(name, Path(folder))
            _serve_installed_code(pair)
            compared, megabytes = measured(pair, seconds)
        lines += [_line(name, *setting, *found.cells()) for setting, found in compared.items()]
        of_workers.append(_line(name, *megabytes, *_two_to_one(compared)))
        costs += [one.cost for found in compared.values() for one in found.plain]
    introduction = INTRODUCTION.format(
        rounds=ROUNDS, seconds=seconds, client=1e6 * statistics.median(costs)
    )
    return "\n".join([introduction, HEADER, *lines, "", WORKERS_HEADER, *of_workers])


def measured(pair: Pair, seconds: float) -> tuple[dict[Setting, Compared], list[str]]:
    """Return what each setting measured, and the megabytes of a worker, plain and explained."""
    bodies = {
        setting.n_rows: pairs.body(pair.rows.head(setting.n_rows)).encode() for setting in SETTINGS
    }
    with contextlib.ExitStack() as stack:
        running = _started(pair, stack)
        compared = {}
        for setting in SETTINGS:
            sides, body = running[setting.n_workers], bodies[setting.n_rows]
            _check_replies(sides, body)
            compared[setting] = compare(sides, body, setting.n_clients, seconds)
        return compared, [_megabytes(server) for server in running[1]]


def compare(sides: Sides, body: bytes, n_clients: int, seconds: float) -> Compared:
    """Ask both in turn, each of them first in every other round."""
    rounds: dict[int, list[Round]] = {server.port: [] for server in sides}
    for turn in range(ROUNDS):
        for server in sides if turn % 2 == 0 else reversed(sides):
            rounds[server.port].append(clients.asked(server.port, body, n_clients, seconds))
    return Compared(*(tuple(found) for found in rounds.values()))


def _started(pair: Pair, stack: contextlib.ExitStack) -> dict[int, Sides]:
    """Return servers by their number of workers. All start at once: what waits takes no time."""
    numbers = sorted({setting.n_workers for setting in SETTINGS})
    wanted = [
        workers.serving(folder, number)
        for number in numbers
        for folder in (pair.plain, pair.explained)
    ]
    with ThreadPoolExecutor(len(wanted)) as pool:
        servers = list(pool.map(stack.enter_context, wanted))
    return dict(zip(numbers, map(Sides, servers[::2], servers[1::2]), strict=True))


def _serve_installed_code(pair: Pair) -> None:
    """Drop the copy of this package that a pair brings: the one that is installed is compiled."""
    copy = pair.explained / "code" / Path(mlflow_explain.__file__).parent.name
    shutil.rmtree(copy, ignore_errors=True)


def _check_replies(sides: Sides, body: bytes) -> None:
    """Warm both up, and stop where they predict differently or leave a row unexplained."""
    for _ in range(WARM_UP):
        plain, explained = (
            json.loads(clients.reply(server.port, body))["predictions"] for server in sides
        )
    if [row["prediction"] for row in explained] != [
        str(answer) if isinstance(row["prediction"], str) else answer
        for answer, row in zip(plain, explained, strict=True)
    ]:
        raise SystemExit("The two servers predict differently.")
    if {row["explanation_status"] for row in explained} != {"ok"}:
        raise SystemExit("A row is not explained.")


def _side(rounds: tuple[Round, ...]) -> tuple[str, str, str]:
    """Return the typical latency, a high one, and the rate of one server."""
    high = np.percentile([*chain.from_iterable(one.latencies for one in rounds)], 99)
    typical, rate = _median(one.typical for one in rounds), _median(one.rate for one in rounds)
    return f"{1e3 * typical:.2f}", f"{1e3 * high:.2f}", f"{rate:.0f}"


def _two_to_one(compared: dict[Setting, Compared]) -> list[str]:
    """Return the typical latency of two workers over that of one, at one client, on each side."""
    one, two = (compared[Setting(n_workers, 1, 1)] for n_workers in (1, 2))
    return [
        f"{_median(r.typical for r in of_two) / _median(r.typical for r in of_one):.2f}"
        for of_two, of_one in ((two.plain, one.plain), (two.explained, one.explained))
    ]


def _megabytes(server: Server) -> str:
    """Return what the one worker of a server takes after all its requests."""
    (worker,) = server.workers()
    return f"{(workers.resident_mib(worker) or 0.0) * _MIB_IN_MB:.0f}"


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def _line(*cells: Any) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    """Print the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("word", nargs="?", default="", help="measure models whose name has it")
    parser.add_argument("--quick", action="store_true", help=f"rounds of {QUICK_SECONDS} s")
    given = parser.parse_args()
    names = [name for name in pairs.MODELS if given.word.lower() in name.lower()]
    made = section(names, seconds=QUICK_SECONDS if given.quick else SECONDS)
    print(made)  # noqa: T201 - the result is what the command is for


if __name__ == "__main__":
    main()
