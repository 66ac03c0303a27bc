"""What somebody did goes to nobody else: not from a sentence that tells it of others."""

from __future__ import annotations

import pytest

from rag.relations import agrees, relations

CHAIRED = "Ida Holm met on May 3 with Per Lund, vice chairman of the council, a body chaired by Mayor Una Berg."
BROTHER = "Ida Holm, whose brother Karl Rask had married Una Berg, moved to Oslo."


@pytest.mark.parametrize(("claim", "sentence", "agreed"), [
    ("Ida Holm met Per Lund.", CHAIRED, True),
    ("Ida Holm met with Mayor Una Berg on May 3.", CHAIRED, False),
    ("Karl Rask married Una Berg.", BROTHER, True),
    ("Ida Holm married Una Berg.", BROTHER, False),
    ("Per Lund told Ida Holm so.", "Ida Holm told Per Lund so.", False),
    ("Per Lund described the talks as long.", "She described the talks with Per Lund as long.", False),
    ("Ida Holm told reporters so.", "Ida Holm, who met Per Lund, told reporters so.", True),
    ("Ida Holm said so.", "“So it is,” said Ida Holm, adding a word.", True),
    ("Per Lund criticized Ida Holm.", "Ida Holm was criticized by Per Lund.", True),
    ("Ida Holm met Una Berg.", "Ida Holm met Per Lund, Karl Rask and Una Berg.", True),
    ("Ida Holm met Per Lund.", "Ida Holm and Per Lund talked for an hour.", None),
])
def test_a_sentence_agrees_about_who_did_it_to_whom(claim: str, sentence: str, agreed: bool | None) -> None:
    (relation, *_) = relations(claim)
    assert agrees(relation, sentence) is agreed


def test_a_claim_without_names_or_verbs_says_of_nobody_what_they_did() -> None:
    assert relations("The talks lasted for an hour.") == []
    assert relations("Ida Holm is the mayor of Oslo.") == []
