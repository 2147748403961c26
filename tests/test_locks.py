"""The locks: whole, hashed, and free of where they were made."""

import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = [Requirement(line) for extra in PROJECT["optional-dependencies"].values() for line in extra]
LOCKS = {"runtime.lock": RUNTIME, "dev.lock": RUNTIME + EXTRAS}
NPM = sorted([*ROOT.glob("*/package.json"), *ROOT.glob("tests/*/package.json")])
_EXTRAS = r"(?:\[[\w.,-]+\])?"
PIN = re.compile(rf"^([\w.-]+){_EXTRAS}==(\S+)(.*)", re.MULTILINE)


def lock(name: str) -> str:
    return (ROOT / "requirements" / name).read_text()


def pins(name: str) -> dict[str, str]:
    return {canonicalize_name(package): version for package, version, _ in PIN.findall(lock(name))}


def _requires(package: str) -> list[str]:
    """What a package that is installed asks for; none of one that this platform does not need."""
    try:
        return requires(package) or []
    except PackageNotFoundError:
        return []


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
def test_a_lock_names_the_extras_that_its_packages_ask_for(name: str) -> None:
    # Without them pip takes the newest release for the extra's, and refuses it: it has no hash.
    text = lock(name)
    asked = {
        f"{inner.name}[{extra}]"
        for package in pins(name)
        for inner in map(Requirement, _requires(package))
        for extra in inner.extras
        if inner.marker is None or inner.marker.evaluate({"extra": ""})
    }
    assert [each for each in sorted(asked) if not re.search(rf"(?mi)^{re.escape(each)}==", text)] == []


# Whoever makes the lock has one of them, and who installs it another.
PYTHONS = ["3.11.0", "3.12.0", "3.13.0", "3.14.0"]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_its_packages_need_on_another_python(name: str, python: str) -> None:
    there = {"extra": "", "python_full_version": python, "python_version": python.rpartition(".")[0]}
    needed = {
        (package, canonicalize_name(inner.name))
        for package in pins(name)
        for inner in map(Requirement, _requires(package))
        if inner.marker is None or inner.marker.evaluate(there)
    }
    assert sorted(each for each in needed if each[1] not in pins(name)) == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_no_address_and_no_path(name: str) -> None:
    assert re.findall(r"(?m)^(?:-.*|.*(?:://| @ |\s[./]).*)$", lock(name)) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    text = lock(name)
    hashed = re.findall(rf"(?m)^[\w.-]+{_EXTRAS}==\S+ \\\n    --hash=sha256:[0-9a-f]{{64}}", text)
    assert len(hashed) == len(pins(name)) > 0


def test_both_locks_agree() -> None:
    assert pins("runtime.lock").items() <= pins("dev.lock").items()


def test_production_gets_no_tools_and_no_embedded_database() -> None:
    assert {canonicalize_name(r.name) for r in EXTRAS} & pins("runtime.lock").keys() == set()


def npm_packages(manifest: Path) -> dict[str, Any]:
    packages: dict[str, Any] = json.loads(manifest.with_name("package-lock.json").read_text())["packages"]
    return packages


@pytest.mark.parametrize("manifest", NPM, ids=lambda manifest: manifest.parent.name)
def test_an_npm_lock_is_that_of_its_manifest_which_names_exact_versions(manifest: Path) -> None:
    packages = npm_packages(manifest)
    root = packages.pop("")
    for kind in ("dependencies", "devDependencies"):
        wanted = json.loads(manifest.read_text()).get(kind, {})
        assert root.get(kind, {}) == wanted
        assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


@pytest.mark.parametrize("manifest", NPM, ids=lambda manifest: manifest.parent.name)
def test_every_npm_package_has_a_hash_and_none_an_address(manifest: Path) -> None:
    packages = npm_packages(manifest)
    del packages[""]
    unhashed = [path for path, package in packages.items() if not package.get("integrity", "").startswith("sha512-")]
    addressed = [path for path, package in packages.items() if "resolved" in package]
    assert (unhashed, addressed) == ([], [])
    assert len(packages) > 0
