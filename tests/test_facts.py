"""Numbers, dates and names are the same fact however they are written."""

from __future__ import annotations

import pytest

from rag.facts import holds, names, numbers_and_dates, same_name


def facts(text: str) -> set[tuple[str, str, str]]:
    return {(fact.kind, fact.value, fact.unit) for fact in numbers_and_dates(text)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("70 percent of the tools", "70% of the tools"),
        ("70 per cent", "70 %"),
        ("$240 billion", "$240bn"),
        ("240 billion dollars", "$240,000,000,000"),
        ("5,000 words", "5000 words"),
        ("Oct. 14", "14 October"),
        ("October 14th", "14 Oct"),
        ("the 14th of October", "Oct 14"),
        ("three weeks", "3 weeks"),
        ("the 10th anniversary", "10 years"),
        ("the tenth anniversary", "10 years"),
        ("a dozen ships", "12 ships"),
        ("two dozen ships", "24 ships"),
        ("half of it", "50 percent"),
        ("twenty-five ships", "25 ships"),
        ("three million", "3 million"),
        ("at 5.40 pm", "at 5:40 p.m."),
        ("at 5.40pm", "at 17:40"),
        ("5 may 1911", "May 5, 1911"),
        ("20 may be missing", "20"),
        ("They march 10 miles", "10 miles"),
    ],
)
def test_two_spellings_are_one_fact(one: str, other: str) -> None:
    assert facts(one) == facts(other)


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("70 percent", "70 tools"),
        ("$240 billion", "240 billion barrels"),
        ("$240 billion", "$240 million"),
        ("Oct. 14", "Oct. 15"),
        ("14 October", "14 November"),
        ("2022", "2021"),
        ("less than three weeks", "less than four weeks"),
        ("at 5:40 pm", "at 5:40 am"),
        ("at 17:40", "5.40 per cent"),
    ],
)
def test_a_changed_detail_is_another_fact(claim: str, passage: str) -> None:
    (wanted,) = numbers_and_dates(claim)
    assert not holds(wanted, numbers_and_dates(passage))


def test_a_bare_number_is_held_by_the_same_number_with_a_unit() -> None:
    (wanted,) = numbers_and_dates("about 70 of them")
    assert holds(wanted, numbers_and_dates("70 percent of them"))


def test_names_are_the_capitalised_words_but_not_a_sentence_opener() -> None:
    text = "However, Alexander Gabuev met Mr. Xi in Beijing. Approximately half agreed."
    found = [fact.value for fact in names(text)]
    assert found == ["alexander", "gabuev", "xi", "beijing"]


@pytest.mark.parametrize("opener", ["Two", "Sixty", "Half", "Neither"])
def test_a_number_that_opens_a_sentence_is_no_name(opener: str) -> None:
    assert [name.text for name in names(f"{opener} of the patients of Turku have died.")] == ["Turku"]


def test_hundreds_are_no_thousands() -> None:
    assert not holds(*names("Hundreds of people fled.")[:1], names("Thousands of people fled."))


def test_an_opener_that_the_evidence_writes_small_is_no_name() -> None:
    assert names("Trade grew.", frozenset({"trade"})) == []
    assert [fact.value for fact in names("Argentina won.", frozenset({"trade"}))] == ["argentina"]


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("in China", "Chinese officials"),
        ("by Russia", "the Russian ministry"),
        ("in Iran", "Iranian goods"),
        ("the United States", "the U.S. said"),
        ("the UAE", "the United Arab Emirates joined"),
        ("by Americans", "the US said"),
        ("in Ukraine", "Ukrainian forces"),
        ("with Putin", "Putin’s visit"),
        ("with Andrey", "with Andrei"),
        ("the U. S.", "the United States"),
    ],
)
def test_a_country_is_known_by_its_people_and_short_forms(claim: str, passage: str) -> None:
    for wanted in names(claim):
        assert holds(wanted, names(passage))


@pytest.mark.parametrize(
    ("claim", "passage"), [("with Mario", "with Maria"), ("in Iran", "in Iraq"), ("in Austria", "in Australia")]
)
def test_a_similar_name_is_another_name(claim: str, passage: str) -> None:
    (wanted,) = names(claim)
    assert not holds(wanted, names(passage))


def test_a_word_of_another_full_name_is_another_name() -> None:
    north, korea = names("in North Korea")
    assert not holds(korea, names("in South Korea"))
    assert holds(korea, names("in Korea"))
    assert holds(north, names("in North Korea"))


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("the World Weather Fund", "the WWF"),
        ("the WWF", "the World Weather Fund"),
        ("the Harbour Office", "said the H.O."),
        ("the Harbour Office", "the Oslo Harbour Office, or HO,"),
    ],
)
def test_an_acronym_is_the_name_it_stands_for(claim: str, passage: str) -> None:
    assert all(holds(wanted, names(passage)) for wanted in names(claim))


@pytest.mark.parametrize(
    ("claim", "passage"),
    [("the Harbour Office", "the WWF"), ("the Harbour Office", "in Ho"), ("US Steel", "Una Smith")],
)
def test_other_initials_are_another_name(claim: str, passage: str) -> None:
    assert not any(holds(wanted, names(passage)) for wanted in names(claim))


def test_an_acronym_is_not_the_words_beside_what_it_stands_for() -> None:
    oslo, *office = names("the Oslo Harbour Office")
    assert not holds(oslo, names("the HO"))
    assert all(holds(word, names("the HO")) for word in office)


def test_thousands_is_no_number() -> None:
    assert numbers_and_dates("thousands of them, dozens even") == []


def test_the_number_in_a_name_is_none():
    assert not numbers_and_dates("What took LN-1 and the B-15 there?")
    assert [fact.value for fact in numbers_and_dates("In the mid-1990s 3-15 of them left.")] == ["1990", "3", "15"]


@pytest.mark.parametrize(("text", "is_ordinal"), [
    ("the 20th century", True), ("the seventh day", True), ("10 thousand", False), ("5 pounds", False),
])
def test_an_ordinal_is_told_from_an_amount(text: str, is_ordinal: bool) -> None:
    (fact,) = numbers_and_dates(text)
    assert fact.is_ordinal is is_ordinal


@pytest.mark.parametrize(("one", "other"), [("julia", "julian"), ("ross", "rossi"), ("niger", "nigerian")])
def test_a_name_is_not_that_of_somebodys_people_for_its_ending(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert same_name("iraq", "iraqis") and same_name("russia", "russian")
