"""Which columns a field shows: declared at the field, so that a page reads what its selection needs and no more.

A type that is shown from a row has two attributes of its own: the `row`, and the `frame`, which is what rows that are
shown together have in common. Every value is ready for JSON: a text, a number, a truth or null.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import strawberry
from strawberry.types.field import StrawberryField

_SHOWN = "shown"


class Row(Protocol):
    """A row as the database room hands it over."""

    def __getitem__(self, column: str, /) -> Any:
        """The value of a column that was read."""

    def keys(self) -> Iterator[str]:
        """The columns, in the order of the values."""

    def __iter__(self) -> Iterator[Any]:
        """The values."""


class Column(NamedTuple):
    """The value of one column: as it is, what `show` makes of it, or what `show_all` makes of those of many rows.

    Both are given the frame first.
    """

    columns: tuple[str]
    show: Callable[[Any], Callable[[Any], Any]] | None
    show_all: Callable[[Any], Callable[[Sequence[Any]], Sequence[Any]]] | None


class Words(NamedTuple):
    """What several columns say together: `say` is given the frame, the row and the field's arguments."""

    columns: tuple[str, ...]
    say: Callable[..., Any]


class SameRow(NamedTuple):
    """An object that is shown from the same row; null where its column's value is none of these."""

    columns: tuple[str]
    where: frozenset[Any] | None


class OwnRows(NamedTuple):
    """A list of objects from rows of another kind: `rows` is given the frame, the row and the field's arguments."""

    rows: Callable[..., Sequence[Row]]
    columns: tuple[str, ...] = ()


class ItsRows(NamedTuple):
    """A list of objects from the rows of an object, which has a `frame` for them."""

    rows: Callable[[Any], Sequence[Row]]
    columns: tuple[str, ...] = ()


Shown: TypeAlias = Column | Words | SameRow | OwnRows | ItsRows


def shown(field: StrawberryField) -> Shown | None:
    """How a field is shown from a row; None for every other field."""
    return field.metadata.get(_SHOWN)


def as_shown(how: Shown) -> dict[Any, Any]:
    """The metadata of a field whose own resolver does just this."""
    return {_SHOWN: how}


def column(
    name: str,
    *,
    description: str,
    show: Callable[[Any], Callable[[Any], Any]] | None = None,
    show_all: Callable[[Any], Callable[[Sequence[Any]], Sequence[Any]]] | None = None,
) -> Any:
    """A field that shows a column of its object's row; `show_all` is for what is cheaper for many rows at once."""

    def resolve(root: Any) -> Any:
        value = root.row[name]
        if show_all:
            return show_all(root.frame)([value])[0]
        return show(root.frame)(value) if show else value

    how = Column((name,), show, show_all)
    return strawberry.field(resolver=resolve, description=description, metadata=as_shown(how))


def same_row(type_: type, name: str, *, description: str, where: frozenset[Any] | None = None) -> Any:
    """A field whose object is shown from the same row."""

    def resolve(root: Any) -> Any:
        is_there = where is None or root.row[name] in where
        return type_(row=root.row, frame=root.frame) if is_there else None

    return strawberry.field(resolver=resolve, description=description, metadata=as_shown(SameRow((name,), where)))


def its_rows(type_: type, rows: Callable[[Any], Sequence[Row]], *, description: str) -> Any:
    """A field that lists objects, one from each of an object's rows."""

    def resolve(root: Any) -> Any:
        return [type_(row=row, frame=root.frame) for row in rows(root)]

    return strawberry.field(resolver=resolve, description=description, metadata=as_shown(ItsRows(rows)))
