"""Every status and every reason has words, in each language, that say what to do."""

import pytest

from models.explanation import OF_REASON, OF_STATUS, Language, Words, explain_reason, explain_status
from models.reason import RESPONSIBILITY, ReasonCategory, Responsibility
from models.status import Status

ALL_WORDS = [*OF_STATUS.values(), *OF_REASON.values()]


def test_every_status_and_every_reason_is_explained() -> None:
    assert set(OF_STATUS) == set(Status)
    assert set(OF_REASON) == set(ReasonCategory)


def test_somebody_answers_for_every_reason_that_can_be_told() -> None:
    assert set(RESPONSIBILITY) == set(ReasonCategory)
    assert [category for category, who in RESPONSIBILITY.items() if who is Responsibility.UNKNOWN] == [
        ReasonCategory.OTHER
    ]


@pytest.mark.parametrize("language", Language)
def test_no_two_are_explained_alike(language: Language) -> None:
    said = [words.said_in(language) for words in ALL_WORDS]
    assert len(set(said)) == len(said) == len(Status) + len(ReasonCategory)


@pytest.mark.parametrize("words", ALL_WORDS)
def test_an_explanation_is_a_few_whole_sentences_in_each_language(words: Words) -> None:
    for said in words:
        assert said == " ".join(said.split())
        assert said[0].isupper()
        assert said.endswith(".")
        assert len(said) <= 300


def test_delivered_says_to_look_in_the_spam_folder() -> None:
    assert "reached the recipient's mail server" in explain_status(Status.DELIVERED, Language.EN)
    assert "spam folder" in explain_status(Status.DELIVERED, Language.EN)
    assert "dossier des indésirables" in explain_status(Status.DELIVERED, Language.FR)


def test_a_reason_is_explained_in_the_language_asked_for() -> None:
    assert explain_reason(ReasonCategory.MAILBOX_FULL, Language.EN).startswith("The recipient's mailbox is full.")
    assert explain_reason(ReasonCategory.MAILBOX_FULL, Language.FR).startswith("La boîte du destinataire est pleine.")
