"""Claims with the words of a sentence that has it otherwise: whose deed, whether done, before or after, all or some."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.grounding import Grounder
from rag.types import Sentence
from tests.test_grounding import check

SUED = "The landlord sued the tenant for unpaid rent; the court ordered the landlord to repay the deposit."
CELLIST = (
    "The cellist Ludwig van der Meer, who died on Tuesday aged 88, studied with his aunt, Johanna van der Meer, before "
    "joining the Ghent Philharmonic in 1959."
)
FOUNDED = (
    "Lena Brandt and her brother Tomas founded the software company Quillon in Graz in 2008; it was bought by Hartwell "
    "Systems of Dublin in 2019 for 80 million euros."
)
THEFT = (
    "Detectives cleared Ian Cope of the theft and charged his flatmate, Dean Rudd, who had sold the rings to a shop."
)
WRECK = "The crew reached the shore after the trawler, which had lost power, struck a reef."
FINAL = "Despite leading at half-time, Harriers lost the cup final to Bexley United on penalties."
FLATS = "The council plans to build 300 flats on the old brewery site and may add a school if the government pays."
BONES = "Some researchers doubt that the bones are human, and Dr Ngozi Eze said they might belong to a large dog."
ORR = "Premier Dalia Orr said she would resign if the budget was rejected by parliament. It passed by a single vote."
SHOPS = "Under the new law, shops may open on Sundays unless the municipality objects; pubs must remain closed."
TABLETS = (
    "The clinic advises against taking the tablets with milk; they should be swallowed on an empty stomach, an hour "
    "before breakfast."
)
FESTIVAL = (
    "The festival, held every summer since 1987 except in 2020 and 2021, returns to Brackley on the last weekend of "
    "July."
)
COMETS = "The telescope detected at least 40 new comets in its first year, nearly twice as many as had been expected."
OSTRAVA = "Ostrava is the third largest city in the country, and its zoo is the second oldest."
LAKES = "Lake Orsa is deeper than Lake Tinn but smaller; only Lake Vel, at 410 metres, is deeper than both."
EXAM = "Most pupils passed the exam, but none of the five who had missed the lessons did."
FROGS = "Few of the frogs survived the drought, and hardly any eggs were found in the northern ponds."
MONASTERY = "The monastery was founded in 1142 and burned down in 1349. It was not rebuilt until 1388 by Abbot Rainald."
RATE = "The central bank raised its key interest rate by half a percentage point to 4.25 percent on Thursday."
JAIL = "Judge O'Dowd sentenced Colm Reilly to nine months in prison, suspended for two years, for theft."
LENTILS = "Simmer the lentils for 25 minutes, then stir in two tablespoons of vinegar and half a teaspoon of salt."
TRIAL = "In the trial, 61 of 200 patients had headaches, compared with 58 of 198; the difference was not significant."
VINEYARD = "Unlike its neighbours, the Mercer vineyard is dry; its grapes are picked by hand rather than by machine."
ROVERS = "Rovers beat Athletic 3-1 on Saturday, with Mira Okafor scoring twice in the second half."
CARS = (
    "Both makers introduced larger cars such as the Corona, the Cressida, the Mazda and the Datsun, which added "
    "passenger space and amenities."
)
FITCH = "Salome Fitch led the Corona. Ms Fitch, who took over in 2024, had brought in matinees for shift workers."
OWNERS = "The owners of the theatre met. Constance Averill denied that it had been sold to a hotel."
HEAD = "The head teacher, Mrs Ada Flint, banned phones in lessons in 2022."
WHITCOMBE = "The Rural Housing Agency said J. P. Whitcombe, its deputy director, would step down in May."

ADMISSION = "Admission is 12 crowns, 7 for students, and free for children under ten."
TRIAL_PAID = "The trial was paid for with a grant of 780,000 euros; the tablets were lent by their maker, Lumitab."
CAMPAIGN = "Lund met Una Berg, a lawyer for Fish First, a campaign founded in 2018 to reach the herring target."
BRASK = "A bout of measles at nine cost Una Brask's brother Jens his sight."
MARRIED = "In 1902 Una Brask left home, and she married a schoolmaster, Edmund Pryce."
FORGER = "A map maker who sold charts to museums was sent to prison for five years on Friday."
NAMED = "Alaric Voss, 62, of Chandlers Row, had been found guilty in May of 14 counts of fraud."
CLEARED = "The jury cleared him of three further counts, relating to a globe."
CLOCKMAKER = "A second opera, The Clockmaker of Ulm, was left incomplete."
FOULS = "In the 41st minute Tapley was brought down by Wycliffe, and Delacroix scored."
SENT_OFF = "Wycliffe was sent off."
SENT_ON = "The manager sent on Wycliffe for the injured Lowe."
EVENINGS = "On the first Thursday of each month the salt works stay open until 21.00."
WINTER = "From November to March the lighthouse is open on Saturdays and Sundays only."
SWIMMING = "Swimming in the harbour is forbidden and carries a 60-florin fine."
BEAMS = "Treated beams had regained 71 percent of their strength, compared with 12 percent for the untreated ones."
RUN_OFF = "Danute Ilves won on Sunday, defeating Tomas Korda by fewer than 30,000 votes and ending an era when he left."
POWER = "The Aerin costs about £14 a year to power, the Brightwell £25 and the Novo £43."
HEARSAY = "Anyone who has bought a slice of the bread has been told that it was invented by a shipwrecked baker."


@pytest.mark.parametrize(("sentence", "claim"), [
    (SUED, "The tenant sued the landlord for unpaid rent."),
    (SUED, "The court ordered the tenant to repay the deposit."),
    (CELLIST, "Johanna van der Meer died on Tuesday aged 88."),
    (CELLIST, "Johanna van der Meer studied with her nephew, Ludwig van der Meer."),
    (FOUNDED, "Quillon bought Hartwell Systems in 2019."),
    (FOUNDED, "Lena Brandt bought Quillon in 2019 for 80 million euros."),
    (THEFT, "Detectives charged Ian Cope with the theft."),
    (THEFT, "Ian Cope sold the rings to a shop."),
    (WRECK, "A reef struck the trawler's crew after the shore had lost power."),
    (FINAL, "Bexley United lost the cup final on penalties."),
    (WHITCOMBE, "J. P. Whitcombe, director of the Rural Housing Agency, will step down in May."),
])  # fmt: skip
def test_what_one_did_no_other_did(sentence: str, claim: str) -> None:
    assert check(claim, *sentence.split(". ")).verdict != "supported"


@pytest.mark.parametrize(("sentence", "claim"), [
    (FLATS, "The council built 300 flats on the old brewery site."),
    (FLATS, "The council will add a school on the old brewery site."),
    (BONES, "The bones are human."),
    (BONES, "The bones belong to a large dog."),
    (ORR, "Dalia Orr resigned."),
    (ORR, "The budget was rejected by parliament."),
    (SHOPS, "Under the new law shops must open on Sundays."),
    ("Prosecutors allege that Varga took bribes from two builders.", "Varga took bribes from two builders."),
])  # fmt: skip
def test_what_may_come_or_is_only_held_to_be_so_is_not_done(sentence: str, claim: str) -> None:
    assert check(claim, *sentence.split(". ")).verdict != "supported"


@pytest.mark.parametrize(("sentence", "claim"), [
    (TABLETS, "The tablets should be swallowed an hour after breakfast."),
    (TABLETS, "The clinic advises taking the tablets with milk."),
    (FESTIVAL, "The festival was held every summer until 1987."),
    (FESTIVAL, "The festival was held in 2020 and 2021."),
    (FESTIVAL, "The festival returns to Brackley on the first weekend of July."),
    (COMETS, "The telescope detected at most 40 new comets in its first year."),
    (COMETS, "The telescope detected fewer than 40 new comets in its first year."),
    (SHOPS, "Under the new law shops may open on Sundays if the municipality objects."),
    (OSTRAVA, "Ostrava is the largest city in the country."),
    (OSTRAVA, "Ostrava is the second largest city in the country."),
    (LAKES, "Lake Tinn is deeper than Lake Orsa."),
    (EXAM, "All pupils passed the exam."),
    (EXAM, "Few pupils passed the exam."),
    (FROGS, "Most of the frogs survived the drought."),
    (VINEYARD, "The grapes of the Mercer vineyard are picked by machine."),
    (MONASTERY, "The monastery was not rebuilt in 1388."),
])  # fmt: skip
def test_a_small_word_turns_a_claim_around(sentence: str, claim: str) -> None:
    assert check(claim, *sentence.split(". ")).verdict != "supported"


@pytest.mark.parametrize(("sentence", "claim"), [
    (RATE, "The central bank raised its key interest rate by 50 percent on Thursday."),
    (RATE, "The central bank raised its key interest rate by 4.25 percentage points on Thursday."),
    (JAIL, "Colm Reilly was sentenced to two years in prison, suspended for nine months."),
    (MONASTERY, "The monastery was founded in 1349."),
    (LENTILS, "Two teaspoons of vinegar are stirred in."),
])  # fmt: skip
def test_a_figure_belongs_to_what_it_stands_with(sentence: str, claim: str) -> None:
    assert check(claim, *sentence.split(". ")).verdict != "supported"


@pytest.mark.parametrize(("sentences", "claim"), [
    ((FOULS, SENT_OFF), "Wycliffe was sent off in the 41st minute, when Tapley was brought down."),
    ((SENT_ON,), "Wycliffe was sent off for fouling Lowe."),
    ((EVENINGS, WINTER), "The salt works stay open until 21.00 on Saturdays."),
    ((HEARSAY,), "The bread was invented by a shipwrecked baker."),
    ((SWIMMING,), "Yes, you are allowed to swim in the harbour."),
    ((SWIMMING,), "You may swim in the harbour."),
    ((BEAMS,), "Untreated beams had regained 71 percent of their strength."),
    (("The treasurer reported a surplus of 1,200 crowns.",), "The treasurer reported a deficit of 1,200 crowns."),
    (("The shop is closed on Sunday afternoons.",), "The shop is open on Sunday afternoons."),
    ((POWER,), "The Novo costs about £25 a year to power."),
    ((ADMISSION,), "Admission is 12 crowns for students."),
    (("All of Upper Sorn were alive, though a man of 79 with kidney failure had to be winched out.",),
     "A man of 79 with kidney failure died in Upper Sorn."),
    (("Lund Foods entered the business in 2019, when it bought Java Lane.", "It is second to Visby Coffee."),
     "Visby Coffee bought Java Lane in 2019."),
    ((MARRIED, "She died of pneumonia in 1928, at the age of 67."), "Edmund Pryce died in 1928 at the age of 67."),
    ((BRASK, "Her father taught her to splice."), "Una Brask's father was Jens Brask."),
    ((NAMED, "Una Berg, the head of Chandlers, had come."), "Una Berg, the head of Chandlers, is 62 years old."),
    ((CAMPAIGN,), "The herring target is a campaign founded in 2018 to reach the herring target."),
    ((TRIAL_PAID,), "The tablets from Lumitab cost 780,000 euros."),
    ((NAMED, CLEARED), "Voss was cleared of 14 counts of fraud."),
    ((CLEARED, NAMED), "Voss was cleared of 14 counts of fraud."),
    ((FORGER, "The curator Una Berg had seen a comma."), "Una Berg was sent to prison for five years on Friday."),
    (("The visit has yet to be officially confirmed.",), "The visit has been officially confirmed."),
    (("Lund and Holm met on Friday, May 5, in Visby.", "Both sailed on Tuesday."), "Lund and Holm met on Tuesday."),
    (("Lund and Holm met on Friday, May 5, in Visby.", "On 9 May both sailed home."), "Lund and Holm met on 9 May."),
])  # fmt: skip
def test_what_sentences_tell_apart_is_not_put_together(sentences: tuple[str, ...], claim: str) -> None:
    assert check(claim, *sentences).verdict != "supported"


@pytest.mark.parametrize(("sentences", "claim"), [
    ((FOULS, SENT_OFF), "Tapley was brought down by Wycliffe in the 41st minute."),
    (("In the 41st minute Tapley was brought down, and Wycliffe was sent off.",),
     "Wycliffe was sent off in the 41st minute, when Tapley was brought down."),
    ((SENT_OFF, "That was in the 41st minute."), "Wycliffe was sent off in the 41st minute."),
    (("The vote was held on Saturday.", "It passed by 21 to 3, the chairman said on Sunday."),
     "The vote on Saturday passed by 21 to 3."),
    ((EVENINGS, WINTER), "On Thursdays the salt works stay open until 21.00."),
    (("The manager sent her off.",), "She was sent off by the manager."),
    (("Lund was founded in 1921 by two brothers, Per and Ada Lund, who ground lenses.",),
     "Per and Ada Lund founded Lund."),
    (("Rovers won when Kit Adeyo, a substitute who had not scored since May, headed in a corner in the final.",),
     "Kit Adeyo scored in the final for Rovers."),
    (("The Quad, a grouping that includes the U.S., Japan and India, met.",), "The Quad includes Japan."),
    ((SWIMMING,), "No, you are not allowed to swim in the harbour."),
    ((SWIMMING,), "No, you cannot swim in the harbour."),
    ((SWIMMING,), "Swimming in the harbour is forbidden."),
    (("The head teacher banned phones in lessons but still allows them at lunch.",), "Phones are allowed at lunch."),
    ((BEAMS,), "Treated beams had regained 71 percent of their strength, the untreated ones 12 percent."),
    ((RUN_OFF,), "Danute Ilves won on Sunday, defeating Tomas Korda by fewer than 30,000 votes."),
    ((POWER,), "The Novo costs about £43 a year to power."),
    (("The ferry takes 1 hr 40 min.",), "The ferry takes 1 hour 40 minutes."),
    ((HEARSAY,), "The bread is said to have been invented by a shipwrecked baker."),
    (("The two mayors issued a 900-word pact on fishing.", "Lund and Holm had met in May."),
     "The pact that Lund and Holm issued is 900 words long."),
    ((ADMISSION,), "Admission is 7 crowns for students."),
    ((CAMPAIGN,), "Fish First is a campaign founded in 2018 to reach the herring target."),
    ((CAMPAIGN,), "Una Berg is a lawyer for Fish First."),
    ((TRIAL_PAID,), "The trial was paid for with 780,000 euros, and its tablets were lent by Lumitab."),
    ((ADMISSION,), "Admission is 12 crowns."),
    (("Lund Foods entered the business in 2019, when it bought Java Lane.",), "Lund Foods bought Java Lane in 2019."),
    (("Hanak called for a vote of no confidence in Minister Voss, expected on 28 October.",),
     "The vote of no confidence in Minister Voss is expected on 28 October."),
    (("If the bureau blocks the purchase of Kestrel, Lund Foods must pay a fee of $110 million.",),
     "If the bureau says no to the purchase of Kestrel, Lund Foods must pay a fee of $110 million."),
    ((MARRIED, "She died of pneumonia in 1928, at the age of 67."), "Una Brask died in 1928 at the age of 67."),
    (("When she met Ada Lund, Per left.", "She died in 1928."), "Ada Lund died in 1928."),
    ((BRASK, "Her father taught her to splice."), "Una Brask's brother was Jens."),
    ((FORGER, NAMED), "Alaric Voss was sent to prison for five years on Friday."),
    ((FORGER, NAMED), "Alaric Voss is 62 years old."),
    (("The visit has yet to be officially confirmed.",), "No, the visit has not been officially confirmed."),
    (("Lund and Holm met on Friday.", "Both sailed home on Tuesday."), "Lund and Holm met on Friday."),
])  # fmt: skip
def test_what_belongs_together_is(sentences: tuple[str, ...], claim: str) -> None:
    assert check(claim, *sentences).verdict == "supported"


def test_a_yes_stands_on_more_than_the_names_of_its_question() -> None:
    question, prize = "Did Una Berg finish The Clockmaker of Ulm?", "The Una Berg Prize is for composers."
    claim = "Yes, Una Berg finished The Clockmaker of Ulm."
    assert check(claim, CLOCKMAKER, prize, question=question).verdict == "unsupported"


def test_what_nobody_told_of_somebody_is_left_out_behind_their_name() -> None:
    claim = "Corvin Dahl, a Danish surgeon, first described the heron in 1871."
    checked = check(claim, "The heron was first described by Corvin Dahl in 1871.", question="Who described the heron?")
    assert (checked.verdict, checked.text) == ("supported", "Corvin Dahl first described the heron in 1871.")


def test_a_participle_of_somebody_else_is_left_out() -> None:
    claim = "Tomas Korda left on Sunday, defeating Danute Ilves by fewer than 30,000 votes."
    assert check(claim, RUN_OFF).text == "Tomas Korda left on Sunday."


def test_clauses_from_two_articles_each_name_what_they_are_about() -> None:
    told = ("Wheelhouse Parks offered to build the rink for £124,900.", "The value of the contract was not disclosed.")
    claim = "Wheelhouse Parks offered to build the rink for £124,900, but the value of the contract was not disclosed."
    one, other = (Sentence(f"{n}.txt", "", 0, len(text), text, 1.0) for n, text in enumerate(told))
    assert Grounder("", [one, other], lambda term: 1.0).add(claim).verdict != "supported"
    beside = replace(other, source=one.source, start=one.end + 1, end=one.end + 1 + len(other.text))
    assert Grounder("", [one, beside], lambda term: 1.0).add(claim).verdict == "supported"


def test_clauses_from_two_articles_each_have_a_subject() -> None:
    told = (
        "Holm stressed that she and Lund will also discuss the growing economic and financial ties of Finland.",
        "Lund has accepted the invitation to attend the club's summit in Turku, Finland, Una Berg told Holm on 12 May.",
    )
    claim = "Lund and Holm agreed to discuss growing economic and financial ties at the club summit in Turku on 12 May."
    one, other = (Sentence(f"{n}.txt", "", 0, len(text), text, 1.0) for n, text in enumerate(told))
    question = "What did Lund and Holm agree on in Turku?"
    assert Grounder(question, [one, other], lambda term: 1.0).add(claim).verdict != "supported"


@pytest.mark.parametrize(("sentence", "claim"), [
    (SUED, "The landlord sued the tenant for unpaid rent."),
    (CELLIST, "Ludwig van der Meer died on Tuesday aged 88."),
    (FOUNDED, "Quillon was bought by Hartwell Systems in 2019 for 80 million euros."),
    (WRECK, "The trawler had lost power."),
    (FINAL, "Bexley United won the cup final against Harriers on penalties."),
    (ROVERS, "Athletic were beaten 3-1 by Rovers on Saturday."),
    (BONES, "The bones might belong to a large dog, said Dr Ngozi Eze."),
    (TABLETS, "The tablets should not be taken with milk, according to the clinic."),
    (MONASTERY, "The monastery was rebuilt in 1388."),
    (RATE, "The central bank raised its key interest rate by 0.5 percentage points on Thursday."),
    (JAIL, "Colm Reilly was sentenced to nine months in prison."),
    (TRIAL, "There was no significant difference in headaches in the trial."),
    (FROGS, "Almost no eggs were found in the northern ponds."),
    (HEAD, "Ada Flint is the head teacher."),
    (CARS, "The Corona and the Cressida were introduced as larger cars that added passenger space and amenities."),
    (FITCH, "The last director, Salome Fitch, brought in matinees for shift workers."),
    (OWNERS, "No, the theatre has not been sold to a hotel, according to the owners."),
    ("The road was closed by heavy snow on Friday.", "Heavy snow closed the road on Friday."),
    ("Half a million people marched.", "500,000 people marched."),
    ("The strike forced the plant to close.", "The plant closed because of the strike."),
])  # fmt: skip
def test_what_is_so_in_other_words_is_supported(sentence: str, claim: str) -> None:
    assert check(claim, *sentence.split(". ")).verdict == "supported"


STORY = "A story holds that Lund designed the lifeboats of the Navy. This is untrue: they followed a design by Holm."
OFFER = "The firm has received an offer of a $5 million grant from the council."
SPAN = "The iron bridge was a single span of 118 feet. The tower is 40 metres tall and the moat 3 metres deep."
REFUSED = "Her first novel was turned down by fourteen publishers before Lund & Son accepted it in 1953."


@pytest.mark.parametrize(("told", "claim"), [
    (STORY, "Lund designed the lifeboats of the Navy."),
    (OFFER, "The firm has received a $5 million grant from the council."),
    (SPAN, "The iron bridge was 118 feet wide."),
    (SPAN, "The tower has a width of 40 metres."),
    (SPAN, "The moat is 3 metres long."),
    (REFUSED, "Fourteen publishers accepted her first novel."),
    ("The council rejected a plan for a road and took the bus stop.", "The council rejected the bus stop."),
    ("Lund would go if the budget was rejected by parliament.", "Lund would go if parliament accepted the budget."),
])  # fmt: skip
def test_a_refuted_story_an_offer_and_another_dimension_support_nothing(told: str, claim: str) -> None:
    assert check(claim, *told.split(". ")).verdict != "supported"


@pytest.mark.parametrize(("told", "claim"), [
    (STORY, "A story has it that Lund designed the lifeboats of the Navy."),
    (STORY, "Lund did not design the lifeboats of the Navy; they followed a design by Holm."),
    (OFFER, "The firm has received an offer of a $5 million grant."),
    (SPAN, "The iron bridge was 118 feet long."),
    (SPAN, "The tower is 40 metres high."),
    (REFUSED, "Fourteen publishers rejected her novel before Lund & Son accepted it in 1953."),
    ("Holm turned down an offer from a firm.", "Holm said no to the firm because she turned down its offer."),
])  # fmt: skip
def test_what_is_told_of_stories_offers_dimensions_and_refusals_stands(told: str, claim: str) -> None:
    assert check(claim, *told.split(". ")).verdict == "supported"


MET = "Lund, who leads the council, said she had not seen the letters. Her report did not call the bridge unsafe."
RESCUE = "Among the rescuers of the children was Ada Lund, 19, who was steering a boat of the rowing club."
INSPECTED = "The footbridge was inspected in 2021. It was carried out by a contractor, Brightwell & Holm of Visby."
TART = "The museum café serves a tart made from salt. They pay £3.50 a pupil, with one adult free for every eight."
FERRIES = "Lund Ferries, the owner, denied this. All vehicles were secured on the ferry, said its spokesman."
COURSE = (
    "Some runners complained that the change of the course made times meaningless. The climb was replaced with a flat "
    "section of the course because of building work on the bridge."
)


@pytest.mark.parametrize(("told", "claim"), [
    (MET, "Lund, who leads the council, has not said that she will step down."),
    (RESCUE, "Ada Lund, 19, was among the rescuers of the children by steering a boat of the rowing club."),
    (INSPECTED, "The footbridge was built by Brightwell & Holm, a contractor."),
    ("The Lumen chain is to be sold to Lund, a firm from Visby.", "The Lumen chain is buying Lund."),
    ("Ada Lund was sentenced to four years by Judge Ida Holm.", "Judge Ida Holm has been a judge for four years."),
    ("The cinemas were sold for 74 million euros.", "The highest price for the cinemas was 74 million euros."),
    ("Lund told reporters of Visby after the meeting in Holm. In May Lund had raised it in a meeting with Ada Rask.",
     "Lund met Visby before speaking to reporters in Holm."),
    ("Lund told reporters of Visby after the meeting in Holm.", "Lund met Visby before speaking to reporters in Holm."),
    (TART, "The tart at the museum café costs £3.50."),
    (FERRIES, "Lund Ferries denied that vehicles were secured, stating that all vehicles were secured on the ferry."),
    (COURSE, "The course changed because some runners complained that the change made times meaningless, and the climb "
     "was replaced with a flat section because of building work on the bridge."),
    ("Four children in the trial of the drug died; a board concluded that none of the deaths was caused by the drug.",
     "The drug killed four children in the trial."),
    ("The mayor, Ida Lund, said the council wanted joint patrols of the river.",
     "The joint patrols of the river will be led by the mayor, Ida Lund, and the police."),
    ("The horse turned up at an auction in Munich, where the museum bought it. The family asked for it in 2006.",
     "The horse was bought at the auction in Munich by the family."),
    ("Brandsma reached Visby in four hours, 12 minutes and 37 seconds.",
     "Brandsma was 12 minutes and 37 seconds behind in Visby."),
    ("Ada Lund, director until 2022, said that the trouble began when a fund bought the chain.",
     "Ada Lund, director until 2022, is in charge of winding up the chain."),
    ("The firm owes 286 million pounds. Its largest creditor is Visby Bank, with 120 million.",
     "The firm owes 286 million pounds to Visby Bank."),
    ("“We hid behind a receipt,” Per Lund said.", "Per Lund said that he hid behind a receipt."),
    ("The bank raised its rate by half a point to 4 percent.", "The bank cut its rate to 4 percent."),
    ("Ostra is the third largest city.", "Ostra is the third smallest city."),
    ("The council tightened the rules on lets.", "The council eased the rules on lets."),
    ("Victory brings Visby prize money of 3.2 million pounds. Holm Rovers coach Per Rask left.",
     "Holm Rovers received prize money of 3.2 million pounds."),
    ("The firm was founded by Lund in 1923. It is named after a queen. The council wants a lander, called Merlin.",
     "Merlin is named after a queen."),
    ("Men pulled a six-year-old girl from a house, fire chief Ada Holm said. The girl was taken to hospital in Visby.",
     "Ada Holm was taken to hospital in Visby."),
    ("Lund said her party would join no government with the harbour. “That is our red line, and everything else can be "
     "discussed,” Lund said.", "Lund's red line is that everything else can be discussed."),
    ("“She handed over the boats,” Per Lund told the assembly of the premier.",
     "Per Lund told the assembly that he handed over the boats."),
])  # fmt: skip
def test_what_is_denied_done_paid_or_the_cause_must_be_said_so(told: str, claim: str) -> None:
    assert check(claim, *told.split(". ")).verdict != "supported"


@pytest.mark.parametrize(("told", "claim"), [
    (MET, "Lund has not seen the letters."),
    ("The vote was put off; Lund did not open the letters.", "The letters were not opened by Lund."),
    ("The Lumen chain is to be sold to Lund, a firm from Visby, for 74 million euros, both said.",
     "Lund is buying the Lumen chain for 74 million euros."),
    ("Among them was Ada Lund, 92, a former nurse, who lost £14,500 that she had saved.",
     "Ada Lund lost £14,500 that she had saved."),
    ("Ada Lund was sentenced to four years by Judge Ida Holm.", "Ada Lund will be in prison for four years."),
    ("The chief threat to the heron is drainage.", "The biggest threat to the heron is drainage."),
    ("The cores of mud were as long as 14 metres.", "The longest cores of mud were 14 metres long."),
    ("Lund told reporters of it after the meeting with Ida Holm.", "Lund met Ida Holm and told reporters of it."),
    ("During a meeting with Ida Holm in May, Lund raised it.", "Lund met Ida Holm in May."),
    ("The airline failed to pay its pilots, and it was unable to obtain a loan.", "The airline could not get a loan."),
    ("Nothing was done about the cable, since no repair was ordered.", "Nothing was done about the cable."),
    ("Ada Lund saved the boat, steering it into the reeds.", "Ada Lund saved the boat by steering it into the reeds."),
    (INSPECTED, "It was carried out by Brightwell & Holm."),
    ("Ada Lund, a teacher who was on her way home, said she escaped by breaking a window with a fire extinguisher.",
     "Ada Lund escaped by breaking a window with a fire extinguisher."),
    ("The ferry cost 12 crowns. The price rose to 14 crowns in May.", "The price of the ferry rose to 14 crowns."),
    ("The drill was on Friday. Both fleets sailed home the same day.", "Both fleets sailed home on Friday."),
    (COURSE, "The climb was replaced with a flat section because of building work on the bridge."),
    ("Two firms went into debt. Lund blamed the debt on the strike, due to which the firms lost orders.",
     "Two firms went into debt because of it."),
    ("Four children in the trial of the drug died.", "Four children in the trial of the drug died."),
    ("The fire killed four; it was not caused by a fault.", "The fire killed four."),
    ("The patrols of the river will be led by the mayor, Ida Lund, she said.",
     "The patrols of the river will be led by the mayor, Ida Lund."),
    ("The horse turned up at an auction in Munich, where the museum bought it.",
     "The horse was bought at the auction in Munich by the museum."),
    ("Zabaleta was second, 48 seconds behind.", "Zabaleta was 48 seconds behind."),
    ("The firm owes 286 million pounds; its suppliers are owed 74 million and the tax office 19.",
     "The firm owes its suppliers 74 million pounds."),
    ("The loss widened to 61 million pounds from 22 million.", "The loss was 22 million pounds before."),
    ("The chain was wound up, said Ada Lund, who heads the winding up.",
     "Ada Lund is in charge of winding up the chain."),
    ("The firm owes 286 million pounds. Its largest creditor is Visby Bank, with 120 million.",
     "The firm owes 120 million pounds to Visby Bank."),
    ("The mill was sold to Lund for 5 million pounds in 2019.", "The mill was sold in 2019 to Lund."),
    ("The mill was sold to Lund for 5 million pounds on May 17.", "The mill was sold on May 17 to Lund."),
    ("The firm raised 5 million and cut 20 jobs.", "The firm cut 20 jobs."),
    ("The bank raised its rate to 4 percent.", "The bank increased its rate to 4 percent."),
    ("Victory brings Visby Rovers prize money of 3.2 million pounds.",
     "Visby Rovers received prize money of 3.2 million pounds."),
    ("A lander, called Merlin, is planned. It is named after a queen. The firm was founded by Lund in 1923.",
     "Merlin is named after a queen."),
    ("Greta Holm was born in 1931. The next year her family moved to Lisbon. She published a novel in 1958.",
     "Greta Holm published a novel in 1958."),
    ("The mayor, Ada Holm, said she had been told. “I am angry,” she said. “I asked for it.” Her deputy, Per Lund, who "
     "lives in Mill Street, was cautious.", "Ada Holm's deputy, Per Lund, lives in Mill Street."),
    ("The crossing at Pont Holm will open on May 1. It was closed in 2016 after an officer was shot.",
     "The crossing at Pont Holm was closed in 2016 after an officer was shot."),
    ("Rescuers pulled a girl, Ada Holm, from a house. The girl was taken to hospital in Visby.",
     "Ada Holm was taken to hospital in Visby."),
    ("Captain Stephen Rourke, 49, said so. Rourke accepted that he had not told passengers to put on lifejackets.",
     "Rourke, the captain, had not told passengers to put on lifejackets."),
    ("“She handed over the boats,” Per Lund told the assembly of the premier.",
     "Per Lund told the assembly that she handed over the boats."),
    ("Two guards, Per Lund and Ada Holm, were killed at the border. It was closed in January last year.",
     "Per Lund and Ada Holm were killed at the border in January last year."),
])  # fmt: skip
def test_what_is_said_so_in_its_own_place_stands(told: str, claim: str) -> None:
    assert check(claim, *told.split(". ")).verdict == "supported"


def test_what_the_question_calls_the_highest_may_be_repeated_but_not_confirmed() -> None:
    told, claim = "The cinemas were sold for 74 million.", "The highest price for the cinemas was 74 million."
    assert check(claim, told, question="What was the highest price for the cinemas?").verdict == "supported"
    assert check(claim, told, question="Was that the highest price for the cinemas?").verdict != "supported"


def test_a_unit_is_left_out_of_amounts_and_not_of_things_that_are_counted() -> None:
    told = "The firm owes 286 million pounds and has closed 26 shops."
    assert check("The firm owes 26 pounds.", told).verdict != "supported"


def test_what_the_question_denies_may_be_repeated() -> None:
    told, question = "“They have found the bell,” Lund said of it.", "Who says that the bell is not the clock?"
    claim = "Lund said that they have found the bell and not the clock."
    assert check(claim, told).verdict != "supported"
    assert check(claim, "In Turku 94 runners were treated this year, and nine the year before.").verdict != "supported"
    assert check(claim, told, question=question).verdict == "supported"


RACE = (
    "TURKU - Finnish newcomer Ida Holm ran away from a strong field to win the women's race of the Turku Marathon.",
    "She finished 52 seconds in front of Denmark's Una Berg, the winner in 2022 and 2023.",
    "In the wheelchair race, Ada Rask won her fifth title in a row.",
    "The men's race was decided in the last two hundred metres.",
    "Holm cut her time by 40 seconds to 9 minutes, and her heart rate was 140 a minute at the finish, down from 180.",
)


@pytest.mark.parametrize(("claim", "verdict"), [
    ("Ida Holm came second in the women's race of the Turku Marathon.", "unsupported"),
    ("Una Berg came second, 52 seconds behind Ida Holm.", "unsupported"),
    ("Ida Holm finished 4th in the Turku Marathon.", "unsupported"),
    ("In the men's race, Ada Rask won her fifth title in a row.", "unsupported"),
    ("In the wheelchair race, Ada Rask won her fifth title in a row.", "supported"),
    ("Her heart rate fell by 140 a minute at the finish, down from 180.", "unsupported"),
    ("Holm cut her time by 40 seconds.", "supported"),
    ("Finnish Ida Holm ran away from a strong field to win the women's race of the Turku Marathon.", "supported"),
])
def test_how_somebody_fared_is_as_the_sentences_have_it(claim: str, verdict: str) -> None:
    assert check(claim, *RACE).verdict == verdict


def test_a_year_of_somebody_else_is_left_out() -> None:
    claim = "Ida Holm won the women's race of the Turku Marathon in 2023."
    assert check(claim, *RACE, question="Who won the women's race?").text == (
        "Ida Holm won the women's race of the Turku Marathon."
    )


def test_what_is_compared_has_to_be_compared_or_counted() -> None:
    claim = "There were more runners in Turku this year than the year before."
    told = "Lund, who had this year been one of the runners over 5,000 metres, broke clear in Turku the year before."
    assert check(claim, told).verdict != "supported"
    less = "Lund made less profit than the year before, with a net profit of $5 million compared to $6 million."
    slipped = "Lund's revenue rose, while net profit slipped to $5 million from $6 million the year before."
    assert check(less, slipped).verdict == "supported"
    assert check(claim, "In Turku 900 runners started this year, after 700 the year before.").verdict == "supported"


def test_its_chairman_is_that_of_whom_the_sentence_before_speaks() -> None:
    told = (
        "The union Seafarers called the plan of Lund Lines a slap in the face.",
        "Its chairman, Per Rask, said that Lund Lines had paid.",
    )
    assert check("Per Rask is the chairman of Lund Lines.", *told).verdict == "unsupported"
    assert check("Per Rask is the chairman of Seafarers.", *told).verdict == "supported"


def test_a_former_mayor_is_an_ex_mayor() -> None:
    assert check("The ex-mayor of Visby was fined.", "The former mayor of Visby was fined.").verdict == "supported"


def test_who_alone_has_a_first_name_is_of_the_family_that_the_article_names() -> None:
    told = ("The shop was opened by Ada Rask in 1932.", "In 1951 Ida took the loaf off the shelves for nine days.")
    claim = "Ida Rask took the loaf off the shelves for nine days."
    question = "For how long did Ida Rask take the loaf off?"
    assert check(claim, *told, question=question).verdict == "supported"
    assert check(claim, *told, question="What was taken off?").verdict == "unsupported"
    assert check(claim, *told, "Ida Holm was a baker.", question=question).verdict == "unsupported"
    assert check(claim, *told[1:], question=question).verdict == "unsupported"


def test_what_is_attributed_may_be_alleged() -> None:
    told = "Prosecutors allege that Varga took bribes from two builders."
    assert check("According to prosecutors, Varga took bribes from two builders.", told).verdict == "supported"
