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


def test_a_sentence_that_denies_the_whole_does_not_carry_a_clause_of_it() -> None:
    walked, refused = "Two guards walked to the cellar and listened.", "Rask refused to let them in."
    goat = "Later Rask sent a goat to keep guards out of his cellar."
    question = "Did Rask go to the cellar and let the guards into it?"
    claim = "Rask walked to the cellar and let the guards into his cellar."
    assert check(claim, walked, refused, "x " * 300, goat, question=question).verdict == "unsupported"
    let = "Rask walked to the cellar and listened.", "Rask let them in."
    assert check(claim, *let, "x " * 300, goat, question=question).verdict == "supported"
    assert check(claim, walked, let[1], "x " * 300, goat, question=question).verdict == "unsupported"


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
        (
            "The two declared a partnership in February 2022.",
            "They declared a “no limits” partnership in February 2022, the two of them.",
            "supported",
        ),
        (
            "The two declared a partnership in February 2022.",
            'They declared a "no limits" partnership in February 2022, the two of them.',
            "supported",
        ),
        (
            "The warrant of the International Criminal Court was addressed.",
            "He has not addressed the warrant of the International Criminal Court.",
            "unsupported",
        ),
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


@pytest.mark.parametrize(
    "marker",
    ["[^1]", "[1-3]", "[1; 2]", "[[1]](http://x.invalid)", "[1](#1)", "[Excerpt 2]", "[Sources 1 and 2]",
     "【1†source】", " (Excerpt 1)", " (see excerpts 1, 2 and 4)"],
)  # fmt: skip
def test_markers_of_every_kind_are_the_model_s_own(marker: str) -> None:
    draft = f"Trade grew to $5{marker}. It fell{marker} in May."
    assert split_claims(draft) == ["Trade grew to $5.", "It fell in May."]


@pytest.mark.parametrize(
    ("draft", "claims"),
    [
        ("These joined:\n\n- **Egypt** [1]\n- Iran [1]\n\nIt grew.", ["These joined: Egypt and Iran.", "It grew."]),
        ("These joined:\n1. Egypt;\n\n2. Iran; and\n3. the Emirates.", ["These joined: Egypt, Iran and the Emirates."]),
        ("It grew.\n* Egypt\n* Iran", ["It grew.", "Egypt and Iran."]),
        ("These did:\n- Egypt joined\n- Iran left", ["These did:", "Egypt joined", "Iran left"]),
        ("- Egypt.\n- Iran.", ["Egypt.", "Iran."]),
        ("- Egypt", ["Egypt"]),
    ],
)
def test_a_list_of_names_is_one_claim_with_what_opens_it(draft: str, claims: list[str]) -> None:
    assert split_claims(draft) == claims


def test_what_only_looks_like_a_mark_is_left() -> None:
    plain = "@harbour_watch sang the #1 hit (Article 5), 2*3 times [sic]."
    assert split_claims(plain) == [plain]
    assert split_claims("## Trade\n> It fell.\n– It **gr**ew.") == ["Trade", "It fell.", "It grew."]


def told(*passages: tuple[str, str, str]) -> list[Sentence]:
    """Sentences of several articles, each given as source, title and text, far apart from each other."""
    return [
        Sentence(source, title, 10_000 * place, 10_000 * place + len(text), text, 0.5)
        for place, (source, title, text) in enumerate(passages)
    ]


def judge(claim: str, passages: list[Sentence], question: str = "") -> Grounder:
    grounder = Grounder(question, passages, lambda term: 1.0)
    grounder.add(claim)
    return grounder


def quotes(grounder: Grounder) -> set[str]:
    return {citation.quote for citation in grounder.grounded.citations}


def verdict(grounder: Grounder) -> str:
    return grounder.grounded.claims[-1].verdict


HARVEST = "The cooperative harvested 300 tonnes of olives in Jaén."
PRESS = "Its new press opened in Granada."


def test_a_sentence_that_adds_nothing_is_not_cited() -> None:
    texts = sentences("Olives are grown in Jaén.", HARVEST, PRESS)
    assert quotes(judge("The cooperative harvested 300 tonnes of olives.", texts)) == {HARVEST}


def test_what_stands_far_apart_is_not_stitched_together() -> None:
    apart = told(
        ("a.txt", "", "Canada imposed heavy tariffs on 200 kinds of steel."),
        ("a.txt", "", "The decision drew criticism from Brazil and Norway."),
    )
    assert verdict(judge("Brazil imposed heavy tariffs on 200 kinds of steel.", apart)) == "unsupported"


