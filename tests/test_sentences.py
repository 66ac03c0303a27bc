"""Sentences: exact spans, nothing torn, nothing lost, whatever the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import LONG_SEGMENT_CHARS, MAX_SENTENCE_CHARS, split_sentences

ALPHABET = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from([". ", "! ", "” ", "“", '"', "\r\n", "\n\n", "\n", "Mr. ", "1. ", "U.S. ", "The ", "e\u0301",
    "👩‍👩‍👧", "\u2028", "- "]),
)
TEXTS = st.lists(ALPHABET, max_size=120).map("".join)


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


def without_space(text: str) -> str:
    return "".join(text.split())


@given(TEXTS)
def test_spans_hold_every_visible_character_once_and_in_order(text):
    spans = split_sentences(text)
    found = [text[span.start : span.end] for span in spans]
    assert without_space("".join(found)) == without_space(text)
    assert all(sentence and sentence == sentence.strip() for sentence in found)
    assert all(one.end <= other.start for one, other in zip(spans, spans[1:], strict=False))


@given(TEXTS, st.integers(0, 60), st.integers(0, 60))
def test_a_range_of_the_text_is_split_in_the_offsets_of_the_whole(text, start, length):
    start = min(start, len(text))
    end = min(start + length, len(text))
    spans = split_sentences(text, start, end)
    assert all(start <= span.start < span.end <= end for span in spans)
    assert without_space("".join(text[s.start : s.end] for s in spans)) == without_space(text[start:end])


@pytest.mark.parametrize(
    "sentence",
    [
        "The U.S. Secretary of State met Gen. Smith on Oct. 15 in Washington, D.C., to talk.",
        "Mr. Xi and Prof. A. B. Cee saw Lt. Gov. Jones at No. 10.",
        "J. R. R. Tolkien wrote it, e.g. for his sons, in vol. 2 and vol. 3.",
        "It is Chelsea vs. Arsenal, as Fig. 3 shows, at $3.5 million.",
        "He came at 5 p.m. Monday and left at 6 a.m. EDT on Tuesday.",
        "The parcel weighed approx. 5 kg when it left.",
        "Brig. Gen. Al and Ald. Cole were there.",
        "Spc. Lund saw the plane at Ft. Worth.",
        "1. First item",
        "a) An item of a list",
        "- Mr. Xi came",
        "“Is it so?” he asked.",
        "The histone H2A.Z is found in the nucleosome.",
        "The Revd. John Henslow taught him.",
        "It was his force.[Note 4]",
        "Under Art. V of the treaty, and Vol. II and No. II of it, he paid approx. $5 on Tues. Jan. 6.",
        "See e.g. The Times, i.e. The paper vs. The New York Times, chap. 5, para. 5.",
        "Treas. Sec. Yellen read Wm. Shakespeare.",
        "He came at 5 p.m. March 3 and left at 4 p.m. Sundays.",
        "The company, Yahoo! Inc., is gone.",
        "Visit www.example.com/a.b?c=d! or not.",
        "He said it was “very substantive.”",
    ],
)
def test_one_sentence_stays_one(sentence):
    assert sentences(sentence) == [sentence]


@pytest.mark.parametrize(
    "parts",
    [
        ["“It is done.”", "He left."],
        ["He lives in the U.S.", "She does not."],
        ["The visit is set for Oct. 22.", "On Oct. 16, he left."],
        ["Was it so?", "No!", "It was not."],
        ["The dogs' dinner was cold.", "He said 'no.", "Then he left.", "It rained."],
        ["“An open quotation.", "It is never closed.", "He left."],
        ["It is said so.[1]", "Others differ.[2][3]"],
        ["It opens on the first of May.", "Ships will sail.", "He told me.", "Nobody fell ill.", "It is art."],
        ["It was so in 2024.", "Then it was not."],
        ["Привет всем.", "Как дела?"],
        ["She bought it.", "iPhone sales rose."],
    ],
)
def test_several_sentences_are_told_apart(parts):
    assert sentences(" ".join(parts)) == parts


def test_a_missing_space_does_not_hide_the_end_of_a_sentence():
    assert sentences("It was so in 2024.Then it was not.It is.") == ["It was so in 2024.", "Then it was not.", "It is."]


def test_a_line_break_ends_a_sentence_on_a_web_page():
    text = "Open Image Modal\nA caption without an end\r\n\r\nThe text begins. It goes on.\n1. First item\n2. Second"
    assert sentences(text) == [
        "Open Image Modal", "A caption without an end", "The text begins.", "It goes on.", "1. First item",
        "2. Second",
    ]


def test_hard_wrapped_prose_is_read_across_its_line_breaks():
    text = (
        "A headline of its own\n\n"
        "Ships that have been laid up for the winter are to sail again from\n"
        "the first of May, the harbour office said, and fishermen from as far\n"
        "as Bergen are expected. The harbour master, a man by the name of Ole\n"
        "Hansen, was not so sure.\n"
    )
    assert [s.replace("\n", " ") for s in sentences(text)] == [
        "A headline of its own",
        "Ships that have been laid up for the winter are to sail again from the first of May, the harbour office said, "
        "and fishermen from as far as Bergen are expected.",
        "The harbour master, a man by the name of Ole Hansen, was not so sure.",
    ]


def test_a_list_in_hard_wrapped_text_keeps_its_items_apart():
    text = (
        "The office named two reasons, and both of them had been known for a\n"
        "long time, at least to those who had cared to read its reports on\n"
        "- the ice, which is thinner than it has been for many years, and\n"
        "- the fish\n"
    )
    assert sentences(text)[1:] == ["- the ice, which is thinner than it has been for many years, and", "- the fish"]


def test_a_short_quotation_stays_whole_and_a_long_one_is_split():
    inner = "We shall not go to the summit this year, since nothing will be decided there. "
    short, long = f"“{inner}Nobody will.”", f"“{inner * 5}Nobody will.”"
    assert len(short) < LONG_SEGMENT_CHARS < len(long)
    assert sentences(short) == [short]
    assert sentences(long) == [f"“{inner.strip()}", *[inner.strip()] * 4, "Nobody will.”"]


@pytest.mark.parametrize("text",
["a" * 50_000, "中" * 50_000, "word " * 10_000, "a" + "\u0301" * 50_000, "👩‍👩‍👧" * 9000])
def test_text_without_an_end_is_cut_into_bounded_pieces(text):
    spans = split_sentences(text)
    assert max(span.end - span.start for span in spans) <= MAX_SENTENCE_CHARS
    assert len(spans) < 2 * len(text) / MAX_SENTENCE_CHARS + 2


def test_a_bounded_piece_ends_at_a_space_or_between_characters():
    assert all(s.endswith("word") for s in sentences("word " * 10_000))
    assert all(s.startswith("👩") for s in sentences("👩‍👩‍👧" * 9000))


@pytest.mark.parametrize(
    "parts",
    [
        ["**Who carried it?**", "The ferry did.", "**Who owns it?**", "The Fund does."],
        ["_He left._", "She stayed.", "~~Old.~~", "<b>New.</b>", "It is.[^1]", "It was.²", "Then.\u200b", "End."],
        ["It ran until 11 p.m.", "Julia Novak owns it.", "It ends at 9 p.m.", "Marchers left at 10 p.m.", "Novak did."],
        ["He left…", "She stayed… I did.", "They grew beans, etc.", "Farmers left.", "(He left.)", "She stayed."],
    ],
)
def test_what_clings_to_an_end_stays_with_it(parts):
    assert sentences(" ".join(parts)) == parts


def test_the_end_of_a_window_tears_no_quotation():
    said = "“We will go. They will stay,” he said on Monday. "
    for padding in range(0, 120, 7):
        text = "The " + "x" * padding + " ferry sailed. " + said * 60
        assert set(sentences(text)[1:]) == {said.strip()}
