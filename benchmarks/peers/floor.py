"""The floor: the same page by bare ASGI, asyncpg without its pool's reset, codecs that write text, and orjson."""

import base64
import os
import time
from typing import Any

import asyncpg
import jwt
import orjson

_PAGE = (
    "select id, sent_at, status, recipient, subject, sender, message_id from smtp_activity"
    " where account_id = $1 and id < $2 order by id desc limit $3"
)
_TOP = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_SECRET = os.environ["TOKEN_SECRET"]
_EPOCH = 946_684_800  # PostgreSQL's, 2000-01-01.
_HEADERS = [(b"content-type", b"application/json")]
_verified: dict[bytes, dict[str, Any]] = {}
_minutes: dict[int, str] = {}
_pool: asyncpg.Pool


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        return ""


def _text_of_uuid(data: bytes) -> str:
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _bytes_of_uuid(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def _text_of_instant(data: bytes) -> str:
    minute, second = divmod(int.from_bytes(data, signed=True) // 1_000_000 + _EPOCH, 60)
    text = _minutes.get(minute)
    if text is None:
        text = _minutes[minute] = time.strftime("%Y-%m-%dT%H:%M:", time.gmtime(minute * 60))
    return f"{text}{second:02}Z"


async def _init(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", format="binary", encoder=_bytes_of_uuid, decoder=_text_of_uuid
    )
    await connection.set_type_codec(
        "timestamptz", schema="pg_catalog", format="binary", encoder=bytes, decoder=_text_of_instant
    )


def _account(header: bytes) -> int:
    claims = _verified.get(header)
    if claims is None or claims["exp"] < time.time():
        claims = _verified[header] = jwt.decode(header.removeprefix(b"Bearer "), _SECRET, algorithms=["HS256"])
    return int(claims["account_id"])


def _cursor(id_: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(id_.replace("-", ""))).decode()


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer a page; nothing of the document is looked at."""
    if scope["type"] == "lifespan":
        global _pool
        await receive()
        _pool = await asyncpg.create_pool(
            os.environ["DATABASE_URL"], min_size=1, max_size=10, connection_class=_Connection, init=_init
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await _pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    account = _account(dict(scope["headers"])[b"authorization"])
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message.get("more_body", False)
    variables = orjson.loads(body)["variables"]
    first = variables["first"]
    rows = await _pool.fetch(_PAGE, account, _TOP, first + 1)
    edges = [
        {
            "cursor": _cursor(row[0]),
            "node": {
                "id": row[0],
                "sentAt": row[1],
                "status": row[2],
                "recipient": row[3],
                "subject": row[4],
                "sender": row[5],
                "messageId": row[6],
            },
        }
        for row in rows[:first]
    ]
    info = {"hasNextPage": len(rows) > first, "endCursor": edges[-1]["cursor"] if edges else None}
    answer = orjson.dumps({"data": {"smtpActivities": {"edges": edges, "pageInfo": info}}})
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": answer})
