"""How somebody fared, where sentences have it otherwise: who came second, in which race, more than what, how much."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.english import YEAR
from rag.features import Reading
from rag.text import terms

_DIGITS = {"second": "2nd", "third": "3rd"} | {
    word: f"{place}th" for place, word in enumerate("fourth fifth sixth seventh eighth ninth tenth".split(), 4)
}
_ORDINAL = rf"{'|'.join(_DIGITS)}|\d+(?:st|nd|rd|th)|last(?!\s+(?!place\b)[a-z])"
_PLACED = re.compile(
    r"\b(?:c[ao]m(?:e|es|ing)|finish(?:ed|es|ing)?|placed|ranked|took|takes|ended(?:\s+up)?)\s+(?:in\s+|the\s+)?"
    rf"(?P<place>{_ORDINAL})\b"
)
# Who came second may only be told by who was first: "finished ahead of Lund".
_RUNNER_UP = r"runners?[\s-]up|silver|behind|(?:ahead|in\s+front)\s+of\s+[^.;]*?{subject}"
_AMONG = re.compile(r"\b[Ii]n\s+the\s+(?P<which>(?:[\w’'-]+\s+){1,2}?)(?P<contest>[a-z]+),")
_MORE_THAN = re.compile(
    r"\b(?:more|fewer|less)\s+(?P<what>[a-z]+)\b[^.;,]*?\bthan\s+(?!\d|an?\b|half\b|one\b|two\b|three\b)"
)
_COMPARES = re.compile(
    r"\b(?:more|fewer|less|most|least|than|record|(?:up|down)\s+from|twice|half|compar\w*|exceed\w*|outnumber\w*|surpass\w*"
    r"|ris(?:e|es|en|ing)|rose|gr[eo]w\w*|f[ae]ll\w*|drop\w*|(?:in|de)creas\w*|declin\w*|doubl\w*|tripl\w*|highest|lowest|higher|lower"
    r"|sli[pd]\w*|s[au]nk|soar\w*|surg\w*|jump\w*|climb\w*|dip\w*|shr[au]nk|expand\w*|(?:from|after|against)\s+\W?\d[\d.,]*)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?<![\w.,])\d[\d.,]*")
_BY = re.compile(
    r"\b(?:reduc|cut|f[ae]ll|drop|declin|decreas|lower|shr[iau]nk|r[io]s|increas|gr[eo]w|rais|climb|jump|surg)\w*\b[^.;]*?"
    r"\bby\s+(?:about\s+|around\s+|some\s+|an?\s+average\s+of\s+)?(?P<step>\d[\d.,]*)"
)
_IN_YEAR = re.compile(rf"\bin\s+(?P<year>{YEAR})\b")
_APPOSED = re.compile(r"(?P<who>[A-Z][\w’'-]+),\s+(?:the|an?)\s+[^,.;]*")


def fared_otherwise(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many results of a claim the sentences do not have, or have of another contest, year or measure."""
    texts = [sentence.text for sentence in sentences]
    return (
        _unplaced(claim, texts)
        + _of_another_contest(claim, texts)
        + _compares(claim.text, texts)
        + _by_what_it_came_to(claim.text, texts)
        + _of_anothers_year(claim.text, texts)
    )


def _unplaced(claim: Reading, texts: Sequence[str]) -> int:
    """Return how many came second or last in a claim where no sentence has anybody second or last."""
    subject = re.escape(claim.names[0].text) if claim.names else r"\Z"
    others = "|" + _RUNNER_UP.format(subject=subject)
    places = {match["place"] for match in _PLACED.finditer(claim.text)}
    told = (rf"\b(?:(?:{place}|{_DIGITS.get(place, place)})\b{others})" for place in places)
    return sum(not any(re.search(one, text) for text in texts) for one in told)


def _of_another_contest(claim: Reading, texts: Sequence[str]) -> int:
    """Return how many contests of a claim are others where a sentence tells of whom it names: "in the men's race"."""
    told = [match for text in texts if any(n.text in text for n in claim.names) for match in _AMONG.finditer(text)]
    return sum(
        other["contest"] == mine["contest"] and not {*terms(mine["which"])} & {*terms(other["which"])}
        for mine in _AMONG.finditer(claim.text) for other in told
    )  # fmt: skip


def _compares(claim: str, texts: Sequence[str]) -> int:
    """Return how many comparisons a claim makes of what no sentence compares or counts."""
    told = [match["what"] for match in _MORE_THAN.finditer(claim)]
    if not told or any(map(_COMPARES.search, texts)):
        return 0
    counting = [text for text in texts if len(_FIGURE.findall(text)) > 1]
    return sum(not any(re.search(rf"\d\s+(?:\w+\s+){{0,2}}{what}\b", text) for text in counting) for what in told)


def _by_what_it_came_to(claim: str, texts: Sequence[str]) -> int:
    """Return how many figures a claim has something change by to which it came: "14 an hour, down from 33"."""
    steps = [re.escape(match["step"].rstrip(".,")) for match in _BY.finditer(claim)]
    by = [rf"\bby\s+(?:[a-z]+\s+){{0,3}}?{step}(?!\w|[.,]\d)" for step in steps]
    to = [
        rf"\bto\s+(?:[a-z]+\s+)?{step}(?!\w|[.,]\d)|(?<![\w.,]){step}\b[^.;]*\b(?:up|down)\s+from\b"
        for step in steps
    ]
    told = " ".join(texts)
    return sum(bool(re.search(one, told)) and not re.search(other, told) for one, other in zip(to, by, strict=True))


def _of_anothers_year(claim: str, texts: Sequence[str]) -> int:
    """Return how many years of a claim stand only beside somebody it does not name: "A, the winner in 2022"."""
    others = [
        _APPOSED.sub(lambda match: match[0] if match["who"] in claim else match["who"], text) for text in texts
    ]
    years = {match["year"] for match in _IN_YEAR.finditer(claim)}
    return sum(any(y in text for text in texts) and not any(y in text for text in others) for y in years)
