"""The service behind a real nginx, set up as docs/nginx.conf says: TLS, a path prefix, the client's own address."""

import asyncio
import os
import shutil
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from models.clock import utc_now
from tests.cli import test_serve
from tests.cli.test_serve import AMELIE, RECIPIENTS, STARTS_WITHIN, Serve, Server, free_port

EXAMPLE = Path(__file__).parents[2] / "docs" / "nginx.conf"
NGINX = shutil.which("nginx", path=os.defpath + ":/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
# All that nginx would else keep in the system's directories.
AROUND = """
daemon off;
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/example.conf;
}}
"""
# nginx and the service stand at 127.0.0.1, which is trusted; the client comes from elsewhere.
CLIENT = "127.0.0.2"
FORGED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: apt-get install nginx-light).")

serve, recipient = test_serve.serve, test_serve.recipient


@dataclass(frozen=True)
class Proxied:
    """A service behind nginx."""

    service: Server
    http_port: int
    https_port: int
    certificate: Path
    access_log: Path

    def client(self) -> httpx.AsyncClient:
        """Asks by TLS, below the prefix, with a token and forged headers."""
        transport = httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(cafile=self.certificate), local_address=CLIENT
        )
        return httpx.AsyncClient(
            transport=transport,
            base_url=f"https://127.0.0.1:{self.https_port}/smtp-activity",
            headers=self.service.headers | FORGED,
        )


@pytest.fixture
async def proxied(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxied]:
    """The example as it stands, but for its addresses and files."""
    monkeypatch.setenv("SMTP_ACTIVITY_TRUSTED_PROXIES", '["127.0.0.1/32"]')
    certificate, key = write_certificate(tmp_path)
    async with serve() as service:
        proxied = Proxied(service, free_port(), free_port(), certificate, tmp_path / "access.log")
        example = EXAMPLE.read_text()
        for written, here in {
            "server 127.0.0.1:8000;": f"server {service.url.removeprefix('http://')};",
            "listen 80;": f"listen 127.0.0.1:{proxied.http_port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{proxied.https_port} ssl;",
            "/etc/ssl/mail.example.com.pem": str(certificate),
            "/etc/ssl/mail.example.com.key": str(key),
            "/var/log/nginx/smtp-activity.log": str(proxied.access_log),
        }.items():
            assert example.count(written) == 1
            example = example.replace(written, here)
        (tmp_path / "example.conf").write_text(example)
        (tmp_path / "nginx.conf").write_text(AROUND.format(directory=tmp_path))
        process = await asyncio.create_subprocess_exec(
            str(NGINX), "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path), stderr=asyncio.subprocess.PIPE
        )
        try:
            await listening(process, proxied.https_port)
            yield proxied
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()


def write_certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody else signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(utc_now() - timedelta(hours=1))
        .not_valid_after(utc_now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "certificate.pem", directory / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


async def listening(process: asyncio.subprocess.Process, port: int) -> None:
    """Wait until nginx takes connections; a configuration that it refuses ends it."""
    async with asyncio.timeout(STARTS_WITHIN):
        while True:
            if process.returncode is not None:
                assert process.stderr is not None
                raise AssertionError((await process.stderr.read()).decode())
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return


async def lines_of(access_log: Path) -> list[str]:
    """What nginx wrote, which it does when it has answered."""
    async with asyncio.timeout(STARTS_WITHIN):
        while True:
            if lines := (await asyncio.to_thread(access_log.read_text)).splitlines():
                return lines
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("recipient")
async def test_it_answers_below_a_prefix_and_tells_browsers_to_stay_with_tls(proxied: Proxied) -> None:
    async with proxied.client() as client:
        answer = await client.post("/graphql", json={"query": RECIPIENTS})
        assert answer.json()["data"] == AMELIE
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert (await client.get("/readyz")).text == "ready\n"
        # No redirect, which would lead out of the prefix.
        assert (await client.post("/graphql/", json={"query": RECIPIENTS})).status_code == 404


async def test_the_client_is_who_came_to_nginx_whatever_it_claims(proxied: Proxied) -> None:
    async with proxied.client() as client:
        await client.post("/graphql?query=amelie@example.com", json={"query": "{ viewer { id } }"})
    _, log = await proxied.service.stop()
    assert [line["client"] for line in log if line.get("endpoint") == "graphql"] == [CLIENT]
    (line,) = await lines_of(proxied.access_log)
    assert line.startswith(f"{CLIENT} ")
    assert '"POST /smtp-activity/graphql" ' in line
    assert "amelie" not in line


async def test_plain_http_leads_to_tls(proxied: Proxied) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"http://127.0.0.1:{proxied.http_port}/smtp-activity/graphql")
    assert answer.status_code == 308
    assert answer.headers["location"] == "https://127.0.0.1/smtp-activity/graphql"
