"""A follow-up is put in words that stand alone, by rule or by the model; a question that stands alone is left alone."""

from __future__ import annotations

import pytest

from rag.asides import asks_nothing
from rag.conversation import MOST_TOKENS, Inquiry, completed, inquire, is_faithful, leans, rewrite_with, unresolved
from rag.refusal import TEXT
from rag.tokens import count_tokens
from rag.types import Turn
from tests.conftest import FakeModel

TURN = Turn("Where was the naval drill held?", "It was held in the Pacific.[1]")
MESSI = Turn("Which team did Lionel Messi join in 2023?", "Lionel Messi joined Inter Miami.[1]")

WHOM = [
    (
        "When did Serena Williams win her first title?",
        "She won it in 1999.",
        "How old was she?",
        "How old was Serena Williams?",
    ),
    (
        "Who coaches Liverpool?",
        "Liverpool is coached by Arne Slot.",
        "When did he join the club?",
        "When did Arne Slot join the club?",
    ),
    (
        "Who runs the International Monetary Fund?",
        "Kristalina Georgieva runs it.",
        "What does France want, according to her?",
        "What does France want, according to Kristalina Georgieva?",
    ),
    (
        "Who won the men's 100 metres in Tokyo?",
        "Marcell Jacobs won.",
        "What was his time?",
        "What was Marcell Jacobs' time?",
    ),
    (
        "When did Putin and Xi meet?",
        "They met in May.",
        "How long was the document they issued?",
        "How long was the document Putin and Xi issued?",
    ),
    (
        "Did Ford and Rivian cooperate?",
        "No, they did not.",
        "Why did the two companies stop?",
        "Why did Ford and Rivian stop?",
    ),
    (
        "Did the police find the man who stole the swan?",
        "Yes, Karl Rask was found in Bergen.",
        "What did he say?",
        "What did Karl Rask say?",
    ),
    (
        "Did the police find the man who stole the swan?",
        "Later, Karl Rask was found in Bergen.",
        "What did he say?",
        "What did Karl Rask say?",
    ),
]
WHAT = [
    (
        "How long is the Humber Bridge?",
        "The Humber Bridge is 2,220 metres long.",
        "When is it expected to reopen?",
        "When is the Humber Bridge expected to reopen?",
    ),
    (
        "How much did the collector pay for the Mona Vanna in 1911?",
        "The collector paid £30.",
        "How much did it fetch in Oslo?",
        "How much did the Mona Vanna fetch in Oslo?",
    ),
    (
        "When does the Tour de France start?",
        "The Tour de France starts on July 5.",
        "Where does it end?",
        "Where does the Tour de France end?",
    ),
    (
        "Which company bought Activision Blizzard?",
        "Microsoft bought Activision Blizzard.",
        "How much did it pay?",
        "How much did Microsoft pay?",
    ),
    (
        "What percentage of Chile's copper comes from Escondida?",
        "A fifth does.",
        "Who buys its lithium?",
        "Who buys Chile's lithium?",
    ),
    (
        "Who founded SpaceX?",
        "SpaceX was founded by Elon Musk.",
        "And since when has he owned it?",
        "Since when has Elon Musk owned SpaceX?",
    ),
    (
        "Where is the summit held?",
        "The summit is held in Kazan, Russia.",
        "How many people live there?",
        "How many people live in Kazan, Russia?",
    ),
    (
        "What did Lund Lines pay for the yard in the Netherlands?",
        "Lund Lines paid 48 million dollars for it.",
        "How many people work there?",
        "How many people work at the yard in the Netherlands?",
    ),
    (
        "How many people work at the yard in the Netherlands?",
        "The articles do not answer this question.",
        "And who is selling it?",
        "Who is selling the yard in the Netherlands?",
    ),
    (
        "And where is the summit held?",
        "The summit is held in Kazan, Russia.",
        "Will the Chinese president be there?",
        "Will the Chinese president be in Kazan, Russia?",
    ),
]
LEFT_OUT = [
    (
        "How many jobs is Lund Lines cutting?",
        "Lund Lines is cutting 900 jobs.",
        "And how many of those in Turku?",
        "How many jobs is Lund Lines cutting in Turku?",
    ),
    (
        "How many people took part in the study?",
        "300 adults took part.",
        "And how many of them were women?",
        "How many of the people who took part in the study were women?",
    ),
    (
        "When will the ferry sail?",
        "It will sail in May.",
        "By when?",
        "By when will the ferry sail?",
    ),
    (
        "Whom did Ida Holm meet on Oct. 14?",
        "Ida Holm met Per Lund.",
        "Whom on Oct. 15?",
        "Whom did Ida Holm meet on Oct. 15?",
    ),
    (
        "Who won the race on May 3, 2020?",
        "Ida Holm won the race.",
        "And on May 4?",
        "Who won the race on May 4, 2020?",
    ),
    (
        "Who sailed from Turku on 3 May?",
        "Ida Holm sailed from Turku.",
        "And on 4 May?",
        "Who sailed from Turku on 4 May?",
    ),
    (
        "How many people were moved from their homes in California?",
        "In California 300 people were moved.",
        "And how many in Oregon?",
        "How many people were moved from their homes in Oregon?",
    ),
    (
        "When did Boeing halt production of the 737 Max?",
        "In January 2020.",
        "Why?",
        "Why did Boeing halt production of the 737 Max?",
    ),
    (
        "In which countries has the policy raised concerns?",
        "In Zambia.",
        "Since when?",
        "Since when has the policy raised concerns?",
    ),
    (
        "Did the European Central Bank raise interest rates?",
        "Yes.",
        "And when?",
        "When did the European Central Bank raise interest rates?",
    ),
    (
        "How much revenue did Tesla report in 2022?",
        "Tesla reported $81 billion.",
        "And in 2021?",
        "How much revenue did Tesla report in 2021?",
    ),
    (
        "Who is Germany's finance minister?",
        "It is Jörg Kukies.",
        "What about Italy?",
        "Who is Italy's finance minister?",
    ),
    (
        "Who is Germany's finance minister?",
        "It is Jörg Kukies.",
        "And what about Italy?",
        "Who is Italy's finance minister?",
    ),
    (
        "Who reigned in Sweden in 1786?",
        "Gustav III did.",
        "And in 1793?",
        "Who reigned in Sweden in 1793?",
    ),
    (
        "How many goals did Erling Haaland score?",
        "He scored 36.",
        "And Mohamed Salah?",
        "How many goals did Mohamed Salah score?",
    ),
    (
        "When did Belousov meet Zhang?",
        "Belousov met Zhang on Oct. 15.",
        "And whom had he met the day before?",
        "Whom had Belousov met the day before Oct. 15?",
    ),
]
ASKED_FOR = [
    ("Which Volvo engineer was sentenced in Turku?", "Omar Haddad", "How old is he?", "How old is Omar Haddad?"),
    ("Who is the chief archivist of the museum?", "Una Berg-Church", "Where does she live?",
     "Where does Una Berg-Church live?"),
    ("What was the source of the fire?", "An old stove in the Turku ferry terminal.", "What will happen to it?",
     "What will happen to the old stove in the Turku ferry terminal?"),
]  # fmt: skip
SHE = (
    ("How was Ada Lund caught?", "Ada Lund was caught by chance."),
    ("Who did she blame?", "Ada Lund blamed a colleague in the village of Little Sedge."),
)
TALKS = [
    ([("Who won the race?", "A 33-year-old postman won the Visby marathon, ahead of two Olympians.")],
     "How much did he win?", "How much did the 33-year-old postman win?"),
    ([("Who won the race?", "A postman won it."), ("How much did he win?", "Not stated.")],
     "what will he do with it?", "What will the postman do with the money?"),
    ([("Who came second in the race?", "“Second, 19 seconds back, was Per Rask, who won in 2022.”")],
     "what was he complaining about?", "What was Per Rask complaining about?"),
    ([("No, I mean the women's race - who was second?", "Ida Holm was second on Sunday.")],
     "And who won it?", "Who won the women's race?"),
    ([("How much did the Lindfield nurse steal?", "The nurse stole £186,000.")],
     "What did she spend it on?", "What did the Lindfield nurse spend the money on?"),
    ([("Since when has Ada Lund run the shop on Linden Street?", "Since 2008.")],
     "did she get the money she was promised?", "Did Ada Lund get the money she was promised?"),
    ([("Who is Ada Lund?", "Ada Lund owns it.")], "When did her father found the firm?",
     "When did Ada Lund's father found the firm?"),
    ([("Who is Ada Lund?", "Ada Lund owns it.")], "Who told her the truth?", "Who told Ada Lund the truth?"),
    ([("How many whiskers did Ada Lund collect?", "Not stated.")], "Why isn't she collecting this winter?",
     "Why isn't Ada Lund collecting this winter?"),
    ([("When did the iron footbridge at Hollin Beck open?", "Not stated.")], "Who designed it?",
     "Who designed the iron footbridge at Hollin Beck?"),
    ([("Who won the title?", "Visby Kestrels won the title, beating Port Ellin.")], "What will they do with the prize?",
     "What will Visby Kestrels do with the prize?"),
    ([("How much did the foundation give?", "It gave 1.2 million.")], "And the council?",
     "How much did the council give?"),
    ([("How much does a moss roof cost?", "38 euros.")], "What about a sedum roof?",
     "How much does a sedum roof cost?"),
    ([("How old is Ada Lund?", "22."), ("Who was player of the match?", "Not stated.")],
     "Which team does she play for?", "Which team does the player of the match play for?"),
    ([("Who beat Per Rask?", "Ada Lund beat Per Rask by 312 votes."), ("What does she do?", "Not stated.")],
     "Is he going to appeal?", "Is Per Rask going to appeal?"),
    ([("Who was pulled from the house?", "A six-year-old girl was pulled from it, fire chief Ada Holm said.")],
     "Where was she taken?", "Where was the six-year-old girl taken?"),
    ([("Who won it?", "A 33-year-old postman, who trains at night, won it in Visby.")], "How old is he?",
     "How old is the 33-year-old postman?"),
    ([("Who beat the mayor?", "The mayor was beaten by Ada Lund.")], "How old is she?", "How old is Ada Lund?"),
    ([("What did the Kestrel probe find?", "It found a layer of salty water beneath the crust.")],
     "How deep is it?", "How deep is the layer of salty water?"),
    ([("What did the company build?", "The company built a tile factory in Visby.")], "When did it open?",
     "When did the tile factory open?"),
    ([("How much is Lund paying for Holm Foods?", "4.1 billion.")], "How much is that per share?",
     "How much is Lund paying for Holm Foods per share?"),
    ([("How much is Lund paying for Holm Foods?", "4.1 billion."), ("How much is that per share?", "38.50.")],
     "And Rask?", "How much is Rask paying for Holm Foods per share?"),
    ([("When will the Pont Holm crossing open to lorries?", "On December 1.")], "And for cars?",
     "When will the Pont Holm crossing open to cars?"),
    ([("When will the Pont Holm crossing open to lorries?", "On December 1."), ("And for cars?", "In May.")],
     "Why was it closed?", "Why was the Pont Holm crossing closed?"),
    ([("How many fell ill in the north of Ostra?", "31.")], "What about Belgium?", "How many fell ill in Belgium?"),
    ([("Who is Ada Lund?", "Ada Lund owns it.")], "When did she lose her job?", "When did Ada Lund lose her job?"),
    ([("Who bought the horse at the auction in Munich?", "The horse was bought at the auction in Munich by a museum.")],
     "What is it worth today?", "What is the horse worth today?"),
    ([("How many seats did the Centre Party win?", "58.")], "And the opposition?",
     "How many seats did the opposition win?"),
    ([("How many seats did the Centre Party win?", "58.")], "Who leads it?", "Who leads the Centre Party?"),
    ([("Who won the prize in 2020?", "Ada Lund."), ("And in 2021?", "Per Holm.")], "How old is he?",
     "How old is Per Holm?"),
]  # fmt: skip
AGAIN = [
    ([SHE[0]], "where does it say that?", SHE[0][0]),
    ([SHE[0]], "Are you sure?", SHE[0][0]),
    ([SHE[0], ("are you sure?", SHE[0][1])], "Which article is that from?", SHE[0][0]),
    (SHE, "Is that true?", "Who did Ada Lund blame?"),
]  # fmt: skip
STANDS_ALONE = [
    "Who directs the Carnegie Russia Eurasia Center?",
    "What share of Russia's shells comes from North Korea?",
    "What did Angola offer?",
    "Is it true that Tesla moved its headquarters to Texas?",
    "What does it cost to build a nuclear plant?",
    "Why is it hard for BRICS to agree?",
    "Are there plans in Chile to close the copper mine?",
    "Who said that China and Russia “firmly stand by each other”?",
    "Which Chilean mine reopened this year?",
    "When did Merkel say she would retire?",
    "Which hotel did Zhang Youxia stay at when he met Belousov in Moscow?",
    "What does the U.S. say China supplies to Russia, and what does China say about it?",
    "Which euphemism does the Kremlin prefer for its attack on its neighbour?",
    "How much were the goods worth that the two neighbours bought from each other in the previous twelve months?",
    "How did the Huguenots in Prussia defend themselves?",
    "Who developed a complexity theory based on his axioms?",
    "Which player of the old club was accused of fraud after these claims?",
    "Who wrote the song “Where did they go”?",
    "why did jamie kill her mom in halloween 4",
    "What is inflation?",
    "So far, how many people have died in Spain?",
    "So-called influencers: what do they promote in Spain?",
    "Microelectronics?",
    "Who was player of the match?",
]


