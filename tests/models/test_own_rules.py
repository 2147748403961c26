"""An operator's own rules: which of them decides about an answer, and what is said of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.classifier import BUILT_IN, Classifier, classify
from models.explanation import OF_REASON, Language
from models.own_rules import NO_OWN_RULES, OwnRule, OwnRules
from models.reason import ReasonCategory as C
from tests.models.test_replies import REPLIES, Reply

PAUSED = OwnRule(re.compile("paused", re.IGNORECASE), C.CANCELLED, {Language.EN: "Ask us.", Language.FR: "Demandez."})
LISTED = OwnRule(re.compile("listed|paused", re.IGNORECASE), C.BLOCKLISTED, {Language.FR: "Notre liste."})
RULES = OwnRules((PAUSED, LISTED))


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("550 5.7.1 Sending PAUSED for now", PAUSED),
        ("550 5.7.1 listed and paused", PAUSED),
        ("550 5.7.1 <a@b.test>: Listed", LISTED),
        ("550 5.1.1 unknown user", None),
        ("", None),
        (None, None),
    ],
)
def test_the_first_rule_that_knows_the_answer_decides(answer: str | None, rule: OwnRule | None) -> None:
    assert RULES.rule_for(answer) is rule


def test_what_comes_after_2000_characters_is_not_searched() -> None:
    assert RULES.rule_for("-" * 1994 + "paused") is PAUSED
    assert RULES.rule_for("-" * 1995 + "paused") is None


def test_own_rules_come_before_codes_and_words_of_this_releases() -> None:
    assert BUILT_IN.classify("552 5.2.2 mailbox full, paused", 552, "5.2.2") is C.MAILBOX_FULL
    assert Classifier(RULES).classify("552 5.2.2 mailbox full, paused", 552, "5.2.2") is C.CANCELLED


# Letters that have one upper and one lower case, so that plain Python can say what is found.
needles = st.text("abcdefgh -", min_size=1, max_size=3)


@given(
    reply=st.sampled_from(REPLIES),
    rules=st.lists(st.tuples(needles, st.sampled_from(C)), max_size=4),
)
def test_own_rules_first_and_without_a_match_nothing_changes(reply: Reply, rules: list[tuple[str, C]]) -> None:
    own = OwnRules(tuple(OwnRule(re.compile(re.escape(each), re.IGNORECASE), category, {}) for each, category in rules))
    answer = reply.reply, int(reply.smtp_code) if reply.smtp_code else None, reply.enhanced_code or None
    found = [category for needle, category in rules if needle in reply.reply.lower()]
    assert Classifier(own).classify(*answer) is (found[0] if found else classify(*answer))


def test_the_rules_words_explain_its_answers_each_language_on_its_own() -> None:
    assert RULES.explain(C.CANCELLED, "550 paused", Language.EN) == "Ask us."
    assert RULES.explain(C.CANCELLED, "550 paused", Language.FR) == "Demandez."
    assert RULES.explain(C.BLOCKLISTED, "550 listed", Language.FR) == "Notre liste."
    assert RULES.explain(C.BLOCKLISTED, "550 listed", Language.EN) == OF_REASON[C.BLOCKLISTED].en


def test_an_answer_of_another_category_than_its_rules_keeps_that_ones_words() -> None:
    assert RULES.explain(C.OTHER, "550 paused", Language.EN) == OF_REASON[C.OTHER].en


def test_an_answer_that_no_rule_knows_has_the_categorys_words() -> None:
    assert RULES.explain(C.MAILBOX_FULL, "552 full", Language.FR) == OF_REASON[C.MAILBOX_FULL].fr
    assert RULES.explain(C.OTHER, None, Language.EN) == OF_REASON[C.OTHER].en


def test_the_digest_tells_rules_apart_by_what_decides_a_category() -> None:
    other_words = OwnRule(PAUSED.pattern, PAUSED.category, {})
    other_category = OwnRule(PAUSED.pattern, C.OTHER, PAUSED.words)
    other_pattern = OwnRule(re.compile("pause", re.IGNORECASE), PAUSED.category, PAUSED.words)
    assert OwnRules((other_words, LISTED)).digest == RULES.digest
    others = [(LISTED, PAUSED), (PAUSED,), (other_category, LISTED), (other_pattern, LISTED)]
    digests = {OwnRules(rules).digest for rules in others} | {RULES.digest, NO_OWN_RULES.digest}
    assert len(digests) == 6
    assert {len(digest) for digest in digests} == {16}


def test_the_digest_tells_releases_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    before = RULES.digest
    monkeypatch.setattr("models.own_rules.CLASSIFIER_VERSION", 1_000)
    assert RULES.digest != before
