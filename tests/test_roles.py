"""An office goes to a person only where a sentence joins the two."""

from __future__ import annotations

import pytest

from rag.grounding import Grounder
from rag.roles import gives_asked, gives_to_another, joins, names_holder, roles, titled, unnamed
from rag.types import Sentence

PHOTO = "Danish Defence Minister Ida Holm, left, and Swedish Defence Minister Per Lund walk through Oslo."
TALKS = "Per Lund, Sweden's defence minister, met Karl Berg, vice chairman of Norway's Harbour Board, on Monday."


@pytest.mark.parametrize(
    ("claim", "sentence", "joined"),
    [
        ("Denmark's defence minister is Ida Holm.", PHOTO, True),
        ("Ida Holm is the defence minister of Denmark.", PHOTO, True),
        ("Per Lund is the Swedish defence minister.", PHOTO, True),
        ("Per Lund is the Swedish defence minister.", TALKS, True),
        ("Denmark's defence minister is Per Lund.", PHOTO, False),
        ("Sweden's defence minister is Ida Holm.", PHOTO, False),
        ("Sweden's defence minister is Karl Berg.", TALKS, False),
        ("Karl Berg is the vice chairman of the Harbour Board.", TALKS, True),
        ("Karl Berg is the chairman of the Harbour Board.", TALKS, False),
        ("Denmark's defense minister is Ida Holm.", PHOTO, True),
        ("Denmark's finance minister is Ida Holm.", PHOTO, False),
        ("Sweden's minister is Per Lund.", TALKS, True),
        ("Ida Holm is the mayor of Oslo.", PHOTO, None),
        ("Ida Holm's nephew was Per Lund.", "Per Lund and his nephew Ida Holm came.", False),
        ("Per Lund's nephew was Ida Holm.", "Per Lund and his nephew Ida Holm came.", True),
        ("Lund's nephew was Ida Holm.", "Lund of Turku and his nephew Ida Holm came.", True),
        ("Anna Vik is the Danish defence minister.", PHOTO, None),
        ("The president of Gotland is Ida Holm.", "It is about Gotland, which president Ida Holm wants.", False),
        ("The president of Sweden is Ida Holm.", "It is about Gotland, which president Ida Holm wants.", False),
        ("The president is Ida Holm.", "It is about Gotland, which president Ida Holm wants.", True),
    ],
)
def test_a_sentence_joins_an_office_to_its_holder_only(claim, sentence, joined):
    (role,) = roles(claim)
    assert joins(role, sentence) is joined


def test_each_of_several_offices_has_to_be_joined():
    claim = "Per Lund holds the offices of defence minister of Sweden and vice chairman of Norway's Harbour Board."
    assert [joins(role, TALKS) for role in roles(claim)] == [True, False]
    sentence = Sentence("a.txt", "", 0, len(TALKS), TALKS, 0.5)
    assert Grounder("Which offices does he hold?", [sentence], lambda term: 1.0).add(claim).verdict != "supported"
    assert len(roles("Ida Holm is the minister of ports and fisheries.")) == 1


@pytest.mark.parametrize(
    "claim",
    ["The president is in Oslo.", "Per Lund is visiting Denmark's leader.", "Per Lund met a minister.", "It is late."],
)
def test_other_sentences_give_nobody_an_office(claim):
    assert roles(claim) == []


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Sweden's defence minister is Per Lund.", "supported"),
        ("Sweden's defence minister is Karl Berg.", "unsupported"),
    ],
)
def test_a_claim_that_gives_an_office_to_somebody_else_is_unsupported(claim, verdict):
    sentence = Sentence("a.txt", "", 0, len(TALKS), TALKS, 0.5)
    assert Grounder("Who is Sweden's defence minister?", [sentence], lambda term: 1.0).add(claim).verdict == verdict


def test_a_sentence_that_does_not_speak_of_the_office_is_no_way_round_one_that_does():
    talks = Sentence("a.txt", "", 0, len(TALKS), TALKS, 0.5)
    text = "Karl Berg spoke of the defence of Sweden."
    other = Sentence("b.txt", "", 0, len(text), text, 0.5)
    claim = Grounder("", [talks, other], lambda term: 1.0).add("Sweden's defence minister is Karl Berg.")
    assert claim.verdict == "unsupported"


@pytest.mark.parametrize(("claim", "verdict"), [
    ("Swedish Defence Minister Per Lund met Karl Berg on Monday.", "supported"),
    ("Danish Defence Minister Per Lund met Karl Berg on Monday.", "unsupported"),
])
def test_an_office_before_a_name_is_that_of_the_country_for_which_the_passages_give_it(claim, verdict):
    met = "On Monday, Per Lund, the Swedish defence minister, met Karl Berg, a Danish envoy."
    sentences = [Sentence(f"{n}.txt", "", 0, len(text), text, 0.5) for n, text in enumerate([met, PHOTO])]
    (role,) = titled(claim)
    assert gives_to_another(role, PHOTO) is (verdict == "unsupported")
    assert Grounder("Who met Karl Berg?", sentences, lambda term: 1.0).add(claim).verdict == verdict


def test_whose_office_it_is_may_have_several_words():
    coach = "Lund's coach, Ida Holm, whose contract ends in June, would not speak of reports."
    (role,) = titled("On Monday Lund Athletic's coach, Ida Holm, left.")
    assert role.whose == {"lund", "athletic"}
    assert not gives_to_another(role, coach)
    assert gives_to_another(titled("Visby Athletic's coach, Ida Holm, left.")[0], coach)