@pytest.mark.parametrize(("asked", "answer", "follow_up", "full"), WHOM + WHAT + LEFT_OUT + ASKED_FOR)
def test_a_plain_follow_up_is_put_in_full_by_rule(asked: str, answer: str, follow_up: str, full: str) -> None:
    model = FakeModel()
    inquiry = inquire(follow_up, [Turn(asked, answer)], rewrite_with(model))
    assert inquiry == Inquiry(follow_up, full, (), full)
    assert model.prompts == []


@pytest.mark.parametrize(("turns", "follow_up", "full"), TALKS)
def test_in_a_talk_of_several_turns_a_follow_up_is_put_in_full(
    turns: list[tuple[str, str]], follow_up: str, full: str
) -> None:
    assert completed(follow_up, [Turn(*turn) for turn in turns]) == full


@pytest.mark.parametrize(("turns", "follow_up", "full"), AGAIN + TALKS)
def test_thanks_in_between_change_nothing(turns: list[tuple[str, str]], follow_up: str, full: str) -> None:
    history = [*(Turn(*turn) for turn in turns), Turn("Thanks!", TEXT)]
    assert inquire(follow_up, history) == Inquiry(follow_up, full, (), full)
    assert unresolved("How old is she?", [Turn("Thanks!", TEXT)]) == "she"
    alone = "Where was Ada Lund born?"
    assert inquire(alone, [Turn("Hello", "")]) == Inquiry(alone, alone, (), alone)


