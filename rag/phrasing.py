"""A question as it would be put plainly: "Could you tell me what the fee is, please?" asks "What is the fee?".

The rules that read a question look at how it begins, and words of politeness stand in no article.
"""

from __future__ import annotations

import re

from rag.english import ASKING, AUXILIARY, LEAD, PREPOSITION

_ASKS = rf"(?:(?:{PREPOSITION}\s+)?{ASKING}(?:['’]?s)?|whether|if)\b"
_GREETING = re.compile(
    r"^\W*(?:(?:(?:hi|hello|hey)(?:\s+there)?|ok(?:ay)?|well|sorry|excuse\s+me|please)[\s,.!]+)+"
    rf"(?={_ASKS}|(?:{AUXILIARY}|tell|remind|explain|say|let|find|any|have|i|please)\b)",
    re.IGNORECASE,
)
_TELL = (
    r"(?:(?:tell|remind)\s+(?:me|us)|explain(?:\s+to\s+(?:me|us))?|say|let\s+(?:me|us)\s+know|find\s+out"
    r"|sum\s+up|summari[sz]e|outline)"
)
_WANT = r"(?:know|learn|hear|ask|find\s+out)"
_FRAME = re.compile(
    r"^\W*(?:"
    rf"(?:(?:can|could|would|will)\s+you\s+(?:please\s+|kindly\s+)?)?{_TELL}"
    r"|(?:do|does|would)\s+(?:you|any(?:one|body))\s+(?:happen\s+to\s+)?know"
    r"|(?:(?:do\s+you\s+)?have\s+(?:you\s+)?)?any\s+idea"
    rf"|i(?:['’]d|\s+would)\s+(?:really\s+)?(?:like|love)\s+to\s+{_WANT}|i\s+(?:want|need|wish)(?:ed)?\s+to\s+{_WANT}"
    r"|i(?:['’]m|\s+am|\s+was|['’]ve\s+been|\s+have\s+been)\s+(?:just\s+)?(?:curious|wondering)(?:\s+(?:about|as\s+to))?"
    r"|i\s+(?:just\s+)?wonder(?:ed)?|(?:may|can|could|might)\s+i\s+(?:just\s+)?ask(?:\s+you)?"
    r")(?:,?\s+please|\s+(?:briefly|in\s+(?:a\s+few|one|two|three)\s+(?:sentences?|words)))?"
    rf"[\s,:]+(?={_ASKS})",
    re.IGNORECASE,
)
_SUMMARY = re.compile(
    r"^\W*(?:(?:can|could|would|will)\s+you\s+(?:please\s+)?)?"
    r"(?:(?:give|write)\s+(?:(?:me|us)\s+)?(?:an?|the)\s+(?:\w+\s+){0,2}?(?:summary|overview|outline)\s+of|summari[sz]e|sum\s+up)"
    rf"\s+(?P<what>(?!{_ASKS}|briefly\b|in\s+(?:a|one|two|three)\b)\w[^?;]*?)[\s.?!]*$",
    re.IGNORECASE,
)
_THANKS = re.compile(r"(?<=\w)[\s,.!?]+(?:please|thanks|thank\s+you|cheers)[\s.!?]*$", re.IGNORECASE)
_WHETHER = re.compile(r"^(?:whether|if)\s+(?:or\s+not\s+)?", re.IGNORECASE)
_CONTRACTED = re.compile(
    rf"(?P<asks>{LEAD}(?:who|what|when|where|why|how))(?:['’]?(?P<s>s)|['’](?P<other>re|ll|ve))\b", re.IGNORECASE
)
_HAS = re.compile(r"\s+(?:been|had|got|gone|become|won|done|made|taken|given|left|happened|changed)\b", re.IGNORECASE)
_WRITTEN_OUT = {"re": "are", "ll": "will", "ve": "have"}
# "What the fee is": the order of words within another sentence.
_WITHIN = re.compile(
    rf"^(?P<asks>(?i:(?:{PREPOSITION}\s+)?(?:who|whom|what|when|where|why|how)))\s+"
    r"(?P<subject>(?:(?i:the|an?|its?|his|her|their|our|this|that|these|those|he|she|they|we|there)\b|[A-Z])"
    rf"(?:(?!\b(?i:{AUXILIARY}|{ASKING}|that|whether|if|[a-z]+ed)\b)[^,;])*?)\s+(?P<helping>(?i:{AUXILIARY}))\b"
)


def plainly(question: str) -> str:
    """Return a question without the politeness around it, a contraction at its beginning written out.

    A summary of something is what it is about. One that has none of these is returned as it is, and so is what asks no
    question ("Tell me about the bridge").
    """
    greeted = _SUMMARY.sub(r"What is \g<what> about?", _GREETING.sub("", question))
    bare = _FRAME.sub("", greeted)
    if bare != greeted:
        bare = _WITHIN.sub(r"\g<asks> \g<helping> \g<subject>", _WHETHER.sub("Is it true that ", bare))
    bare = _CONTRACTED.sub(_written_out, _THANKS.sub("?", bare))
    return question if bare == question else f"{bare[:1].upper()}{bare[1:].rstrip(' .?!')}?"


def _written_out(match: re.Match[str]) -> str:
    if match["s"]:
        verb = "has" if _HAS.match(match.string, match.end()) else "is"
    else:
        verb = _WRITTEN_OUT[match["other"].lower()]
    return f"{match['asks']} {verb}"
