"""What stands in the place of an erased address, and where an address is found. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.erasure import NOTHING_ERASED, Erased, Erasures, address_digest, named_addresses, pseudonym
from models.event import DeliveryEvent, Refused, Reported
from models.message_facts import facts_of_refusal
from models.search_text import fold
from models.status import Status

KEY = b"k" * 32
NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
# Nothing that belongs to a local part or a domain, and nothing that is taken for the beginning of an address.
BESIDE = st.text(st.sampled_from(' <>()[],;:"\\\t\n'), max_size=3)
LOCAL = st.text(st.sampled_from("abcXYZ019.+-_é"), min_size=1, max_size=12)
ADDRESSES = st.builds("{}@{}.test".format, LOCAL, st.text("abc019é", min_size=1, max_size=8))


def erasures(*addresses: str, account_id: int = 1, erased_at: datetime = NOW, pseudonymised: bool = True) -> Erasures:
    erased = Erased(erased_at, pseudonymised)
    return Erasures(KEY, {address_digest(KEY, address): {account_id: erased} for address in addresses})


def answer(response: str, recipient: str = "bob@ok.test", occurred_at: datetime = NOW) -> Reported:
    return Reported(
        relay="relay1",
        queue_id="4j",
        arrived_at=occurred_at,
        occurred_at=occurred_at,
        status=Status.DEFERRED,
        recipient=recipient,
        response=response,
    )


def text_after(response: str, *addresses: str) -> str:
    return str(erasures(*addresses).event(answer(response), 1).response)


@given(ADDRESSES, st.lists(BESIDE.filter(bool), min_size=1, max_size=3))
def test_a_mention_is_replaced_and_everything_beside_it_stays(address: str, beside: Sequence[str]) -> None:
    text = "".join(f"550{around}{{}}{around}no " for around in beside)
    assert text_after(text.replace("{}", address), address) == text.replace("{}", pseudonym(KEY, address))


@given(ADDRESSES, ADDRESSES)
def test_another_address_stays(erased: str, other: str) -> None:
    text = f"550 <{other}>: no"
    assert (text_after(text, erased) == text) is (fold(erased) != fold(other))


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("to=ana@ok.test", True),
        ("'ana@ok.test'", True),
        ("mailto:ana@ok.test.", True),
        ("bob@ok.test/ana@ok.test", True),
        ("bob@ok.test, ana@ok.test", True),
        ("RCPT TO:<ANA@OK.TEST>", True),
        ("ána@ok.test", True),
        ("/var/mail/ana@ok.test/new", True),
        ("joana@ok.test", False),
        ("ana@ok.test.example", False),
        ("x.ana@ok.test", False),
        ("o'ana@ok.test", False),
        ("ana@ok.tes", False),
        ("ana at ok.test", False),
    ],
)
def test_a_mention_is_the_whole_address(text: str, replaced: bool) -> None:
    assert ("erased-" in text_after(text, "ana@ok.test")) is replaced


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    assert text_after(text, "ana@ok.test") == text


@pytest.mark.parametrize("unit", ["x", "@", "@[", "a@", "=", "x.", "a@b."])
def test_a_long_answer_is_gone_through_once(unit: str) -> None:
    text = unit * 200_000
    assert text_after(f"{text} ana@ok.test", "ana@ok.test") == f"{text} {pseudonym(KEY, 'ana@ok.test')}"


@given(ADDRESSES)
def test_a_pseudonym_is_known_again_and_stays_itself(address: str) -> None:
    name = pseudonym(KEY, address)
    assert address_digest(KEY, name) == address_digest(KEY, address)
    once = erasures(address).event(answer("no", address), 1)
    assert once.recipient == name
    assert erasures(address).event(once, 1) == once
    assert erasures(address).same(name, address)


@given(ADDRESSES, ADDRESSES)
def test_two_recipients_have_two_pseudonyms(one: str, other: str) -> None:
    assert (pseudonym(KEY, one) == pseudonym(KEY, other)) is (one == other)


def test_a_pseudonym_tells_nothing_without_the_key() -> None:
    assert pseudonym(KEY, "ana@ok.test") != pseudonym(b"other", "ana@ok.test")
    assert "ana" not in pseudonym(KEY, "ana@ok.test")
    assert "@" not in pseudonym(KEY, "ana@ok.test")


@pytest.mark.parametrize(("days", "erased"), [(-1, True), (0, True), (1, False)])
def test_an_erasure_holds_for_messages_that_arrived_up_to_it(days: int, erased: bool) -> None:
    event = answer("no", "ana@ok.test", NOW + timedelta(days=days))
    assert (erasures("ana@ok.test").event(event, 1) != event) is erased


@pytest.mark.parametrize(("account_id", "erased"), [(1, True), (2, False), (None, True)])
def test_an_erasure_holds_for_its_account_and_for_what_has_none_yet(account_id: int | None, erased: bool) -> None:
    event = answer("no", "ana@ok.test")
    assert (erasures("ana@ok.test").event(event, account_id) != event) is erased


def test_a_removed_recipient_has_no_report_and_a_pseudonymised_one_has() -> None:
    event = answer("no", "ana@ok.test")
    assert erasures("ana@ok.test", pseudonymised=False).report(event, 1, NOW) is None
    report = erasures("ana@ok.test").report(event, 1, NOW)
    assert report is not None
    assert report.recipient == pseudonym(KEY, "ana@ok.test")
    assert erasures("ana@ok.test", pseudonymised=False).report(event, 2, NOW) == event


def test_a_refusal_is_the_same_one_when_its_text_names_an_erased_address_no_longer() -> None:
    refusal = Refused(
        relay="relay1",
        queue_id="",
        occurred_at=NOW,
        key="smtpd[1]\t<ana@ok.test>: no",
        recipient="ana@ok.test",
        envelope_sender="x@new.example",
        response="550 <ana@ok.test>: no",
    )
    erased = erasures("ana@ok.test").event(refusal)
    assert "ana" not in str(erased)
    assert facts_of_refusal(erased).key == facts_of_refusal(refusal).key
    assert erasures("ana@ok.test").event(erased) == erased


def test_where_nothing_was_erased_nothing_changes() -> None:
    event: DeliveryEvent = answer("550 <ana@ok.test>: no", "ana@ok.test")
    assert NOTHING_ERASED.event(event) is event


def test_all_that_an_event_names_is_looked_up() -> None:
    event = answer("550 <ana@ok.test>: no, to=eve@ok.test", "bob@ok.test")
    assert set(named_addresses(event)) == {"bob@ok.test", "ana@ok.test", "to=eve@ok.test", "eve@ok.test"}
