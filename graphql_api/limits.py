"""What a request may hold, how long it may take, and how much an answer says about what is wrong with it."""

from datetime import timedelta
from importlib.util import find_spec
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from graphql_api.counts import IN_MEMORY

# Documents whose parsing and validation is remembered.
MAX_CACHED_DOCUMENTS = 200
MAX_ERRORS = 5
MAX_MESSAGE_CHARACTERS = 300
# An operation that costs more lets others be answered between its rows, these many at a time.
MOST_IN_ONE_TURN = 1_000
ROWS_IN_ONE_TURN = 5
# Objects that are looked up by their ids at once.
MAX_NODES = 100

_Bytes = Annotated[int, Field(ge=1_000, le=10_000_000)]
_Number = Annotated[int, Field(ge=1, le=100_000)]
_Deadline = Annotated[timedelta, Field(ge=timedelta(milliseconds=100), le=timedelta(minutes=10))]


class Limits(BaseModel):
    """Each a setting, and itself allowed; the defaults let every honest query pass."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body_bytes: _Bytes = 100_000
    url_bytes: _Bytes = 8_192
    header_bytes: _Bytes = 16_384
    json_depth: Annotated[int, Field(ge=1, le=100)] = 32
    # Of a number in JSON or in a document; Python reads integers of up to 4,300.
    digits: Annotated[int, Field(ge=10, le=1_000)] = 20

    # Of a document: what is written in it, and what each operation is with its fragments put in their places.
    tokens: _Number = 2_000
    operations: _Number = 10
    variables: _Number = 50
    depth: _Number = 12
    # Below `__schema` and `__type`: the standard introspection query is 15 deep.
    introspection_depth: _Number = 15
    # Levels of fields and fragments together: a fragment that spreads the next one is a level that is no field.
    nesting: _Number = 100
    fields: _Number = 300
    aliases: _Number = 15
    directives: _Number = 20
    # Of selections that stand side by side, each with each, to see whether they can be merged.
    comparisons: _Number = 2_000
    # An alias is repeated in each row of the answer, and other names come back in errors.
    name_characters: _Number = 100
    cost: _Number = 5_000

    # To receive the headers, to receive the body, and to execute.
    header_timeout: _Deadline = timedelta(seconds=5)
    body_timeout: _Deadline = timedelta(seconds=5)
    execution_timeout: _Deadline = timedelta(seconds=10)

    # Of events that are posted, unpacked: all of them, and each line.
    events_bytes: Annotated[int, Field(ge=1_000, le=10_000_000_000)] = 100_000_000
    event_bytes: _Bytes = 1_000_000


class RateLimits(BaseModel):
    """How much may be asked in a minute, and where it is counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Twenty of the dearest requests that the limits allow; the Activity page's 50 rows cost about 700.
    points: Annotated[int, Field(ge=1, le=1_000_000_000)] = 100_000
    failed_authentications: Annotated[int, Field(ge=1, le=1_000_000)] = 30
    # A Redis' URL may hold its password.
    storage: SecretStr = SecretStr(IN_MEMORY)

    @field_validator("storage")
    @classmethod
    def _known(cls, storage: SecretStr) -> SecretStr:
        url = storage.get_secret_value()
        if url != IN_MEMORY and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must be memory://, redis://…, rediss://… or unix://…")
        if url != IN_MEMORY and find_spec("redis") is None:
            raise ValueError("a Redis needs the extra “redis”: pip install 'smtp-activity[redis]'")
        return storage
