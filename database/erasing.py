"""One address taken out of all that is stored of an account, and kept from coming back (`smtp-activity erase`)."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
