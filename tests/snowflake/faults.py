"""A layer around the stand-in's web application that answers wrongly when told to."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Any]], Any]


#: A status that stands for silence, and how long it lasts.
LATE, LATE_SECONDS = 999, 5.0


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


def right(answer: dict[str, Any]) -> tuple[int, bytes]:
    """Answer rightly: what is planned next waits for the next request."""
    return 200, json.dumps(answer).encode()


def late(_: dict[str, Any]) -> tuple[int, bytes]:
    """Answer when nobody waits any more."""
    return LATE, b"{}"


def clock(hours: float) -> Callable[[dict[str, Any]], tuple[int, bytes]]:
    """Answer as a warehouse whose clock is wrong."""

    def shift(rows: bytes) -> bytes:
        with pa.ipc.open_stream(rows) as stream:
            table = stream.read_all()
        stamp = table.column(0).combine_chunks()
        moved = pa.array(
            [
                {**row, "epoch": row["epoch"] + int(3600 * hours)} if isinstance(row, dict) else row
                for row in stamp.to_pylist()
            ],
            stamp.type,
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(pa.table([moved], schema=table.schema))
        return bytes(sink.getvalue())

    return arrow(shift)


def cut_off(_: dict[str, Any]) -> tuple[int, bytes]:
    """Break the connection in the middle of the answer."""
    return -1, b'{"data": {'


@dataclass
class Faults:
    """ASGI middleware; each entry of ``planned`` spoils one request.

    It is the next one whose path, statement or query tag holds the entry's text.
    """

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
        receive, about = await self._overheard(scope, receive)
        if not self.planned or self.planned[0][0] not in about:
            await self.app(scope, receive, send)
            return
        _, fault = self.planned.popleft()  # the right answer is made, then spoilt
        body = b""

        async def collect(message: Message) -> None:
            nonlocal body
            body += message.get("body", b"")

        await self.app(scope, receive, collect)
        body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        code, answer = fault(json.loads(body))
        if code == LATE:
            await asyncio.sleep(LATE_SECONDS)
            code = 200
        headers: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json")]
        length = len(answer) + (1000 if code < 0 else 0)
        headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": abs(code) if code > 0 else 200,
                    "headers": headers})  # fmt: skip
        await send({"type": "http.response.body", "body": answer, "more_body": code < 0})
        if code < 0:
            raise ConnectionResetError("as planned")

    async def _overheard(self, scope: Message, receive: Any) -> tuple[Any, str]:
        """Keep what a query asks; return a channel that delivers it again, and what it is about."""
        request = await receive()
        while request.get("more_body"):
            part = await receive()
            request = {**part, "body": request["body"] + part["body"]}
        about = scope["path"]
        if about.endswith("query-request"):
            body = request["body"]
            packed = (b"content-encoding", b"gzip") in scope["headers"]
            query = json.loads(gzip.decompress(body) if packed else body)
            self.queries.append(query)
            about += f" {query.get('sqlText')} {query.get('parameters')}"

        async def again() -> Message:
            return request

        return again, about