def test_names_and_numbers_alone_join_no_two_sentences() -> None:
    lots = "The costliest lot had been Holm's, which went for $142 million in 2013."
    harbour = "“Harbour at Dusk,” once the property of Ines and Per Lund, hangs in Turku."
    assert check("Ines and Per Lund paid $142 million for Harbour at Dusk.", harbour, lots).verdict == "unsupported"
    paid = "They paid $142 million for it in 2013."
    assert check("Ines and Per Lund paid $142 million for Harbour at Dusk.", harbour, paid).verdict == "supported"


def test_clauses_may_be_carried_by_sentences_far_apart() -> None:
    first, second = "Kenya exports roses to Dubai.", "Peru sold 90 tonnes of coffee last year."
    apart = told(("a.txt", "", first), ("b.txt", "", second))
    claim = "Kenya exports roses to Dubai, and Peru sold 90 tonnes of coffee."
    assert quotes(judge(claim, apart)) == {first, second}


def test_a_clause_without_a_subject_needs_that_of_the_one_before() -> None:
    apart = told(
        ("a.txt", "", "Mayor Ines Duarte opened the tram line in Porto."),
        ("b.txt", "", "The council promised cheaper tickets next winter."),
    )
    claim = "Ines Duarte opened the tram line in Porto and promised cheaper tickets next winter."
    assert verdict(judge(claim, apart)) != "supported"


def test_who_somebody_is_may_stand_in_another_article() -> None:
    office, words = (
        "Sara Lind, head of the Polar Museum, arrived on Friday.",
        "Lind told visitors that the ice had thinned.",
    )
    apart = told(("a.txt", "", office), ("b.txt", "", words))
    claim = "Sara Lind, head of the Polar Museum, told visitors that the ice had thinned."
    assert quotes(judge(claim, apart)) == {office, words}


def test_whom_a_pronoun_means_stands_in_the_sentence_before_or_in_the_title() -> None:
    resigned = "She resigned over the budget in the spring."
    before = sentences("Marta Ruiz led the ministry for years.", resigned)
    assert quotes(judge("Marta Ruiz resigned over the budget.", before)) == {item.text for item in before}
    titled = told(("a.txt", "Marta Ruiz steps down", resigned))
    assert quotes(judge("Marta Ruiz resigned over the budget.", titled)) == {resigned}


def test_a_name_that_only_the_title_has_is_cited_where_the_article_has_it() -> None:
    resigned, named = "She resigned over the budget.", "Marta Ruiz had been in office for a year."
    passages = told(("a.txt", "Marta Ruiz steps down", resigned), ("a.txt", "Marta Ruiz steps down", named))
    assert quotes(judge("Marta Ruiz resigned over the budget.", passages)) == {resigned, named}
    assert verdict(judge("Marta Ruiz resigned over the budget.", sentences(resigned))) == "unsupported"


def test_a_last_name_is_short_for_the_full_name_that_the_passages_know() -> None:
    passages = told(("a.txt", "", "Duarte opened the tram line."), ("b.txt", "", "Ines Duarte was born in Faro."))
    assert verdict(judge("President Ines Duarte opened the tram line.", passages)) == "supported"
    assert verdict(judge("Clara Duarte opened the tram line.", passages)) == "unsupported"


def test_a_place_is_not_short_for_what_is_called_after_it() -> None:
    passages = told(("a.txt", "", "She cooks for a hotel in Turku."), ("b.txt", "", "Then came the Turku Organ Days."))
    assert verdict(judge("She cooks for a hotel called the Turku Organ Days.", passages)) == "unsupported"


@pytest.mark.parametrize(
    ("claim", "passage", "verdict"),
    [
        ("The Lisbon Trade Tribunal issued an order.",
         "The mayor has not commented publicly on the order that the Lisbon Trade Tribunal issued.", "supported"),
        ("Oslo calls the strike a work stoppage.",
         "Oslo does not refer to the event as a strike, instead usually calling it a work stoppage.", "supported"),
        ("The bank offered loans to farmers.", "The bank did not offer loans to farmers.", "unsupported"),
        ("The bank offered loans to farmers.", "The bank failed to offer loans to farmers.", "unsupported"),
        ("The bank did not offer loans to farmers.", "The bank offered loans to farmers.", "unsupported"),
        ("The law does not ban fishing.", "The law governs fishing in the bay.", "unsupported"),
        ("Exports rose in Chile.", "Exports fell in Chile.", "unsupported"),
        ("The thieves were never caught in March 2010.", "In March 2010 thieves were never caught.", "supported"),
        ("The farm had to refuse nine orders.", "The farm had to turn away nine orders.", "supported"),
        ("The farm refused to sell geese.", "The farm sold geese to the town.", "unsupported"),
        ("The toll is 13 crowns.", "The toll of the bridge is 12 crowns, not 13.", "unsupported"),
        ("Ida Holm scored in May.", "In May Ida Holm, who had not scored since March, scored.", "supported"),
        ("Ida Holm scored in May.", "In May Ida Holm had not scored.", "unsupported"),
        ("Chile sold the mine that it bought.", "Chile bought the mine.", "unsupported"),
        ("Chile sold the mine that it bought.", "Chile bought the mine and sold it.", "supported"),
    ],
)  # fmt: skip
def test_a_denial_counts_by_what_it_denies(claim: str, passage: str, verdict: str) -> None:
    assert check(claim, passage).verdict == verdict


