"""SQLAlchemy Core statements, compiled once per shape into what asyncpg takes: `$1` … and values in their order."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

# The plain dialect renders no `$1::VARCHAR` casts: PostgreSQL takes a parameter's type from where it stands.
DIALECT = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped.


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$1` …, its parameters' names in that order, and the values that were given when it was built."""

    sql: str
    parameters: tuple[str, ...]
    constants: Mapping[str, object]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """What to hand to asyncpg after the SQL; raises KeyError for a parameter without a value."""
        return [values[name] if name in values else self.constants[name] for name in self.parameters]


def compile_statement(statement: ClauseElement) -> Statement:
    """Compile once, at import or behind a cache. `bindparam("name")` is a parameter, a plain value a constant.

    `in_` has no fixed number of parameters and is refused; `any_` of one array does the same.
    """
    compiled = statement.compile(dialect=DIALECT)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"{type(statement).__name__} takes no parameters: hand its text to asyncpg.")
    if compiled.post_compile_params:
        raise TypeError("in_() has no fixed number of parameters: write column == any_(bindparam(…, type_=ARRAY(…))).")
    required = {bind.key for bind in compiled.binds.values() if bind.required}
    constants = {name: value for name, value in compiled.params.items() if name not in required}
    return Statement(compiled.string, tuple(compiled.positiontup or ()), constants)
