"""Writes a Postfix log as a busy relay would: long queue ids, RFC 3339 stamps, messages that overlap, some retries."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

_DIGITS = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"
_CLIENT = "app.bench.example[192.0.2.10]"
_RECIPIENTS_OF_A_MESSAGE = (1, 1, 1, 1, 2, 3)
_HOW = "relay=mx.test[198.51.100.7]:25, delay=0.5, delays=0.1/0/0.2/0.2"
_SENT = "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 32B9A93E85)"
_SAID = "(host mx.test[198.51.100.7] said: {} (in reply to RCPT TO command))"
_DEFERRED = f"dsn=4.2.0, status=deferred {_SAID.format('450 4.2.0 Greylisted')}"
_BOUNCED = f"dsn=5.1.1, status=bounced {_SAID.format('550 5.1.1 User unknown')}"


def write_log(path: Path, *, messages: int, seed: int, user_name: str, end: datetime) -> tuple[int, int]:
    """Write the log of so many messages of the twelve hours before `end`; answers its lines and its recipients."""
    rng = random.Random(seed)  # noqa: S311  # A log to measure with, no secrets.
    start = end - timedelta(hours=12)
    lines: list[tuple[datetime, str]] = []
    recipients = 0
    for number in range(messages):
        arrival = start + (end - start) * (number / messages) * 0.99
        count = rng.choice(_RECIPIENTS_OF_A_MESSAGE)
        recipients += count
        lines += _message(rng, number, arrival, count, user_name)
    lines.sort(key=lambda line: line[0])
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{at.isoformat(timespec='microseconds')} relay1 postfix/{text}\n" for at, text in lines)
    return len(lines), recipients


def _message(
    rng: random.Random, number: int, arrival: datetime, count: int, user_name: str
) -> Iterator[tuple[datetime, str]]:
    queue_id, smtpd = _queue_id(arrival, number), f"smtpd[{1000 + number % 20}]"
    sender = f"bounce+{number}@bench.example"
    addresses = [f"person{rng.randrange(100_000)}.{number}@mx{rng.randrange(400)}.test" for _ in range(count)]
    at = arrival - timedelta(milliseconds=3)
    yield at, f"{smtpd}: connect from {_CLIENT}"
    for first, address in enumerate(addresses):
        taken = f"info: RCPT from {_CLIENT}: accepted for relay; from=<{sender}> to=<{address}> proto=ESMTP helo=<app>"
        yield at, f"{smtpd}: {queue_id if first else 'NOQUEUE'}: {taken}"
        if not first:
            yield arrival, f"{smtpd}: {queue_id}: client={_CLIENT}, sasl_method=PLAIN, sasl_username={user_name}"
        at = arrival + timedelta(milliseconds=first + 1)
    context = f"from {_CLIENT}; from=<{sender}> to=<{addresses[-1]}> proto=ESMTP helo=<app>"
    cleanup = f"cleanup[{2000 + number % 5}]: {queue_id}: "
    yield at, f"{cleanup}info: header From: Bench News <news{number % 5}@bench.example> {context}"
    yield at, f"{cleanup}message-id=<{number}.{rng.randrange(1 << 40)}@bench.example>"
    yield at, f"{cleanup}info: header Subject: =?utf-8?q?R=C3=A9servation?= {number} confirmed {context}"
    yield at, f"qmgr[300]: {queue_id}: from=<{sender}>, size=4096, nrcpt={count} (queue active)"
    yield at, f"{smtpd}: disconnect from {_CLIENT} ehlo=1 auth=1 mail=1 rcpt={count} data=1 quit=1 commands={count + 5}"
    for address in addresses:
        delivery = f"smtp[{4000 + number % 30}]: {queue_id}: to=<{address}>, {_HOW}, "
        if rng.random() < 0.1:
            at += timedelta(seconds=rng.uniform(0.1, 2))
            yield at, delivery + _DEFERRED
            at += timedelta(seconds=300)
            yield at, f"qmgr[300]: {queue_id}: from=<{sender}>, size=4096, nrcpt={count} (queue active)"
        at += timedelta(seconds=rng.uniform(0.1, 2))
        yield at, delivery + (_BOUNCED if rng.random() < 0.05 else _SENT)
    yield at, f"qmgr[300]: {queue_id}: removed"


def _queue_id(arrival: datetime, number: int) -> str:
    """Postfix's long form: seconds and microseconds in base 52, z, an inode in base 51."""
    seconds, microseconds = _digits(int(arrival.timestamp()), 52, 6), _digits(arrival.microsecond, 52, 4)
    return f"{seconds}{microseconds}z{_digits(number, 51, 5)}"


def _digits(value: int, base: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        value, digit = divmod(value, base)
        digits = _DIGITS[digit] + digits
    return digits
