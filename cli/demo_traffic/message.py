"""One message of the demo, from its arrival to its removal, as the neutral events that a relay's log would give."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cli.demo_accounts import DemoAccount
from cli.demo_traffic.contacts import Contact, host_of
from cli.demo_traffic.courses import QUEUE_LIFETIME, Report, is_refused, reports, waits_to_the_end
from cli.demo_traffic.letters import Letter
from ingest.postfix_line import Common
from models.event import (
    Accepted,
    Arrived,
    DeliveryEvent,
    Described,
    Expired,
    MessageRefused,
    Queued,
    Removed,
    Reported,
)
from models.status import Status

# The recipients of one message are tried one after another.
_BETWEEN_RECIPIENTS = timedelta(seconds=6)
_SECOND = timedelta(seconds=1)
_CLIENT_ADDRESS = "198.51.100.20"
_LISTENER = "submission"


@dataclass(frozen=True, slots=True)
class Message:
    """A letter that an account has sent through a relay."""

    account: DemoAccount
    relay: str
    letter: Letter
    arrived_at: datetime

    def events(self, rng: random.Random) -> Iterator[DeliveryEvent]:
        """Everything that happens to it, whenever that is."""
        letter, common = self.letter, self._common(self.arrived_at)
        accepted = [contact for contact in letter.contacts if not is_refused(contact.course)]
        yield Arrived(**common, credential=self.account.credential, client_address=_CLIENT_ADDRESS, service=_LISTENER)
        yield Described(**common, envelope_sender=letter.envelope_sender)
        for contact in letter.contacts:
            if contact in accepted:
                yield Accepted(**common, recipient=contact.address)
            else:
                yield from self._reported(contact, self.arrived_at, rng)
        if accepted:
            message_id = f"{letter.queue_id.lower()}@{self.account.domain}"
            yield Described(**common, sender=letter.sender, subject=letter.subject, message_id=message_id)
            yield from self._after_data(accepted, rng)

    def _after_data(self, accepted: list[Contact], rng: random.Random) -> Iterator[DeliveryEvent]:
        common = self._common(self.arrived_at + _SECOND)
        if (said := self.letter.refusal) is not None:
            yield MessageRefused(
                **common, response=said.text, smtp_code=said.smtp_code, enhanced_code=said.enhanced_code
            )
            return
        yield Queued(**common)
        first_attempt = self.arrived_at + 2 * _SECOND
        of_recipients = [
            report
            for number, contact in enumerate(accepted)
            for report in self._reported(contact, first_attempt + number * _BETWEEN_RECIPIENTS, rng)
        ]
        yield from of_recipients
        ended = max(report.occurred_at for report in of_recipients if not report.out_of_band)
        if any(waits_to_the_end(contact.course) for contact in accepted):
            ended = self.arrived_at + QUEUE_LIFETIME
            yield Expired(**self._common(ended))
        yield Removed(**self._common(ended))

    def _reported(self, contact: Contact, start: datetime, rng: random.Random) -> list[Reported]:
        return [self._report(contact.address, report) for report in reports(contact.course, start, rng)]

    def _report(self, address: str, report: Report) -> Reported:
        domain = address.rpartition("@")[2]
        host = host_of(domain)
        return Reported(
            **self._common(report.at),
            status=report.status,
            recipient=address,
            remote_host=f"{host}:25" if report.answer.by_server else None,
            response=report.answer.text.format(recipient=address, domain=domain, host=host),
            smtp_code=report.answer.smtp_code,
            enhanced_code=report.answer.enhanced_code,
            attempted=report.status is not Status.REJECTED and not report.out_of_band,
            out_of_band=report.out_of_band,
        )

    def _common(self, occurred_at: datetime) -> Common:
        return {
            "relay": self.relay,
            "instance": "",
            "queue_id": self.letter.queue_id,
            "arrived_at": self.arrived_at,
            "occurred_at": occurred_at,
        }