def test_words_are_not_put_into_another_mouth() -> None:
    said = sentences("Koskinen welcomed Haddad in Turku.", "Haddad said the ferry was unsafe.")
    assert verdict(judge("Haddad said the ferry was unsafe.", said)) == "supported"
    assert verdict(judge("Koskinen said the ferry was unsafe.", said)) == "unsupported"


def test_a_quotation_must_stand_in_a_sentence() -> None:
    passage = sentences("Haddad described the ferry trip as “long and cold” to reporters.")
    assert verdict(judge('Haddad described the ferry trip as "long and cold".', passage)) == "supported"
    assert verdict(judge('Haddad described the ferry trip as "short and warm".', passage)) == "unsupported"


def test_the_first_word_of_a_quotation_is_no_name() -> None:
    said = "“Next week, our leaders will meet in Kazan,” Mishustin told his counterpart."
    claim = 'Mishustin told his counterpart that "Next week, our leaders will meet in Kazan."'
    assert check(claim, said).verdict == "supported"
    assert check(claim.replace("Next", "Kursk"), said).verdict == "unsupported"


def test_frames_and_a_yes_are_no_content() -> None:
    for claim in (f"Yes, {HARVEST[0].lower()}{HARVEST[1:]}", f"The articles mention that {HARVEST}"):
        assert check(claim, HARVEST).score == 1.0


def test_an_unsupported_addition_is_dropped() -> None:
    question, passage = (
        "Where was the fair that Ines Duarte visited?",
        "Ines Duarte visited the fair in Porto on May 3.",
    )
    claim = "The fair that Ines Duarte visited was in Porto, Spain, on May 3."
    checked = check(claim, passage, question=question)
    assert (checked.text, checked.verdict) == ("The fair that Ines Duarte visited was in Porto on May 3.", "supported")
    assert check("Ines Duarte visited the fair, not the port of Spain.", passage, question=question).citations == ()
    asked = "Was the fair that Ines Duarte visited in Spain?"
    assert check(claim, passage, question=asked).verdict == "unsupported"


def test_a_spaced_acronym_is_joined() -> None:
    assert split_claims("The U. S. army left.") == ["The U.S. army left."]
    assert check("The U. S. army left.", "The United States army left.").verdict == "supported"


@pytest.mark.parametrize(("draft", "claim"), [
    ("Yes, the address will not be published.", "The address will not be published."),
    ("No, it is published.", "It is published."),
    ("Yes, it is published.", "Yes, it is published."),
    ("No, it has not been published.", "No, it has not been published."),
    ("No one published it.", "No one published it."),
])
def test_a_yes_or_no_that_the_rest_belies_is_left_out(draft: str, claim: str) -> None:
    assert split_claims(draft) == [claim]


def test_what_is_told_of_others_supports_no_claim() -> None:
    sentence = "Ida Holm met on May 3 with Per Lund, chairman of a body founded by Una Berg."
    question = "Did Ida Holm meet Una Berg?"
    assert check("Yes, Ida Holm met with Una Berg on May 3.", sentence, question=question).verdict == "unsupported"
    assert check("Yes, Ida Holm met with Per Lund on May 3.", sentence, question=question).verdict == "supported"


def test_a_year_may_be_that_of_publication() -> None:
    (passage,) = sentences("The tram line opened on May 3.")
    dated = Sentence("a.txt", "", 0, len(passage.text), passage.text, 0.5, "2021-05-04")
    assert verdict(judge("The tram line opened on May 3, 2021.", [dated])) == "supported"
    assert verdict(judge("The tram line opened on May 3, 2020.", [dated])) == "unsupported"


def test_an_irregular_form_is_the_same_word() -> None:
    assert check("Haddad met Koskinen.", "Haddad may meet Koskinen.").score == 1.0


def test_none_of_what_a_claim_adds_to_the_question_may_be_missing_altogether() -> None:
    question, passage = (
        "Who was the director of the Polar Museum before Sara Lind?",
        "Sara Lind, director of the Polar Museum, arrived.",
    )
    assert check("Sara Lind, director of the Polar Museum, arrived.", passage, question=question).verdict == "supported"
    assert check("Director Sara Lind succeeded Sara Lind.", passage, question=question).verdict == "unsupported"