@pytest.mark.parametrize(("turns", "follow_up", "full"), AGAIN)
def test_what_doubts_an_answer_asks_the_question_again(
    turns: list[tuple[str, str]], follow_up: str, full: str
) -> None:
    assert inquire(follow_up, [Turn(*turn) for turn in turns]) == Inquiry(follow_up, full, (), full)


def test_a_question_that_is_asked_again_is_put_in_full_first() -> None:
    history = [Turn(*SHE[0]), Turn("And from whom?", "From a colleague.")]
    asked = inquire("Are you sure?", history)
    assert (asked.question, asked.standalone, asked.history) == ("Are you sure?", "And from whom?", (history[0],))
    model = FakeModel("From whom was Ada Lund caught?")
    assert inquire("Are you sure?", history, rewrite_with(model)).standalone == "From whom was Ada Lund caught?"


def test_he_is_nobody_of_whom_she_was_said_nor_is_a_village() -> None:
    history = [Turn(*turn) for turn in SHE]
    assert completed("What does she do now?", history) == "What does Ada Lund do now?"
    assert completed("What does he do now?", history) is None
    wrong = rewrite_with(FakeModel("Is Ada Lund suing anyone?"))
    assert inquire("is he suing anyone?", history, wrong).standalone == "is he suing anyone?"
    assert completed("What does she do now?", [Turn("Who won?", "A postman won it.")]) is None
    firm = Turn("Who said that?", "The kettle maker Bramwick said that it would close.")
    assert completed("Where did she work before?", [firm]) is None


