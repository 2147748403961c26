"""How large a document is: measured once, before validation, in linear time however its fragments are spread."""

from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TokenKind,
    get_operation_ast,
)

from graphql_api.cost import CostOf
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.limits import Limits

_INTROSPECTION = frozenset({"__schema", "__type"})
# Fragments that spread others twice reach numbers of hundreds of digits: this many is too many for any limit.
_MANY = 1_000_000


class Size(NamedTuple):
    """Of a selection; the names are those of the limits."""

    depth: int = 0
    introspection_depth: int = 0
    nesting: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Size") -> "Size":
        """Both, side by side: the deeper of two depths, the sum of two numbers."""
        return Size(
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            max(self.nesting, other.nesting),
            min(self.fields + other.fields, _MANY),
            min(self.aliases + other.aliases, _MANY),
            min(self.directives + other.directives, _MANY),
        )


class MeasuredOperation:
    """An operation of a document, its name and type, and what it costs; `plan` is what its executor makes of it."""

    def __init__(
        self,
        document: DocumentNode,
        node: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> None:
        self.document = document
        self.node = node
        self.name = node.name.value if node.name else None
        self.type: str = node.operation.value
        self.plan: Any = None
        self._fragments = fragments
        self._cost: CostOf | None = None

    def cost(self, variables: Mapping[str, Any]) -> int:
        """What it costs, once its document was found valid, with these values of its variables, not yet coerced."""
        if self._cost is None:
            self._cost = CostOf(self.node, self._fragments)
        return self._cost.given(variables)


class MeasuredDocument:
    """A document, and how large it is."""

    def __init__(self, document: DocumentNode) -> None:
        """Raises RecursionError when fields and fragments are nested hundreds of levels deep."""
        self.document = document
        definitions = document.definitions
        self._operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        self._fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
        self._sizes = self._measure()
        # By the names that they were asked by.
        self._asked: dict[str | None, MeasuredOperation] = {}

    def errors(self, limits: Limits) -> list[GraphQLError]:
        """One for each limit that is exceeded."""
        allowed = {name: getattr(limits, name) for name in self._sizes}
        return [too_complex(name, size, allowed[name]) for name, size in self._sizes.items() if size > allowed[name]]

    def operation(self, name: str | None) -> MeasuredOperation | None:
        """The one of this name, without a name the only one; None: there is no such one, or there are several."""
        asked = self._asked.get(name)
        if asked is None and (node := get_operation_ast(self.document, name)):
            asked = self._asked[name] = MeasuredOperation(self.document, node, self._fragments)
        return asked

    def _measure(self) -> dict[str, int]:
        """The larger of two: the whole document as it is written, and each operation with its fragments in place.

        The first is what is parsed and validated, and holds what no operation reaches; the second is what is executed.
        """
        as_written = _Measuring({})
        written = [*map(as_written.definition, self._operations), *map(as_written.definition, self._fragments.values())]
        in_place = _Measuring(self._fragments)
        sizes = [reduce(Size.beside, written, Size()), *map(in_place.definition, self._operations)]
        return {
            "operations": len(self._operations),
            "variables": max((len(each.variable_definitions or ()) for each in self._operations), default=0),
            "name_characters": _longest(self.document, TokenKind.NAME),
            "digits": _longest(self.document, TokenKind.INT, TokenKind.FLOAT),
            **Size(*map(max, zip(*sizes, strict=True)))._asdict(),
        }


def _longest(document: DocumentNode, *kinds: TokenKind) -> int:
    """The length of the longest token of these kinds."""
    longest, token = 0, document.loc.start_token if document.loc else None
    while token:
        if token.kind in kinds:
            longest = max(longest, token.end - token.start)
        token = token.next
    return longest


class _Measuring:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._measured: dict[str, Size] = {}

    def definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> Size:
        """An operation or a fragment, its directives included."""
        directives = sum(len(each.directives or ()) for each in (node, *(node.variable_definitions or ())))
        own = Size(directives=directives)
        return own.beside(self._selections(node.selection_set))

    def _selections(self, node: SelectionSetNode) -> Size:
        return reduce(Size.beside, map(self._selection, node.selections), Size())

    def _selection(self, node: SelectionNode) -> Size:
        match node:
            case FieldNode():
                size = self._field(node)
            case FragmentSpreadNode():
                size = self._fragment(node.name.value)
            case InlineFragmentNode():
                size = self._selections(node.selection_set)
        return size._replace(nesting=size.nesting + 1, directives=size.directives + len(node.directives or ()))

    def _field(self, node: FieldNode) -> Size:
        below = self._selections(node.selection_set) if node.selection_set else Size()
        size = below._replace(depth=below.depth + 1, fields=below.fields + 1)
        if node.alias:
            size = size._replace(aliases=below.aliases + 1)
        if node.name.value in _INTROSPECTION:
            size = size._replace(depth=1, introspection_depth=size.depth)
        return size

    def _fragment(self, name: str) -> Size:
        if name not in self._measured:
            # What a fragment in a cycle finds of itself; validation refuses it.
            self._measured[name] = Size()
            if name in self._fragments:
                self._measured[name] = self.definition(self._fragments[name])
        return self._measured[name]


class TooComplex(ApiError):
    """The document is too complex."""

    code = ErrorCode.QUERY_TOO_COMPLEX

    def __init__(self, limit: str, size: object, allowed: int) -> None:
        super().__init__(f"The document is too complex: {limit.replace('_', ' ')} {size}, at most {allowed}.")
        self.limit = limit


def too_complex(limit: str, size: object, allowed: int) -> GraphQLError:
    """A document's refusal, or an operation's: what exceeds which limit."""
    error = TooComplex(limit, size, allowed)
    return GraphQLError(str(error), original_error=error)
