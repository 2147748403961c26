"""The rows that the store writes."""

from datetime import UTC, datetime

from models.activity import SmtpActivity
from models.activity_row import ActivityRow, EventRow, activity_row, event_row, recipient_event
from models.classifier import BUILT_IN
from models.message_facts import MessageFacts
from models.projection import RecipientEvent, project
from models.recipients import Recipient
from models.smtp_event import SmtpEvent
from models.status import Status

AT = datetime(2026, 11, 23, 18, 45, 19, tzinfo=UTC)
KEY = bytes(range(32))
FACTS = MessageFacts(
    "relay1", "", "Q1", AT, account_id=7, envelope_sender="b@northwind.example", sender="news@northwind.example"
)
DEFERRED = RecipientEvent(AT, Status.DEFERRED, "mx", "451 4.3.2 later", 451, "4.3.2", attempted=True)


def row(*events: RecipientEvent, facts: MessageFacts = FACTS) -> ActivityRow:
    return activity_row(KEY, facts, Recipient("ana@ok.test"), project(facts.times, events), BUILT_IN)


def test_rows_have_the_columns_of_their_tables() -> None:
    assert ActivityRow._fields == tuple(column.name for column in SmtpActivity.metadata.tables["smtp_activity"].columns)
    assert EventRow._fields == tuple(column.name for column in SmtpEvent.metadata.tables["smtp_event"].columns)


def test_an_events_row_says_all_that_the_event_said() -> None:
    assert recipient_event(event_row(row(DEFERRED), DEFERRED, BUILT_IN)) == DEFERRED


def test_the_sender_is_the_headers_and_a_refused_recipients_the_envelopes() -> None:
    assert row(DEFERRED).sender == "news@northwind.example"
    assert row(DEFERRED._replace(status=Status.REJECTED)).sender == "b@northwind.example"


def test_a_message_without_any_sender_has_the_null_sender() -> None:
    assert row(DEFERRED, facts=MessageFacts("relay1", "", "Q1", AT, account_id=7)).sender == ""


def test_a_reason_stands_with_the_statuses_that_carry_one() -> None:
    deferred = row(DEFERRED)
    assert (deferred.reason_message, deferred.smtp_code, deferred.enhanced_code) == ("451 4.3.2 later", 451, "4.3.2")
    delivered = row(DEFERRED._replace(status=Status.DELIVERED))
    assert (delivered.reason_category, delivered.reason_message, delivered.smtp_code) == (None, None, None)
