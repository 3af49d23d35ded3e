"""A layer around the stand-in's web application that answers wrongly when told to."""

from __future__ import annotations

import base64
import gzip
import json
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Any]], Any]


def status(code: int) -> Callable[[dict[str, Any]], tuple[int, bytes]]:
    """Answer with a bare HTTP status."""
    return lambda _: (code, b"")


def refusal(code: str, message: str) -> Callable[[dict[str, Any]], tuple[int, bytes]]:
    """Answer as Snowflake refuses a request."""
    answer = {"data": {"errorCode": code}, "code": code, "message": message, "success": False}
    return lambda _: (200, json.dumps(answer).encode())


def arrow(change: Callable[[bytes], bytes]) -> Callable[[dict[str, Any]], tuple[int, bytes]]:
    """Answer rightly, with the bytes of the Arrow result changed."""

    def answer(right: dict[str, Any]) -> tuple[int, bytes]:
        rows = base64.b64decode(right["data"]["rowsetBase64"])
        right["data"]["rowsetBase64"] = base64.b64encode(change(rows)).decode()
        return 200, json.dumps(right).encode()

    return answer


def announce_more_rows(right: dict[str, Any]) -> tuple[int, bytes]:
    """Announce a row that does not come."""
    right["data"]["total"] += 1
    return 200, json.dumps(right).encode()


def cut_off(_: dict[str, Any]) -> tuple[int, bytes]:
    """Break the connection in the middle of the answer."""
    return -1, b'{"data": {'


@dataclass
class Faults:
    """ASGI middleware; each entry of ``planned`` spoils one request whose path holds its text."""

    app: App
    planned: deque[tuple[str, Callable[[dict[str, Any]], tuple[int, bytes]]]] = field(
        default_factory=deque
    )
    seen: list[str] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.seen.append(scope["path"])
        receive = await self._overheard(scope, receive)
        if not self.planned or self.planned[0][0] not in scope["path"]:
            await self.app(scope, receive, send)
            return
        _, fault = self.planned.popleft()  # the right answer is made, then spoilt
        body = b""

        async def collect(message: Message) -> None:
            nonlocal body
            body += message.get("body", b"")

        await self.app(scope, receive, collect)
        code, answer = fault(json.loads(body))
        headers: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json")]
        length = len(answer) + (1000 if code < 0 else 0)
        headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": abs(code) if code > 0 else 200,
                    "headers": headers})  # fmt: skip
        await send({"type": "http.response.body", "body": answer, "more_body": code < 0})
        if code < 0:
            raise ConnectionResetError("as planned")

    async def _overheard(self, scope: Message, receive: Any) -> Any:
        """Keep what a query asks, and return a channel that delivers it again."""
        request = await receive()
        while request.get("more_body"):
            part = await receive()
            request = {**part, "body": request["body"] + part["body"]}
        if scope["path"].endswith("query-request"):
            body = request["body"]
            packed = (b"content-encoding", b"gzip") in scope["headers"]
            self.queries.append(json.loads(gzip.decompress(body) if packed else body))

        async def again() -> Message:
            return request

        return again
