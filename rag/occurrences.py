"""What no claim may have happen unless its sentences speak of something like it: a death, a resignation, an arrest.

A question takes such things for granted ("Why did Lund resign?"), and a model that answers it repeats them, so that a
reason for something else would stand as one for what never happened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.features import Reading
from rag.text import terms

# What a claim has happen, and what a sentence that tells of it has, of which most are beginnings of words and none need
# mean the same. An underscore stands for a space.
_OCCURRENCES = (
    (
        "died? dies dead deaths? killed",
        r"""
        (?:die[sd]?|lives?|life|late|last|lost|will|shot|toll|grave|bod(?:y|ies))\b dying dead death kill perish fatal
        drown casualt murder funeral mourn burie burial widow obituar surviv execut hanged suicide slain assassinat
        legacy pass(?:ed|ing)_away \d{4}\s*[–-][^)]*\d{4}
        """,
    ),
    (
        r"""
        resign(?:s|ed|ing|ation)? step(?:s|ped|ping)?_down quit(?:s|ting)? sacked fired dismissed ousted retire[sd]?
        left_(?:the|his|her|their)_(?:job|post|company|firm|party|club|team|band|government|council|board)
        left_(?-i:[A-Z])\w*
        """,
        r"""
        resign stepp?(?:ed|s|ing)?_(?:down|aside|back) quit sack dismiss oust retir left\b leav depart exit former ex-
        succe replac remov outgoing farewell goodbye part(?:ed|ing)_(?:ways|company) walk no_longer drop stop withdr
        pull(?:ed|ing)?_out abandon suspend notice\b g[ia]ve_(?:it_)?up giving_up relinquish defect split firing axe
        until\b (?:go(?:es|ing|ne)?|went)\b(?!_(?:up|down|to|on|into|through|back|by|for|ahead|well|wrong)\b)
        """,
    ),
    (
        "arrested arrests? detained convicted jailed imprisoned acquitted indicted",
        r"""
        arrest detain detention custod held hold charg convict guilt jail prison sentenc court judge jury trial tried
        verdict police caught capture seize accus indict suspect warrant prosecut acquit clear cell\b bail\b handcuff
        behind_bars tribunal crim fine[sd]?\b intern
        """,
    ),
    (
        "marr(?:y|ies|ied|iage) weds? wedding divorc(?:e[sd]?|ing)",
        r"marr wed wife wives husband spouse bride groom divorc couple widow engage partner mrs\b née separat in-law",
    ),
    ("apologi[sz](?:e[sd]?|ing) apolog(?:y|ies)", "apolog sorry regret forgiv pardon amends remorse"),
    (
        "(?:went|go(?:es|ing)?|been|were|are|is|was)_on_strike",
        "str(?:ike|iking|uck) walk stoppage picket industrial_action down(?:ed)?_tools stopp",
    ),
)


def _any_of(words: str, end: str = "") -> re.Pattern[str]:
    found = "|".join(words.split()).replace("_", " ")
    return re.compile(rf"\b(?:{found}){end}", re.IGNORECASE)


_TOLD = tuple((_any_of(happens, r"\b"), _any_of(speaks)) for happens, speaks in _OCCURRENCES)


def untold(claim: Reading, sentences: Sequence[Reading]) -> int:
    """Return how many things a claim has happen of which no sentence speaks."""
    found = ((happens.search(claim.text), speaks) for happens, speaks in _TOLD)
    happening = (speaks for match, speaks in found if match and claim.polarity.denied.isdisjoint(terms(match[0])))
    return sum(not any(speaks.search(sentence.text) for sentence in sentences) for speaks in happening)
