"""An answer must not put something else in the place of a detail of its question."""

from __future__ import annotations

import pytest

from rag.premises import corrected

NETWORK = "Marnet was a network headquartered in Port Ellen."
CELLS = "The antigen attracts a helper T cell, which activates the B cell."
ORBIT = "He computed the orbit of the moon around the earth."
SHIP = "The ferry sank on the way from Lund to Visby."


TITLE = "Harbours of the year"


@pytest.mark.parametrize(
    ("question", "answer", "cited"),
    [
        ("Which network was headquartered in Port Lagos?", "Marnet was headquartered in Port Ellen.", NETWORK),
        ("Which council sits on Mondays and Fridays?", "The council sits.", "It sits on Mondays and Tuesdays."),
        ("Who came to Lund in March?", "Holm came to Lund.", "On Sept. 3 Holm came to Lund."),
        ("What attracts a helper B cell?", "The antigen attracts a helper B cell.", CELLS),
        ("Who led the army after Bratt was born?", "After the death of Bratt, Lind led it.", "Lind led it."),
        ("Who wrote the later papers?", "Holm wrote earlier papers.", "Holm wrote earlier papers."),
        ("Who computed the orbit of the earth around the moon?", "He computed the orbit of the moon.", ORBIT),
        ("What sank from Visby to Lund?", "The ferry sank.", SHIP),
        ("Which ferry did not sink?", "The Ran sank in May.", "The Ran sank in May."),
        ("What is not an example of a network?", "Marnet is an example of a network.", NETWORK),
        ("What did Ambassador Una Berg order?", "Minister Per Lund ordered a report.", "Lund ordered a report."),
        ("In what words did the Danish mayor describe Lund?", "They grew.", "The Danish mayor came. They grew."),
        ("How did Una Berg describe the ferry?", "The ferry sank.", "The ferry from Lund, with Una Berg on it, sank."),
        ("What does the German mayor say about it?", "The states met.", "The mayors of the German states met."),
        ("Who was mayor before Holm?", "Lund was mayor before Holm.", "Lund and Mayor Holm met."),
        ("Who was mayor of Visby before Holm?", "Mayor Holm and Lund met.", "Mayor Holm of Visby and Lund met."),
        ("When did Berg meet Per Lund?", "Berg met with Una Holm in May, ahead of Lund's visit.", "Berg met Holm."),
        ("When did Berg meet Per Lund?", "Berg met Una Holm in May.", "Berg met Holm."),
        ("What is the name of the brewery that pays?", "A quarter is paid by a brewery.", "A brewery of Lund pays."),
        ("What were the names of the two masons who died?", "Two masons died in Lund.", "Two masons died in Lund."),
    ],
)
def test_what_is_put_in_the_place_of_a_detail_is_noticed(question: str, answer: str, cited: str) -> None:
    assert corrected(question, answer, cited, TITLE)


