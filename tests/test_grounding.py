"""A claim is supported by exactly what its cited sentences say."""

from __future__ import annotations

import pytest

from rag.grounding import Grounder, split_claims
from rag.types import Claim, Sentence

TRADE = "Since then, Beijing has expanded its trade with Russia, reaching a total volume of $240 billion last year."
TOOLS = "According to Blinken, 70 percent of Russia’s machine tools come from China."
DENIAL = "China says it has not offered any weaponry to Russia."
DRILL = "On the same day, the Chinese navy also conducted a joint drill in the northwestern Pacific Ocean."
LANDED = "On Oct. 14, Belousov landed in Beijing."


def sentences(*texts: str, source: str = "a.txt", leftover: bool = False) -> list[Sentence]:
    starts = [sum(len(text) + 1 for text in texts[:place]) for place in range(len(texts))]
    return [
        Sentence(source, "A title", start, start + len(text), text, 0.5, leftover=leftover)
        for start, text in zip(starts, texts, strict=True)
    ]


def check(claim: str, *texts: str, question: str = "") -> Claim:
    return Grounder(question, sentences(*texts), lambda term: 1.0).add(claim)


def test_a_claim_cites_the_sentence_that_says_it() -> None:
    grounder = Grounder("", sentences(TOOLS, TRADE), lambda term: 1.0)
    claim = grounder.add("Trade with Russia reached $240bn last year.")
    assert claim.verdict == "supported"
    (citation,) = grounder.grounded.citations
    assert (citation.number, citation.quote) == (1, TRADE)
    assert grounder.grounded.text == "Trade with Russia reached $240bn last year.[1]"


@pytest.mark.parametrize(
    "claim",
    [
        "Trade with Russia reached $250 billion last year.",
        "Trade with Japan reached $240 billion last year.",
        "80 percent of Russia’s machine tools come from China.",
        "According to Lavrov, 70 percent of Russia’s machine tools come from China.",
    ],
)
def test_a_wrong_number_or_name_is_unsupported_and_cites_nothing(claim: str) -> None:
    checked = check(claim, TRADE, TOOLS)
    assert (checked.verdict, checked.citations) == ("unsupported", ())


def test_a_denial_does_not_support_the_assertion() -> None:
    assert check("China offered weaponry to Russia.", DENIAL).verdict == "unsupported"
    assert check("China has not offered weaponry to Russia.", DENIAL).verdict == "supported"
    assert check("Smith denied that rents rose.", "Smith said that rents rose.").verdict == "unsupported"


def test_a_claim_about_something_else_is_unsupported() -> None:
    assert check("Bananas ripen faster near apples.", TRADE, TOOLS).verdict == "unsupported"


def test_a_date_and_a_place_from_two_sentences_are_both_cited() -> None:
    grounder = Grounder("Where was the drill of 14 October?", sentences(LANDED, DRILL), lambda term: 1.0)
    claim = grounder.add("The joint drill of 14 October was in the northwestern Pacific Ocean.")
    assert claim.verdict == "supported"
    assert {citation.quote for citation in grounder.grounded.citations} == {LANDED, DRILL}


def test_every_article_that_says_so_is_cited_and_leftovers_are_not() -> None:
    told = [*sentences(TRADE), *sentences(TRADE, source="b.txt"), *sentences(TRADE, source="c.txt", leftover=True)]
    grounder = Grounder("", told, lambda term: 1.0)
    assert grounder.add("Trade with Russia reached $240 billion last year.").citations == (1, 2)
    assert [citation.source for citation in grounder.grounded.citations] == ["a.txt", "b.txt"]


def test_a_second_sentence_is_taken_from_the_same_article_where_it_can_be() -> None:
    summit, group = "The BRICS summit is in Kazan.", "The group was joined by Egypt and Iran."
    told = [*sentences(summit, source="b.txt"), *sentences(group, summit, source="a.txt")]
    grounder = Grounder("", told, lambda term: 1.0)
    assert grounder.add("The BRICS group was joined by Egypt and Iran.").verdict == "supported"
    assert {citation.source for citation in grounder.grounded.citations} == {"a.txt"}


def test_citations_are_numbered_as_they_first_appear_and_shared() -> None:
    grounder = Grounder("", sentences(TRADE, TOOLS), lambda term: 1.0)
    assert grounder.add("70 percent of Russia’s machine tools come from China.").citations == (1,)
    assert grounder.add("Trade with Russia reached $240 billion last year.").citations == (2,)
    assert grounder.add("70% of the machine tools of Russia come from China.").citations == (1,)


@pytest.mark.parametrize(
    ("claim", "passage", "verdict"),
    [
        ("The two declared a partnership in February 2022.",
         "They declared a “no limits” partnership in February 2022, the two of them.", "supported"),
        ("The two declared a partnership in February 2022.",
         'They declared a "no limits" partnership in February 2022, the two of them.', "supported"),
        ("The warrant of the International Criminal Court was addressed.",
         "He has not addressed the warrant of the International Criminal Court.", "unsupported"),
    ],
    ids=["a quoted denial", "a straight quoted denial", "a denied verb"],
)
def test_a_denial_does_not_reach_out_of_a_quotation(claim: str, passage: str, verdict: str) -> None:
    assert check(claim, passage).verdict == verdict


def test_a_name_may_be_broken_over_two_lines() -> None:
    assert check("The US signed the pact.", "The United\nStates signed the pact.").verdict == "supported"


def test_words_that_only_repeat_the_question_weigh_less() -> None:
    claim = "The total volume of trade between the two countries was $240 billion."
    alone = check(claim, TRADE).score
    assert check(claim, TRADE, question="What was the trade between these countries?").score > alone


def test_a_spelled_out_number_from_the_question_need_not_be_in_the_passage() -> None:
    question = "How large was trade between the three countries?"
    assert check("Trade of the three countries was $240 billion.", TRADE, question=question).verdict != "unsupported"


def test_a_draft_is_split_into_plain_claims() -> None:
    draft = "- **Trade** grew [3] to $5 [1, 2].\n- See [here](http://x.invalid) ![a](http://x.y).\n\n2. It fell."
    assert split_claims(draft) == ["Trade grew to $5.", "See here a.", "It fell."]
    assert split_claims(" \n...\n") == []
