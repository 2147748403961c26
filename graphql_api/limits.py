"""What a request may hold, and how much an answer says about what is wrong with it."""

MAX_BODY_BYTES = 100_000
MAX_TOKENS = 2_000
# Documents whose parsing and validation is remembered.
MAX_CACHED_DOCUMENTS = 200
MAX_ERRORS = 5
MAX_MESSAGE_CHARACTERS = 300
# Objects that are looked up by their ids at once.
MAX_NODES = 100
