"""The recipients of one message: which rows it has, and what was reported of each. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from models.event import Accepted, HandedOn, Reported
from models.projection import MessageTimes, RecipientEvent, follows
from models.status import Status

RecipientReport = Accepted | Reported | HandedOn


class Recipient(NamedTuple):
    """An address as the sender wrote it, and where an alias of the relay sent it (None: the same)."""

    written: str
    delivered_to: str | None = None


class Recipients:
    """What was reported of every recipient of one message, in any order.

    An alias is known as itself until a line names where it leads; then its final addresses take its place.
    """

    def __init__(self) -> None:
        self.reported: dict[Recipient, set[RecipientEvent]] = {}
        self.touched: set[Recipient] = set()
        self._by_written: defaultdict[str, set[Recipient]] = defaultdict(set)

    def load(self, recipient: Recipient, events: Iterable[RecipientEvent]) -> None:
        """Put back what was stored of a recipient."""
        self._at(recipient).update(events)

    def apply(self, report: RecipientReport) -> None:
        """Take in what an event says of a recipient."""
        match report:
            case Accepted():
                taken = RecipientEvent(report.occurred_at, Status.ACCEPTED)
                for recipient in self._by_written[report.recipient] or {Recipient(report.recipient)}:
                    self._add(recipient, taken)
            case HandedOn():
                taken = RecipientEvent(report.occurred_at, Status.ACCEPTED)
                self._add(Recipient(report.recipient, report.delivered_to), taken)
            case Reported():
                self._add(Recipient(report.recipient, report.delivered_to), _event_of(report))

    def superseded(self, times: MessageTimes) -> set[Recipient]:
        """Aliases whose final addresses are known and which got no answer of their own: no rows.

        The bounce of an alias whose message expired before its final addresses were read is no answer of its own. Nor
        is there a row for a final address that only the queue's listing named, which does not know its alias.
        """
        final = {recipient.delivered_to for recipient in self.reported}
        return {
            recipient
            for recipient in self.touched
            if recipient.delivered_to is None
            and (
                (len(self._by_written[recipient.written]) > 1 and not self._answers(recipient, times))
                or (recipient.written in final and not any(map(_is_of_log, self._answers(recipient, times))))
            )
        }

    def touch_all(self) -> None:
        """Something about the whole message changed."""
        self.touched.update(self.reported)

    def _add(self, recipient: Recipient, event: RecipientEvent) -> None:
        self._at(recipient).add(event)
        # The alias itself may have to go when its final address turns up, and that one when it has an alias.
        for written in (recipient.written, recipient.delivered_to or recipient.written):
            self.touched.update(self._by_written[written])

    def _answers(self, recipient: Recipient, times: MessageTimes) -> list[RecipientEvent]:
        return [event for event in self.reported[recipient] if event.status.is_outcome and not follows(event, times)]

    def _at(self, recipient: Recipient) -> set[RecipientEvent]:
        self._by_written[recipient.written].add(recipient)
        return self.reported.setdefault(recipient, set())


def _is_of_log(answer: RecipientEvent) -> bool:
    """Whether more than a listing of the queue says this."""
    return answer.attempted or answer.status is not Status.DEFERRED


def _event_of(report: Reported) -> RecipientEvent:
    return RecipientEvent(
        report.occurred_at,
        report.status,
        report.remote_host,
        report.response,
        report.smtp_code,
        report.enhanced_code,
        report.attempted,
        report.out_of_band,
        report.tied,
    )