@pytest.mark.parametrize(("claim", "passage", "verdict"), [
    ("Haddad won the semi-final in Turku.", "Haddad won the final in Turku.", "unsupported"),
    ("Haddad won the semi-final in Turku.", "Haddad won the semifinal in Turku.", "supported"),
    ("Haddad won the semifinal in Turku.", "Haddad won the semi-final in Turku.", "supported"),
])  # fmt: skip
def test_a_semi_final_is_no_final(claim: str, passage: str, verdict: str) -> None:
    assert check(claim, passage).verdict == verdict


@pytest.mark.parametrize(("claim", "verdict"), [
    ("Una Berg was given seven years in prison.", "unsupported"),
    ("Una Berg could be given seven years in prison.", "supported"),
    ("Una Berg may be given up to seven years in prison and a fine of $900.", "unsupported"),
    ("Una Berg may be given up to seven years in prison and a fine of $300.", "supported"),
])  # fmt: skip
def test_a_limit_is_no_figure_that_was_reached(claim: str, verdict: str) -> None:
    assert check(claim, "Una Berg could be given up to seven years in prison and a fine of $300.").verdict == verdict


@pytest.mark.parametrize(("claim", "passage", "verdict"), [
    ("The Turku quay was closed for 29 days.", "The Turku quay, where 29 people fell ill, was closed.", "unsupported"),
    ("The Turku quay was closed for 29 days.", "The Turku quay was closed for 29 long, cold days.", "supported"),
    ("The Turku quay was closed for five years.", "The Turku quay was closed in a five-year strike.", "supported"),
    ("The fair lasts from September 19 to 28.", "The fair lasts from 19 to 28 September.", "supported"),
    ("The fair lasts from September 19 to 28.", "The fair lasts from 19 to 27 September.", "unsupported"),
    ("The visit was not routine.", "The visit was anything but routine.", "supported"),
    ("The visit was routine.", "The visit was anything but routine.", "unsupported"),
    ("The state is buying a stake.", "The minister ruled out buying a stake for the state.", "unsupported"),
    ("The minister has ruled out a stake.", "The minister has not ruled out a stake.", "unsupported"),
    ("The strike was ruled out by the union.", "The strike was ruled out by the union.", "supported"),
])  # fmt: skip
def test_a_measure_is_one_of_the_same_thing_and_a_range_has_two_days(claim: str, passage: str, verdict: str) -> None:
    assert check(claim, passage).verdict == verdict


def test_what_falls_short_of_something_is_not_that() -> None:
    sold = "“Quay at Dusk” by Una Berg was sold for $40m, well short of a record for the artist."
    assert check("Yes, that was a record for Una Berg.", sold).verdict == "unsupported"
    assert check("“Quay at Dusk” by Una Berg was sold for $40m.", sold).verdict == "supported"


def test_an_acronym_may_lack_its_last_dot() -> None:
    assert check("Una Berg met U.S. regulators.", "Una Berg met U.S regulators in Turku.").verdict == "supported"
    assert check("Una Berg met U.S. regulators.", "Una Berg met U.K regulators in Turku.").verdict == "unsupported"


def test_a_yes_stands_before_a_denial_that_was_asked_about() -> None:
    denied, question = "Yes, Una Berg denied the theft.", "Did Una Berg deny the theft?"
    assert split_claims(denied, question) == [denied]
    assert split_claims(denied, "Was it Una Berg who committed the theft?") == ["Una Berg denied the theft."]


def test_an_amount_is_not_left_out_for_another_number() -> None:
    passage, question = "Haddad won the race in 6 hours.", "How much money did Haddad get for the race?"
    claim = "Haddad won the race in 6 hours, a prize of $900."
    assert check(claim, passage, question=question).verdict == "unsupported"


def test_a_figure_that_nobody_asked_for_is_left_out_with_its_words() -> None:
    passage, claim = "The largest heron colony is at Lund.", "The largest heron colony is at Lund, with some 900 nests."
    checked = check(claim, passage, question="Where is the largest heron colony?")
    assert (checked.verdict, checked.text) == ("supported", "The largest heron colony is at Lund.")
    assert check(claim, passage, question="How many nests has the largest colony?").verdict == "unsupported"


