"""The locks: whole, hashed, and free of where they were made."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = [Requirement(line) for extra in PROJECT["optional-dependencies"].values() for line in extra]
LOCKS = {"runtime.lock": RUNTIME, "dev.lock": RUNTIME + EXTRAS}
PIN = re.compile(r"^([\w.-]+)==(\S+)(.*)", re.MULTILINE)


def lock(name: str) -> str:
    return (ROOT / "requirements" / name).read_text()


def pins(name: str) -> dict[str, str]:
    return {canonicalize_name(package): version for package, version, _ in PIN.findall(lock(name))}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_every_dependency_in_a_version_that_pyproject_allows(name: str) -> None:
    locked = pins(name)
    unmet = [str(r) for r in LOCKS[name] if locked.get(canonicalize_name(r.name), "0") not in r.specifier]
    assert unmet == [], "run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_the_extras_of_dependencies_need(name: str) -> None:
    needed = {
        canonicalize_name(inner.name)
        for outer in LOCKS[name]
        for extra in outer.extras
        for inner in map(Requirement, requires(outer.name) or ())
        if inner.marker and inner.marker.evaluate({"extra": extra}) and not inner.marker.evaluate({"extra": ""})
    }
    assert needed - pins(name).keys() == set(), "run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_no_address_and_no_path(name: str) -> None:
    assert re.findall(r"(?m)^(?:-.*|.*(?:://| @ |\s[./]).*)$", lock(name)) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    text = lock(name)
    hashed = re.findall(r"(?m)^[\w.-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", text)
    assert len(hashed) == len(pins(name)) > 0


def test_both_locks_agree() -> None:
    assert pins("runtime.lock").items() <= pins("dev.lock").items()


def test_production_gets_no_tools_and_no_embedded_database() -> None:
    assert {canonicalize_name(r.name) for r in EXTRAS} & pins("runtime.lock").keys() == set()