@pytest.mark.parametrize(("follow_up", "full"), [
    ("Who said that?", "Who said that the toll on the bridge will rise?"),
    ("why?", "Why is it that the toll on the bridge will rise?"),
    ("When did that happen?", "When is it that the toll on the bridge will rise?"),
])  # fmt: skip
def test_what_asks_about_an_answer_is_put_with_it_where_the_model_cannot(follow_up: str, full: str) -> None:
    turn = Turn("What will change?", "The toll on the bridge will rise, which many oppose.[1]")
    assert inquire(follow_up, [turn], rewrite_with(FakeModel("?"))) == Inquiry(follow_up, full, (), full)
    said = Turn("What will change?", "The council said on Monday that the toll on the bridge will rise.")
    assert inquire(follow_up, [said], rewrite_with(FakeModel("?"))) == Inquiry(follow_up, full, (), full)
    assert inquire(follow_up, [Turn("What?", "Not stated.")], rewrite_with(FakeModel("?"))).standalone == follow_up


def test_what_is_plain_of_a_question_is_put_in_where_the_rest_is_not() -> None:
    inquiry = inquire("How much does she want from them?", [Turn(*SHE[0])], rewrite_with(FakeModel("?")))
    assert inquiry.standalone == "How much does Ada Lund want from them?"
    assert inquiry.query == f"{SHE[0][0]} {inquiry.standalone}" and inquiry.history


