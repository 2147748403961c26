"""A rule of validation that finds no fault: it lets others work while a document is validated in a thread."""

import time

from graphql import ASTValidationRule, Node, ValidationContext

# Seconds. Others wait for the interpreter as long as a stretch of work; then it is theirs for a pause.
STRETCH = 0.001
PAUSE = 0.002


class GivingWayRule(ASTValidationRule):
    """Pauses after each stretch of work. Without that, validating and answering would share the interpreter evenly."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._since = time.perf_counter()

    def enter(self, _node: Node, *_: object) -> None:
        """Pause, if it is time."""
        if time.perf_counter() - self._since > STRETCH:
            time.sleep(PAUSE)
            self._since = time.perf_counter()
