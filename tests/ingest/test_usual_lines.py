"""What is read before any regular expression is tried: the same as they find, or left to them."""

import re
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableLine
from ingest.postfix import PostfixParser
from ingest.postfix_delivery import any_delivery, usual_delivery
from ingest.postfix_message import any_sender, usual_sender
from ingest.postfix_rejection import read_restriction, usual_acceptance
from ingest.syslog import read_syslog_line, split_syslog_line
from tests.ingest.postfix_lines import parser
from tests.ingest.test_recorded_logs import MAIL, QUEUED

DELIVERY = "to=<ana@ok.test>, relay=mx.test[192.0.2.1]:25, delay=0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
ALIASED = "to=<one@ok.test>, orig_to=<team@ok.test>, relay=none, delay=1, dsn=5.4.4, status=bounced (host not found)"
ACCEPTED = (
    "info: RCPT from app.test[192.0.2.7]: accepted; from=<b@northwind.example> to=<ana@ok.test> proto=ESMTP helo=<app>"
)
FROM_QUEUE = "from=<b@northwind.example>, size=616, nrcpt=3 (queue active)"
FRAMES = (
    "2026-11-23T18:45:19.123456+00:00 relay1 postfix/smtpd[32721]: connect from localhost[127.0.0.1]",
    "Nov  3 08:05:09 relay1 postfix/qmgr[7]: 4jYFHg1B4dzK9Bh: removed",
    "2026-11-23T18:45:19Z relay1 kernel: eth0: link up",
)
# What decides how a line is read, and characters that only look like it.
PIECES = st.sampled_from(
    (
        *(
            "<",
            ">",
            '"',
            ",",
            ", ",
            ";",
            "; ",
            ":",
            ": ",
            " ",
            "(",
            ")",
            "=",
            "[1]",
            "\t",
            "\n",
        ),
        *("x", "é", "Z", ".5", "+01:00"),
        *("to=<", "from=<", "> to=<", " proto=SMTP", " helo=<", "orig_to=<", "relay=", "size=", "info: "),
        *(", dsn=5.1.1", ", status=", "status=expired"),
        *("\N{NO-BREAK SPACE}", "\N{NEXT LINE}", "\N{ARABIC-INDIC DIGIT THREE}"),
    )
)


def changed(*texts: str) -> st.SearchStrategy[str]:
    """One of these texts, with some pieces put in and some characters taken out."""

    @st.composite
    def one(draw: st.DrawFn) -> str:
        text = draw(st.sampled_from(texts))
        for _ in range(draw(st.integers(0, 3))):
            begin = draw(st.integers(0, len(text)))
            end = min(len(text), begin + draw(st.integers(0, 4)))
            text = text[:begin] + draw(PIECES | st.just("")) + text[end:]
        return text

    return one()


def test_the_usual_forms_need_no_regular_expression() -> None:
    assert usual_delivery(DELIVERY) == any_delivery(DELIVERY)
    assert usual_acceptance(ACCEPTED) == ("b@northwind.example", "ana@ok.test")
    assert usual_sender(FROM_QUEUE) == any_sender(FROM_QUEUE)
    for frame in FRAMES:
        assert split_syslog_line(frame.encode()) is not None


def test_an_alias_is_left_to_the_regular_expressions() -> None:
    assert usual_delivery(ALIASED) is None


@given(changed(DELIVERY, ALIASED).filter(lambda text: text.startswith("to=<")))
def test_a_delivery_is_the_one_that_the_regular_expressions_find(text: str) -> None:
    usual = usual_delivery(text)
    assert usual is None or usual == any_delivery(text)


@given(changed(ACCEPTED).filter(lambda text: text.startswith("info: RCPT from ")))
def test_an_acceptance_is_the_one_that_the_regular_expressions_find(text: str) -> None:
    usual = usual_acceptance(text)
    assert usual is None or usual == read_restriction(text)[-2:]


@given(changed(FROM_QUEUE).filter(lambda text: text.startswith("from=<")))
def test_a_sender_is_the_one_that_the_regular_expression_finds(text: str) -> None:
    usual = usual_sender(text)
    assert usual is None or usual == any_sender(text)


@given(changed(*FRAMES))
def test_a_frame_is_the_one_that_the_regular_expression_finds_where_it_knows_the_origin(text: str) -> None:
    parts = split_syslog_line(text.encode())
    try:
        line = read_syslog_line(text.encode())
    except UnreadableLine:
        # An origin that no line of syslog has is never known.
        assert parts is None or re.fullmatch(r"\S+ [^\s:\[]+(?:\[\d+\])?", parts[1], re.ASCII) is None
    else:
        if parts is not None and parts[1] == line.origin:
            assert parts == (line.stamp, line.origin, line.text)


@given(st.lists(changed(*FRAMES, *(f"{FRAMES[0][:60]}: {text}" for text in (DELIVERY, ACCEPTED))), max_size=5))
def test_a_parser_that_has_heard_a_process_reads_its_lines_as_one_that_has_not(texts: list[str]) -> None:
    heard = parser()
    for frame in FRAMES:
        heard.parse(frame.encode())
    for text in texts:
        assert told(heard, text.encode()) == told(parser(), text.encode())


def told(by: PostfixParser, line: bytes) -> str:
    """What a line comes to: its events, whichever line came first, or why there are none."""
    try:
        return re.sub(r"first_of_process=\w+", "", repr(by.parse(line)))
    except UnreadableLine as error:
        return str(error)


def test_most_recorded_lines_have_the_usual_form() -> None:
    usual = total = 0
    for line in (line for log in (MAIL, QUEUED) for line in log.read_bytes().splitlines()):
        with suppress(UnreadableLine):
            said = read_syslog_line(line).text.partition(": ")[2]
            if said.startswith("to=<") and "orig_to=<" not in said:
                total += 1
                usual += usual_delivery(said) is not None
    assert usual > 0.95 * total > 500