@pytest.mark.parametrize("aside", [
    "which she developed in the 1970s", "selling 900 of them", "who never sold plans or charts abroad",
    "which let thousands travel",
])  # fmt: skip
def test_an_aside_is_left_out_where_the_passages_do_not_hold_it(aside: str) -> None:
    passage, kept = "Ines Duarte, who made maps for fingers, is dead.", "Ines Duarte made maps for fingers"
    checked = check(f"{kept}, {aside}.", passage, question="What was Ines Duarte known for?")
    assert (checked.verdict, checked.text) == ("supported", f"{kept}.")


@pytest.mark.parametrize(("question", "passage", "claim"), [
    ("What did Lund sell?", "Lund sold all his shares except those in the mill.",
     "Lund sold all his shares, excluding a stake in a flour factory."),
    ("Who destroyed the depot?", "The army destroyed the depot at Turku, the opposition radio reported.",
     "The army destroyed the depot at Turku, according to the Kremlin."),
    ("Did the strike cause delays?", "Dockers walked out on Monday.",
     "Yes, dockers walked out on Monday, causing delays at several ports."),
    ("What is banned?", "The law bans smoking in restaurants.",
     "The law bans smoking in restaurants, vaping in parks, and gambling."),
    ("Whom did Ida Holm meet?", "Ida Holm met Per Lund, Una Berg and Ada Quill in Turku.",
     "Ida Holm met Per Lund, who led the wealthy liberal party, Una Berg, and Ada Quill."),
], ids=["restricts", "attributes", "asked about", "a list", "in a list"])  # fmt: skip
def test_what_only_looks_like_an_aside_is_not_left_out(question: str, passage: str, claim: str) -> None:
    assert check(claim, passage, question=question).verdict != "supported"


def test_an_aside_that_tells_what_is_asked_for_is_not_left_out() -> None:
    passage = "Ines Duarte made maps for fingers."
    claim = "Ines Duarte made maps for fingers, which she sold to Una Berg."
    assert check(claim, passage, question="Whom did Ines Duarte sell maps?").verdict == "unsupported"


@pytest.mark.parametrize(("passage", "verdict"), [
    ("The city council of Turku opened the season.", "unsupported"),
    ("It opened the season of Turku with “the city council”, a farce.", "supported"),
    ("It opened the season of Turku with The City Council.", "supported"),
    ("It opened the season of Turku with ‘the city council’.", "supported"),
    ("It opened the season of Turku with a farce called the city council.", "supported"),
])  # fmt: skip
def test_a_title_is_not_made_of_ordinary_words(passage: str, verdict: str) -> None:
    assert check('It opened the season of Turku with "The City Council".', passage).verdict == verdict


def test_what_is_written_of_the_excerpts_is_left_out() -> None:
    assert split_claims("Trains are banned because of noise, as stated in the first excerpt.") == [
        "Trains are banned because of noise."
    ]
    assert split_claims("According to the excerpts, it fell.") == ["It fell."]
    assert split_claims("The excerpts suggest that it fell.") == ["It fell."]
    assert split_claims("The tapes, according to the excerpts, show it.") == ["The tapes show it."]
    assert split_claims("Excerpts: Swifts are fond of towers.") == ["Swifts are fond of towers."]
    assert split_claims("Trade grew (as stated in excerpt 2).") == ["Trade grew."]
    leaked = "Lund called the mayor a liar, according to the leaked excerpts."
    assert split_claims(leaked) == [leaked]


def test_what_nobody_asked_for_is_left_out_with_its_brackets() -> None:
    passage = "Koskinen swam 212 lengths, Haddad 148."
    claim = "Koskinen (2021) swam 212 lengths, Haddad (64 fewer) 148."
    checked = check(claim, passage, question="How far did Koskinen and Haddad swim?")
    assert (checked.verdict, checked.text) == ("supported", "Koskinen swam 212 lengths, Haddad 148.")
    denied = "Koskinen (who did not drown) swam 212 lengths, Haddad 148."
    assert check(denied, passage, question="How far did Koskinen swim?").text == denied


def test_nobody_is_made_to_say_what_an_article_tells() -> None:
    told, beside = "Half of the shells come from Lund.", "Una Berg pledged to go on."
    claim, question = "Una Berg said that half of the shells come from Lund.", "What did Una Berg say of the shells?"
    assert check(claim, beside, told, question=question).verdict == "unsupported"
    for said in ("Una Berg, of the Harbour Office, explained what Freedonia needs.", f"“{told}”", f"She said: {told}"):
        named = "Una Berg came to Visby." if told in said else said
        assert check(claim, named, said if told in said else told, question=question).verdict == "supported", said


