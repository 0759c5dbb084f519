"""Odd requests and odd clients at `mlflow models serve`. Numbers are those of the list of bad
input; the requests are those of `docs/requests.md`.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.workers import HOST, serving
from docs import requests
from docs.requests import numbered
from tests.serving import Endpoint, assert_as_stated

pytestmark = pytest.mark.server

N_CLIENTS = 16
# More than a worker has threads for requests.
N_SLOW = 64
OF_THE_SERVER = (47, 48, 49, 50, 51, 52, 53, 54)
JSON = {"Content-Type": requests.JSON}


@pytest.fixture(scope="module")
def one(bounded):
    """A server of one worker, which nobody can step in for."""
    with serving(bounded) as server:
        yield server


@pytest.fixture(scope="module")
def two(bounded):
    with serving(bounded, n_workers=2) as server:
        yield server


@pytest.fixture(scope="module")
def in_process(bounded):
    return Endpoint(bounded)


@pytest.fixture(scope="module")
def split(applications):
    return requests.split_of(applications.test.head(2))


@pytest.fixture(scope="module")
def good(split, in_process):
    """A request, and the answer it gets whatever happens beside it."""
    body = requests.body_of(split)
    status, text = in_process.text(body)
    assert '"explanation_status": "ok"' in text
    return body.encode(), (status, text.encode())


@contextlib.contextmanager
def connected(server):
    with contextlib.closing(http.client.HTTPConnection(HOST, server.port)) as connection:
        yield connection


def ask(connection, body, headers=JSON):
    connection.request("POST", "/invocations", body, headers)
    reply = connection.getresponse()
    return reply.status, reply.read()


def gets_what_is_stated(server, odd, split, good):
    """Whether the answer is as the table says, and the next one is right."""
    body, answer = good
    with connected(server) as connection:
        assert_as_stated(odd, *ask(connection, odd.body(split), odd.headers))
        if odd.status == 500:
            connection.close()  # as uvicorn does after an error that nobody handled
        assert ask(connection, body) == answer


@pytest.mark.parametrize("odd", numbered(*OF_THE_SERVER), ids=lambda odd: f"{odd.fault} {odd}")
def test_47_48_49_50_51_52_53_54_what_the_web_server_sees_first(one, odd, split, good):
    gets_what_is_stated(one, odd, split, good)


def test_the_rest_of_the_table(two, split, good):
    rest = [odd for odd in requests.ODD if odd.fault not in OF_THE_SERVER]
    assert len(rest) > 20
    for odd in rest:
        gets_what_is_stated(two, odd, split, good)


def head_of(body):
    return (
        f"POST /invocations HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {requests.JSON}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()


def begun(server, body):
    """Return a connection on which half of a request is sent."""
    connection = socket.create_connection((HOST, server.port))
    connection.sendall(head_of(body) + body[: len(body) // 2])
    return connection


def test_71_half_a_request_keeps_nobody_waiting(one, good):
    body, answer = good
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(begun(one, body)) for _ in range(N_SLOW)]
        with connected(one) as connection:
            for _ in range(N_CLIENTS):
                assert ask(connection, body) == answer
        for begun_one in slow:
            begun_one.sendall(body[len(body) // 2 :])
        for begun_one in slow:
            reply = http.client.HTTPResponse(begun_one)
            reply.begin()
            assert (reply.status, reply.read()) == answer


def test_71_who_hangs_up_costs_nobody(one, good):
    body, answer = good
    for sent in (head_of(body) + body[:20], head_of(body) + body, b"POST /invoca"):
        for _ in range(N_CLIENTS):
            with socket.create_connection((HOST, one.port)) as connection:
                connection.sendall(sent)
                # Closing resets the connection: nothing sent to it arrives.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with connected(one) as connection:
        assert ask(connection, body) == answer


@pytest.mark.parametrize("workers", ["one", "two"])
def test_73_single_rows_are_answered_while_batches_run(request, workers, in_process, applications):
    server, done = request.getfixturevalue(workers), threading.Event()
    many = requests.split_of(applications.test)
    n_rows = len(many["data"])

    def request_of(positions):
        body = requests.body_of({**many, "data": [many["data"][i % n_rows] for i in positions]})
        status, text = in_process.text(body)
        return body.encode(), (status, text.encode())

    def ask_until_done(body, answer):
        """Return how many answers came before the last batch's."""
        n_answers = 0
        with connected(server) as connection:
            while not done.is_set():
                assert ask(connection, body) == answer
                n_answers += not done.is_set()
        return n_answers

    batch, answer = request_of(range(requests.MAX_ROWS))
    assert answer[0] == 200
    singles = [request_of([i]) for i in range(N_CLIENTS)]
    with ThreadPoolExecutor(N_CLIENTS) as pool, connected(server) as connection:
        asking = [pool.submit(ask_until_done, *single) for single in singles]
        try:
            found = [ask(connection, batch) for _ in range(2)]
        finally:
            done.set()
        assert min(each.result() for each in asking) >= 1
    assert found == [answer] * 2


def test_74_a_killed_worker_is_replaced(two, good):
    body, answer = good
    first, second = two.workers()
    os.kill(first, signal.SIGKILL)
    with connected(two) as connection:  # the other one steps in
        assert ask(connection, body) == answer
    two.wait(lambda: len(two.workers()) == 2)
    _, new = two.workers()
    assert new not in {first, second}
    os.kill(second, signal.SIGKILL)
    two.wait(lambda: two.workers() == [new])
    with connected(two) as connection:  # nobody but the new one can have answered
        assert ask(connection, body) == answer
        assert ask(connection, body) == answer
