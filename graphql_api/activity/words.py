"""Plain words as the API shows them: what columns mean, in the language that the caller asks for."""

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

import strawberry

from graphql_api.activity.columns import Row, shows_columns
from graphql_api.context import Info
from models import explanation
from models.own_rules import OwnRules


@strawberry.enum(description="A language of explanations.")
class Language(Enum):
    """Each with its name."""

    EN = strawberry.enum_value(explanation.Language.EN, description="English.")
    FR = strawberry.enum_value(explanation.Language.FR, description="French.")


Explain = Callable[[Row, explanation.Language, OwnRules], str]


def words(*columns: str, explain: Explain, description: str) -> Any:
    """A field that says in plain words what these columns of its object's `row` mean."""

    def resolve(
        root: Any,
        info: Info,
        language: Annotated[
            Language | None, strawberry.argument(description="The language of the words.")
        ] = Language.EN,
    ) -> str:
        return explain(root.row, explanation.Language[(language or Language.EN).name], info.context.own_rules)

    return strawberry.field(resolver=resolve, description=description, metadata=shows_columns(*columns))
