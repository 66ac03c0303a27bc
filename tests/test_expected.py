"""An answer must hold what its question asks for."""

from __future__ import annotations

import pytest

from rag.ages import gives_age
from rag.expected import REASON, asked, asks_how_much_so, asks_yes_or_no
from rag.fitting import fits


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many ferries sank?", "Three ferries sank."),
        ("How many ferries sank?", "None of the ferries sank."),
        ("What share of the wool is exported?", "About half of it is exported."),
        ("How long did the strike last?", "The strike lasted for weeks."),
        ("When did the bridge open?", "It opened on a Tuesday."),
        ("In which year did the bridge open?", "It opened in 1931."),
        ("When was the dam built?", "It was built before the war."),
        ("How long ago was it founded?", "It was founded two years ago."),
        ("Who opened the bridge?", "The mayor did."),
        ("Why did it close?", "It closed for want of money."),
        ("Who is the mayor?", "Ida Holm."),
        ("Who is the head of the government?", "Prime Minister Per Lund is."),
        ("How many weeks did the strike last?", "It lasted for a month."),
        ("How long did Per Lund get?", "For 17 counts of theft Per Lund got four years."),
        ("How long is the bridge?", "The bridge is 320 metres long."),
        ("How long have they met?", "They have met since 1990."),
        ("How long is the treaty?", "The treaty is 5,000 words long."),
        ("How many people died?", "Nobody died."),
        ("How many times did Lund win the cup?", "Lund never won the cup."),
        ("How much does entry cost?", "Entry is free."),
        ("How far is the school from the station?", "It is a mile away."),
        ("When did the bridge open?", "It opened in May."),
        ("What does a ticket cost?", "Tickets are free."),
        ("Which companies have asked about the ferry?", "Ostra Ferries has asked about it."),
        ("Which companies have asked about the ferry?", "No company has asked about it."),
        ("Who speaks for the union?", "The union has its secretary speak for it."),
        ("Who paid for the bridge?", "The bridge was financed by the owners of the quarry."),
        ("Who opened the bridge?", "The owners of the quarry inaugurated it."),
        ("In which city was the pact signed?", "The pact was signed in Turin, Italy."),
        ("In which country was the pact signed?", "The pact was signed in Italy."),
        ("In which city do they meet?", "They meet in Moscow."),
        ("What is the Visby target?", "The Visby target is to save the herring."),
        ("What was the score in the final?", "Ostrava won three to one."),
        ("What was the budget spent on?", "It was spent on a bridge."),
        ("What did the delay cost him?", "It cost him his office."),
        ("Wasn't the vote postponed?", "The vote was postponed."),
        ("Whom will Ida Holm meet at the fair?", "Ida Holm will meet Per Lund at the fair in Turku."),
        ("Who won the race in Turku?", "In Turku, Lund won the race."),
    ],
)
def test_an_answer_of_the_kind_asked_for_fits(question, answer):
    assert fits(question, answer)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many ferries sank?", "The ferries sank near the harbour."),
        ("How many hours did the talks last?", "The talks lasted for several hours."),
        ("What percentage of the 12 mines is closed?", "Of the 12 mines some are closed."),
        ("How old is the mayor?", "The mayor attended a meeting in Lisbon."),
        ("When did the bridge open?", "The bridge was opened by the mayor."),
        ("At what time of year do they return?", "They live above the Congo."),
        ("How old is Ida Holm?", "Ida Holm will stay for twelve months as an adviser."),
        ("What is the foundation called that helps the Corona?", "The foundation helps the Corona."),
        ("How many ferries sank?", "In recent months ferries sank."),
        ("In which city was the pact signed?", "The pact was signed in Italy."),
        ("What is the Visby target?", "The Visby target is a campaign of 2018 to reach the Visby target."),
        ("What is the name of the party that won?", "The party won in Tuesday’s election."),
        ("When was Ida Holm born, and where?", "At the age of nine she stood in for her father in Visby at Easter."),
        ("Which companies have asked about the ferry?", "Three buyers have asked about the ferry."),
        ("Which prison was Lund sent to?", "Lund was sent to prison on Friday by a judge."),
        ("To whom did he leave it?", "Ambrose Till left it to the geographer Ambrose Till."),
        ("Who speaks for the union?", "The union pays its members 35 crowns a day."),
        ("What calibre are the shells?", "The shells are about half of what it fires."),
        ("What is the population of Lisbon?", "The population of Lisbon is growing."),
        ("what will it cost to mend the roof", "The council will mend the roof in spring."),
        ("When will the strike end?", "The union may strike again."),
        ("How long did Per Lund get?", "Per Lund was convicted of 17 counts of theft."),
        ("Who is the leader of North Freedonia?", "North Freedonia has sent half of the shells to Sylvania."),
        ("Who built it, and when was it built?", "It was built by the Ostrava works."),
    ],
)
def test_an_answer_to_another_question_does_not_fit(question, answer):
    assert not fits(question, answer)


