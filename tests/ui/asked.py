"""A request to an application and its reply, without sockets or a client library."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

HOST = "127.0.0.1:5055"


@dataclass(frozen=True)
class Reply:
    """What was answered; names of headers are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """Asks an application as a browser does that holds a cookie, unless told otherwise."""

    def __init__(self, app: Any, cookie: str) -> None:
        self.app = app
        self.cookie = cookie

    def get(self, path: str, **headers: str | None) -> Reply:
        return self.ask("GET", path, b"", headers)

    def post(self, path: str, body: Any, **headers: str | None) -> Reply:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = {
            "origin": f"http://{HOST}",
            "content-type": "application/json",
            "content-length": str(len(sent)),
        }
        return self.ask("POST", path, sent, {**usual, **headers})

    def ask(self, method: str, address: str, body: bytes, headers: Any) -> Reply:
        """Ask; names of headers may have `_` for `-`, and None leaves one out."""
        parts = urlsplit(address)
        wanted = {"host": HOST, "cookie": self.cookie, **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [
                (name.replace("_", "-").encode(), value.encode())
                for name, value in wanted.items()
                if value is not None
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 5055),
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        async def answered() -> None:
            await self.app(scope, receive, send)

        asyncio.run(answered())
        begin = next(each for each in sent if each["type"] == "http.response.start")
        known = {name.decode().lower(): value.decode() for name, value in begin["headers"]}
        whole = b"".join(each.get("body", b"") for each in sent if "body" in each)
        return Reply(begin["status"], known, whole)
