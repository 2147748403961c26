"""A Postfix of the tests' own: on loopback, in a temporary directory, with users who log in; never the system's."""

import asyncio
import base64
import os
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from tests.cli.test_serve import free_port

POSTFIX = shutil.which("postfix", path=os.defpath + ":/usr/sbin:/usr/local/sbin")
USER, PASSWORD = "northwind@relay1.example.net", "secret"

_MAIN = """
compatibility_level = 3.6
queue_directory = {directory}/spool
data_directory = {directory}/lib
maillog_file = {directory}/log/mail.log
maillog_file_prefixes = {directory}
maillog_file_rotate_suffix = %Y%m%d-%H%M%S
myhostname = relay1.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
local_recipient_maps =
default_transport = smtp:[127.0.0.1]:{remote_port}
virtual_alias_maps = texthash:{directory}/etc/aliases
header_checks = regexp:{directory}/etc/header_checks
enable_long_queue_ids = {long_queue_ids}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{login_port}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
refusing = check_recipient_access inline:{{ {{ refused@ok.test = REJECT not to this one }} }}
smtpd_recipient_restrictions = $refusing
smtpd_peername_lookup = no
# Two attempts in one second of the log would be one.
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
maximal_queue_lifetime = 6s
bounce_queue_lifetime = 6s
"""
# Two listeners: what it says of each recipient that it takes is optional.
_MASTER = """
{telling_port} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o {{ smtpd_recipient_restrictions = $refusing, check_recipient_access static:{{INFO taken}} }}
{quiet_port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Relay:
    """A running Postfix: two listeners, of which the first logs each recipient that it takes."""

    directory: Path
    telling_port: int
    quiet_port: int

    @property
    def log(self) -> Path:
        """Where it writes what it does."""
        return self.directory / "log/mail.log"

    def send(self, port: int, message: EmailMessage, sender: str, recipients: Sequence[str]) -> set[str]:
        """Give it a message; the recipients that it refused."""
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.login(USER, PASSWORD)
            return set(client.send_message(message, sender, list(recipients)))

    def rotate(self) -> None:
        """What its own `postfix logrotate` does: rename, compress, tell the log daemon."""
        _run("-c", str(self.directory / "etc"), "logrotate")


@asynccontextmanager
async def running_relay(remote_port: int, *, long_queue_ids: bool, aliases: str) -> AsyncIterator[Relay]:
    """Start it, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="pf-") as name:
        directory = Path(name)
        relay = Relay(directory, free_port(), free_port())
        login = await asyncio.start_server(_log_in, "127.0.0.1", 0)
        async with login:
            _configure(
                relay,
                remote_port=remote_port,
                login_port=login.sockets[0].getsockname()[1],
                long_queue_ids="yes" if long_queue_ids else "no",
            )
            (directory / "etc/aliases").write_text(aliases)
            await asyncio.to_thread(_run, "-c", str(directory / "etc"), "start")
            try:
                yield relay
            finally:
                await asyncio.to_thread(_run, "-c", str(directory / "etc"), "stop")


def _configure(relay: Relay, **values: object) -> None:
    directory = relay.directory
    directory.chmod(0o755)
    for each in ("etc", "spool", "lib", "log"):
        (directory / each).mkdir()
    shutil.chown(directory / "lib", "postfix")
    (directory / "etc/main.cf").write_text(_MAIN.format(directory=directory, **values))
    (directory / "etc/master.cf").write_text(
        _MASTER.format(telling_port=relay.telling_port, quiet_port=relay.quiet_port)
    )
    (directory / "etc/header_checks").write_text("/^(Subject|From):/ INFO\n")


def _run(*arguments: str) -> None:
    """The system's program with another configuration; its clock is UTC."""
    done = subprocess.run(  # noqa: S603  # Ours.
        [str(POSTFIX), *arguments], env=os.environ | {"TZ": "UTC"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def _log_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Dovecot's authentication protocol 1.1, for one user."""
    writer.write(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef\nDONE\n")
    try:
        while line := (await reader.readline()).decode().rstrip("\n"):
            verb, request, *parameters = line.split("\t")
            if verb != "AUTH":
                continue
            (response,) = (each.partition("=")[2] for each in parameters if each.startswith("resp="))
            knows = base64.b64decode(response).decode() == f"\0{USER}\0{PASSWORD}"
            writer.write((f"OK\t{request}\tuser={USER}\n" if knows else f"FAIL\t{request}\n").encode())
            await writer.drain()
    finally:
        writer.close()