def test_a_rewrite_may_ask_who_somebody_is_that_is_called_so_and_what_it_is_that_is_done() -> None:
    shop = Turn("What happened to the shop of Lund in 2019?", "It closed.")
    assert is_faithful("Who is the owner of the shop of Lund?", "What is the owner called?", [shop])
    assert not is_faithful("What is the owner of the shop of Lund?", "What is the owner called?", [shop])
    collects = Turn("Why is Ada Lund not collecting?", "She broke her ankle.")
    assert is_faithful("Who is collecting instead of Ada Lund?", "Who is doing it instead?", [collects])


@pytest.mark.parametrize("said", ["thanks", "Thank you very much!", "Hello", "ok", "Good morning."])
def test_what_asks_nothing_is_told_from_questions(said: str) -> None:
    assert asks_nothing(said)


@pytest.mark.parametrize("question", ["Thanks to whom was it built?", "Who said hello?", "Good how?", "Okay Corral?"])
def test_a_question_asks_something(question: str) -> None:
    assert not asks_nothing(question)


@pytest.mark.parametrize(
    ("asked", "answer", "follow_up"),
    [
        ("When did Angela Merkel meet Emmanuel Macron?", "On June 3.", "What did she offer him?"),
        ("What was the trade between China and Russia?", "It was $240 billion.", "And Japan?"),
        ("Which planet has the most moons?", "Saturn has the most moons.", "How far is it from the Sun?"),
        ("Whom did Belousov meet?", "Belousov met Dong Jun.", "Why?"),
        ("How many jobs will Volkswagen cut?", "Volkswagen will cut 35,000 jobs.", "What do unions say about that?"),
        ("What did the minister announce?", "New subsidies.", "How much will they cost?"),
        ("When did the volcano erupt?", "On Nov. 20.", "And the day after?"),
        ("When did the museum open?", "On Nov. 20.", "And the day after?"),
        ("When did the museum open?", "On Nov. 20.", "And the other one?"),
        ("Who coaches Liverpool?", "I do not know.", "How old is he?"),
    ],
)
def test_what_is_not_plain_is_left_to_the_model(asked: str, answer: str, follow_up: str) -> None:
    assert leans(follow_up)
    assert completed(follow_up, [Turn(asked, answer)]) is None