@pytest.mark.parametrize(
    ("question", "answer", "cited"),
    [
        ("Which network was headquartered in Port Ellen?", "Marnet was.", NETWORK),
        ("Which network was headquartered in Port Elen?", "Marnet was.", NETWORK),
        ("Which network of New Freedonia was in Port Ellen?", "Marnet was.", NETWORK),
        ("Who was Per Lund of the Port Authority?", "Lund was its head.", "Lund was head of the Port Authority."),
        ("Who came to Lund in September?", "Holm came to Lund.", "On Sept. 3 Holm came to Lund."),
        ("Which probe left for Mars in July?", "Arne left.", "Arne left for Mars."),
        ("Who came to Lund on Friday?", "Holm came to Lund.", "The day before Holm came to Lund."),
        ("Where does April Jones live?", "Jones lives in Lund.", "Jones has lived in Lund since June."),
        ("What attracts a helper T cell?", "The antigen attracts it.", CELLS),
        ("What does a memory B cell do?", "It remembers an antigen.", CELLS),
        ("Who was born in Lund?", "Lind was born in Lund, and Holm saw her death.", "Lind was born in Lund."),
        ("Who won on the east coast?", "Holm, of western Freedonia, won.", "Holm of western Freedonia won."),
        ("Who computed the orbit of the moon around the earth?", "He computed it.", ORBIT),
        ("What sank near Lund in May?", "The ferry sank.", "In May in Lund the ferry sank."),
        ("What sank from Lund to Visby?", "The ferry sank.", SHIP),
        ("Which ferry did not sink?", "The Ran did not sink.", "The Ran did not sink."),
        ("Which ferry did not sink?", "Only the Ran came through.", "Only the Ran came through."),
        ("Who is Freedonia's defense minister?", "The minister is Holm.", "The minister is Holm."),
        ("Who is the head of the Lund Centre?", "Holm, head of the Lund Centre, spoke.", "Holm, its head, spoke."),
        ("Who is the president of Freedonia?", "Freedonia's president, Holm, spoke.", "Freedonia's president spoke."),
        ("What does Freedonia say instead of war?", "It calls the war a mission.", "It calls the war a mission."),
        ("Why did the ferry not sink?", "It would sink only in a storm.", "It would sink only in a storm."),
        ("What did Ambassador Una Berg order?", "Berg ordered a report.", "Berg ordered a report."),
        ("What did Ambassador Una Berg order?", "It was Lund who sent a report.", "Lund sent a report."),
        ("What did Lund Ferries order?", "Captain Una Berg ordered a boat.", "Una Berg ordered a boat."),
        ("What did President Una Berg order?", "Freedonia ordered an attack.", "Freedonia ordered an attack."),
        ("Whom did President Una Berg meet?", "Mayor Per Lund met her in Visby.", "Lund met her in Visby."),
        ("Who is Germany's foreign minister?", "German Foreign Minister Lund spoke.", "Lund spoke."),
        ("Who is the mayor of Visby?", "Labour Mayor Lund spoke.", "Labour Mayor Lund spoke."),
        ("Who is Italy's defense minister?", "Rossi, the defense minister of Italy, left.", "Rossi left."),
        ("Who is Hungary's foreign minister?", "Orban met Foreign Minister Peter Lund.", "Orban met Lund."),
        ("Who is Italy's defense minister?", "Marco Rossi, Defense Minister, left.", "Rossi left."),
        ("How did Una Berg describe the ferry?", "It was old.", "Una Berg called the ferry old."),
        ("What did Una Berg say of it?", "It was old.", "I grew up on that ferry, and it was old."),
        ("What does the article say about it?", "The ferry sank.", "The ferry sank."),
        ("Who was mayor of Visby before Holm?", "Lund was.", "Mayor Holm of Visby took over from Lund."),
        ("Who was mayor before Holm?", "Until 2019 it was Lund.", "Lund was mayor until 2019."),
        ("Who came to Lund before Holm?", "Lind came.", "Lind came to Lund, and Holm on Monday."),
        ("When did Berg meet Per Lund?", "Berg met with Lund in May, before Lund left.", "Berg met Lund."),
        ("When did Berg meet Per Lund?", "Before Lund left in May, Berg met him.", "Berg met Lund."),
        ("What is the name of the brewery that pays?", "It is Holm.", "A brewery, Holm & Son, pays."),
        ("What is the name of the brewery that pays?", "It is Holm.", "A brewery called Holm pays."),
        ("What is the name of the brewery that pays?", "It is Holm.", "The Holm brewery pays, as one brewery must."),
        ("When did Berg meet Per Lund?", "They met in May.", "They met in May, before Lund left."),
        ("Who is the author of the Sagas?", "Irish author Per Lund is.", "Irish author Per Lund is."),
    ],
)
def test_a_detail_that_is_not_mentioned_or_is_as_it_was_asked_is_none(question: str, answer: str, cited: str) -> None:
    assert not corrected(question, answer, cited, TITLE)


def test_what_a_title_names_is_not_missing_nor_does_it_put_anything_else_in_its_place() -> None:
    assert not corrected("Who came to Port Lagos?", "Holm came.", "Holm came from Port Ellen.", "Boats of Port Lagos")
    assert not corrected("Who came on Monday?", "Holm came.", "Holm came.", "What opens on Tuesday")


def test_an_office_of_another_country_is_not_that_which_is_asked_for() -> None:
    told = "Una Holm, Sylvania's defense minister, met Per Lund, vice chairman of Freedonia's council."
    assert corrected("Who is Freedonia's defense minister?", told, told, TITLE)
    assert not corrected("Who is Sylvania's defense minister?", told, told, TITLE)
    peoples = "Sylvanian Defense Minister Una Holm met Freedonia's top defense official Per Lund."
    assert corrected("Who is Freedonia's defense minister?", peoples, peoples, TITLE)
    assert not corrected("Who is Sylvania's defense minister?", peoples, peoples, TITLE)
    assert not corrected("Whom did Freedonia's defense minister meet?", told, told, TITLE)
