"""An operator's own rules of reasons, tried before this release's: which answers they know, and their words. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from models.explanation import Language, explain_reason
from models.reason import ReasonCategory
from models.reason_rules import CLASSIFIER_VERSION

# More than real servers say: what a pattern costs must not hang on what a foreign server sends. Another number is
# another CLASSIFIER_VERSION.
SEARCHED_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class OwnRule:
    """Answers in which the pattern is found fall into the category; `words` explain them, each language on its own."""

    pattern: re.Pattern[str]
    category: ReasonCategory
    words: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class OwnRules:
    """The rules in their order: the first that knows an answer decides."""

    rules: tuple[OwnRule, ...] = ()

    @property
    def digest(self) -> bytes:
        """16 bytes of all that decides a category, this release's rules included; words do not."""
        stated = [(rule.pattern.pattern, rule.category) for rule in self.rules]
        return blake2b(msgspec.json.encode((CLASSIFIER_VERSION, stated)), digest_size=16).digest()

    def rule_for(self, answer: str | None) -> OwnRule | None:
        """The rule that decides about an answer, or None: this release's do."""
        text = (answer or "")[:SEARCHED_CHARACTERS]
        return next((rule for rule in self.rules if rule.pattern.search(text)), None)

    def explain(self, category: ReasonCategory, answer: str | None, language: Language) -> str:
        """What an answer of this category means and what can be done.

        An answer that was stored under another category than its rule's keeps the words of that one until `reclassify`.
        """
        rule = self.rule_for(answer)
        own = rule.words.get(language) if rule and rule.category is category else None
        return own or explain_reason(category, language)


NO_OWN_RULES = OwnRules()