def test_a_new_coach_is_a_coach():
    (role,) = roles("Ida Holm's new coach is Per Lund.")
    assert joins(role, "New coach Per Lund has helped Holm.") is True


@pytest.mark.parametrize(
    ("sentence", "offices"),
    [
        ("The chief executive, who took over in May, has sold the quarry.", [{"chief", "execut"}]),
        ("Then the union secretary and the mayor of Oslo left.", [{"secretari"}, {"mayor"}]),
        ("The Danish minister Ida Holm met Mayor Lund and a coach.", []),
        ("The Danish minister left.", []),
    ],
)
def test_an_office_without_a_name_is_told_from_one_with_a_name(sentence, offices):
    assert [role.office for role in unnamed(sentence)] == offices


INTRODUCED = "Chief executive Ida Holm said that 210 of them would be offered jobs."
SOLD = "The chief executive, who took over from Per Lund, has already sold the quarry in Portugal."


def article(*texts: str) -> list[Sentence]:
    """Sentences too far apart to be read together."""
    return [Sentence("a.txt", "Works close", 1000 * n, 1000 * n + len(t), t, 1.0) for n, t in enumerate(texts)]


def test_who_alone_has_an_office_in_an_article_is_meant_by_it_there_and_both_sentences_are_cited():
    checker = Grounder("What has Ida Holm sold?", article(INTRODUCED, "Trees grow.", SOLD), lambda term: 1.0)
    claim = checker.add("Ida Holm has already sold the quarry in Portugal.")
    assert claim.verdict == "supported"
    assert {citation.quote for citation in checker.grounded.citations} == {INTRODUCED, SOLD}


@pytest.mark.parametrize(
    "others",
    [
        ["Ida Holm said that 210 of them would be offered jobs."],
        [INTRODUCED, "Karl Berg, chief executive of the port, denied it."],
        ["Karl Berg, the chief executive, spoke before Ida Holm did."],
    ],
)
def test_nobody_is_meant_by_an_office_that_is_another_s_or_of_two(others):
    checker = Grounder("What has Ida Holm sold?", article(*others, SOLD), lambda term: 1.0)
    assert checker.add("Ida Holm has already sold the quarry in Portugal.").verdict == "unsupported"


@pytest.mark.parametrize(("question", "sentence"), [
    ("Who is the leader of Taiwan?", "It was a punishment after Taiwan’s president William Lai spoke."),
    ("Who leads Taiwan?", "It was a punishment after Taiwan’s president William Lai spoke."),
    ("Who is Russia's prime minister?", "On Monday Russian Premier Ivan Rask spoke."),
    ("Who is the premier of Russia?", "On Monday Russia's Prime Minister Ivan Rask spoke."),
])  # fmt: skip
def test_an_office_may_be_asked_for_by_another_word(question: str, sentence: str) -> None:
    assert gives_asked(question, sentence)


@pytest.mark.parametrize(("question", "sentence"), [
    ("Who is the leader of Taiwan?", "Taiwan, which president Xi Jinping wants, spoke."),
    ("Who is the leader of Taiwan?", "China's president Xi Jinping spoke of Taiwan."),
    ("Who is the leader of Taiwan?", "Taiwan's Defense Minister Ada Holm spoke."),
    ("Who is Russia's prime minister?", "Russia's First Deputy Prime Minister Ivan Rask spoke."),
    ("Who is Russia's defense minister?", "Russia's Prime Minister Ivan Rask spoke."),
    ("Who was Russia's prime minister before Rask?", "Russia's Prime Minister Ivan Rask spoke."),
    ("Who is Denmark's defense minister?", "Danish Defence Minister Ada Holm spoke."),  # by the same word: read as ever
    ("Where is the leader of Taiwan?", "Taiwan's president William Lai spoke."),
])  # fmt: skip
def test_another_office_or_anothers_is_not_asked_for(question: str, sentence: str) -> None:
    assert not gives_asked(question, sentence)


@pytest.mark.parametrize(("question", "sentence", "names"), [
    ("Who is Denmark's defense minister?", "He called talks with Danish Defence Minister Ida Holm fruitful.", True),
    ("Who is the foreign minister of Ostra?", "Ostra's foreign minister, Per Lund, spoke.", True),
    ("Who is the director of the Lund Centre?", "Ada Rask, director of the Lund Centre, explained it.", True),
    ("Who is Denmark's defense minister?", "Swedish Defence Minister Per Lund met Ida Holm in Denmark.", False),
    ("Who is Denmark's prime minister?", "Danish Defence Minister Ida Holm spoke.", False),
    ("Who was Denmark's defense minister before Holm?", "Danish Defence Minister Ida Holm spoke.", False),
    ("Who is Denmark's defense minister?", "Denmark's defense minister spoke.", False),
])  # fmt: skip
def test_a_sentence_names_who_holds_the_very_office(question: str, sentence: str, names: bool) -> None:
    assert names_holder(question, sentence) == names


def test_first_names_stand_between_an_office_and_a_surname() -> None:
    (captain,) = roles("Rask, the captain, sailed.")
    assert joins(captain, "Captain Stephen Rask, 49, telephoned.")
    assert not joins(captain, "Captain Stephen Holm met Rask.")
