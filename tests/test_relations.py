"""What somebody did goes to nobody else: not from a sentence that tells it of others."""

from __future__ import annotations

import pytest

from rag.relations import contradicts, is_done, relations

CHAIRED = "Ida Holm met on May 3 with Per Lund, vice chairman of the council, a body chaired by Mayor Una Berg."
BROTHER = "Ida Holm, whose brother Karl Rask had married Una Berg, moved to Oslo."


@pytest.mark.parametrize(("claim", "sentence", "contradicted"), [
    ("Ida Holm met Per Lund.", CHAIRED, False),
    ("Ida Holm met with Mayor Una Berg on May 3.", CHAIRED, True),
    ("Karl Rask married Una Berg.", BROTHER, False),
    ("Ida Holm married Una Berg.", BROTHER, True),
    ("Per Lund told Ida Holm so.", "Ida Holm told Per Lund so.", True),
    ("Per Lund described the talks as long.", "She described the talks with Per Lund as long.", True),
    ("Ida Holm told reporters so.", "Ida Holm, who met Per Lund, told reporters so.", False),
    ("Ida Holm said so.", "“So it is,” said Ida Holm, adding a word.", False),
    ("Per Lund criticized Ida Holm.", "Ida Holm was criticized by Per Lund.", False),
    ("Ida Holm met Una Berg.", "Ida Holm met Per Lund, Karl Rask and Una Berg.", False),
    ("Ida Holm met Per Lund.", "Ida Holm and Per Lund talked for an hour.", False),
    ("Ida Holm was ordered to pay a fine.", "Judge Una Berg also ordered Holm to pay a fine.", False),
    ("Ida Holm was told so by Una Berg.", "Una Berg told Ida Holm so.", False),
    ("Ida Holm was told so by Una Berg.", "Ida Holm told Una Berg so.", True),
    ("Holm Ferries was founded by Una Berg.", "Berg Lines was founded by two sisters, Una and Ada Berg.", True),
    ("Holm Ferries was founded by Una Berg.", "Holm was then founded by Una Berg.", False),
    ("Holm Ferries was founded by Una Berg.", "The firm was founded by Una Berg.", False),
    ("The M3 rebels are backed by Visby.", "Visby offered to talk to the Lund-backed M3 rebels.", True),
    ("The M3 rebels are backed by Lund.", "Visby offered to talk to the Lund-backed M3 rebels.", False),
    ("The M4 rebels are backed by Visby.", "Visby offered to talk to the Lund-backed M3 rebels.", False),
])
def test_a_sentence_contradicts_that_tells_it_of_others(claim: str, sentence: str, contradicted: bool) -> None:
    (relation, *_) = relations(claim)
    assert contradicts(relation, sentence) is contradicted


@pytest.mark.parametrize(("claim", "sentence", "contradicted"), [
    ("Lund Ferries closed three ports.", "It was a bad year for Berg Lines, which closed three ports.", True),
    ("Lund Ferries closed three ports.", "Berg Lines later closed three ports.", True),
    ("Ida Holm teaches metalwork.", "Mr Berg, who teaches metalwork, wanted to go on.", True),
    ("Ida Holm teaches metalwork.", "She teaches metalwork.", False),
    ("Norway exports fish.", "Chile sells fish, and exports rose.", False),
    ("Lund Ferries closed three ports.", "The company, owned by Berg Lines, closed three ports.", False),
    ("Lund Ferries closed three ports.", "The firm closed three ports.", False),
    ("Russia closed three ports.", "The Kremlin closed three ports.", False),
    ("Iran closed three ports.", "Iranian ministers Holm and Berg closed three ports.", False),
])
def test_what_is_told_of_somebody_named_is_not_told_of_whom_the_sentence_does_not_name(
    claim: str, sentence: str, contradicted: bool
) -> None:
    (relation, *_) = relations(claim)
    assert contradicts(relation, sentence) is contradicted


@pytest.mark.parametrize(("sentence", "done"), [
    ("Ida Holm is sure that she can win the race.", False),
    ("Ida Holm hopes to win the race.", False),
    ("Ida Holm, who trains, stood to win the race.", False),
    ("Ida Holm may win the race, as she won the last.", True),
    ("Ida Holm went on to win the race.", None),
    ("Ida Holm wins the race.", None),
    ("Ida Holm, with five wins, can win the race.", False),
    ("Ida Holm ran.", None),
])
def test_what_somebody_can_or_hopes_to_do_is_not_done(sentence: str, done: bool | None) -> None:
    (relation,) = relations("Ida Holm won the race.")
    assert is_done(relation, sentence) is done


def test_a_claim_without_names_or_verbs_says_of_nobody_what_they_did() -> None:
    assert relations("The talks lasted for an hour.") == []
    assert relations("Ida Holm is the mayor of Oslo.") == []


def test_a_pronoun_before_the_verb_is_its_subject() -> None:
    for relation in relations("The crew got rid of Lund Ferries because they voted for Berg Lines."):
        assert not contradicts(relation, "They voted for Berg Lines instead of Lund Ferries.")