def test_an_answer_says_more_than_its_question_unless_that_offers_it():
    assert not fits("What was the name of Lind's nephew?", "Lind's nephew was Lind.")
    assert fits("Which ministers came?", "All ministers came.")
    assert fits("Which weapons were sent?", "Weapons were not sent.")
    assert fits("Was Holm Lind's nephew?", "Holm was Lind's nephew.")
    assert fits("Which is older, the dam or the bridge?", "The bridge is older.")


def test_a_when_inside_a_question_asks_for_no_time():
    assert asked("What happened when the dam broke?") == frozenset()
    assert asked("When the dam broke, who fled?") == frozenset()


def test_an_amount_that_others_will_name_is_not_asked_for():
    assert asked("When will a court settle how much he has to pay?") == {"time"}
    assert asked("When did it open, and how much did it cost?") == {"time", "quantity"}
    assert asked("By how much did it rise?") == {"quantity"}
    assert fits("Who decides how many ferries sail?", "The mayor decides.")


@pytest.mark.parametrize(("question", "answer"), [
    ("What colour will the flag be?", "The colour will be green."),
    ("What measures have been taken?", "Measures have included curfews."),
    ("What damage was caused?", "Damage was estimated at three million crowns."),
    ("Which taxes have been raised?", "Taxes have been raised on tobacco."),
    ("How long did the fight last?", "It lasted three rounds."),
    ("How long is the wall?", "The wall runs 200 yards."),
    ("Who will be the next mayor?", "It will be Ida Holm."),
    ("Who is funding the work?", "It has been paid for by the Halloran Fund."),
    ("Who was king when the ship sank?", "It sank under King Per."),
])  # fmt: skip
def test_what_answers_in_the_words_of_the_question_fits(question: str, answer: str) -> None:
    assert fits(question, answer)


@pytest.mark.parametrize("answer", ["It is not stated.", "The ferry sank.", "A new ferry.", "They were not released."])
def test_a_short_sentence_is_no_name(answer: str) -> None:
    assert not fits("What is the name of the ferry?", answer)


def test_a_degree_may_be_told_by_a_figure_or_by_words():
    assert asks_how_much_so("How cold did it get?") and asks_how_much_so("How badly damaged was the quay?")
    assert not asks_how_much_so("How exactly did it sink?") and not asks_how_much_so("How come it was late?")
    assert not asks_how_much_so("How did it go?") and not asks_how_much_so("How do they differ?")
    assert fits("How cold did it get?", "The night was bitter.")


def test_a_day_is_no_place():
    assert asked("Where in Turku is the fair held?") == {"place"}
    assert not fits("Where in Turku is the fair held?", "The fair in Turku is held from 5 to 8 September.")
    assert fits("Where in Turku is the fair held?", "The fair in Turku is held in barns.")