def test_a_place_that_is_asked_for_stands_as_one() -> None:
    met, whose = "Holm and Lund had met for an hour.", "Visby’s support had grown."
    claim, where = "Holm and Lund met in Visby.", "Where did Holm and Lund meet?"
    assert check(claim, met, whose, question=where).verdict == "unsupported"
    assert check(claim, met, "They had come to Visby by boat.", question=where).verdict == "supported"
    assert check(claim, met, whose, question="Did Holm and Lund meet in Visby?").verdict == "supported"


@pytest.mark.parametrize("when", ["on Tuesday", "in 2021", "on Oct. 14, 2021", "on 3 May", "on May 3rd"])
def test_a_day_that_nobody_asked_for_is_left_out_where_it_is_wrong(when: str) -> None:
    met = "Trade Minister Omar Haddad met the Finnish envoy in Turku on Friday, May 5, 2020."
    left = f"Ida Holm left {when}."
    claim = f"Trade Minister Omar Haddad met the Finnish envoy {when} in Turku."
    checked = check(claim, met, left, question="Who is the trade minister?")
    assert (checked.verdict, checked.text) == (
        "supported", "Trade Minister Omar Haddad met the Finnish envoy in Turku."
    )  # fmt: skip
    for question in ("When did they meet?", "Whom did Haddad meet the day before?", "What happened on Tuesday?"):
        assert check(claim, met, left, question=question).verdict == "unsupported", question
    assert check(claim, met, question="Who is the trade minister?").verdict == "unsupported"


@pytest.mark.parametrize(("passage", "verdict"), [
    ("Sheriff Omar Haddad said that a man of 41 was jailed for arson.", "unsupported"),
    ("Omar Haddad, a man of 41, was jailed for arson, Sheriff Koskinen said.", "supported"),
    ("The man jailed for arson, Omar Haddad, said he was 41.", "supported"),
])  # fmt: skip
def test_who_says_it_is_not_of_whom_it_is_said(passage: str, verdict: str) -> None:
    assert check("The man of 41 jailed for arson is Omar Haddad.", passage).verdict == verdict
    assert check("Omar Haddad is the man of 41 jailed for arson.", passage).verdict == verdict


def test_who_says_it_of_themselves_may_be_meant() -> None:
    said = ["Omar Haddad said he had been to Turku.", "But he was unable to return, for he had lost his passport."]
    assert check("Omar Haddad was unable to return, for he had lost his passport.", *said).verdict == "supported"


def test_names_alone_confirm_no_question() -> None:
    question = "Was driver Omar Haddad in on the coal theft?"
    claim = "Yes, driver Omar Haddad was in on the coal theft."
    innocent, stole = "Driver Omar Haddad was found to be innocent.", "Driver Omar Haddad took part in the coal theft."
    assert check(claim, innocent, question=question).verdict != "supported"
    assert check(claim, stole, question=question).verdict == "supported"


def test_yes_is_not_said_to_more_than_is_checked() -> None:
    little, question = "Yes, the fire did little damage to Turku.", "Did the fire do a lot of damage to Turku?"
    assert split_claims(little, question) == ["The fire did little damage to Turku."]
    assert split_claims("Yes, the fire did damage to Turku.", "Did the fire do damage to Turku?")[0].startswith("Yes,")


def test_what_only_asks_is_no_claim() -> None:
    assert split_claims("Lund? “Did trade grow?” It did.") == ["It did."]


@pytest.mark.parametrize(
    "opening",
    ["Based on the excerpts, ", "Based upon the provided excerpts, ", "According to excerpt 2, ",
     "From excerpts 1 and 3, ", "According to the first excerpt, ", "Based on the excerpts provided, ",
     "Based on the provided information, ", "Based on the articles provided, ", "Excerpt 2 states that ",
     "The second excerpt also notes that ", "The excerpts give some examples of what fell, such as "],
)  # fmt: skip
def test_a_claim_does_not_begin_with_what_the_model_was_shown(opening: str) -> None:
    assert split_claims(f"{opening}trade grew.") == ["Trade grew."]


def test_a_claim_does_not_speak_of_the_excerpts_that_only_the_model_saw() -> None:
    based = "Based on the information, police searched the harbour."
    assert split_claims(based) == [based]
    assert split_claims("According to the excerpts, trade grew. In the excerpt, rents fell.") == [
        "Trade grew.", "Rents fell."
    ]  # fmt: skip
    assert split_claims("The excerpt states that trade grew.") == ["Trade grew."]
    assert split_claims("According to the excerpts of his diary, he slept.") == [
        "According to the excerpts of his diary, he slept."
    ]


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Trade with Russia reached $250 billion last year.", "The nearest sentences do not have “$250 billion”."),
        ("According to Lavrov, 70 percent of Russia’s machine tools come from China.", "“Lavrov”"),
        ("China offered weaponry to Russia.", "stands in the nearest sentences."),
        ("Trade with Russia reached $240bn last year.", None),
    ],
)
def test_a_claim_that_is_not_supported_says_why(claim: str, reason: str | None) -> None:
    told = check(claim, TRADE, TOOLS, DENIAL).reason
    assert told is None if reason is None else reason in (told or "")


