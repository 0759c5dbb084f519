"""`Guard`: stands before every route; refuses by `Access`, and adds the headers of every reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from mlflow_explain.ui import replies

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from mlflow_explain.ui.access import Access

# Of every reply; a reply's own go before them.
_ALWAYS = {
    "content-security-policy": replies.POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """An application behind its access.

    Parameters
    ----------
    app : ASGI application
        Answers what is not refused.
    access : Access
        Decides.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        refusal = self._access.refusal(scope["method"], scope["path"], headers)
        if refusal is None:
            await self._app(scope, receive, sent)
            return
        reply = replies.refused(refusal.status, refusal.says, as_json=scope["method"] == "POST")
        await reply(scope, receive, sent)
