"""Hashes by which the audit log knows a document and its filters again, and from which neither can be guessed."""

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b, sha256
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    TokenKind,
    Undefined,
    Visitor,
    value_from_ast_untyped,
    visit,
)

# What a client may have written a recipient into.
_FREE_TEXT = frozenset({TokenKind.STRING, TokenKind.BLOCK_STRING, TokenKind.COMMENT})
# Where in a list, not of what.
_PAGE = frozenset({"first", "after", "last", "before"})


def document_hash(document: DocumentNode) -> str | None:
    """SHA-256 of the text, its strings and comments left out: of a document without any, of the text as it is."""
    return sha256("".join(_pieces(document)).encode()).hexdigest() if document.loc else None


def filters_hash(
    key: bytes, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> str | None:
    """BLAKE2b, keyed (RFC 7693), of what the fields' arguments say, by literal or by variable; None without any.

    Where in a list a page stands is left out, and so is null: all pages of one filter have the same hash.
    """
    defaults = {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value
    }
    collected = _Arguments(defaults | dict(variables))
    visit(operation, collected)
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            visit(definition, collected)
    if not collected.fields:
        return None
    text = json.dumps(collected.fields, sort_keys=True)
    return blake2b(text.encode(), key=key, digest_size=16).hexdigest()


def _pieces(document: DocumentNode) -> Iterator[str]:
    if document.loc is None:
        return
    text, end, token = document.loc.source.body, 0, document.loc.start_token.next
    while token:
        if token.kind in _FREE_TEXT:
            yield text[end : token.start]
            end = token.end
        token = token.next
    yield text[end:]


class _Arguments(Visitor):
    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__()
        self._values = values
        self.fields: list[tuple[str, dict[str, Any]]] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        given = {
            each.name.value: value_from_ast_untyped(each.value, self._values)
            for each in node.arguments or ()
            if each.name.value not in _PAGE
        }
        if said := _said(given):
            self.fields.append((node.name.value, said))


def _said(value: Any) -> Any:
    """The value without what is null, not given, or an object of nothing else."""
    if isinstance(value, dict):
        return {name: said for name, each in value.items() if (said := _said(each)) not in (None, {})}
    if isinstance(value, list):
        return [_said(each) for each in value]
    return None if value is Undefined else value
