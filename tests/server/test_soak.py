"""`benchmarks.soak` would notice what it is there for; no server of MLflow's is started."""

from __future__ import annotations

import itertools
import json
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from benchmarks import soak
from benchmarks.mixed import Asked, Load
from benchmarks.workers import HOST

RIGHT = b'{"predictions": [{"local_importance_values": {"dir": 0.1234567890123456}}]}'
WRONG = RIGHT.replace(b"3456}", b"3457}")


def asked(**changes):
    given = {"kind": soak.SINGLE, "name": "row 0", "body": b"{}", "status": 200, "answer": RIGHT}
    return Asked(headers={}, **given | changes)


def serve(listening, answers, done):
    """Answer each request by the next of some answers; None hangs up, the last is the end."""
    while answers:
        connection, _ = listening.accept()
        with connection:
            connection.recv(2**16)
            answer = answers.pop(0)
            if not answers:
                done.set()
            if answer is not None:
                head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(answer)}"
                connection.sendall(f"{head}\r\n\r\n".encode() + answer)


def ask(*answers, killed=False):
    """Ask a server that has these answers, and return what the client noted."""
    with socket.create_server((HOST, 0)) as listening, ThreadPoolExecutor(1) as pool:
        load = Load(listening.getsockname()[1])
        if killed:
            load.killed.set()
        serving = pool.submit(serve, listening, [*answers], load.done)
        load.ask_on(itertools.repeat(asked()))
        serving.result()
    return load.tally


def test_a_digit_a_status_and_a_code_are_noticed():
    assert asked().complaint(200, RIGHT) is None
    assert "0.1234567890123457" in asked().complaint(200, WRONG)
    assert "500 for 200" in asked().complaint(500, b"")
    refused = asked(status=400, answer=None, code="BAD_REQUEST")
    assert refused.complaint(400, json.dumps({"error_code": "BAD_REQUEST"}).encode()) is None
    assert "OTHER for BAD_REQUEST" in refused.complaint(400, b'{"error_code": "OTHER"}')


def test_right_and_wrong_answers_are_counted():
    tally = ask(RIGHT, WRONG, RIGHT)
    assert tally.statuses[soak.SINGLE] == Counter({200: 3})
    (complaint,) = tally.complaints
    assert complaint.startswith("row 0: ")


@pytest.mark.parametrize(("killed", "n_complaints"), [(False, 2), (True, 1)])
def test_each_client_may_lose_one_request_to_a_killed_worker(killed, n_complaints):
    tally = ask(RIGHT, None, None, RIGHT, killed=killed)
    assert tally.lost == 2
    assert len(tally.complaints) == n_complaints


def run_of(memory, n_started=3, kinds=soak.KINDS):
    load = Load(0)
    for kind in kinds:
        load.tally.statuses[kind][200] = 1
    return soak.faults(SimpleNamespace(started=lambda: [*range(n_started)]), load, memory)


def test_growth_is_noticed_and_warm_up_is_none():
    steady = soak.Memory({7: [200.0] * 4 + [700.0] * 12})
    assert run_of(steady) == []
    growing = soak.Memory({7: [600.0 + 20.0 * i for i in range(16)]})
    (fault,) = run_of(growing)
    assert fault == "worker 7: 830 MiB for at most 778"


def test_dead_workers_and_kinds_without_an_answer_are_noticed():
    steady = soak.Memory({7: [700.0] * 8})
    assert run_of(steady, n_started=4) == ["1 workers died by themselves"]
    assert run_of(steady, kinds=soak.KINDS[1:]) == ["no good answer to one row"]