def test_whose_name_is_asked_must_be_named():
    question = "What were the names of the two who drowned off Ostrava?"
    assert not fits(question, "The two who drowned off Ostrava were a man of 81 and a woman of 77.")
    assert fits(question, "The two were Ida Holm and Per Lund.")
    assert fits("What is the name of the song?", "It is called “quay at dusk”.")
    assert not fits("What was the first name of Holm's father?", "Holm's father was a net maker.")
    assert not fits("What was her father's name?", "Her father was a net maker.")
    assert fits("What was her father's name?", "Her father was called Per.")


def test_who_holds_an_office_is_asked_where_an_office_is_named():
    assert asked("Who is the leader of North Freedonia?") == {"holder"}
    assert asked("Who is Rufus Firefly?") == frozenset()
    assert asked("Who opened the bridge?") == frozenset()


def test_who_it_is_no_pronoun_tells():
    assert not fits("Who lost money?", "They lost money from the beginning.")
    assert not fits("Who addressed the islanders?", "She told a crowd outside the church of Turku.")
    assert not fits("Who is going to take over the quay, and when?", "She will take over in two years.")
    assert fits("Who lost money?", "They are the banks of Turku.")
    assert fits("Who is the woman with the lamp?", "She keeps the lighthouse.")
    assert fits("Whom did Ada Quill meet?", "She met Per Lund.")
    assert fits("What did they lose?", "They lost money.")


def test_who_said_it_is_not_told_by_what_was_said():
    question = "Who said that the council had closed the bridge?"
    assert not fits(question, "The council had closed the old bridge.")
    assert fits(question, "Ada Quill said that the council had closed it.")
    assert fits(question, "Mayor Ada Quill.")
    assert fits("According to whom is the bridge old?", "The bridge is old, according to Per Lund.")
    assert not fits("According to whom is the bridge old?", "The bridge over the Ran is old.")


def test_which_it_is_its_kind_does_not_tell():
    question = "Which foreign bidder bought Zeller Ferries?"
    assert not fits(question, "It came to nothing when the owners of Zeller Ferries chose a foreign bidder.")
    assert fits(question, "The owners chose a foreign bidder, Oskar Lines.")
    assert fits(question, "The bidder that they chose came from abroad.")
    assert not fits("What ferry did they buy?", "They bought a ferry.")
    assert not fits("Which old ferries are going to be shown?", "Old ferries will be shown in the port from May on.")
    assert not fits("Which villages were flooded?", "The villages were flooded in the night.")
    assert fits("Which old ferries will be shown?", "The old ferries of the islands will be shown.")
    assert fits("Which colour has the ferry?", "The colour is red.")
    assert fits("Which old ferries are going to be shown?", "Old ferries will not be shown.")
    assert fits("What job did he have?", "He had a job as a baker.")


def test_that_a_ferry_hit_a_reef_is_not_what_caused_it() -> None:
    question = "What is known about what caused the ferry to hit the reef?"
    assert not fits(question, "The ferry, with 90 people on board, hit the reef when it was dark.")
    assert fits(question, "The ferry hit the reef after its radar had failed.")


def test_the_police_are_no_name() -> None:
    question = "What is the name of the captain?"
    assert not fits(question, "Police said the captain, a man with twenty years of experience, had been suspended.")
    assert fits(question, "Police said the captain was Ida Holm, a woman with twenty years of experience.")


def test_by_when_wants_a_time() -> None:
    assert not fits("By when will Lund Lines cut the jobs?", "Most of the cuts will fall on Turku.")
    assert fits("By when will Lund Lines cut the jobs?", "The cuts will be made by the end of June.")


def test_a_request_is_answered_by_no_yes() -> None:
    assert not asks_yes_or_no("Can you tell me about the bridge?")
    assert asks_yes_or_no("Can you cross the bridge without paying?")


def test_its_deputy_does_not_head_a_council() -> None:
    question = "Who runs the council of Visby?"
    assert not fits(question, "Ida Holm, vice chairman of the council of Visby, runs the council of Visby.")
    assert fits(question, "Ida Holm, deputy head of the bank, runs the council of Visby.")


