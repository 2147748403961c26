"""The file of own rules: what it says, and what is wrong with it."""

import re
from pathlib import Path

import pytest

from models.explanation import Language
from models.own_rules import NO_OWN_RULES
from models.own_rules_file import UnusableRules, parse_rules
from models.reason import ReasonCategory as C

OPERATING = Path(__file__).parent.parent.parent / "docs" / "operating.md"
PAUSED = "[[rule]]\npattern = 'paused'\ncategory = \"CANCELLED\"\n"


def problem(document: str) -> str:
    """What is wrong with a file."""
    with pytest.raises(UnusableRules) as raised:
        parse_rules(document.encode(), "rules.toml")
    said = str(raised.value)
    assert said.count("\n") == 0
    assert said.startswith("rules.toml")
    return said.removeprefix("rules.toml")


def test_the_example_of_the_documentation_can_be_used() -> None:
    (example,) = re.findall(r"(?s)```toml\n(.+?)```", OPERATING.read_text())
    rules = parse_rules(example.encode(), "operating.md")
    paused, full = rules.rules
    assert rules.rule_for("550 5.7.1 <a@b.test>: Sender address rejected: Paused by our compliance team") is paused
    assert rules.rule_for("452 4.2.0 e4711 retry") is full
    assert rules.rule_for("452 4.2.0 E47110") is None
    assert (paused.category, full.category, full.words) == (C.CANCELLED, C.MAILBOX_FULL, {})
    assert paused.words[Language.EN].startswith("Our compliance team has paused your sending.")
    assert paused.words[Language.FR].startswith("Notre équipe conformité a suspendu vos envois.")


def test_a_file_without_a_rule_is_no_rules() -> None:
    assert parse_rules(b"# nothing yet\n", "rules.toml") == NO_OWN_RULES


def test_words_may_be_broken_into_lines() -> None:
    (rule,) = parse_rules((PAUSED + 'en = """\nAsk us,\n  please."""').encode(), "rules.toml").rules
    assert rule.words == {Language.EN: "Ask us, please."}


def test_words_may_have_the_blanks_that_french_has() -> None:
    (rule,) = parse_rules((PAUSED + 'fr = "Attention\u00a0: patientez."').encode(), "rules.toml").rules
    assert rule.words == {Language.FR: "Attention : patientez."}


def test_words_have_at_most_500_characters() -> None:
    (rule,) = parse_rules((PAUSED + f'en = "{"a" * 500}"').encode(), "rules.toml").rules
    assert len(rule.words[Language.EN]) == 500
    assert problem(PAUSED + f'en = "{"a" * 501}"') == ", rule 1: en: has 501 characters, and may have 500."


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("[[rules]]\n", ": Object contains unknown field `rules`: each rule begins with [[rule]]."),
        ("[rule]\n", ": Expected `array`, got `object` - at `$.rule`: each rule begins with [[rule]]."),
        (
            "[[rule]]\npattern = 'x'\n",
            ", rule 1: Object missing required field `category`: a rule has pattern and category, and may have en and"
            " fr.",
        ),
        (
            PAUSED + PAUSED + "de = 'Angehalten.'\n",
            ", rule 2: Object contains unknown field `de`: a rule has pattern and category, and may have en and fr.",
        ),
        ("[[rule]]\npattern = 5\ncategory = 'OTHER'", ", rule 1: pattern: Expected `str`, got `int`."),
        (
            "[[rule]]\npattern = '(x'\ncategory = 'OTHER'",
            ", rule 1: pattern: “(x” is no regular expression of Python's: missing ), unterminated subpattern at"
            " position 0.",
        ),
        (
            "[[rule]]\npattern = 'x{99999999999999999999}'\ncategory = 'OTHER'",
            ", rule 1: pattern: “x{99999999999999999999}” is no regular expression of Python's: the repetition number"
            " is too large.",
        ),
        (
            "[[rule]]\npattern = 'x[[:digit:]]'\ncategory = 'OTHER'",
            ", rule 1: pattern: “x[[:digit:]]” is no regular expression of Python's: Possible nested set at position"
            " 2.",
        ),
        (
            "[[rule]]\npattern = 'x?'\ncategory = 'OTHER'",
            ", rule 1: pattern: “x?” is found in every answer, even an empty one: name words of the answer.",
        ),
        (
            "[[rule]]\npattern = 'x'\ncategory = 'other'",
            f", rule 1: category: “other” is none of {', '.join(C)}.",
        ),
        (PAUSED + "en = ' '", ", rule 1: en: must not be blank: without it the category's own words are shown."),
        (PAUSED + 'fr = "a\\u0007"', ", rule 1: fr: must not hold control characters."),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_how_to_mend_it(document: str, said: str) -> None:
    assert problem(document) == said


def test_what_is_no_toml_is_told_with_its_line() -> None:
    assert "line 2" in problem("[[rule]]\npattern = \\b\n")
    with pytest.raises(UnusableRules, match=r"^rules\.toml is not TOML in UTF-8: .*0xff"):
        parse_rules(b"# \xff", "rules.toml")
