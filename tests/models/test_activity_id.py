"""Ids: ordered by time, the same at every reading, and ranges that hold exactly what they say."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count
from uuid import RFC_4122, UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.activity_id import EPOCH, IdRange, activity_id, first_id_at, message_range, sent_at, time_range

KEY = b"an installation's own key"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
INSTANTS = st.datetimes(min_value=EPOCH.replace(tzinfo=None), timezones=st.just(UTC))
ACCOUNTS = st.integers(1, 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def holds(ids: IdRange, id_: UUID) -> bool:
    """Whether an id lies in a range."""
    return ids.first <= id_ and (ids.end is None or id_ < ids.end)


@given(INSTANTS, ACCOUNTS, TEXTS, TEXTS, st.none() | TEXTS)
@example(datetime.max.replace(tzinfo=UTC), 1, "m", "a@b", None)
def test_an_id_is_a_uuid_of_version_8_that_carries_the_second_of_arrival(
    arrived_at: datetime, account_id: int, message_key: str, recipient: str, delivered_to: str | None
) -> None:
    id_ = activity_id(KEY, account_id, message_key, arrived_at, recipient, delivered_to)
    assert (id_.version, id_.variant) == (8, RFC_4122)
    assert sent_at(id_) == arrived_at.replace(microsecond=0)


@given(INSTANTS, INSTANTS, TEXTS, TEXTS)
def test_ids_of_an_earlier_second_come_first(one: datetime, other: datetime, message_key: str, recipient: str) -> None:
    one_id = activity_id(KEY, 1, message_key, one, recipient, None)
    other_id = activity_id(KEY, 1, "another", other, "x@y", None)
    if one.replace(microsecond=0) < other.replace(microsecond=0):
        assert one_id < other_id


def test_an_id_is_laid_out_as_it_says_so_that_every_release_finds_the_same_rows() -> None:
    milliseconds = f"{1_795_435_200_000:048b}"
    message = f"{_hash(b'7:message1:714:relay1//4fXyZ1'):064b}"[:26]
    recipient = f"{_hash(b'9:recipient15:zoe@example.com15:zoe@example.com'):064b}"[:48]
    bits = milliseconds + "1000" + message[:12] + "10" + message[12:] + recipient
    id_ = activity_id(KEY, 7, "relay1//4fXyZ1", NOON, "zoe@example.com", None)
    assert f"{id_.int:0128b}" == bits


def _hash(text: bytes) -> int:
    return int.from_bytes(blake2b(text, key=KEY, digest_size=8).digest())


def test_fractions_of_a_second_do_not_count_for_logs_write_them_or_not() -> None:
    written = activity_id(KEY, 7, "m", NOON + timedelta(microseconds=999_999), "a@b", None)
    assert written == activity_id(KEY, 7, "m", NOON, "a@b", None)


def test_key_account_message_recipient_and_final_address_each_make_another_id() -> None:
    ids = {
        activity_id(KEY, 7, "m", NOON, "a@b", None),
        activity_id(b"another key", 7, "m", NOON, "a@b", None),
        activity_id(KEY, 8, "m", NOON, "a@b", None),
        activity_id(KEY, 7, "n", NOON, "a@b", None),
        activity_id(KEY, 7, "m", NOON, "b@b", None),
        activity_id(KEY, 7, "m", NOON, "a@b", "c@d"),
    }
    assert len(ids) == 6


def test_a_recipient_that_is_its_own_final_address_is_one_recipient() -> None:
    assert activity_id(KEY, 7, "m", NOON, "a@b", "a@b") == activity_id(KEY, 7, "m", NOON, "a@b", None)


@pytest.mark.parametrize(("one", "other"), [((1, "1:a"), (11, "a")), ((1, "a"), (1, "a ")), ((1, "é"), (1, "e\u0301"))])
def test_parts_that_look_alike_when_joined_are_told_apart(one: tuple[int, str], other: tuple[int, str]) -> None:
    assert message_range(KEY, *one, NOON) != message_range(KEY, *other, NOON)


@given(INSTANTS, ACCOUNTS, TEXTS, st.lists(st.tuples(TEXTS, st.none() | TEXTS), min_size=1, max_size=5))
def test_a_messages_range_holds_all_its_recipients(
    arrived_at: datetime, account_id: int, message_key: str, recipients: list[tuple[str, str | None]]
) -> None:
    ids = message_range(KEY, account_id, message_key, arrived_at)
    assert all(
        holds(ids, activity_id(KEY, account_id, message_key, arrived_at, recipient, delivered_to))
        for recipient, delivered_to in recipients
    )


@given(INSTANTS, ACCOUNTS, TEXTS, TEXTS)
def test_a_messages_range_holds_nothing_with_another_hash(
    arrived_at: datetime, account_id: int, message_key: str, other_key: str
) -> None:
    ids, others = (message_range(KEY, account_id, key, arrived_at) for key in (message_key, other_key))
    other = activity_id(KEY, account_id, other_key, arrived_at, "a@b", None)
    assert holds(ids, other) == (ids == others)


def test_a_range_that_carries_into_the_variant_holds_its_recipients_too() -> None:
    low_bits = 0x3FFF << 48
    key = next(key for key in map(str, count()) if message_range(KEY, 7, key, NOON).first.int & low_bits == low_bits)
    ids = message_range(KEY, 7, key, NOON)
    assert all(holds(ids, activity_id(KEY, 7, key, NOON, f"{number}@b", None)) for number in range(100))
    assert not holds(ids, first_id_at(NOON + timedelta(seconds=1)))


@given(INSTANTS, INSTANTS, INSTANTS, TEXTS)
def test_a_range_of_time_holds_just_what_arrived_within(
    start: datetime, end: datetime, arrived_at: datetime, recipient: str
) -> None:
    start, end, arrived_at = (instant.replace(microsecond=0) for instant in (start, end, arrived_at))
    id_ = activity_id(KEY, 1, "m", arrived_at, recipient, None)
    assert holds(time_range(start, end), id_) == (start <= arrived_at < end)


def test_instants_before_the_epoch_count_as_the_epoch() -> None:
    assert (
        first_id_at(datetime(1, 1, 1, tzinfo=UTC)) == first_id_at(EPOCH) == UUID("00000000-0000-8000-8000-000000000000")
    )