def test_that_a_drill_was_held_is_no_reason_why() -> None:
    question = "Why did Denmark hold a naval drill off Visby?"
    assert not fits(question, "Denmark held a naval drill off Visby, as its fleet began another naval drill there.")
    assert fits(question, "Denmark held a naval drill off Visby, as smugglers had been seen there.")


@pytest.mark.parametrize(("question", "answer"), [
    ("Whom will Ida Holm meet at the fair?", "Ida Holm will meet at the fair in Turku, Finland."),
    ("What did Ida Holm die of?", "Ida Holm died on 5 January 1990."),
    ("Why did the mill close?", "The mill closed in May."),
    ("Why did Ida Holm leave office?", "Ida Holm left office in 1990."),
    ("How did the mayor die?", "The mayor died in 1990."),
    ("Who sold the mill?", "The mill was sold in May 1990."),
])  # fmt: skip
def test_a_time_answers_only_when(question: str, answer: str) -> None:
    assert not fits(question, answer)


@pytest.mark.parametrize(("question", "answer"), [
    ("How does the toll compare with that of 1990?", "The toll is 12, compared with 9 in 1990."),
    ("What is the deadline?", "The deadline is 5 May."),
    ("How did the mayor die?", "The mayor was never found."),
    ("What was the ferry made of?", "The ferry was made of oak in 1990."),
])  # fmt: skip
def test_what_is_no_time_or_may_be_one_fits(question: str, answer: str) -> None:
    assert fits(question, answer)


def test_whoever_did_it_is_not_whom_the_question_names():
    assert not fits("Who scored all of Vale's goals?", "Vale scored all of the goals of the season.")
    assert fits("Who scored all of Vale's goals?", "Tapley scored all of Vale's goals.")
    assert fits("Who scored all of Vale's goals?", "All of Vale's goals were scored by Tapley.")
    assert not fits("Who was mayor before Ida Holm?", "Ida Holm, mayor since 1990, will leave for personal reasons.")
    assert fits("Who was mayor before Ida Holm?", "Per Lund was mayor before Ida Holm.")


def test_what_made_it_so_is_not_that_it_was_so():
    assert not fits("What made the barge break loose?", "The barge broke from its moorings early on Monday.")
    assert fits("What made the barge break loose?", "The barge broke loose because a rope parted.")
    assert fits("What made the barge break loose?", "A rope parted in the flood.")
    assert fits("What made Ms Tarn walk out?", "Ms Tarn resigned over the sale.")


def test_who_leads_is_told_by_a_name_an_office_or_the_same_verb():
    assert not fits("Who leads Lund?", "Lund's government denounced the drills as a provocation.")
    assert fits("Who leads Lund?", "Lund's government is led by its premier.")
    assert fits("Who runs the shop?", "Two sisters run the shop.")
    assert fits("Who heads the inquiry?", "Ada Holm was asked to do it.")


def test_how_much_is_no_span_of_time():
    assert not fits("How much did he win?", "The 33-year-old postman won in 2 hours, 11 minutes and 48 seconds.")
    assert fits("How much did he win?", "He won 25,000 euros in 2 hours, 11 minutes and 48 seconds.")
    assert fits("How much longer is it?", "It is 2 hours longer.")


def test_goals_are_not_told_by_the_score_or_the_minute():
    won = "Ada Lund scored with four seconds left as Visby beat Holm 28-27 on Sunday."
    assert not fits("How many goals did Ada Lund score?", won)
    assert fits("How many goals did Ada Lund score?", "Ada Lund scored nine goals as Visby beat Holm 28-27.")
    assert fits("How many people were hurt?", "Some 10-12 people were hurt.")


def test_why_it_rose_is_not_that_it_increased():
    assert not fits("Why have food prices risen?", "Food prices have risen due to a 23% increase, with bread up most.")
    assert fits("Why did food prices fall?", "Food prices fell because of a drop in demand.")
    assert fits("Why have food prices risen?", "Food prices have risen due to a drought.")


