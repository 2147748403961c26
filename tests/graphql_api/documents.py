"""Queries that schemathesis makes up from the schema, said in other ways: variables, fragments, aliases, directives."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import schemathesis
from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    build_schema,
    get_named_type,
    is_required_argument,
    parse,
    parse_type,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from hypothesis import strategies as st

_PATH = Path(__file__).parents[2] / "schema.graphql"
_SCHEMA = build_schema(_PATH.read_text())
# What could not be read has no `ok`.
OPERATIONS = [found.ok() for found in schemathesis.graphql.from_path(_PATH).get_all_operations()]  # type: ignore[union-attr]
_QUERIES = [operation for operation in OPERATIONS if operation.label.startswith("Query.")]
_MOST_CHANGES = 10


@dataclass(frozen=True)
class Asked:
    """A document, and the values of its variables."""

    text: str
    variables: dict[str, Any]


@st.composite
def queries(draw: st.DrawFn, ids: tuple[str, ...]) -> Asked:
    """A valid query of one to three fields of the root; most arguments that are ids are these."""
    selections: list[FieldNode] = []
    for number in range(draw(st.integers(1, 3))):
        [made] = parse(draw(draw(st.sampled_from(_QUERIES)).as_strategy()).body).definitions
        assert isinstance(made, OperationDefinitionNode)
        for position, each in enumerate(made.selection_set.selections):
            assert isinstance(each, FieldNode)
            selections.append(replace(each, alias=NameNode(value=f"root{number}{position}")))
        operation = replace(
            made, name=NameNode(value="Q"), selection_set=SelectionSetNode(selections=tuple(selections))
        )
    types = TypeInfo(_SCHEMA)
    writing = _Writing(draw, ids, types)
    [written] = visit(DocumentNode(definitions=(operation,)), TypeInfoVisitor(types, writing)).definitions
    written = replace(written, variable_definitions=tuple(writing.definitions))
    return Asked(print_ast(DocumentNode(definitions=(written, *writing.fragments))), writing.variables)


class _Writing(Visitor):
    """Says some of the fields and arguments that it leaves in another way."""

    def __init__(self, draw: st.DrawFn, ids: tuple[str, ...], types: TypeInfo) -> None:
        super().__init__()
        self._draw = draw
        self._ids = ids
        self._types = types
        self._changes = 0
        self.definitions: list[VariableDefinitionNode] = []
        self.variables: dict[str, Any] = {}
        self.fragments: list[FragmentDefinitionNode] = []

    def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        """Left out, with a value that fits more often, or with a variable."""
        argument = self._types.get_argument()
        directive, type_ = self._types.get_directive(), self._types.get_input_type()
        if directive is not None or argument is None or type_ is None:
            return None
        node = self._fitting(node)
        if not self._changed():
            return node
        if not is_required_argument(argument) and self._draw(st.booleans()):
            return self.REMOVE  # type: ignore[return-value]  # What a visitor may return.
        name = self._variable(str(type_), node.value)
        return replace(node, value=VariableNode(name=NameNode(value=name)))

    def leave_field(self, node: FieldNode, *_: Any) -> SelectionNode | None:
        """With an alias, with a directive, or in a fragment."""
        if node.selection_set and self._changed():
            node = replace(node, selection_set=self._in_fragment(node.selection_set))
        if not self._changed():
            return node
        how = self._draw(st.sampled_from(["alias", "skip", "include", "typename"]))
        if how == "alias":
            return replace(node, alias=node.alias or NameNode(value=f"a{self._changes}"))
        if how == "typename":
            # Beside it, so that no selection is left empty.
            return node if not node.selection_set else replace(node, selection_set=_with_type_name(node.selection_set))
        return replace(node, directives=(self._condition(how),))

    def _fitting(self, node: ArgumentNode) -> ArgumentNode:
        """Most numbers and ids that are made up are wrong ones."""
        value: ValueNode = node.value
        if node.name.value in {"first", "last"} and isinstance(value, IntValueNode):
            value = IntValueNode(value=str(self._draw(st.sampled_from([0, 1, 2, 3, 50, 100, 101, -1]))))
        elif node.name.value in {"id", "sameMessageAs"} and isinstance(value, StringValueNode):
            value = StringValueNode(value=self._draw(st.sampled_from(self._ids)))
        return replace(node, value=value)

    def _in_fragment(self, below: SelectionSetNode) -> SelectionSetNode:
        type_ = get_named_type(self._types.get_type())
        if type_ is None:
            return below
        on = NamedTypeNode(name=NameNode(value=type_.name))
        if self._draw(st.booleans()):
            directives = (self._condition("include"),) if self._draw(st.booleans()) else ()
            inline = InlineFragmentNode(type_condition=on, directives=directives, selection_set=below)
            return _with_type_name(SelectionSetNode(selections=(inline,)))
        name = NameNode(value=f"F{len(self.fragments)}")
        self.fragments.append(
            FragmentDefinitionNode(
                name=name, type_condition=on, directives=(), selection_set=below, variable_definitions=()
            )
        )
        return SelectionSetNode(selections=(FragmentSpreadNode(name=name, directives=()),))

    def _condition(self, name: str) -> DirectiveNode:
        value: ValueNode = BooleanValueNode(value=self._draw(st.booleans()))
        if self._draw(st.booleans()):
            value = VariableNode(name=NameNode(value=self._variable("Boolean!", value)))
        argument = ArgumentNode(name=NameNode(value="if"), value=value)
        return DirectiveNode(name=NameNode(value=name), arguments=(argument,))

    def _variable(self, type_: str, value: ValueNode) -> str:
        """A new variable of this value; it is given, its default, or nothing where it may be."""
        name = f"v{len(self.definitions)}"
        given = self._draw(st.sampled_from(["given", "default", "neither"]))
        default: Any = value if given == "default" else None
        self.definitions.append(
            VariableDefinitionNode(
                variable=VariableNode(name=NameNode(value=name)),
                type=parse_type(type_),
                default_value=default,
                directives=(),
            )
        )
        if given == "given" or (given == "neither" and type_.endswith("!")):
            self.variables[name] = value_from_ast_untyped(value)
        return name

    def _changed(self) -> bool:
        """Whether to change something here; a document with too much of it is refused."""
        if self._changes >= _MOST_CHANGES or self._draw(st.integers(0, 3)):
            return False
        self._changes += 1
        return True


def _with_type_name(below: SelectionSetNode) -> SelectionSetNode:
    return replace(below, selections=(*below.selections, FieldNode(name=NameNode(value="__typename"))))
