"""Answers of real servers, and the category that each falls into."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.classifier import classify
from models.reason import ReasonCategory as C

ANSWERS = [
    # This relay's own.
    ("452 4.7.1 <a@quota.test>: Recipient address rejected: SMTP sending quota reached", C.QUOTA_REACHED),
    ("550 5.7.1 <x@y.test>: Sender address rejected: Sender domain is not authenticated", C.UNAUTHENTICATED_DOMAIN),
    ("550 5.1.3 <info@invalid.test>: Recipient address rejected: Invalid recipient address", C.INVALID_ADDRESS),
    # Addresses that are not there.
    ("550 5.1.1 <a@b.test>: Recipient address rejected: User unknown in virtual mailbox table", C.INVALID_ADDRESS),
    ("550 5.1.1 <a@b.test>: Recipient address rejected: User unknown in local recipient table", C.INVALID_ADDRESS),
    (
        "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the "
        "recipient's email address for typos or 550-5.1.1 unnecessary spaces. For more information, go to 550 5.1.1 "
        "https://support.google.com/mail/?p=NoSuchUser a12-20020a - gsmtp",
        C.INVALID_ADDRESS,
    ),
    (
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        C.INVALID_ADDRESS,
    ),
    (
        "550 5.4.1 Recipient address rejected: Access denied. [AM6EUR05FT010.eop-eur05.prod.protection.outlook.com]",
        C.INVALID_ADDRESS,
    ),
    ("550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", C.MAILBOX_UNAVAILABLE),
    ("554 delivery error: dd This user doesn't have a yahoo.com account (user@yahoo.com) [0]", C.INVALID_ADDRESS),
    ("550 #5.1.0 Address rejected.", C.INVALID_ADDRESS),
    ("550 No such user here", C.INVALID_ADDRESS),
    ("550 Unrouteable address", C.INVALID_ADDRESS),
    ("501 5.1.3 Bad recipient address syntax", C.INVALID_ADDRESS),
    ("550 5.1.1 unknown or illegal alias: jane@example.net", C.INVALID_ADDRESS),
    ("550 jane@example.net... No such user", C.INVALID_ADDRESS),
    ("553 sorry, this recipient is not in my validrcptto list (#5.7.1)", C.INVALID_ADDRESS),
    ("551 not our customer", C.INVALID_ADDRESS),
    # Mailboxes that are full, whatever the code.
    ("552 5.2.2 Mailbox full", C.MAILBOX_FULL),
    ("452 4.2.2 The email account that you tried to reach is over quota and inactive. gsmtp", C.MAILBOX_FULL),
    (
        "452-4.2.2 The recipient's inbox is out of storage space. Please direct the 452-4.2.2 recipient to 452 4.2.2 "
        "https://support.google.com/mail/?p=OverQuotaTemp - gsmtp",
        C.MAILBOX_FULL,
    ),
    ("450 4.1.1 <a@b.test>: Recipient address rejected: user is over quota", C.MAILBOX_FULL),
    (
        "554 5.2.2 mailbox full; STOREDRV.Deliver; QuotaExceededException.MapiExceptionShutoffQuotaExceeded",
        C.MAILBOX_FULL,
    ),
    ("552 Requested mail action aborted: exceeded storage allocation", C.MAILBOX_FULL),
    ("452 4.2.2 <a@b.test>: Not enough disk space", C.MAILBOX_FULL),
    # Mailboxes that take no mail.
    ("550 5.2.1 The email account that you tried to reach is disabled. gsmtp", C.MAILBOX_UNAVAILABLE),
    ("550 5.2.1 The email account that you tried to reach is inactive. gsmtp", C.MAILBOX_UNAVAILABLE),
    (
        "554 30 Sorry, your message to a@aol.com cannot be delivered. This mailbox is disabled (554.30).",
        C.MAILBOX_UNAVAILABLE,
    ),
    ("450 Requested mail action not taken: mailbox unavailable", C.MAILBOX_UNAVAILABLE),
    # Domains.
    (
        "Host or domain name not found. Name service error for name=spam.example type=A: Host not found",
        C.DOMAIN_NOT_FOUND,
    ),
    ("Domain example.com does not accept mail (nullMX)", C.DOMAIN_NOT_FOUND),
    ("550 5.1.2 <a@nowhere.test>: Recipient address rejected: Domain not found", C.DOMAIN_NOT_FOUND),
    ("556 5.1.10 <a@b.test>: Recipient address rejected", C.DOMAIN_NOT_FOUND),
    # Sizes.
    ("552 5.3.4 Message size exceeds fixed limit", C.MESSAGE_TOO_LARGE),
    (
        "552-5.3.4 Your message exceeded Google's message size limits. For more information, visit 552 5.3.4 "
        "https://support.google.com/mail/?p=MaxSizeError - gsmtp",
        C.MESSAGE_TOO_LARGE,
    ),
    ("message size 31457280 exceeds size limit 20971520 of server mx.example.net[192.0.2.1]", C.MESSAGE_TOO_LARGE),
    # Content.
    ("554 5.7.1 Message content rejected as spam", C.CONTENT_REFUSED),
    (
        "550-5.7.1 [192.0.2.222 12] Our system has detected that this message is 550-5.7.1 likely unsolicited mail. To "
        "reduce the amount of spam sent to Gmail, 550-5.7.1 this message has been blocked. - gsmtp",
        C.CONTENT_REFUSED,
    ),
    (
        "552-5.7.0 This message was blocked because its content presents a potential 552 5.7.0 security issue. - gsmtp",
        C.CONTENT_REFUSED,
    ),
    ("554 5.7.1 Rejected, id=12345-01 - INFECTED: Eicar-Test-Signature", C.CONTENT_REFUSED),
    ("554 5.6.0 Message contains invalid header", C.CONTENT_REFUSED),
    ("550 5.7.1 Message contains a URL listed in SURBL", C.CONTENT_REFUSED),
    # Reputation.
    (
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; "
        "https://www.spamhaus.org/query/ip/192.0.2.1",
        C.BLOCKLISTED,
    ),
    (
        "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet provider "
        "since part of their network is on our block list (S3150).",
        C.BLOCKLISTED,
    ),
    (
        "550-5.7.1 [192.0.2.1] Our system has detected that this mail is likely 550-5.7.1 suspicious due to the very "
        "low reputation of the sending IP address. - gsmtp",
        C.BLOCKLISTED,
    ),
    ("554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1", C.BLOCKLISTED),
    (
        "550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list visit",
        C.BLOCKLISTED,
    ),
    ("554 IMTA-SMTP AUP#POL Your IP 192.0.2.1 is blocked by our DNSBL", C.BLOCKLISTED),
    # SPF, DKIM, DMARC.
    (
        "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
        C.AUTHENTICATION_FAILED,
    ),
    (
        "550-5.7.26 Unauthenticated email from northwind.example is not accepted due to 550-5.7.26 domain's DMARC "
        "policy. - gsmtp",
        C.AUTHENTICATION_FAILED,
    ),
    (
        "550-5.7.26 Your email has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all "
        "senders to authenticate with either SPF or DKIM. - gsmtp",
        C.AUTHENTICATION_FAILED,
    ),
    ("550 5.7.1 Email rejected per DMARC policy for northwind.example", C.AUTHENTICATION_FAILED),
    (
        "550 5.7.515 Access denied, sending domain NORTHWIND.EXAMPLE doesn't meet the required authentication level.",
        C.AUTHENTICATION_FAILED,
    ),
    # Other policies.
    ("554 5.7.1 <a@b.test>: Relay access denied", C.POLICY_REFUSED),
    (
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check "
        "failed because the sender was not authenticated when sending to this group",
        C.POLICY_REFUSED,
    ),
    ("450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]", C.POLICY_REFUSED),
    ("450 4.1.8 <x@y.test>: Sender address rejected: Domain not found", C.POLICY_REFUSED),
    ("550 Administrative prohibition", C.POLICY_REFUSED),
    # Slower, or later.
    (
        "450 4.2.0 <a@b.test>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/x",
        C.RATE_LIMITED,
    ),
    ("451 4.7.1 Greylisting in action, please come back later", C.RATE_LIMITED),
    (
        "421-4.7.28 [192.0.2.1 15] Our system has detected an unusual rate of 421-4.7.28 unsolicited mail originating "
        "from your IP address. - gsmtp",
        C.RATE_LIMITED,
    ),
    (
        "450-4.2.1 The user you are trying to contact is receiving mail at a rate that 450-4.2.1 prevents additional "
        "messages from being delivered. - gsmtp",
        C.RATE_LIMITED,
    ),
    (
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - "
        "4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
        C.RATE_LIMITED,
    ),
    (
        "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation.",
        C.RATE_LIMITED,
    ),
    ("452 4.5.3 Error: too many recipients", C.RATE_LIMITED),
    ("421 4.7.0 mx.example.net Error: too many connections from 192.0.2.1", C.RATE_LIMITED),
    ("451 4.7.1 Please try again later", C.RATE_LIMITED),
    # The network.
    ("connect to 127.0.0.1[127.0.0.1]:2699: Connection refused", C.CONNECTION_FAILED),
    (
        "delivery temporarily suspended: connect to mx.full.test[192.0.2.1]:25: Connection timed out",
        C.CONNECTION_FAILED,
    ),
    ("lost connection with mx.example.net[192.0.2.1] while receiving the initial server greeting", C.CONNECTION_FAILED),
    ("conversation with mx.example.net[192.0.2.1] timed out while sending RCPT TO", C.CONNECTION_FAILED),
    ("TLS is required, but was not offered by host mx.example.net[192.0.2.1]", C.CONNECTION_FAILED),
    ("connect to 2001:db8::1[2001:db8::1]:25: Network is unreachable", C.CONNECTION_FAILED),
    # The server.
    ("451 4.3.2 Please try again later", C.SERVER_ERROR),
    ("452 4.3.1 Insufficient system storage", C.SERVER_ERROR),
    ("451 4.3.0 Temporary lookup failure", C.SERVER_ERROR),
    ("451 Temporary local problem - please try later", C.SERVER_ERROR),
    ("421 mx.example.net Service not available, closing transmission channel", C.SERVER_ERROR),
    # What nobody can tell, and the operator.
    ("mail for example.net loops back to myself", C.OTHER),
    ("554 5.4.6 Too many hops", C.OTHER),
    ("554 Transaction failed", C.OTHER),
    ("551 5.7.1 Administrator bounced with reason: unwanted campaign", C.CANCELLED),
]


def codes(answer: str) -> tuple[int | None, str | None]:
    match = re.match(r"(?:(\d{3})[ -])?(\d\.\d{1,3}\.\d{1,3})?", answer)
    assert match is not None
    return int(match[1]) if match[1] else None, match[2]


@pytest.mark.parametrize(("answer", "category"), ANSWERS)
def test_an_answer_falls_into_its_category(answer: str, category: C) -> None:
    assert classify(answer, *codes(answer)) is category


@pytest.mark.parametrize(("answer", "category"), [pair for pair in ANSWERS if pair[0][:3].isdigit()])
def test_what_postfix_writes_around_an_answer_changes_nothing(answer: str, category: C) -> None:
    framed = f"host mx.spam-virus.test[192.0.2.9] said: {answer} (in reply to end of DATA command)"
    assert classify(framed, *codes(answer)) is category


@pytest.mark.parametrize(
    ("smtp_code", "enhanced_code", "category"),
    [
        (550, "5.1.1", C.INVALID_ADDRESS),
        (550, "5.1.2", C.DOMAIN_NOT_FOUND),
        (None, "5.4.4", C.DOMAIN_NOT_FOUND),
        (None, "4.4.1", C.CONNECTION_FAILED),
        (552, "5.2.2", C.MAILBOX_FULL),
        (450, "4.2.1", C.MAILBOX_UNAVAILABLE),
        (552, "5.3.4", C.MESSAGE_TOO_LARGE),
        (550, "5.7.26", C.AUTHENTICATION_FAILED),
        (550, "5.7.25", C.POLICY_REFUSED),
        (550, "5.7.1", C.POLICY_REFUSED),
        (450, "4.7.1", C.RATE_LIMITED),
        (451, "4.3.0", C.SERVER_ERROR),
        (552, None, C.MAILBOX_FULL),
        (553, None, C.INVALID_ADDRESS),
        (421, None, C.SERVER_ERROR),
        (554, "5.0.0", C.OTHER),
        (None, None, C.OTHER),
    ],
)
def test_without_words_the_codes_decide(smtp_code: int | None, enhanced_code: str | None, category: C) -> None:
    assert classify(None, smtp_code, enhanced_code) is category


def test_words_inside_an_address_say_nothing() -> None:
    answer = "550 5.1.1 <spam.virus.dmarc@spamhaus.quota.test>: Recipient address rejected"
    assert classify(answer, 550, "5.1.1") is C.INVALID_ADDRESS
    assert classify("550 spamhaus@blocklist.test refused", 550, None) is C.OTHER


@given(st.text(), st.none() | st.integers(), st.none() | st.text())
def test_any_answer_has_a_category(response: str, smtp_code: int | None, enhanced_code: str | None) -> None:
    assert classify(response, smtp_code, enhanced_code) in C
