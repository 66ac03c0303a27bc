"""What a question takes for granted and no article tells, what is a result and no cause, and who is quoted."""

from __future__ import annotations

import pytest

from rag.clauses import affirms
from tests.test_grounding import check

CHIEF = (
    "Chief executive Ada Lund, who joined from the chain Holm two years ago, said there was no other way.",
    "“Our gas bill has doubled, while the price of a kettle has gone up by a tenth,” she said.",
)
CLOSING = (
    "Rask & Sons is to close its factory in Visby with the loss of 270 jobs.",
    "Production will move to Turku, where wages are lower.",
)


@pytest.mark.parametrize(("claim", "told"), [
    ("Ada Lund left Holm because her gas bill doubled and the price of a kettle went up by a tenth.", CHIEF),
    ("Ada Lund resigned because the gas bill doubled.", CHIEF),
    ("Ada Lund left Holm because there was no other way.", CHIEF),
    ("Ada Lund was arrested because the gas bill doubled.", CHIEF),
    ("Ada Lund married two years ago.", CHIEF),
    ("Ada Lund apologised because the gas bill doubled.", CHIEF),
    ("The workers of Rask & Sons went on strike with the loss of 270 jobs.", CLOSING),
])  # fmt: skip
def test_nothing_happens_of_which_no_sentence_speaks(claim: str, told: tuple[str, ...]) -> None:
    assert check(claim, *told).verdict == "unsupported"


@pytest.mark.parametrize(("told", "claim"), [
    ("Ada Lund handed in her notice at Holm in May over a row about pay.",
     "Ada Lund resigned in May over a row about pay."),
    ("Police caught Per Rask in Visby on Tuesday.", "Per Rask was arrested in Visby on Tuesday by police."),
    ("Ada Lund and Per Rask became husband and wife before 300 guests.",
     "Ada Lund and Per Rask married before 300 guests."),
    ("Ada Lund has gone from the board of Holm after two years.", "Ada Lund left the board of Holm after two years."),
    ("Ada Lund said she was sorry for the delay.", "Ada Lund apologised for the delay."),
    ("The mayor said nobody resigned over the toll.", "Nobody resigned over the toll."),
])  # fmt: skip
def test_what_sentences_speak_of_in_other_words_may_have_happened(told: str, claim: str) -> None:
    assert check(claim, told).verdict == "supported"


def test_what_comes_of_something_is_not_its_cause() -> None:
    claim = "Rask & Sons is to close its factory in Visby due to the loss of 270 jobs."
    assert check(claim, *CLOSING).verdict == "unsupported"
    caused = "Rask & Sons is to close its factory in Visby because of the loss of 270 jobs in Turku."
    assert check(claim, caused).verdict == "supported"


def test_who_says_what_is_quoted_is_named_before_it() -> None:
    told = (
        "Per Rask, a fisherman whose father died before a place came free, said he did not want revenge.",
        "“I just want the berth my father was promised,” he said.",
    )
    assert check("Per Rask wants the berth his father was promised.", *told).verdict == "supported"
    assert check("Per Rask wants revenge.", *told).verdict == "unsupported"


def test_the_reason_asked_for_is_not_left_out() -> None:
    told = "Tram one left late, because a pram had become stuck in the doors."
    claim = "A pram had become stuck in the doors of tram one, which was on the bridge, because a gull hit it."
    assert check(claim, told, question="Why did a tram get stuck on the bridge?").verdict == "unsupported"
    assert check(claim, told, question="What got stuck in the doors of a tram?").verdict == "supported"


@pytest.mark.parametrize(("claim", "says_yes"), [
    ("Per Rask was convicted of everything.", True),
    ("Per Rask was not convicted of everything.", False),
    ("Per Rask was convicted on nine counts.", False),
])  # fmt: skip
def test_a_no_goes_with_nothing_that_repeats_what_is_asked(claim: str, says_yes: bool) -> None:
    assert affirms(claim, "Was Per Rask convicted of everything?") is says_yes


def test_money_is_not_counted_as_things() -> None:
    told = "Rask & Sons made a loss of 6.8 million euros last year, on sales of 91 million."
    assert check("Rask & Sons sold 91 million kettles last year.", told).verdict != "supported"
    assert check("Rask & Sons had sales of 91 million euros last year.", told).verdict == "supported"
    sold = "Rask & Sons had record sales of 91 million kettles last year."
    assert check("Rask & Sons sold 91 million kettles last year.", sold).verdict == "supported"


def test_who_provides_something_does_not_get_it() -> None:
    told = "From Norway's perspective, Sweden is seen as a reliable neighbour providing valuable timber and support."
    assert check("Sweden gets valuable timber and support from Norway.", told).verdict != "supported"
    assert check("Norway gets valuable timber and support from Sweden.", told).verdict == "supported"


def test_what_one_clause_tells_of_somebody_the_next_does_not_tell_of_another() -> None:
    told = (
        "The instructor, Per Lund, 44, had a broken ankle, and one student, Ada Rask, 20, was treated for cold.",
        "One rescuer, a fireman, was slightly hurt when a pump tipped over.",
    )
    assert check("Ada Rask broke an ankle.", *told).verdict == "unsupported"
    assert check("Ada Rask, 20, broke an ankle.", *told).verdict == "unsupported"
    assert check("Per Lund broke an ankle.", *told).verdict == "supported"
    assert check("Ada Rask was treated for cold.", *told).verdict == "supported"
    assert check("Per Lund was hurt when a pump tipped over.", *told).verdict == "unsupported"
    named = ("A rescuer was slightly hurt when a pump tipped over.", "The fireman, Per Lund, was treated for cold.")
    assert check("Per Lund was slightly hurt when a pump tipped over.", *named).verdict == "supported"


def test_a_list_is_no_two_clauses() -> None:
    told = "The growth of BRIT to include Norway, Sweden, and the Faroes (kinda Estonia) makes it hard to get on."
    assert check("Norway, Sweden, and the Faroes (kinda Estonia) got into BRIT.", told).verdict == "supported"


def test_what_is_told_of_one_noun_is_not_put_behind_another() -> None:
    told = (
        "Nurses at the Brill district hospital will walk out in protest at the planned closure of the night ward.",
        "The union wants help with housing, which is scarce and expensive in the valley.",
    )
    claim = "Nurses protest at the planned closure of the night ward at the Brill district hospital"
    assert check(f"{claim} which is scarce and expensive in the valley.", *told).verdict != "supported"
    assert check(f"{claim}.", *told).verdict == "supported"
    assert check("The union wants help with housing which is scarce and expensive.", *told).verdict == "supported"


def test_weeks_are_no_age_where_nothing_is_said_to_be_old() -> None:
    told = "The scheme came to light when Ada Lund, who had joined only six weeks earlier, noticed it."
    assert check("Ada Lund is six weeks old.", told).verdict == "unsupported"
    assert check("The calf is six weeks old.", "The calf, six weeks old, was found in the road.").verdict == "supported"
