"""Leftovers: what the web page left behind is found, and prose that only sounds like it is not."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.leftovers import MIN_PROSE_CHARS, find_leftovers

SEEDS = Path(__file__).parent.parent / "seeds"
PARAGRAPH = "The harbour will open on the first of May, the office said, and ships will sail from it again. " * 6
TEASERS = "Another story altogether\n\nA third story, about fish"


def leftovers(text: str, start: int = 0) -> list[str]:
    return [text[span.start : span.end] for span in find_leftovers(text, start)]


@pytest.mark.parametrize(
    "heading",
    [
        "Related Posts", "RELATED ARTICLES", "## Related Stories", "**Related Content**", "Related:",
        "More from GZERO Media",
        "More from the Guardian", "More on Ukraine", "More stories", "Read more", "Read Next", "You may also like",
        "You might also be interested in", "Recommended", "Recommended for you", "Leave a Comment", "Leave a Reply",
        "Comments", "12 Comments", "Comments (3)", "Most popular", "Most Read", "Trending", "Trending now",
        "Latest news",
        "Share this", "Share this article", "Sign up for our newsletter", "Editor’s picks", "Join the conversation",
    ],
)
def test_a_heading_after_the_article_opens_a_zone_to_the_end(heading):
    assert leftovers(f"{PARAGRAPH}\n\n{heading}\n\n{TEASERS}") == [f"{heading}\n\n{TEASERS}"]


@pytest.mark.parametrize("heading", ["Related Posts", "Most Read", "More from GZERO Media"])
def test_before_the_article_a_heading_is_only_a_line(heading):
    assert len(PARAGRAPH) > MIN_PROSE_CHARS
    assert leftovers(f"{heading}\n\n{PARAGRAPH}") == [heading]


@pytest.mark.parametrize("heading", ["Read more", "Trending", "Comments", "More on Ukraine", "Other reports"])
def test_a_box_amid_the_article_does_not_swallow_the_rest_of_it(heading):
    text = f"{PARAGRAPH}\n\n{heading}\n\n{PARAGRAPH}"
    assert leftovers(text) == [heading]
    assert leftovers(f"{PARAGRAPH * 9}\n\n{heading}\n\n{PARAGRAPH}") == [heading]


@pytest.mark.parametrize(
    "line",
    [
        "Open Image Modal", "Advertisement", "Article continues after advertisement", "Share", "Share on Facebook",
        "Your email address will not be published. Required fields are marked *", "Updated:", "0:00", "0:00 / 3:45",
        "Related: Why the harbour closed", "Read more: Why the harbour closed", "ALSO READ: Harbour closed",
        "RELATED ARTICLE | Harbour closed", "We use cookies to improve your experience. Learn more.",
        "Accept all cookies",
        "All rights reserved.", "© 2024 Reuters. All rights reserved.", "Copyright 2024 The Associated Press",
        "Subscribe to our newsletter for daily updates.", "Subscribe to The Harbour Post", "Skip to main content",
        "5 min read", "Tags: ships, ice", "Click here to read the whole report",
    ],
)
def test_a_stray_line_is_a_leftover_wherever_it_stands(line):
    assert leftovers(f"A headline\n\n{line}\n\n{PARAGRAPH}") == [line]
    assert leftovers(f"{PARAGRAPH}\n{line}\n{PARAGRAPH}") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "Share prices fell.", "We use cookies in our kitchen.", "More from the front line came in every hour.",
        "More on that later.", "Comments from the minister were few.", "Trending downward, the index fell again.",
        "Related: the two were cousins, and they fought.", "Subscribe to the theory, and all else follows.",
        "Copyright law is old.", "The band said all rights reserved to it were sold.", "Most read the book.",
        "Latest report shows the economy shrinking", "Read more books, she said.", "The related posts were deleted.",
        "He asked readers to leave a comment.", "Recommended reading is rare in prisons.", "12:30",
        "Updated: Oct. 15, 2024",
        "More than 40 were killed", "Other reports say the opposite", "The advertisement cost a million.",
    ],
)
def test_prose_that_only_sounds_like_it_is_no_leftover(line):
    assert leftovers(f"{PARAGRAPH}\n\n{line}\n\n{PARAGRAPH}") == []


def test_a_player_time_belongs_to_the_label_before_it():
    assert leftovers(f"Headline\nUpdated:\n12:30\n\n{PARAGRAPH}") == ["Updated:\n12:30"]


def test_what_stands_before_the_start_is_not_looked_at():
    assert leftovers(f"Share\n{PARAGRAPH}\nShare\n", start=6) == ["Share"]


@pytest.mark.parametrize(
    ("seed", "first", "count"),
    [
        ("000", "More from GZERO Media", 1), ("001", "Updated:\n0:00", 1), ("002", "Related Posts", 1),
        ("003", "Open Image Modal", 1), ("004", "Leave a Comment", 1),
    ],
)
def test_the_leftovers_of_the_seeds(seed, first, count):
    text = next(SEEDS.glob(f"{seed}*")).read_text(encoding="utf-8")
    found = leftovers(text)
    assert len(found) == count
    assert found[0].startswith(first)


LINES = st.one_of(st.text(max_size=30), st.sampled_from(["Share", "Related Posts", "Updated:", "0:00", "",
PARAGRAPH, " "]))


@given(st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r", "\n\n"])), max_size=30), st.integers(0, 10))
def test_spans_are_sorted_disjoint_and_made_of_whole_lines(lines, start):
    text = "".join(line + end for line, end in lines)
    spans = find_leftovers(text, start)
    assert all(one.end < other.start for one, other in zip(spans, spans[1:], strict=False))
    for span in spans:
        assert start <= span.start < span.end <= len(text)
        assert span.start == start or text[span.start - 1] in "\r\n"
        assert span.end == len(text) or text[span.end] in "\r\n"


@pytest.mark.parametrize("piece", ["a", "\n", "#", "related ", "Share\n", "subscribe to ", "more from A ", "((((",
"\u200b"])
def test_a_million_characters_take_seconds_at_most(piece):
    started = time.process_time()
    find_leftovers(piece * (1_000_000 // len(piece)))
    assert time.process_time() - started < 20
