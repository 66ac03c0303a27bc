"""Whether a checked draft is shown: what the model thinks, weighed by what its citations speak of."""

from __future__ import annotations

import pytest

from rag.doubt import answers, source_of
from rag.grounding import Grounder
from rag.types import Sentence

BRIDGE = "Mayor Ada Quill opened the Ostra bridge on Oct. 14."
TOLL = "The toll for lorries on the Ostra bridge is 12 crowns."
FERRY = "The ferry of Port Lund was sold in spring."


def idf(_: str) -> float:
    return 3.0


def sentence(text: str) -> Sentence:
    return Sentence("a.txt", "A title", 0, len(text), text, 1.0)


def judged(question: str, draft: str, confidence: float | None, *texts: str) -> bool:
    sentences = [Sentence(f"{n}.txt", "", 0, len(text), text, 1.0) for n, text in enumerate(texts)]
    grounder = Grounder(question, sentences, idf)
    grounder.add(draft)
    return answers(question, confidence, grounder.grounded, sentences, idf, 0.5)


def test_a_confident_and_supported_draft_is_shown():
    assert judged("Who opened the Ostra bridge?", BRIDGE, 0.6, BRIDGE)


def test_a_model_that_cannot_say_how_sure_it_is_is_believed():
    assert judged("Who opened the Ostra bridge?", BRIDGE, None, BRIDGE)


@pytest.mark.parametrize(("confidence", "shown"), [(0.4, True), (0.3, False)])
def test_less_confidence_is_enough_where_the_citations_speak_of_what_is_asked(confidence, shown):
    assert judged("Who opened the Ostra bridge?", BRIDGE, confidence, BRIDGE) is shown


def test_full_confidence_is_needed_where_they_do_not():
    assert not judged("Who inaugurated the crossing at the river mouth?", BRIDGE, 0.4, BRIDGE)
    assert judged("Who inaugurated the crossing at the river mouth?", BRIDGE, 0.6, BRIDGE)


def test_an_answer_from_elsewhere_is_not_one_where_the_articles_do_speak_of_what_is_asked():
    assert not judged("What is the toll for lorries on the Ostra bridge?", FERRY, 0.9, FERRY, TOLL)


def test_an_answer_of_another_kind_than_asked_for_is_none():
    assert not judged("How many people opened the Ostra bridge?", "Ada Quill opened the Ostra bridge.", 0.9, BRIDGE)


def test_the_sentence_that_a_draft_was_made_of_is_found_though_it_is_worded_differently():
    texts = [sentence(BRIDGE), sentence(FERRY)]
    draft = "Ada Quill inaugurated the crossing on Oct. 14."
    assert source_of(draft, "Which Ostra politician inaugurated the crossing?", texts, idf) == texts[0]


@pytest.mark.parametrize(
    ("draft", "question"),
    [
        ("Boris Inkwell and Tom Reed inaugurated it in Lisbon.", "Who inaugurated the crossing?"),
        ("Ada Quill inaugurated it on Oct. 14.", "Who inaugurated the crossing at Port Lund?"),
        ("It was inaugurated.", "What was inaugurated?"),
        ("Ada Quill and the mayor did.", "How many inaugurated the crossing?"),
    ],
)
def test_no_sentence_is_quoted_for_a_draft_that_was_not_made_of_it(draft, question):
    assert source_of(draft, question, [sentence("Mayor Ada Quill opened the Ostra bridge.")], idf) is None
    assert source_of(draft, question, [], idf) is None
