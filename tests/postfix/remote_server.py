"""A mail server (RFC 5321) that answers by the recipient's domain, and remembers what it answered to whom."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

GREETING, BYE, FINE, GO_ON, UNKNOWN = "220 remote.test ESMTP", "221 bye", "250 2.0.0 ok", "354 go on", "502 5.5.2 what?"


class Answer(NamedTuple):
    """What was answered to an attempt to deliver to one recipient."""

    code: int
    text: str


class RemoteServer:
    """`port` is where it listens; `answers` are those to each recipient, in their order."""

    def __init__(self) -> None:
        self.answers: defaultdict[str, list[Answer]] = defaultdict(list)
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["RemoteServer"]:
        """Serve meanwhile."""
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipients: list[str] = []
        writer.write(f"{GREETING}\r\n".encode())
        try:
            while line := (await reader.readline()).decode():
                reply = await self._reply(line, recipients, reader, writer)
                writer.write(f"{reply}\r\n".encode())
                await writer.drain()
                if reply == BYE:
                    return
        finally:
            writer.close()

    async def _reply(
        self, line: str, recipients: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> str:
        match line.split(":")[0].split()[0].upper():
            case "EHLO" | "HELO":
                return "250 remote.test"
            case "MAIL" | "RSET":
                recipients.clear()
                return FINE
            case "RCPT":
                return self._recipient(line.partition("<")[2].partition(">")[0], recipients)
            case "DATA":
                writer.write(f"{GO_ON}\r\n".encode())
                await reader.readuntil(b"\r\n.\r\n")
                return self._content(recipients)
            case "QUIT":
                return BYE
        return UNKNOWN

    def _recipient(self, address: str, recipients: list[str]) -> str:
        reply = FINE
        match address.rpartition("@")[2]:
            case "gone.test":
                reply = f"550 5.1.1 {address} is no user here"
            case "full.test":
                reply = "452 4.2.2 the mailbox is full"
            case "grey.test" if not self.answers[address]:
                reply = "451 4.7.1 greylisted, try again later"
        if reply == FINE:
            recipients.append(address)
        else:
            self._note(address, reply)
        return reply

    def _content(self, recipients: list[str]) -> str:
        is_spam = any(address.endswith("@spam.test") for address in recipients)
        reply = "554 5.7.1 the content looks like spam" if is_spam else FINE
        for address in recipients:
            self._note(address, reply)
        return reply

    def _note(self, address: str, reply: str) -> None:
        self.answers[address].append(Answer(int(reply[:3]), reply))
