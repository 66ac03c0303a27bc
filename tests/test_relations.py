"""What somebody did goes to nobody else: not from a sentence that tells it of others."""

from __future__ import annotations

import pytest

from rag.relations import contradicts, relations

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
])
def test_a_sentence_contradicts_that_tells_it_of_others(claim: str, sentence: str, contradicted: bool) -> None:
    (relation, *_) = relations(claim)
    assert contradicts(relation, sentence) is contradicted


def test_a_claim_without_names_or_verbs_says_of_nobody_what_they_did() -> None:
    assert relations("The talks lasted for an hour.") == []
    assert relations("Ida Holm is the mayor of Oslo.") == []
