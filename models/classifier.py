"""Which category a server's answer falls into. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

from models.own_rules import NO_OWN_RULES, OwnRules
from models.reason import ReasonCategory
from models.reason_rules import BY_ENHANCED_CODE, BY_SMTP_CODE, BY_VAGUE_WORDS, BY_WORDS, CLASSIFIER_VERSION

# What is not the answer's own word: addresses, who said it and when, the codes that begin each of its lines.
_NOT_ITS_WORDS = re.compile(
    r"<[^<>]*>|\S+@\S+|^delivery temporarily suspended: |\bhost \S+ (?:said|refused to talk to me): |"
    r"\(in reply to [^()]*\)|\b[245]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3}\b)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Classifier:
    """The operator's own rules, then this release's. `version` is stored with what they read.

    Own rules have a version of their own, which `database.classifier_version` knows.
    """

    own_rules: OwnRules = NO_OWN_RULES
    version: int = CLASSIFIER_VERSION

    def classify(self, response: str | None, smtp_code: int | None, enhanced_code: str | None) -> ReasonCategory:
        """The category of a server's answer."""
        own = self.own_rules.rule_for(response)
        return own.category if own else classify(response, smtp_code, enhanced_code)


BUILT_IN = Classifier()


def classify(response: str | None, smtp_code: int | None, enhanced_code: str | None) -> ReasonCategory:
    """The category by this release's rules alone: by the answer's words, else by its codes, else OTHER."""
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
