"""The schema against its contract: what is there equals it to the letter, what is not there yet is on a list."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import Node, SchemaDefinitionNode, parse, print_ast
from graphql import build_schema as schema_from_sdl

from auth.permissions import Permission
from graphql_api.errors import ErrorCode
from graphql_api.permission import guarded_field
from graphql_api.schema import DESCRIPTION, build_schema, print_sdl

CONTRACT = Path(__file__).parent / "contract.graphql"

# What later issues bring. A type stands for all that is in it.
LATER: set[str] = set()


def test_what_is_there_is_what_the_contract_says() -> None:
    contract = definitions(CONTRACT.read_text())
    printed = definitions(print_sdl())
    assert printed == {coordinate: contract.get(coordinate) for coordinate in printed}


def test_what_is_missing_comes_later() -> None:
    missing = definitions(CONTRACT.read_text()).keys() - definitions(print_sdl()).keys()
    assert {coordinate for coordinate in missing if not LATER & set(_with_owners(coordinate))} == set()
    assert {later for later in LATER if later not in missing} == set()


def test_fields_stand_in_the_contracts_order() -> None:
    printed = list(definitions(print_sdl()))
    contract = [coordinate for coordinate in definitions(CONTRACT.read_text()) if coordinate in set(printed)]
    owners = {owner for coordinate in printed for owner in _with_owners(coordinate)[1:]}
    assert {owner: _members(owner, printed) for owner in owners} == {
        owner: _members(owner, contract) for owner in owners
    }


def test_everything_has_a_description() -> None:
    assert [coordinate for coordinate, text in definitions(print_sdl()).items() if not text["description"]] == []


def test_the_schemas_description_lists_all_error_codes_and_no_other() -> None:
    _, _, listing = DESCRIPTION.partition("`extensions.code`: ")
    listed = re.findall(r"[A-Z]+(?:_[A-Z]+)+|[A-Z]{5,}", listing.partition(" Codes are stable")[0])
    assert sorted(listed) == sorted(ErrorCode)


def test_the_error_codes_are_the_contracts() -> None:
    schema = parse(CONTRACT.read_text()).definitions[0]
    assert isinstance(schema, SchemaDefinitionNode)
    assert schema.description is not None
    assert [code for code in ErrorCode if code not in schema.description.value] == []


def test_the_printed_schema_is_complete_and_says_what_it_is() -> None:
    rebuilt = schema_from_sdl(print_sdl())
    assert rebuilt.description == build_schema().description == DESCRIPTION
    assert [directive.name for directive in rebuilt.directives if directive.name == "oneOf"] == ["oneOf"]


def test_it_prints_the_same_every_time() -> None:
    assert print_sdl() == print_sdl()


def test_a_guarded_field_that_does_not_say_so_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="requires"):
        guarded_field(Permission.ACCESS_SMTP_ACTIVITIES, description="Everybody's.")


def definitions(sdl: str) -> dict[str, dict[str, Any]]:
    """What an SDL says of each type, field, argument, value and directive, by its coordinate."""
    top_level = [node for node in parse(sdl).definitions if not isinstance(node, SchemaDefinitionNode)]
    return dict(found for node in top_level for found in _definitions(node, ""))


def _definitions(node: Any, owner: str) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = node.kind
    name = f"@{node.name.value}" if kind == "directive_definition" else node.name.value
    coordinate = owner.format(name) if owner else name
    yield coordinate, _said(node)
    for field in getattr(node, "fields", None) or getattr(node, "values", None) or ():
        yield from _definitions(field, f"{coordinate}.{{}}")
    for argument in getattr(node, "arguments", None) or ():
        yield from _definitions(argument, f"{coordinate}({{}}:)")


def _said(node: Any) -> dict[str, Any]:
    parts = {
        key: getattr(node, key, None) for key in ("type", "default_value", "directives", "interfaces", "locations")
    }
    return {
        "kind": node.kind,
        "description": node.description.value if node.description else None,
        **{key: _printed(part) for key, part in parts.items()},
    }


def _printed(part: Any) -> Any:
    if isinstance(part, Node):
        return print_ast(part)
    return [print_ast(each) for each in part or ()]


def _with_owners(coordinate: str) -> list[str]:
    """The coordinate, then what it is in: a field of an argument, the type of a field."""
    owners = [coordinate]
    for separator in ("(", "."):
        if separator in owners[-1]:
            owners.append(owners[-1].partition(separator)[0])
    return owners


def _members(owner: str, coordinates: list[str]) -> list[str]:
    return [coordinate for coordinate in coordinates if _with_owners(coordinate)[1:2] == [owner]]
