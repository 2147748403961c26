"""First recipients: Postfix accepts them before their message has a queue id, which the same process names next."""

from collections import OrderedDict
from collections.abc import Iterable

from models.event import Accepted

_MOST_PROCESSES = 10_000


# A host and a process of it: `postfix/smtpd[32721]`.
Process = tuple[str, str]


Held = tuple[Process, Accepted | None]


class FirstRecipients:
    """What each smtpd process holds: an accepted recipient without a message, or nothing.

    Bounded: the processes that were silent longest are forgotten.
    """

    def __init__(self, most_processes: int = _MOST_PROCESSES, held: Iterable[Held] = ()) -> None:
        self._held: OrderedDict[Process, Accepted | None] = OrderedDict(held)
        self._most_processes = most_processes

    def hold(self, process: Process, recipient: Accepted | None) -> None:
        """The process accepted this recipient; None: it did something after which no earlier one waits."""
        self._held[process] = recipient
        self._held.move_to_end(process)
        if len(self._held) > self._most_processes:
            self._held.popitem(last=False)

    def knows(self, process: Process) -> bool:
        """Whether anything of that process was read before."""
        return process in self._held

    def take(self, process: Process) -> Accepted | None:
        """The recipient that the process holds, whose message it names now."""
        recipient = self._held.get(process)
        self.hold(process, None)
        return recipient

    def held(self) -> list[Held]:
        """What each process holds, the one that was silent longest first: what another one can be made from."""
        return list(self._held.items())

    def waiting(self) -> list[Accepted]:
        """The recipients whose message no line has named yet."""
        return [recipient for recipient in self._held.values() if recipient is not None]
