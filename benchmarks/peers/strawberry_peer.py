"""The same slice as the documentation of Strawberry and SQLAlchemy would write it: ORM, async session, relay types."""

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import jwt
import strawberry
from sqlalchemy import BigInteger, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

_engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=10
)
_sessions = async_sessionmaker(_engine, expire_on_commit=False)


class _Base(DeclarativeBase):
    pass


class _Activity(_Base):
    __tablename__ = "smtp_activity"

    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime]
    status: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str | None]
    sender: Mapped[str]
    message_id: Mapped[str | None]


@strawberry.type
class SmtpActivity(strawberry.relay.Node):
    """One recipient of a message."""

    id: strawberry.relay.NodeID[str]
    sent_at: datetime
    status: str
    recipient: str
    subject: str | None
    sender: str
    message_id: str | None


def _edge(row: _Activity) -> strawberry.relay.Edge[SmtpActivity]:
    node = SmtpActivity(
        id=str(row.id),
        sent_at=row.sent_at,
        status=row.status,
        recipient=row.recipient,
        subject=row.subject,
        sender=row.sender,
        message_id=row.message_id,
    )
    return strawberry.relay.Edge(cursor=base64.urlsafe_b64encode(row.id.bytes).decode(), node=node)


@strawberry.type
class Query:
    """What may be asked."""

    @strawberry.field
    async def smtp_activities(
        self, info: strawberry.Info, first: int, after: str | None = None
    ) -> strawberry.relay.Connection[SmtpActivity]:
        """The newest of the caller's account."""
        wanted = select(_Activity).where(_Activity.account_id == info.context["account"])
        if after is not None:
            wanted = wanted.where(_Activity.id < UUID(bytes=base64.urlsafe_b64decode(after)))
        async with _sessions() as session:
            rows = (await session.scalars(wanted.order_by(_Activity.id.desc()).limit(first + 1))).all()
        edges = [_edge(row) for row in rows[:first]]
        page_info = strawberry.relay.PageInfo(
            has_next_page=len(rows) > first,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return strawberry.relay.Connection(page_info=page_info, edges=edges)


class _Server(GraphQL[Any, None]):
    async def get_context(self, request: Any, response: Any) -> Any:
        header = request.headers["authorization"]
        claims = jwt.decode(header.removeprefix("Bearer "), os.environ["TOKEN_SECRET"], algorithms=["HS256"])
        return {"account": claims["account_id"]}


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    yield
    await _engine.dispose()


app = Starlette(lifespan=_lifespan)
app.mount("/", _Server(strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])))
