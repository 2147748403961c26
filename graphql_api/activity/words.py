"""Plain words as the API shows them: what columns mean, in the language that the caller asks for."""

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

import strawberry

from graphql_api.activity.frame import Frame
from graphql_api.columns import Row, Words, as_shown
from models import explanation


@strawberry.enum(description="A language of explanations.")
class Language(Enum):
    """Each with its name."""

    EN = strawberry.enum_value(explanation.Language.EN, description="English.")
    FR = strawberry.enum_value(explanation.Language.FR, description="French.")


Explain = Callable[[Frame, Row, explanation.Language], str]


def words(*columns: str, explain: Explain, description: str) -> Any:
    """A field that says in plain words what these columns of its object's `row` mean."""

    def say(frame: Frame, row: Row, language: Language | None = Language.EN) -> str:
        return explain(frame, row, explanation.Language[(language or Language.EN).name])

    def resolve(
        root: Any,
        language: Annotated[
            Language | None, strawberry.argument(description="The language of the words.")
        ] = Language.EN,
    ) -> str:
        return say(root.frame, root.row, language)

    return strawberry.field(resolver=resolve, description=description, metadata=as_shown(Words(columns, say)))