def test_who_took_over_is_not_who_left():
    asks = "Who took over as boss of Lund Foods?"
    assert not fits(asks, "Per Holm resigned three weeks after the fire with a payment of 340,000 pounds.")
    assert fits(asks, "Per Holm resigned and was replaced by Ada Rask.")
    assert fits("Who succeeded Per Holm?", "Ada Rask did.")


def test_who_did_it_is_not_to_whom_it_was_done():
    assert not fits("Who shot the officer?", "The customs officer was shot dead in 2016.")
    assert fits("Who shot the officer?", "The customs officer was shot dead by a smuggler.")
    assert fits("Who shot the officer?", "The officer was shot dead, which the police blamed on a militia.")
    assert fits("Who shot the officer?", "The officer was shot when Per Lund fired.")


def test_what_is_paid_is_neither_power_nor_time():
    asks = "How much will Lund pay for the electricity?"
    assert not fits(asks, "Lund will pay 150 megawatts for ten years.")
    assert fits(asks, "Lund will pay 14 crowns for each of 150 megawatts.")
    assert fits("How much parental leave is there?", "There are 22 weeks of it.")


@pytest.mark.parametrize(("sentence", "gives"), [
    ("Ada Lund, 54, has led the bank since May.", True),
    ("Lund, 54, said so.", True),
    ("The 54-year-old former nurse Ada Lund won.", True),
    ("Ada Lund, a 54-year-old nurse, won.", True),
    ("Ada Lund turned to cycling at 19.", False),
    ("Per Holm, 54, met Ada Lund.", False),
])  # fmt: skip
def test_an_age_stands_right_beside_a_name(sentence: str, gives: bool) -> None:
    assert gives_age("How old is Ada Lund?", sentence) == gives
    assert not gives_age("How old is the bridge of Ada Lund?", sentence)


def test_how_old_somebody_is_no_earlier_age_tells() -> None:
    assert not fits("How old is Ada Lund?", "Ada Lund turned to cycling at 19 after an injury.")
    assert fits("How old is Ada Lund?", "Ada Lund, who turned to cycling at 19, is 24.")
    assert fits("How old was Ada Lund when she won?", "Ada Lund won at 19.")
    assert not fits("How old is Ada Lund?", "Ada Lund met the mayor on October 15, 2024.")
    assert fits("How old is Ada Lund?", "Ada Lund was born in 1960.")


def test_by_accident_nobody_had_an_idea():
    assert not fits("Who first had the idea?", "The idea came by accident.")
    assert fits("Who first had the idea?", "The idea was put forward by a student.")


def test_what_was_done_is_a_reason_and_no_time_or_thing():
    reasons = "It was excluded for arriving late.", "She left after admitting it.", "He blamed a shortage of staff."
    others = "It closed for nothing.", "They met after morning prayers.", "It was planned for spring."
    assert all(map(REASON.search, reasons))
    assert not any(map(REASON.search, others))


def test_what_an_answer_says_itself_is_no_reason_for_it():
    asked = "Why did a tram get stuck on the bridge?"
    assert not fits(asked, "A pram became stuck in the doors, because a pram had become stuck in the doors.")
    assert fits(asked, "A tram halted on the bridge because a gull had triggered a sensor.")


def test_what_is_paid_is_no_number_of_people():
    asked = "How much do the pickers get an hour?"
    assert not fits(asked, "In October she hires fifteen pickers and pays them by the hour.")
    assert fits(asked, "In October she hires fifteen pickers and pays them 12 euros an hour.")
    assert fits(asked, "The pickers get 12.")
    assert fits(asked, "The union pays its members 35 florins.")


def test_what_is_denied_is_no_reason():
    asked = "Why do visitors take off their shoes?"
    assert not fits(asked, "Visitors take off their shoes because it is not a matter of clean floors.")
    assert fits(asked, "Visitors take off their shoes because shoes make noise.")
