"""A claim taken apart: frames, clauses that can be carried apart, speakers, quotations, dispensable segments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.denial import polarity
from rag.english import MONTH, WEEKDAY, YEAR
from rag.inflection import term
from rag.text import capitalised, content_words, fold

# "The articles mention that …" says nothing about the world, nor does a Yes before what it affirms.
_SOURCES = r"(?:the\s+)?(?:different\s+|given\s+|provided\s+)?(?:news\s+)?(?:articles?|excerpts?|texts?|passages?)\b"
_FRAME = re.compile(
    rf"^\s*(?:yes\b(?:[,.;:]|(?=\s+(?-i:[a-z])))|no[,;:])\s+|\b(?:according\s+to|as\s+(?:stated|mentioned|reported)\s+in|in)\s+{_SOURCES},?\s*"
    rf"|^\s*{_SOURCES}\s+(?:also\s+)?(?:names?|mentions?|says?|states?|reports?|describes?|lists?|notes?|indicates?)\b"
    r"(?:\s+that\b)?",
    re.IGNORECASE,
)
_NOT = re.compile(r"n['’]t\b|\bnot\b", re.IGNORECASE)
_OPENING = re.compile(r"^(?P<word>yes|no)\s*[,;:—–-]+\s*(?=\w)", re.IGNORECASE)
_NONE = re.compile(r"[“\"]?(?:no|none|nobody|nothing|neither)\b", re.IGNORECASE)
_CONJUNCTION = re.compile(r"\s*;\s*|,?\s+(?:and|while|whereas|but|although|though)\s+", re.IGNORECASE)
_OWN_SUBJECT = re.compile(
    r"[\"“'‘(]?(?:[A-Z\d]|(?:the|a|an|its|their|his|her|this|that|these|those|both|it|they|he|she|we)\b)"
)
_NAME = r"[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*)*"
_APPOSITION = re.compile(rf"^(?P<name>{_NAME}),\s+(?P<role>[^,;]+),\s+(?P<rest>(?![A-Z])[^,;]+.*)$", re.DOTALL)
SAYS = r"(?:said|says|told|tells|stated|states|added|adds|explained|explains|claimed|claims|argued|warned|announced)"
# Whatever tells that somebody says or thinks it; who speaks in an interview may only be heard by their "I".
SPEAKS = re.compile(
    r"[“\"‘]|\b(?:I|we|my|our)\b|\b(?i:sa(?:id|ys?|ying)|t(?:old|ells?|elling)|according|words?|wrote|writes|letter"
    r"|thought|statement|speech|den(?:y|ied|ies)|repl(?:y|ied|ies)|stated|noted|hop(?:ed?|es|ing)|(?:add|announc|argu"
    r"|warn|call|claim|explain|describ|believ|report|confirm|mention|point|suggest|think|maintain|insist|accus|pledg|vow"
    r"|promis|urg|demand|ask|prais|critici[sz]|complain|jok|recall|answer|respond|react|comment|fear|see|view|regard"
    r"|want|expect|declar|stress|reiterat|emphasi[sz]|admit|acknowledg|conced|assert|remark|estimat|predict|voic|express"
    r"|thank|apologi[sz]|blam|dismiss|welcom|condemn|refus|reject|doubt)(?:s|es|ed|d|ing)?)\b"
)
_SPEAKER = re.compile(
    rf"\b[Aa]ccording to (?:the )?(?P<source>{_NAME})|(?P<before>{_NAME}) {SAYS}\b"
    rf"|\b{SAYS} (?P<after>{_NAME})(?!\w* that)|, (?P<apposed>{_NAME}), {SAYS}\b(?! [A-Z])"
    rf"|(?P<described>{_NAME}), [a-z\d][^,;“”\"]*, {SAYS}\b(?! [A-Z])"
)
_INDISPENSABLE = re.compile(
    r"\b(?:not|no|never|without|except|unless|if|only|but|nor|neither|and|or|which|who|that|according|says|is|are|was|"
    r"were|has|have|had|will|would|can|could|may|might|must|[a-z]+ed|said|told)\b|n['’]t\b|[\"“”]",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|does|did|do|said|says|told|met|made|took|"
    r"gave|came|went|became|saw|held|led|left|won|lost|sent|set|put|cut|hit|grew|rose|fell|began|brought|drew|spoke|"
    r"wrote|[a-z]+ed|[a-z]{3,}s)\b"
)
_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"")
BRACKETED = re.compile(r"\s*\([^()]*\)")
# What a comma parts from its sentence tells more of it, and does not restrict it: ", which she made in the 1970s"; but
# for participles that do, or attribute or deny it, and words that only look like participles.
_ASIDE = re.compile(
    r"^,\s+(?:which|who|whose|whom|where|(?!(?:accord|exclud|includ|barr|pend|assum|provid|depend|suppos|deny|reject|warn"
    r"|claim|say|tell|dur|noth|someth|anyth|everyth|even|morn|cloth|hous|build)ing\b)[a-z]{2,}ing)\b"
)
_GOES_ON = re.compile(r",\s+(?:and|or|but|though|although)\b")
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_WHEN = re.compile(
    rf",?\s+(?:on|in)\s+(?:{WEEKDAY}|{MONTH}\b\.?(?:\s+{_DAY})?(?:,?\s+{YEAR}|\s+(?:last|this|next)\s+year)?|{_DAY}\s+{MONTH}(?:\s+{YEAR})?|{YEAR})"
    rf"(?=\s+(?:in|at|by|with|near|from|during)\b|,\s(?!and\b|or\b|\d|{MONTH}\b|{WEEKDAY}\b)|\s*\.?$)"
)
_LONGEST_QUOTE = 40  # content words
_FEWEST_WORDS = 2  # content words of a clause that can be carried apart


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a claim, and the head of the part before it where it leaves out its own subject."""

    text: str
    subject: str = ""


