"""Where the host publishes its keys; apart from `auth.remote_keys`, so that who only reads settings loads no client."""

from dataclasses import dataclass
from datetime import timedelta

from auth.algorithm import Algorithm


@dataclass(frozen=True, slots=True)
class KeyLocation:
    """Where keys are published, and for which algorithms they are taken.

    Keys are renewed when they are older than `max_age`; if that fails they hold for `max_stale` longer.
    """

    url: str
    algorithms: tuple[Algorithm, ...]
    max_age: timedelta
    max_stale: timedelta
