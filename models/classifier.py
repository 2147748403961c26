"""Which category a server's answer falls into. Pure."""

import re
from functools import lru_cache

from models.reason import ReasonCategory
from models.reason_rules import BY_ENHANCED_CODE, BY_SMTP_CODE, BY_VAGUE_WORDS, BY_WORDS

# What is not the answer's own word: addresses, who said it and when, the codes that begin each of its lines.
_NOT_ITS_WORDS = re.compile(
    r"<[^<>]*>|\S+@\S+|^delivery temporarily suspended: |\bhost \S+ (?:said|refused to talk to me): |"
    r"\(in reply to [^()]*\)|\b[245]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3}\b)?",
    re.ASCII,
)


def classify(response: str | None, smtp_code: int | None, enhanced_code: str | None) -> ReasonCategory:
    """The category of a server's answer: by its words, else by its codes, else OTHER."""
    words = " ".join(_NOT_ITS_WORDS.sub(" ", (response or "").lower()).split())
    return _category(words, enhanced_code or "", str(smtp_code or ""))


# Most answers are the same but for the address.
@lru_cache(maxsize=4096)
def _category(words: str, enhanced_code: str, smtp_code: str) -> ReasonCategory:
    for rules, text in (
        (BY_WORDS, words),
        (BY_ENHANCED_CODE, enhanced_code),
        (BY_VAGUE_WORDS, words),
        (BY_SMTP_CODE, smtp_code),
    ):
        for category, pattern in rules:
            if pattern.search(text):
                return category
    return ReasonCategory.OTHER