EUPHEMISM = "Russia does not call its invasion of Ukraine a war, but a special military operation."
NAMED = "Which euphemism does the Kremlin prefer for its attack?"


def telling(claim: str, *texts: str, question: str = "", read: int = 9) -> str | None:
    found = sentences(*texts)
    grounder = Grounder(question, found, lambda term: 1.0)
    assert grounder.add(claim).verdict == "unsupported"
    told = grounder.telling(claim, found[:read])
    assert grounder.grounded.citations == ()
    return " ".join(sentence.text for sentence in told) or None


def test_a_sentence_tells_what_a_claim_adds_to_the_words_of_its_question() -> None:
    claim = "The Kremlin prefers the euphemism “special military operation” for its attack."
    assert telling(claim, TRADE, EUPHEMISM, question=NAMED) == EUPHEMISM


def test_only_a_sentence_that_was_read_tells_it() -> None:
    claim = "The Kremlin prefers the euphemism “special military operation” for its attack."
    assert telling(claim, TRADE, EUPHEMISM, question=NAMED, read=1) is None


@pytest.mark.parametrize(
    "claim",
    [
        "The Kremlin prefers the euphemism “liberation” for its attack.",  # other words
        "The Kremlin prefers the euphemism “special police operation of 2014” for its attack.",  # another number
        "The Kremlin prefers the euphemism for its attack.",  # nothing but the question
    ],
)
def test_no_sentence_tells_what_it_does_not_have(claim: str) -> None:
    assert telling(claim, TRADE, EUPHEMISM, question=NAMED) is None


def test_a_sentence_tells_nothing_of_whom_it_does_not_speak() -> None:
    for named, tells in (("the Kremlin", True), ("Yuan Mei", False), ("the Pentagon", False)):
        claim = f"As for hardware {named} relies for 70 percent on China."
        question = f"As for hardware, for what share does {named} rely on others?"
        assert telling(claim, TOOLS, question=question) == (TOOLS if tells else None)


def test_a_sentence_speaks_of_whose_its_person_is_as_the_passages_describe_them() -> None:
    claim = "As for hardware the U.S. relies on machine tools from China for 70 percent."
    question = "As for hardware, for what share does the U.S. rely on others?"
    for left, told in (("Secretary of State Antony Blinken", None), ("U.S. Secretary of State Antony Blinken", TOOLS)):
        assert telling(claim, TOOLS, TRADE, DRILL, f"{left} left.", question=question) == told


def test_no_sentence_tells_what_it_denies_or_whose_office_is_another_s() -> None:
    question = "What did the Middle Kingdom hand over?"
    assert telling("The Middle Kingdom handed over weaponry to Russia.", DENIAL, question=question) is None
    met = "China’s defense minister Dong Jun and the general Zhang Youxia met him."
    question = "Who is China's defense minister?"
    assert telling("China's defense minister is Zhang Youxia.", met, question=question) is None


@pytest.mark.parametrize(("claim", "verdict"), [
    ("The fair is held in the Lund Fortress.", "unsupported"),
    ("The fair is held in Lund.", "supported"),
    ("In Lund Fortress spokeswoman Holm opened the fair.", "supported"),
    ("Ada Holm opened the fair in Lund.", "supported"),
])
def test_a_name_made_of_words_of_two_is_not_one(claim: str, verdict: str) -> None:
    passage = "The fair is held in Lund, where Fortress spokeswoman Ada Holm opened it."
    assert check(claim, passage).verdict == verdict


