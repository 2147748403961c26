"""KumoMTA's records as events, by the samples that follow its source."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableLine
from ingest.kumomta import KumoMtaParser
from models.event import Accepted, Arrived, BouncedLate, DeliveryEvent, Described, Expired, HandedOn, Refused, Reported
from models.status import Status
from tests.ingest.kumomta_lines import BEGINNING, NODE, SAMPLES, like, samples


def common(message: int, arrived: int = 0, at: int | None = None) -> dict[str, Any]:
    return {
        "relay": NODE,
        "queue_id": f"1d98076abbbc11ed940250ebf67f93{message:02x}",
        "arrived_at": BEGINNING + timedelta(seconds=arrived),
        "occurred_at": BEGINNING + timedelta(seconds=arrived if at is None else at),
    }


def events(line: bytes) -> list[DeliveryEvent]:
    return list(KumoMtaParser().parse(line))


def arrival(**fields: Any) -> Arrived:
    (arrived,) = (event for event in events(like("Reception", **fields)) if isinstance(event, Arrived))
    return arrived


def description(**fields: Any) -> Described:
    (described,) = (event for event in events(like("Reception", **fields)) if isinstance(event, Described))
    return described


def test_a_reception_says_whose_the_message_is_what_it_is_and_to_whom_it_goes() -> None:
    (oldest, batch, *_) = samples("Reception")
    assert events(oldest) == [
        Arrived(**common(1), credential="northwind", client_address="198.51.100.7", service="kumomta-esmtp"),
        Described(**common(1), envelope_sender="shop@northwind.example", subject="Your order"),
        Accepted(**common(1), recipient="ana@ok.test"),
    ]
    assert events(batch) == [
        Arrived(**common(2, 10), credential="northwind", client_address="198.51.100.7", service="kumomta-esmtp"),
        Described(
            **common(2, 10),
            envelope_sender="shop@northwind.example",
            sender="shop@northwind.example",
            subject="Réservation",
            message_id="2@northwind.example",
        ),
        Accepted(**common(2, 10), recipient="bob@gone.test"),
        Accepted(**common(2, 10), recipient="cid@full.test"),
    ]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Delayed", Reported(**common(1), status=Status.PENDING, recipient="ana@ok.test")),
        (
            "TransientFailure",
            Reported(
                **common(1, at=1),
                status=Status.DEFERRED,
                recipient="ana@ok.test",
                remote_host="mx1.ok.test[192.0.2.27]",
                response="451 4.7.1 Greylisted, try again in 300 seconds",
                smtp_code=451,
                enhanced_code="4.7.1",
                attempted=True,
            ),
        ),
        (
            "Delivery",
            Reported(
                **common(1, at=320),
                status=Status.DELIVERED,
                recipient="ana@ok.test",
                remote_host="mx1.ok.test[192.0.2.27]",
                response="250 2.0.0 OK ids=8a5475ccbbc611eda12250ebf67f93bd",
                smtp_code=250,
                enhanced_code="2.0.0",
                attempted=True,
            ),
        ),
        (
            "Bounce",
            Reported(
                **common(2, 10, at=11),
                status=Status.HARD_BOUNCE,
                recipient="bob@gone.test",
                remote_host="mx.gone.test[192.0.2.28]",
                response="550 5.1.1 no such user",
                smtp_code=550,
                enhanced_code="5.1.1",
                attempted=True,
            ),
        ),
        (
            "AdminBounce",
            Reported(
                **common(3, 20, at=22),
                status=Status.HARD_BOUNCE,
                recipient="dan@ok.test",
                response="551 5.7.1 Administrator bounced with reason: sent by mistake",
                smtp_code=551,
                enhanced_code="5.7.1",
            ),
        ),
        ("XferOut", HandedOn(**common(4, 40, at=42), recipient="fay@ok.test", next_queue_id=common(5)["queue_id"])),
    ],
)
def test_a_record_about_one_recipient(kind: str, expected: DeliveryEvent) -> None:
    assert events(samples(kind)[0]) == [expected]


def test_a_bounce_out_of_band_says_to_whom_and_when_but_not_of_which_message() -> None:
    assert events(samples("OOB")[0]) == [
        BouncedLate(
            relay=NODE,
            queue_id=common(6)["queue_id"],
            occurred_at=BEGINNING + timedelta(seconds=3600),
            status=Status.HARD_BOUNCE,
            recipient="ana@ok.test",
            envelope_sender="shop@northwind.example",
            remote_host="mx1.ok.test[192.0.2.27]",
            response="550 5.2.2 mailbox is full",
            smtp_code=550,
            enhanced_code="5.2.2",
        )
    ]


@pytest.mark.parametrize("seconds", [3602, -5 * 86_400, 10**9])
def test_a_time_of_a_report_that_cannot_be_is_that_of_its_coming(seconds: int) -> None:
    (event,) = events(like("OOB", timestamp=int(BEGINNING.timestamp()) + seconds))
    assert event.occurred_at == BEGINNING + timedelta(seconds=3601)


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ({"code": 550, "enhanced_code": {"class": 4, "subject": 2, "detail": 2}}, Status.SOFT_BOUNCE),
        ({"code": 450, "enhanced_code": {"class": 5, "subject": 2, "detail": 2}}, Status.HARD_BOUNCE),
        ({"code": 450}, Status.SOFT_BOUNCE),
        ({"code": 550}, Status.HARD_BOUNCE),
    ],
)
def test_a_bounce_out_of_band_is_soft_or_hard_by_its_class(response: dict[str, object], status: Status) -> None:
    (event,) = events(like("OOB", response={"content": ""} | response))
    assert isinstance(event, BouncedLate)
    assert event.status is status


def test_an_expiration_ends_the_waiting_of_those_that_it_names() -> None:
    at = common(2, 10, at=7200)
    assert events(samples("Expiration")[0]) == [Accepted(**at, recipient="cid@full.test"), Expired(**at)]


def test_a_rejection_has_no_message_and_perhaps_no_recipient() -> None:
    named, nobody = samples("Rejection")
    (refused,) = events(named)
    assert isinstance(refused, Refused)
    assert (refused.recipient, refused.response, refused.queue_id, refused.client_address) == (
        "eve@ok.test",
        "550 5.7.1 sender domain is not authenticated",
        "",
        "198.51.100.7",
    )
    assert events(nobody) == []


@pytest.mark.parametrize("kind", ["AdminRebind", "DeferredInjectionRebind", "XferIn", "Feedback"])
def test_what_says_nothing_of_a_recipient_makes_no_event(kind: str) -> None:
    assert events(samples(kind)[0]) == []


def test_every_type_of_record_has_a_sample() -> None:
    # `RecordType` of crates/kumo-log-types/src/lib.rs, but for Any, which is none of a record.
    assert {json.loads(line)["type"] for line in SAMPLES} == {
        "Reception", "Delivery", "Bounce", "TransientFailure", "Expiration", "AdminBounce", "OOB", "Feedback",
        "Rejection", "AdminRebind", "DeferredInjectionRebind", "Delayed", "XferOut", "XferIn",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("meta", "queue", "tenant"),
    [
        ({}, "spring:northwind@ok.test", "northwind"),
        ({}, "northwind@ok.test!relay.test", "northwind"),
        ({}, "spring:@ok.test", None),
        ({}, "ok.test", None),
        ({"tenant": "acme"}, "northwind@ok.test", "acme"),
        ({"Tenant": 7}, "northwind@ok.test", "7"),
        ({"tenant": None}, "northwind@ok.test", "northwind"),
    ],
)
def test_the_tenant_is_that_of_the_meta_else_that_of_the_queue(
    meta: dict[str, object], queue: str, tenant: str | None
) -> None:
    assert arrival(meta=meta, queue=queue).credential == tenant


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:25", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:25", "2001:db8::7"),
        ("/run/kumo.sock", "/run/kumo.sock"),
    ],
)
def test_the_client_is_an_address_without_its_port(address: str, host: str) -> None:
    assert arrival(peer_address={"name": "client", "addr": address}).client_address == host


def test_without_a_peer_or_a_protocol_the_service_is_just_the_server() -> None:
    arrived = arrival(peer_address=None, reception_protocol=None)
    assert (arrived.client_address, arrived.service) == (None, "kumomta")


@pytest.mark.parametrize(
    ("headers", "meta"),
    [
        ({"SUBJECT": "Hello you"}, {}),
        ({}, {"subject": "Hello you"}),
        ({}, {"Subject": "Hello you"}),
        ({"Subject": ["Hello you", "another"]}, {}),
        ({"Subject": "Hello\r\n you"}, {}),
        ({"Subject": "Hello you"}, {"subject": "of the meta"}),
    ],
)
def test_the_subject_stands_under_any_name_that_operators_give_it(
    headers: dict[str, object], meta: dict[str, object]
) -> None:
    assert description(headers=headers, meta=meta).subject == "Hello you"


def test_a_header_that_is_not_logged_or_empty_is_not_known() -> None:
    described = description(headers={"subject": "", "from": []}, meta={"message_id": "3@northwind.example"})
    assert (described.subject, described.sender, described.message_id) == (None, None, "3@northwind.example")


def test_what_cannot_be_stored_is_replaced() -> None:
    line = like("Reception", headers={"Subject": "a\0b"}).replace(b"shop@", b"sh\xffp\\ud800@", 1)
    (_, described, _) = events(line)
    assert isinstance(described, Described)
    assert (described.subject, described.envelope_sender) == ("a\ufffdb", "sh\ufffdp\ufffd@northwind.example")


def test_a_clock_that_was_set_back_puts_no_answer_before_its_message() -> None:
    (event,) = events(like("Delivery", timestamp=int(BEGINNING.timestamp()) - 60))
    assert event.occurred_at == event.arrived_at == BEGINNING


def test_a_code_that_is_no_reply_code_is_not_kept() -> None:
    (event,) = events(like("Delivery", response={"code": 0, "content": "", "enhanced_code": None}))
    assert isinstance(event, Reported)
    assert (event.smtp_code, event.enhanced_code) == (None, None)


def test_a_blank_line_says_nothing() -> None:
    assert events(b"\n") == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


@given(st.sampled_from(SAMPLES), st.sampled_from(sorted(json.loads(SAMPLES[0]))), _JSON)
def test_whatever_stands_in_a_field_is_read_or_refused(sample: bytes, field: str, value: object) -> None:
    with suppress(UnreadableLine):
        events(json.dumps(json.loads(sample) | {field: value}).encode())
