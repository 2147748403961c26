"""What every connection says of its page."""

import strawberry

# For who says neither `first` nor `last`; no default in the SDL, where it would collide with `last`.
DEFAULT_PAGE = 50


@strawberry.type(description="`startCursor` and `endCursor` are null on an empty page.")
class PageInfo:
    """Where a page stands; an end that nobody asked for was not looked at and is None."""

    has_next_page: bool | None = strawberry.field(description="More follow.", graphql_type=bool)
    has_previous_page: bool | None = strawberry.field(description="Some come before.", graphql_type=bool)
    start_cursor: str | None = strawberry.field(description="Cursor of the first row.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row.")