@pytest.mark.parametrize(("claim", "passage", "verdict"), [
    ("No country has signed the treaty on whaling.", "Every country in the region has signed the treaty on whaling.",
     "unsupported"),
    ("No guests were hurt in the hotel fire.", "Twelve guests were hurt in the hotel fire.", "unsupported"),
    ("No guests were hurt in the hotel fire.", "No guests were hurt in the hotel fire.", "supported"),
    ("Guests were hurt in the hotel fire.", "Nobody was hurt in the hotel fire, and guests slept on.", "unsupported"),
    ("The strike of miners lasted for two years.", "The strike of miners lasted for three years.", "unsupported"),
    ("The fire killed two guards at the hotel.", "The fire killed three guards at the hotel.", "unsupported"),
    ("The fire killed two guards at the hotel.", "The fire killed two guards, three cooks at the hotel.", "supported"),
    ("The two ministers signed the treaty on whaling.", "Lund and Rask, the ministers, signed the treaty on whaling.",
     "supported"),
    ("In 2024 elections were held in Visby.", "Two elections were held in Visby in 2024.", "supported"),
    ("The 2024 elections were held in Visby.", "Two elections were held in Visby in May 2024.", "supported"),
    ("Some two million shells were sent to the port.", "Some 2,000,000 shells were sent to the port.", "supported"),
    ("The bridge of Visby opened in May.", "The bridge of Visby opened in June.", "unsupported"),
    ("The bridge of Visby opened in May.", "In May the bridge of Visby opened.", "supported"),
    ("The bridge can’t open before June.", "The bridge cannot open before June.", "supported"),
    ("Up to 20 people are missing.", "Up to 20 people may be missing.", "supported"),
    ("Up to 20 miners are missing.", "Of the miners up to 20 may be missing.", "supported"),
    ("Julian Holm opened the bridge.", "Julia Holm opened the bridge.", "unsupported"),
    ("Hotel guards were hurt in the fire.", "Two guards of the hotel were hurt in the fire.", "supported"),
])  # fmt: skip
def test_who_how_many_and_whether_at_all(claim: str, passage: str, verdict: str) -> None:
    assert check(claim, passage).verdict == verdict


def test_a_number_that_the_question_brought_in_is_not_taken_for_another_of_the_same_things() -> None:
    passage = "The police said that three guards were killed in the fire."
    claim = check("Yes, four guards were killed in the fire.", passage, question="Were four guards killed in the fire?")
    assert claim.verdict == "unsupported"


def test_a_sentence_that_points_back_tells_with_the_one_that_names_what_is_asked() -> None:
    boss = "The chief executive of Lund Foods, Per Holm, resigned with a payment."
    told = "He was replaced by Ada Rask, a banker."
    claim, question = "Ada Rask took over as boss of Lund Foods.", "Who took over as boss of Lund Foods?"
    assert telling(claim, boss, told, question=question) == f"{boss} {told}"
    assert telling(claim, boss, "It rained.", "Nobody came.", "It snowed.", told, question=question) is None
    keeper, stopped = "The keeper had not played before Ida Amadi left.", "She stopped 13 shots of 21."
    claim, question = "Ida Amadi saved 13.", "How many did Ida Amadi save?"
    assert telling(claim, keeper, stopped, question=question) == f"{keeper} {stopped}"
    assert telling(claim, "Ida Amadi left.", "A keeper came.", stopped, question=question) is None


def test_what_was_asked_first_changes_no_verdict() -> None:
    wall, told = "The old Kremlin wall in Kazan was opened.", "The Kazan Kremlin wall was opened."
    grounder = Grounder("What happened at the Kremlin?", sentences(wall), lambda term: 1.0)
    before = grounder.telling(told, sentences(wall))
    grounder.add(told)
    assert grounder.telling(told, sentences(wall)) == before


@pytest.mark.parametrize(("text", "quoted"), [
    ("The fare is 5 crowns.", "“The fare is 5 crowns.”"),
    ("“The fare is 5 crowns.”", "“The fare is 5 crowns.”"),
    ("“The fare is 5 crowns,” Lund said.", "“‘The fare is 5 crowns,’ Lund said.”"),
    ("Lund calls the fare “high”.", "“Lund calls the fare ‘high’.”"),
    ("And so the fare is 5 crowns.”", "“And so the fare is 5 crowns.”"),
])  # fmt: skip
def test_quotations_within_a_quotation_have_single_marks(text: str, quoted: str) -> None:
    grounder = Grounder("What is the fare?", [], lambda _: 1.0)
    assert grounder.quote(Sentence("a", "", 0, len(text), text, 1.0)).text == quoted


def test_the_only_company_of_an_article_is_the_company_there():
    told = "Lund Foods plc was founded in 1888. The company's brands include Elm Sheaf, Ash Pies and Oak Bars."
    claim = "Lund owns Elm Sheaf, Ash Pies and Oak Bars."
    assert check(claim, *told.split(". ")).verdict == "supported"
    assert check(claim, *told.split(". "), "Holm Foods plc was sold").verdict == "unsupported"


def test_the_two_leaders_are_told_behind_the_sentence_that_names_them() -> None:
    told = ("Ida Holm and Per Lund met in Visby in May.", "The two leaders issued a 5,000-word document on herring.")
    question = "How long was the statement that Holm and Lund put out?"
    grounder = Grounder(question, sentences(*told), lambda term: 1.0)
    claim = "The statement that Holm and Lund put out was 5,000 words long."
    assert [sentence.text for sentence in grounder.telling(claim, sentences(*told))] == list(told)
