"""Rows by whole addresses of recipients: two indexes on hashes have the rows of an address in the order of a page.

An address is a row's recipient, or the one that an alias sent it to; it is asked for as `search_text` has it, folded.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Table,
    Text,
    all_,
    and_,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    true,
)

from models.activity import DELIVERED_TO, RECIPIENT, SmtpActivity

# The parameter: a list of folded addresses, each of them once.
ADDRESSES = "asked_addresses"

_ACTIVITY: Table = SmtpActivity.metadata.tables["smtp_activity"]
_addresses = cast(bindparam(ADDRESSES), ARRAY(Text))
_asked = func.unnest(_addresses).table_valued(column("address", Text), name="asked").render_derived()
_recipient, _delivered_to = literal_column(RECIPIENT, Text), literal_column(DELIVERED_TO, Text)
_has_alias = _ACTIVITY.c.delivered_to.is_not(None)


def _hash(address: ColumnElement[Any]) -> ColumnElement[int]:
    return func.hashtextextended(address, literal_column("0"))


def _has_one(place: ColumnElement[Any]) -> ColumnElement[bool]:
    hashes = func.array(select(_hash(_asked.c.address)).scalar_subquery())
    return and_(_hash(place) == any_(hashes), place == any_(_addresses))


def _has_asked(place: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(_hash(place) == _hash(_asked.c.address), place == _asked.c.address)


# Whether a row is of one of these addresses.
IS_RECIPIENT = or_(_has_one(_recipient), and_(_has_alias, _has_one(_delivered_to)))
# The same for `of_each_recipient`: a row that has two of them is found by its recipient alone.
PLACES = (_has_asked(_recipient), and_(_has_alias, _has_asked(_delivered_to), _recipient != all_(_addresses)))


def of_each_recipient(rows: Select[Any]) -> Select[Any]:
    """Rows that were selected at one of the `PLACES`: once for each address, with its own order and limit."""
    found = rows.lateral("found")
    return select(*found.c).select_from(_asked.join(found, true()))
