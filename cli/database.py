"""Which database a command speaks to, and how it ends when there is none: one line, exit code 1."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple, NoReturn

import typer

from database.embedded import SERVICE_ROLE, EmbeddedServer, embedded_server
from database.errors import DatabaseUnusable
from graphql_api.settings import Settings


class MigrationTarget(NamedTuple):
    """The owner's URL, and the role that is to be granted what the service does (None: nobody)."""

    url: str
    service_role: str | None


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The service's URL: DATABASE_URL, or that of the embedded server, which runs as long as it is in use.

    A DatabaseUnusable, from here or from the body, ends the command.
    """
    with _one_line():
        if settings.database_url is not None:
            yield settings.database_url
        else:
            with _embedded(settings) as server:
                yield server.service_url


@contextmanager
def migration_target(settings: Settings, service_role: str | None = None) -> Iterator[MigrationTarget]:
    """What `migrate` works on. The embedded server has a service role of its own, unless another one is named."""
    with _one_line():
        if settings.database_url is not None:
            yield MigrationTarget(settings.database_url, service_role)
        else:
            with _embedded(settings) as server:
                yield MigrationTarget(server.owner_url, service_role or SERVICE_ROLE)


@contextmanager
def _embedded(settings: Settings) -> Iterator[EmbeddedServer]:
    # SIGTERM alone would end the process without stopping the server.
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        with embedded_server(settings.data_directory) as server:
            yield server
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except DatabaseUnusable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