def is_question(claim: str) -> bool:
    """Tell whether a claim asks rather than tells: mostly the question that was put, repeated."""
    return claim.rstrip("\"'”’)] ").endswith("?")


def without_frame(claim: str) -> str:
    """Return a claim without the words that only say that, or where, something is said."""
    return _FRAME.sub(" ", claim).strip()


def opening(text: str) -> str:
    """Return the Yes or No with which a text begins, if it does."""
    found = _OPENING.match(text)
    return found["word"].capitalize() if found else ""


def opens_plainly(claim: str) -> bool:
    """Tell whether a claim begins with a Yes or No, or with nobody and nothing: "No charges have been brought"."""
    return (_OPENING.match(claim) or _NONE.match(claim)) is not None


def affirms(claim: str, question: str) -> bool:
    """Tell whether a claim repeats all that a question asks, and denies none of it: no No goes with it."""
    asked, told = polarity(question), polarity(claim)
    return not asked.denied and not told.denied and asked.terms <= told.terms


def without_rash_opening(claim: str, question: str = "") -> str:
    """Return a claim without a Yes before what it denies, or a No before what it affirms: the rest tells.

    A Yes may stand before a denial that was asked about: "Yes, he denied it". Nor does a Yes or No stand before what
    leaves out a word of the question, for it would say more than is checked: "Yes, it did little damage" to whoever
    asked about a lot of damage.
    """
    opening = _OPENING.match(claim)
    rest = claim[opening.end() :] if opening else claim
    denies = bool(polarity(rest).denied) and not polarity(_NOT.sub("", question)).denied
    agrees = denies == (opening is not None and opening["word"].casefold() == "no")
    if not opening or (agrees and polarity(question).terms <= polarity(rest).terms):
        return claim
    return capitalised(rest)


def divisions(claim: str) -> Iterator[tuple[Clause, Clause]]:
    """Yield the ways in which a claim is two: clauses side by side, or who somebody is and what they did."""
    if found := _APPOSITION.match(claim):
        yield Clause(f"{found['name']}, {found['role']}"), Clause(f"{found['name']} {found['rest']}")
    for match in _CONJUNCTION.finditer(claim):
        left, right = claim[: match.start()], claim[match.end() :]
        long = all(len(content_words(part)) >= _FEWEST_WORDS for part in (left, right))
        if long and has_verb(left) and _FINITE.search(right):
            yield Clause(left), Clause(right, "" if _OWN_SUBJECT.match(right) else left)


def speakers(text: str) -> frozenset[str]:
    """Return the words of the names to whom a text attributes something said."""
    found = (next(filter(None, match.groups())) for match in _SPEAKER.finditer(text))
    return frozenset(fold(word) for name in found for word in content_words(name))


def quotations(text: str) -> list[frozenset[str]]:
    """Return the content terms of each quotation in a text."""
    found = (frozenset(map(term, content_words(match[1] or match[2]))) for match in _QUOTED.finditer(text))
    return [quoted for quoted in found if 0 < len(quoted) <= _LONGEST_QUOTE]


def quoted_titles(text: str) -> list[frozenset[str]]:
    """Return the content words of each quotation in a text that is written like a title: "The Winter Lodgers"."""
    quoted = (content_words(match[1] or match[2]) for match in _QUOTED.finditer(text))
    titled = (title for title in quoted if len(title) > 1 and all(word[0].isupper() for word in title))
    return [frozenset(map(fold, title)) for title in titled]


def shortened(claim: str) -> Iterator[tuple[str, str]]:
    """Yield the claim without what stands in brackets, or between two commas, or after one; and what is left out.

    The smallest comes first. Nothing that denies, restricts or attributes is left out, but in a relative or participle
    clause of its own.
    """
    if (added := BRACKETED.findall(claim)) and not _INDISPENSABLE.search(" ".join(added)):
        yield BRACKETED.sub("", claim), " ".join(added)
    body = claim.rstrip(" .")
    commas = [match.start() for match in re.finditer(r",\s", body)]
    spans = [*zip(commas, commas[1:], strict=False), *((comma, len(body)) for comma in reversed(commas))]
    for start, end in sorted(spans, key=lambda span: span[1] - span[0]):
        dropped = body[start:end]
        if is_aside(dropped) and _GOES_ON.match(body, end):  # ", vaping, and gambling" is a list
            continue
        if has_verb(body[:start] + body[end:]) and (is_aside(dropped) or not _INDISPENSABLE.search(dropped)):
            yield body[:start] + body[end + 1 :] + ".", dropped


def undated(claim: str) -> Iterator[tuple[str, str]]:
    """Yield the claim without a day, month or year on or in which it is said to be so; and that."""
    for match in _WHEN.finditer(claim):
        if has_verb(claim[: match.start()]):
            yield claim[: match.start()] + claim[match.end() :], match[0]


def is_aside(dropped: str) -> bool:
    """Tell whether what a comma parts from its sentence is a relative or participle clause, and no more."""
    return bool(_ASIDE.match(dropped)) and not _GOES_ON.search(dropped)


def has_verb(text: str) -> bool:
    """Tell whether a word after the first may be a finite verb."""
    return _FINITE.search(text.partition(" ")[2]) is not None
