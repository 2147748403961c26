"""Plain words as the API shows them: a column's meaning in the language that the caller asks for."""

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

import strawberry

from graphql_api.activity.columns import shows_column
from models import explanation


@strawberry.enum(description="A language of explanations.")
class Language(Enum):
    """Each with its name."""

    EN = strawberry.enum_value(explanation.Language.EN, description="English.")
    FR = strawberry.enum_value(explanation.Language.FR, description="French.")


def words(column: str, *, explain: Callable[[Any, explanation.Language], str], description: str) -> Any:
    """A field that says in plain words what a column's value of its object's `row` means."""

    def resolve(
        root: Any,
        language: Annotated[
            Language | None, strawberry.argument(description="The language of the words.")
        ] = Language.EN,
    ) -> str:
        return explain(root.row[column], explanation.Language[(language or Language.EN).name])

    return strawberry.field(resolver=resolve, description=description, metadata=shows_column(column))
