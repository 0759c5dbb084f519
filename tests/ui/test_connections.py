"""Connections that send nothing, or never the whole of a request: they shut nobody out."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from mlflow_explain.ui import connections
from mlflow_explain.ui.server import Opened

SECONDS = 60
HEAD = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@contextlib.asynccontextmanager
async def serving(*, allow_model_load=False):
    opened = Opened.at(0)
    server = opened.server(allow_model_load=allow_model_load)
    # A test is ended by its own interrupts.
    server.capture_signals = contextlib.nullcontext
    task = asyncio.create_task(server.serve(sockets=[opened.listening]))
    try:
        yield opened
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, SECONDS)


async def connected(opened, sent=""):
    reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
    writer.write(sent.encode())
    await writer.drain()
    return reader, writer


async def said(reader):
    return (await asyncio.wait_for(reader.read(), SECONDS)).decode()


@pytest.mark.parametrize("sent", ["", HEAD + "X: "])
def test_strangers_that_send_nothing_shut_nobody_out(store, sent):
    async def asked():
        async with serving() as opened:
            strangers = [await connected(opened, sent) for _ in range(200)]
            reader, writer = await connected(opened, f"{HEAD}Connection: close\r\n\r\n")
            reply = await said(reader)
            for each in (writer, *(writer for _, writer in strangers)):
                each.close()
            return reply

    assert asyncio.run(asked()).startswith("HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "sent",
    [
        "",
        HEAD + "X: ",
        HEAD.replace("GET", "POST") + "Content-Length: 9\r\n\r\n{",
        # The first is answered; the second never comes.
        f"{HEAD}\r\n{HEAD}X: ",
    ],
)
def test_a_request_that_does_not_come_is_not_waited_for(store, monkeypatch, sent):
    monkeypatch.setattr(connections, "PATIENCE", 0.5)

    async def asked():
        async with serving() as opened:
            reader, writer = await connected(opened, sent)
            reply = await said(reader)
            writer.close()
            return reply

    reply = asyncio.run(asked())
    assert reply.count("HTTP/1.1 ") == reply.count("HTTP/1.1 403") == ("\r\n\r\n" in sent)


def test_a_slow_answer_is_waited_for(store, monkeypatch):
    """Only requests are hurried: a page may take long to be made."""
    monkeypatch.setattr(connections, "PATIENCE", 60.0)
    closed, counted = [], []

    class Slow(connections.Connection):
        def data_received(self, data):
            super().data_received(data)
            counted.append(self._deadline)

        def on_response_complete(self):
            closed.append(self.transport.is_closing())
            super().on_response_complete()

    monkeypatch.setattr(connections, "Connection", Slow)

    async def asked():
        async with serving() as opened:
            reader, writer = await connected(
                opened, f"GET /?token={opened.access.token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            )
            reply = await said(reader)
            writer.close()
            return reply

    assert asyncio.run(asked()).startswith("HTTP/1.1 200 ")
    assert closed == [False]
    assert counted[-1] is None


def test_the_rest_of_a_body_that_never_comes_leaves_no_trace(store, monkeypatch, capfd):
    monkeypatch.setattr(connections, "PATIENCE", 0.5)

    async def asked():
        async with serving(allow_model_load=True) as opened:
            access = opened.access
            host = f"127.0.0.1:{opened.port}"
            path = f"/{access.place}/live/{store.credit.run_id}/{store.credit.id}/predict"
            lines = [
                f"POST {path} HTTP/1.1", f"Host: {host}", f"Origin: http://{host}",
                f"Cookie: {access.cookie.partition(';')[0]}", "Content-Type: application/json",
                "Content-Length: 99", "", "{",
            ]  # fmt: skip
            reader, writer = await connected(opened, "\r\n".join(lines))
            reply = await said(reader)
            writer.close()
            return reply

    assert asyncio.run(asked()) == ""
    said_by_server = capfd.readouterr()
    assert said_by_server.err == said_by_server.out == ""
