"""Time zones by their IANA names: which are known, and which are nearest to one that is not."""

from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_MAX_NEAREST = 3
_MAX_CHARACTERS = 64


class UnknownTimeZone(ValueError):
    """The time zone is unknown; the message names the nearest ones."""

    def __init__(self, name: str) -> None:
        nearest = nearest_zones(name)
        hint = f"; the nearest are {', '.join(nearest)}" if nearest else ", such as America/Toronto"
        super().__init__(f"“{name[:_MAX_CHARACTERS]}” is no IANA time zone{hint}")


def time_zone(name: str) -> ZoneInfo:
    """The zone of that name, letter for letter; raises UnknownTimeZone."""
    if name not in known_zones():
        raise UnknownTimeZone(name)
    return ZoneInfo(name)


@cache
def known_zones() -> frozenset[str]:
    """The names in the tzdata package, the same on every machine; without `Factory`, which stands for "not set"."""
    return frozenset(files("tzdata").joinpath("zones").read_text("ascii").split()) - {"Factory"}


@lru_cache(maxsize=1024)
def nearest_zones(name: str) -> tuple[str, ...]:
    """Up to three known names that look like this one, the nearest first; a city without its region is enough."""
    if len(name) > _MAX_CHARACTERS:
        return ()
    spellings = _spellings()
    matches = get_close_matches(name.casefold().replace(" ", "_"), spellings, n=2 * _MAX_NEAREST)
    return tuple(dict.fromkeys(spellings[match] for match in matches))[:_MAX_NEAREST]


@cache
def _spellings() -> dict[str, str]:
    """What people may have meant by a name: the whole of it, or its last part, folded."""
    zones = sorted(known_zones())
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in zones}
    return cities | {zone.casefold(): zone for zone in zones}
