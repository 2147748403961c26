"""Which rows a message has: aliases give way to where they lead, in whatever order the lines are read."""

from datetime import UTC, datetime
from itertools import permutations

from models.event import Accepted, HandedOn, Reported
from models.projection import MessageTimes
from models.recipients import Recipient, RecipientReport, Recipients
from models.status import Status

Reports = tuple[RecipientReport, ...]
AT = datetime(2026, 11, 23, 18, 45, 19, tzinfo=UTC)


def accepted(recipient: str) -> Accepted:
    return Accepted(relay="relay1", queue_id="Q1", occurred_at=AT, recipient=recipient)


def delivered(recipient: str, delivered_to: str | None = None, status: Status = Status.DELIVERED) -> Reported:
    return Reported(
        relay="relay1", queue_id="Q1", occurred_at=AT, status=status, recipient=recipient, delivered_to=delivered_to
    )


def rows_of(*reports: RecipientReport) -> set[Recipient]:
    recipients = Recipients()
    for report in reports:
        recipients.apply(report)
    return recipients.reported.keys() - recipients.superseded(MessageTimes(AT))


def test_an_accepted_recipient_is_a_row() -> None:
    assert rows_of(accepted("ana@ok.test")) == {Recipient("ana@ok.test")}


def test_the_final_addresses_of_an_alias_take_its_place_in_any_order() -> None:
    reports: Reports = (
        accepted("team@a.test"),
        delivered("team@a.test", "one@b.test"),
        delivered("team@a.test", "two@c.test"),
    )
    for order in permutations(reports):
        assert rows_of(*order) == {Recipient("team@a.test", "one@b.test"), Recipient("team@a.test", "two@c.test")}


def test_an_alias_that_also_delivers_to_itself_keeps_its_own_row() -> None:
    reports: Reports = accepted("team@a.test"), delivered("team@a.test"), delivered("team@a.test", "two@c.test")
    for order in permutations(reports):
        assert rows_of(*order) == {Recipient("team@a.test"), Recipient("team@a.test", "two@c.test")}


def test_two_aliases_of_one_mailbox_are_two_rows() -> None:
    rows = rows_of(delivered("team@a.test", "one@b.test"), delivered("help@a.test", "one@b.test"))
    assert rows == {Recipient("team@a.test", "one@b.test"), Recipient("help@a.test", "one@b.test")}


def test_a_recipient_handed_on_is_a_row_without_an_outcome() -> None:
    recipients = Recipients()
    recipients.apply(HandedOn(relay="relay1", queue_id="Q1", occurred_at=AT, next_queue_id="Q2", recipient="a@b.test"))
    assert [event.status for event in recipients.reported[Recipient("a@b.test")]] == [Status.ACCEPTED]


def test_an_alias_is_touched_when_its_final_address_turns_up() -> None:
    recipients = Recipients()
    recipients.load(Recipient("team@a.test"), ())
    recipients.apply(delivered("team@a.test", "one@b.test"))
    assert recipients.touched == {Recipient("team@a.test"), Recipient("team@a.test", "one@b.test")}


def test_only_what_a_batch_speaks_of_is_touched_unless_the_message_changed() -> None:
    recipients = Recipients()
    recipients.load(Recipient("ana@b.test"), ())
    recipients.apply(delivered("bob@b.test"))
    assert recipients.touched == {Recipient("bob@b.test")}
    recipients.touch_all()
    assert recipients.touched == {Recipient("bob@b.test"), Recipient("ana@b.test")}