def test_a_pronoun_of_the_question_before_is_resolved_first() -> None:
    history = [Turn("Who is Dong Jun?", "A minister."), Turn("When did he visit Moscow?", "In May.")]
    assert completed("What did he say?", history) == "What did Dong Jun say?"


@pytest.mark.parametrize("question", STANDS_ALONE)
def test_a_question_that_stands_alone_is_left_untouched(question: str) -> None:
    assert inquire(question, [TURN, MESSI], rewrite_with(FakeModel())) == Inquiry(question, question, (), question)
    assert unresolved(question, []) is None


@pytest.mark.parametrize(
    "question",
    [
        "And the day before?",
        "Who supplies the rest?",
        "Why?",
        "What about Japan?",
        "When did he say so?",
        "How much?",
        "Who signed the treaty with it?",
        "How did Belousov describe it?",
        "Who said that?",
        "Since then?",
        "Why not?",
    ],
)
def test_a_follow_up_leans_on_the_turn_before(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize("question", ["And whose dog was it?", "Which old ferry was that?"])
def test_it_is_what_is_asked_for_and_not_what_was_spoken_of(question: str) -> None:
    found = Turn("How were the pupils on the Kaldhorn found?", "A dog found them on the Kaldhorn.")
    assert inquire(question, [found]).standalone == question
    assert "Kaldhorn" in inquire("Where is it?", [found]).standalone


def test_the_model_puts_in_full_what_no_rule_can() -> None:
    model = FakeModel("How many goals has Lionel Messi scored at Inter Miami?")
    inquiry = inquire("How many goals has he scored in that team?", [MESSI], rewrite_with(model))
    assert inquiry.query == inquiry.standalone == "How many goals has Lionel Messi scored at Inter Miami?"
    assert inquiry.history == ()
    [[*_, prompt]] = model.prompts
    assert "Answer: Lionel Messi joined Inter Miami.\nLast question: How many goals has he" in prompt.content


def test_the_model_is_shown_two_turns_with_short_answers() -> None:
    model = FakeModel("?")
    turns = [Turn(f"Question {number}?", "word " * 200) for number in range(4)]
    inquire("And then?", turns, rewrite_with(model))
    prompt = model.prompts[0][-1].content
    assert "Question 1?" not in prompt and "Question 2?" in prompt
    assert prompt.count("word") <= 120


def test_without_a_rewrite_the_question_before_is_searched_for_too_and_the_model_shown_the_turns() -> None:
    for rewriter in (None, rewrite_with(FakeModel("It is in the Pacific."))):
        inquiry = inquire("And from whom?", [TURN], rewriter)
        assert inquiry.query == f"{TURN.question} And from whom?"
        assert inquiry.standalone == inquiry.question
        assert inquiry.history == (Turn(TURN.question, "It was held in the Pacific."),)


@pytest.mark.parametrize(
    ("rewritten", "why"),
    [
        ("How many goals has Messi scored at Inter Miami", "no question"),
        ("How many goals? Has Messi scored at Inter Miami?", "two questions"),
        ("How many goals has Lionel Messi scored at Barcelona?", "a name that nobody mentioned"),
        ("How many goals has Lionel Messi scored at Inter Miami since 2021?", "a number that nobody mentioned"),
        ("How many goals has he scored at Inter Miami?", "a pronoun is left"),
        ("Which team did Lionel Messi join in 2023?", "the question before"),
        ("How many goals has scored?", "nothing put in"),
        ("Which goals did Lionel Messi score at Inter Miami?", "asks for something else"),
        ("How many years has Lionel Messi stayed at Inter Miami?", "the question's words are gone"),
        ("How many wonderful goals has striker Lionel Messi scored at Inter Miami?", "embellished"),
        (
            "How many goals has Lionel Messi, who did join Inter Miami, a team, in 2023, and did join a team, scored "
            "at Inter Miami in 2023?",
            "too long",
        ),
    ],
)
def test_an_unfaithful_rewrite_is_dropped(rewritten: str, why: str) -> None:
    asked = "How many goals has he scored there?"
    assert is_faithful("How many goals has Lionel Messi scored at Inter Miami?", asked, [MESSI])
    assert not is_faithful(rewritten, asked, [MESSI]), why


def test_a_rewrite_keeps_the_order_of_the_question() -> None:
    asked, before = "Does that cover the paddle too?", Turn("How long is the guarantee on the Kettle?", "Three years.")
    assert is_faithful("Does the guarantee on the Kettle cover the paddle too?", asked, [before])
    assert not is_faithful("Does the paddle cover the Kettle too?", asked, [before])


def test_what_asks_nothing_itself_asks_what_was_asked_before() -> None:
    before = Turn("How much carbon does the meadow store?", "The meadow stores 1.4 tonnes.")
    assert is_faithful("How much carbon does an oak wood store?", "And an oak wood?", [before])
    assert not is_faithful("What does an oak wood store?", "And an oak wood?", [before])


def test_who_was_asked_is_not_who_asked() -> None:
    asked, before = "And who was interviewed about it?", Turn("When does it open?", "The deal opens it in May.")
    assert is_faithful("Who was interviewed about the deal?", asked, [before])
    assert not is_faithful("Who interviewed the deal?", asked, [before])


def test_an_article_that_tells_is_not_what_it_tells_of() -> None:
    before = Turn("Does the Courier's article say what Lund meant by “the tide”?", "No.")
    assert completed("What may it be?", [before]) is None
    assert completed("What may it be?", [Turn("Does the Courier's owner say so?", "No.")]) == "What may the Courier be?"


def test_what_leans_on_a_question_that_leans_is_searched_for_with_what_both_lean_on() -> None:
    query = inquire("And a single student?", [TURN, Turn("And for both?", "Not stated.")]).query
    assert query == f"{TURN.question} And for both? And a single student?"


def test_what_a_question_says_itself_is_no_pointer() -> None:
    assert unresolved("I live outside Visby and do not work there. What would a card cost me?", []) is None


def test_it_may_be_what_was_given_last() -> None:
    train = Turn("Who stopped the Visby Express?", "Enoch Liddle stopped the Visby Express.")
    watch = Turn("What reward did he get?", "Enoch Liddle got a gold watch, which he liked.")
    assert completed("What did he do with it?", [train, watch]) is None
    assert completed("What did it carry?", [train]) == "What did the Visby Express carry?"


def test_they_are_whoever_the_question_before_has_several_of() -> None:
    told = Turn("What do the soldiers in Visby eat?", "The soldiers eat bread.")
    silent = Turn("Why were the sirens silent when the dam leaked?", TEXT)
    assert completed("Who supplies them?", [told]) == "Who supplies the soldiers?"
    assert completed("Who was working on them?", [silent]) == "Who was working on the sirens?"


def test_a_refusal_speaks_of_no_articles() -> None:
    inquiry = inquire("Did she know that they were fake?", [Turn("What did Una Berg sell?", TEXT)])
    assert [turn.answer for turn in inquiry.history] == ["Not stated."]


def test_words_are_not_it() -> None:
    written = Turn("Who wrote the words for The Salt Bride?", "Una Berg wrote the words for The Salt Bride.")
    assert "words for" not in (completed("How many performances did it have?", [written]) or "")


def test_a_rewrite_keeps_the_names_and_numbers_of_the_question() -> None:
    assert not is_faithful("How many goals did Lionel Messi score?", "How many goals did he score in 2024?", [MESSI])
    assert not is_faithful("How many goals did Lionel Messi score?", "How many goals did he score for Miami?", [MESSI])


def test_without_history_nothing_is_added() -> None:
    assert inquire("Why?", []) == Inquiry("Why?", "Why?", (), "Why?")


@pytest.mark.parametrize(
    ("question", "pronoun"),
    [
        ("What did he say?", "he"),
        ("When does it start?", "it"),
        ("How many people live there?", "there"),
        ("How long was the document they issued?", "they"),
        ("Who said that?", "that"),
        ("What did her campaign cost?", "her"),
    ],
)
def test_a_pronoun_that_stands_for_nothing_is_named(question: str, pronoun: str) -> None:
    assert unresolved(question, []) == pronoun
    assert unresolved(question, [MESSI]) is None


@pytest.mark.parametrize(
    "question",
    [
        "Who said he would pay for it?",
        "Who thinks that they will win?",
        "I read about Ida Holm. When did she retire?",
        "My car broke down. Who can tow it?",
        "When did Visby last win the cup before this?",
    ],
)
def test_a_pronoun_that_may_stand_for_what_the_question_says_is_not_unclear(question: str) -> None:
    assert unresolved(question, []) is None


def test_history_is_bounded_and_the_newest_is_kept() -> None:
    turns = [Turn(f"Question {number}?", "word " * 80) for number in range(9)]
    kept = inquire("And then?", turns).history
    assert kept[-1].question == "Question 8?"
    assert sum(count_tokens(turn.question) + count_tokens(turn.answer) for turn in kept) <= MOST_TOKENS


@pytest.mark.parametrize("turn", [Turn("Who won?", "Ada Quill won[1]. " * 200), Turn("Who won? " * 900, "Ada Quill.")])
def test_a_last_turn_that_is_too_long_is_shown_as_far_as_it_fits(turn: Turn) -> None:
    (kept,) = inquire("And what did that cost?", [Turn("Who sang?", "Lund."), turn]).history
    assert kept.question.startswith("Who won?")
    assert kept.answer.startswith("Ada Quill")
    assert MOST_TOKENS / 2 < count_tokens(kept.question) + count_tokens(kept.answer) <= MOST_TOKENS


def test_no_product_is_he_and_no_reviewer_it():
    turn = Turn("Which air purifier does the reviewer recommend?", "The reviewer recommends the Brightwell S40.")
    assert completed("What didn't he like about it?", [turn]) is None
    advice = Turn("Did the old reviewer recommend waiting?", "Yes, the old reviewer recommended waiting.")
    assert completed("What does it cost?", [advice]) is None


def test_another_name_may_be_a_place_where_the_question_ends_with_one() -> None:
    assert completed("And Villarosa?", [Turn("When did Ida Holm speak in Port Amsel?", "On Monday.")]) is None


@pytest.mark.parametrize(("question", "then", "full"), [
    ("What does Ada Lund think Norway gets from Sweden?", "And the other way round?",
     "What does Ada Lund think Sweden gets from Norway?"),
    ("What does Lund sell to Brill?", "and vice versa?", "What does Brill sell to Lund?"),
    ("How much does Ada Lund owe the bank?", "What about the other way around?", None),
])  # fmt: skip
def test_two_names_change_places_where_it_is_asked_the_other_way_round(question: str, then: str, full: str) -> None:
    assert completed(then, [Turn(question, "Fish.")]) == full


@pytest.mark.parametrize(("question", "answer", "then", "full"), [
    ("Where did the Danish prime minister talk to Ada Lund?", f"{TEXT}", "And what did Lund tell him?",
     "What did Lund tell the Danish prime minister?"),
    ("Whom did Per Holm meet?", "Per Holm met Ada Lund.", "What did Ada Lund promise him?",
     "What did Ada Lund promise Per Holm?"),
    ("Who is Ada Lund?", "Ada Lund is a potter.", "What did Lund tell him?", None),
])  # fmt: skip
def test_whom_somebody_speaks_to_is_not_themselves(question: str, answer: str, then: str, full: str) -> None:
    assert completed(then, [Turn(question, answer)]) == full


def test_what_only_begins_a_sentence_with_a_hyphen_is_nobody() -> None:
    turn = Turn("How do moths find nectar?", "Night-flying moths find nectar by its sound.")
    assert completed("How did he find that out?", [turn]) is None


def test_they_are_the_only_ones_of_whom_a_question_speaks_before_how_much() -> None:
    assert unresolved("Do the pickers get paid by how much they pick?", []) is None
    assert unresolved("How much do they pick?", []) == "they"
