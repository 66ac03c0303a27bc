"""The page of a report: what it marks is what was said, what is hostile stays text, and it asks for nothing more."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from eval.baseline import change_since
from eval.cards import Mark, marked
from eval.cases import Case, Gold, resolve
from eval.html import page
from eval.plots import histogram
from eval.report import build_report, report_rows, write_report
from eval.runner import Identity, run_cases
from eval.tables import percent, points
from rag.errors import ModelError
from rag.types import Answer, Citation, Claim, Passage, Sentence, Timings, Turn
from tests.conftest import FakeBot
from ui.render import escaped

CHROMIUM = Path("/usr/bin/chromium")
COST = "The wall cost $4 million & more."
TIME = "It was mended in March\r\n2021."
TEXT = f"Harbour news.\n\n{COST} {TIME} Nobody was hurt."
OTHER = "The market moved to Elm Street."
TEXTS = {"wall.txt": TEXT, "market.txt": OTHER}
EVIL = ("</script></style></title></svg><script>alert(1)</script><img src=x onerror=alert(2)>\"'&lt;"
        "<a href='http://example.invalid/'>\u202e")
IDENTITY = Identity("cited", "c" * 64, {"passages": 10, "path": None}, "fake", None, "fake", "code")
WALL = Case("wall", "number", "What did the wall cost?", True, required=(("$4 million",),),
            forbidden=(("$9 million",),), gold=(Gold("wall.txt", COST),), must_pass=True)
BOTH = Case("both", "multi", "What did it cost, and when was it mended?", True, required=(("$4 million",), ("2021",)),
            gold=(Gold("wall.txt", COST, 0), Gold("wall.txt", TIME, 1)))
NOWHERE = Case("nowhere", "absent", "Who paid?", False)


def passage(start=0, end=None, source="wall.txt", title="Harbour"):
    end = len(TEXTS[source]) if end is None else end
    return Passage(source, title, start, end, TEXTS[source][start:end], 0.5)


def at(quote, kind=Sentence, source="wall.txt", **more):
    """A citation of, or a sentence that is, `quote`."""
    start = TEXTS[source].index(quote)
    if kind is Citation:
        return Citation(1, source, "Harbour", None, start, start + len(quote), quote)
    return Sentence(source, "Harbour", start, start + len(quote), quote, 0.5)


def answered(text=f"{COST} [1]", cites=COST, reads=(COST,), passages=None, **more):
    claims = (Claim(text.removesuffix(" [1]"), (1,), "supported", 1.0),)
    return Answer("?", "answered", text, claims, (at(cites, Citation),), passages or (passage(),),
                  evidence=tuple(map(at, reads)), timings=Timings(0.1, 0.5, 1.5), **more)


REFUSAL = Answer("?", "refused", "The articles do not say.", reason="None of them speaks of it.", passages=(passage(),))


def reported(*pairs, **changes):
    """The report of cases with their answers."""
    cases = resolve([case for case, _ in pairs], TEXTS)
    return build_report(run_cases(FakeBot(*(reply for _, reply in pairs)), cases, TEXTS), IDENTITY, "x.jsonl") | changes


class Seen(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and the text inside marks by their kind."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self.marked, self._open = [], "", {}, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "mark":
            self._open.append(dict(attributes)["class"].split())

    def handle_endtag(self, tag):
        if tag == "mark":
            self._open.pop()

    def handle_data(self, data):
        self.text += data
        for kinds in self._open:
            for kind in kinds:
                self.marked[kind] = self.marked.get(kind, "") + data

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def of_passages(html):
    """The page within its lists of passages."""
    return Seen("".join(re.findall(r'<ol class="passages">.*?</ol>', html, re.DOTALL)))


@pytest.fixture
def report():
    """One right case, one of each of several faults, and an error."""
    wrong = answered("The wall cost $9 million. [1]", reads=(COST, TIME))
    elsewhere = answered("It moved. [1]", passages=(passage(0, 20), passage(source="market.txt")))
    return reported(
        (WALL, wrong), (BOTH, answered(cites=COST, reads=(COST, TIME))), (replace(WALL, id="missed"), elsewhere),
        (NOWHERE, answered()), (replace(BOTH, id="broken"), ModelError("it broke")),
        (replace(WALL, id="fine", kind="one_word", history=(Turn("Earlier?", "Yes."),)), answered()),
    )


# Highlighting


def test_what_is_marked_in_a_passage_is_the_gold_the_quote_and_what_was_read(report):
    seen = of_passages(page(report | {"rows": report["rows"][1:2]}))
    assert seen.marked == {"gold": COST + TIME, "cited": COST, "read": COST + TIME}


def test_overlapping_marks_are_cut_where_they_begin_and_end():
    marks = [Mark("wall.txt", 15, 40, TEXT[15:40], "gold", "gold"),
             Mark("wall.txt", 30, 60, TEXT[30:60], "cited", "[1]"), Mark("wall.txt", 35, 50, TEXT[35:50], "read")]
    html = marked(passage(10, 70), marks)
    seen = Seen(html)
    assert seen.text == TEXT[10:70]
    assert seen.marked == {"gold": TEXT[15:40], "cited": TEXT[30:60], "read": TEXT[35:50]}
    assert [piece["class"] for piece in seen.named("mark")] == [
        "gold", "cited gold", "cited gold read", "cited read", "cited"]
    assert [piece.get("data-tag") for piece in seen.named("mark")] == ["gold", "[1]", None, None, None]


@given(st.text(min_size=1), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from("abc"))))
def test_marks_of_any_places_hold_their_text_and_lose_none(text, places):
    text = text.replace("\x00", "?")
    whole = Passage("s", "", 7, 7 + len(text), text, 1.0)
    within = [(7 + min(a, b) % len(text), 7 + 1 + max(a, b) % len(text), kind) for a, b, kind in places]
    within = [(a, b, kind) for a, b, kind in within if a < b]
    seen = Seen(marked(whole, [Mark("s", a, b, text[a - 7 : b - 7], kind) for a, b, kind in within]))
    assert seen.text == text
    for kind in "abc":
        held = sorted({place for a, b, k in within if k == kind for place in range(a, b)})
        assert seen.marked.get(kind, "") == "".join(text[place - 7] for place in held)


def test_a_mark_that_reaches_beyond_the_passage_is_marked_as_far_as_it_goes():
    start = TEXT.index(COST)
    marks = [Mark("wall.txt", start, start + len(COST), COST, "gold", "gold")]
    assert Seen(marked(passage(start + 4, start + 12), marks)).marked == {"gold": COST[4:12]}
    assert Seen(marked(passage(0, start), marks)).marked == {}


def test_a_mark_whose_text_is_not_there_is_left_out():
    assert "<mark" not in marked(passage(), [Mark("wall.txt", 3, 8, "wrong", "cited")])
    assert "<mark" not in marked(passage(), [Mark("market.txt", 0, 5, TEXT[:5], "cited")])


def test_gold_that_was_not_retrieved_stands_by_itself(report):
    html = page(report | {"rows": report["rows"][2:3]})
    assert "only in part, in passage 1" in html
    assert re.search(f'<blockquote dir="auto"><mark class="gold"[^>]*>{re.escape(escaped(COST))}</mark>', html)
    assert "not retrieved</b>" in page(reported((WALL, answered("No. [1]", passages=(passage(source="market.txt"),)))))


# What the page says


def test_the_gate_gives_every_reason(report):
    shut = page(report | {"gate": {"broken": ["must-pass case wall failed"], "regressions": ["right is & <low>"]}})
    assert "The gate is shut" in shut
    assert "<li dir=\"auto\">must-pass case wall failed</li>" in shut and "right is &amp; &lt;low&gt;" in shut
    assert "The gate is open" in page(report | {"gate": {"broken": [], "regressions": []}})


def test_a_card_says_what_was_expected_answered_and_amiss(report):
    text = Seen(page(report)).text
    for said in ("$9 million ✕ said", "✕ missing", "✓ stated", "Answered, where it should have been refused.",
                 "An error was raised:ModelError: it broke", "A refusal: the articles do not say."):
        assert said in text, said
    assert "1 of 6 right" in text


def test_a_refusal_shows_its_reason_and_a_history_its_turns():
    case = replace(WALL, history=(Turn("Which wall?", "The harbour's."),))
    text = Seen(page(reported((case, REFUSAL)))).text
    assert "None of them speaks of it." in text and "Which wall?The harbour's." in text


def test_only_failures_carry_their_passages(report):
    fine = reported((WALL, answered()))
    assert "Nobody was hurt." not in page(fine) and "Nobody was hurt." in page(report)
    assert escaped(f"{COST} [1]") in page(fine) and "No case has a fault." in page(fine)


def test_a_baseline_is_told_metric_by_metric_with_its_verdict(tmp_path):
    cases = [replace(WALL, id=f"w{number}") for number in range(8)]
    before = reported(*((case, REFUSAL) for case in cases))
    after = reported(*((case, answered()) for case in cases))
    write_report(before, tmp_path / "before.json")
    change = change_since(tmp_path / "before.json", report_rows(after, tmp_path))
    html = page(after | {"baseline": change.to_dict()})
    assert "Change since the baseline" in html and "+100" in html and 'class="dot ring"' in html
    compared = change.to_dict()
    compared["compared"]["right"] |= {"verdict": "worse", "difference": -0.2, "low": -0.4, "high": -0.1}
    assert '<span class="verdict worse">✕ worse</span>' in page(after | {"baseline": compared})


def test_a_baseline_without_a_metric_in_common_is_no_trouble(report):
    of = {"run_id": "r", "created": "some day", "git": None, "pipeline": "cited", "model": "fake", "compared": {}}
    assert "of some day" in page(report | {"baseline": of})


def test_the_judge_is_told_whatever_it_reports(report):
    interval = {"mean": 0.75, "low": 0.5, "high": 0.9, "n": 12}
    judge = {"judge": "big & wise", "correct": interval, "agreement": {"kappa": 0.5, "of": [1, 2]},
             "rows": [{"id": "wall", "correct": 0.25, "undecided": None}]}
    html = page(report | {"judge": judge})
    for said in ("big &amp; wise", "75.0 %", "agreement.<wbr>kappa", "0.500", "[1, 2]", "judge: correct 0.25"):
        assert said in html, said


@pytest.mark.parametrize(
    "pair",
    [(WALL, answered()), (WALL, REFUSAL), (WALL, ModelError("no")), (NOWHERE, REFUSAL), (NOWHERE, answered())],
    ids=["right", "refused", "raised", "rightly refused", "answered"],
)
def test_a_report_of_a_single_row_is_a_page(pair):
    assert "<h1>" in page(json.loads(json.dumps(reported(pair))))


def test_rows_of_a_baseline_and_of_an_older_format_are_shown_as_far_as_they_go(report):
    for row in report["rows"]:
        del row["expected"]
        row["answer"] = row["answer"] and {key: row["answer"][key] for key in ("question", "status", "text")}
    assert "The wall cost $9 million. [1]" in page(report)


def test_two_thousand_rows_make_a_page_of_a_few_megabytes(report):
    rows = [row | {"id": f"{row['id']}-{number}"} for number in range(334) for row in report["rows"]]
    assert len(page(report | {"rows": rows})) < 8_000_000


# What the page may not do


def hostile(value, key=None):
    """The report with something nasty after every text that is not one of a few known words."""
    if isinstance(value, dict):
        free = key in ("by_kind", "by_source", "config")
        return {(name + EVIL if free else name): hostile(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [hostile(inner, key) for inner in value]
    kept = ("status", "verdict", "failure")
    return value + EVIL if isinstance(value, str) and key not in kept else value


def test_hostile_texts_appear_only_escaped(report):
    report["gate"] = {"broken": ["no"], "regressions": ["nor this"]}
    report["judge"] = {"judge": "j", "rows": [{"id": "wall", "correct": "c"}]}
    of = {"run_id": "r", "created": "d", "git": "g", "pipeline": "p", "model": "m", "compared": {}}
    html = page(hostile(json.loads(json.dumps(report | {"baseline": of}))))
    assert EVIL not in html and escaped(EVIL) in html
    seen, clean = Seen(html), Seen(page(report | {"baseline": of}))
    assert {tag for tag, _ in seen.elements} == {tag for tag, _ in clean.elements}
    assert len(seen.named("script")) == 1 and not seen.named("img")
    assert not [name for _, attributes in seen.elements for name in attributes if name.startswith("on")]


def test_the_page_refers_to_nothing_but_itself(report):
    html = page(report)
    seen = Seen(html)
    for _, attributes in seen.elements:
        assert not {"src", "srcset", "action", "data", "style", "xlink:href"} & attributes.keys()
        assert attributes.get("href", "#").startswith("#")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert "url(" not in style and "@import" not in style and "http" not in html.replace("http-equiv", "")


def test_the_policy_allows_the_style_and_the_script_by_their_hashes_and_nothing_else(report):
    html = page(report)
    policy = next(meta["content"] for meta in Seen(html).named("meta") if meta.get("http-equiv"))
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    for tag in ("style", "script"):
        text = re.search(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[1]
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy


def test_headings_are_in_order_and_every_figure_has_a_title_or_is_hidden(report):
    html = page(report)
    levels = [int(tag[1]) for tag, _ in Seen(html).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    for figure in re.findall(r"<svg class=[^>]*>(?:<title>)?", html):
        assert 'aria-hidden="true"' in figure or ('role="img"' in figure and figure.endswith("<title>")), figure


# Numbers


@pytest.mark.parametrize(("value", "said"), [(1, "100 %"), (0, "0 %"), (0.9999, ">99.9 %"), (0.0001, "<0.1 %"),
                                             (0.5, "50.0 %"), (-0.25, "−25.0 %"), (1 - 1e-15, "100 %")])
def test_a_share_is_never_rounded_to_all_or_nothing(value, said):
    assert percent(value) == said


def test_a_difference_has_a_sign_unless_it_is_nothing():
    assert [points(value) for value in (0.012, -0.012, 0.0, -0.00001)] == ["+1.2", "−1.2", "0.0", "0.0"]


def test_a_histogram_tells_how_many_values_lie_beyond_it():
    figure, beyond = histogram("t", [1, 1, 2, 50], {"p50": 1.5}, 2)
    assert beyond == 1 and figure.count('class="bin"') == 2


# In a browser


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        pytest.fail(f"the page is tested in Chromium, and {CHROMIUM} is missing: install it with `make browser`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"],
                                              timeout=120_000)
        yield chromium
        chromium.close()


def opened(browser, file, **context):
    """The page of a file, with all that it asked for and complained of."""
    tab = browser.new_context(viewport={"width": 360, "height": 800}, **context).new_page()
    troubles = []
    tab.on("console", lambda message: troubles.append(message.text))
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("request", lambda request: troubles.append(request.url) if request.url != file.as_uri() else None)
    tab.goto(file.as_uri(), timeout=120_000)
    return tab, troubles


def test_in_a_browser_the_page_filters_its_failures_asks_for_nothing_and_fits_a_phone(report, browser, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(page(hostile(json.loads(json.dumps(report)))), encoding="utf-8")
    tab, troubles = opened(browser, file)
    shown = tab.locator(".card:visible")
    assert shown.count() == 5 and tab.locator("output").inner_text() == "5 of 5"
    tab.select_option("[name=stage]", "error")
    assert shown.count() == 1 and "it broke" in shown.first.text_content()
    tab.select_option("[name=stage]", "")
    tab.select_option("[name=kind]", index=2)
    assert shown.count() == 2
    tab.select_option("[name=kind]", "")
    tab.fill("[name=find]", "WHO PAID")
    assert shown.count() == 1 and tab.locator("output").inner_text() == "1 of 5"
    tab.fill("[name=find]", "")
    tab.click("text=Open all")
    assert tab.locator(".card[open]").count() == 5
    tab.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    tab.click("text=Close all")
    assert tab.locator(".card[open]").count() == 0
    assert troubles == []


def test_without_script_every_failure_is_there_and_no_control_that_does_nothing(report, browser, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(page(report), encoding="utf-8")
    tab, troubles = opened(browser, file, java_script_enabled=False)
    assert not tab.locator(".controls").is_visible()
    tab.locator(".card summary").first.click()
    assert tab.locator(".card .passages").first.is_visible()
    assert troubles == []
