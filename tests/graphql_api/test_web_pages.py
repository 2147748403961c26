"""How the pages are served: with which headers, to whose frames, and what is said where they are not built."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette

from graphql_api.settings import Settings
from graphql_api.web_pages import page_routes
from models.explanation import OF_STATUS

Open = Callable[..., httpx.AsyncClient]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What `make pages` leaves, as far as serving cares."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>Activity</title>")
    (tmp_path / "graphiql.html").write_text("<title>GraphiQL</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("// " + "a" * 2_000)
    return tmp_path


@pytest.fixture
def open_pages(built: Path) -> Open:
    """A client of the pages alone, with these settings."""

    def pages(directory: Path = built, **settings: Any) -> httpx.AsyncClient:
        app = Starlette(routes=page_routes(Settings.model_validate(settings), directory))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")

    return pages


async def test_the_activity_page_lets_nothing_in_from_elsewhere(open_pages: Open) -> None:
    async with open_pages() as client:
        page = await client.get("/")
    assert (page.status_code, page.text) == (200, "<title>Activity</title>")
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_configured_origins_may_frame_the_activity_page_and_are_told_to_it(open_pages: Open) -> None:
    async with open_pages(embed_origins=("https://mail.example", "https://panel.example:8443")) as client:
        policy = (await client.get("/")).headers["content-security-policy"]
        settings = await client.get("/page-settings.json")
    assert policy.endswith("; frame-ancestors https://mail.example https://panel.example:8443")
    assert settings.json() == {
        "embedOrigins": ["https://mail.example", "https://panel.example:8443"],
        "demoCallers": [],
    }


@pytest.mark.parametrize(
    ("address", "offered"),
    [
        ("http://127.0.0.1:8000", [{"name": "acme", "token": "a.b.c"}]),
        ("http://localhost:8000", [{"name": "acme", "token": "a.b.c"}]),
        ("http://rebound.example:8000", []),
    ],
)
async def test_demo_callers_are_offered_to_this_machine_only(
    built: Path, address: str, offered: list[dict[str, str]]
) -> None:
    app = Starlette(routes=page_routes(Settings(), built, demo_tokens=lambda: {"acme": "a.b.c"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=address) as client:
        assert (await client.get("/page-settings.json")).json()["demoCallers"] == offered


async def test_the_legend_is_told_every_status_in_every_language(open_pages: Open) -> None:
    async with open_pages() as client:
        explanations = (await client.get("/status-explanations.json")).json()
    assert explanations == {status: {"EN": en, "FR": fr} for status, (en, fr) in OF_STATUS.items()}


async def test_nobody_frames_graphiql(open_pages: Open) -> None:
    async with open_pages(embed_origins=("https://mail.example",)) as client:
        page = await client.get("/graphiql")
    assert page.text == "<title>GraphiQL</title>"
    policy = page.headers["content-security-policy"]
    assert "; script-src 'self'; style-src 'self' 'unsafe-inline';" in policy
    assert "; font-src 'self' data:;" in policy
    assert policy.endswith("; frame-ancestors 'none'")


async def test_graphiql_can_be_switched_off(open_pages: Open) -> None:
    async with open_pages(graphiql=False) as client:
        assert (await client.get("/graphiql")).status_code == 404
        assert (await client.get("/")).status_code == 200


async def test_an_asset_is_kept_for_ever_and_sent_compressed(open_pages: Open) -> None:
    async with open_pages() as client:
        asset = await client.get("/assets/index-abc.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-encoding"] == "gzip"
    assert asset.text == "// " + "a" * 2_000


@pytest.mark.parametrize("path", ["/", "/graphiql"])
async def test_a_page_that_is_not_built_says_what_builds_it(open_pages: Open, tmp_path: Path, path: str) -> None:
    async with open_pages(tmp_path / "nothing") as client:
        page = await client.get(path)
    assert page.status_code == 503
    assert "`make pages` builds them" in page.text


@pytest.mark.parametrize("path", ["/assets/missing.js", "/assets/../index.html", "/assets/"])
async def test_what_is_no_asset_is_not_found(open_pages: Open, tmp_path: Path, path: str) -> None:
    async with open_pages() as client:
        assert (await client.get(path)).status_code == 404


async def test_the_service_shows_pages_without_marking_them_private(client: httpx.AsyncClient) -> None:
    settings = await client.get("/page-settings.json")
    assert settings.headers["cache-control"] == "no-cache"
    assert (await client.get("/healthz")).headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("origin", ["mail.example", "https://mail.example/", "*", "https://a.example; script-src *"])
def test_what_is_not_an_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError, match="embed_origins"):
        Settings.model_validate({"embed_origins": (origin,)})
