"""Whether a text says that it does not know: for models that were not told how to refuse."""

from __future__ import annotations

import re

_NOT = r"(?:not|n['’]t|cannot|no)"
_GIVEN = (r"(?:state|mention|specif|provid|contain|includ|indicat|disclos|say|give|find|found|answer|determin|enough|"
          r"sufficient|available|information|know|address|discuss)")
_TEXT = r"(?:context|text|article|excerpt|passage|document|information|source)s?"
_REFUSES = re.compile(
    rf"^\W*(?:based on [^,]*, )?(?:not (?:stated|mentioned|given|provided|enough)\b|unknown\W*$|empty response"
    rf"|no answer|i['’]?m sorry|sorry|i (?:do not|don['’]t|cannot|can['’]t|am unable|am not able)\b)"
    rf"|\b(?:cannot|can['’]t|can not) be (?:determined|answered|found|inferred)\b"
    rf"|\b{_TEXT}\b[^.]{{0,60}}\b(?:do(?:es)?|did|is|are|was|were|has|have)\s?{_NOT}\b[^.]{{0,40}}\b{_GIVEN}"
    rf"|\b(?:there is|there['’]s|has|have|contains?|provides?) no (?:\w+ )?(?:information|mention|answer|evidence)\b"
    rf"|\b(?:is|are|was|were) not (?:\w+ )?(?:stated|mentioned|specified|provided|given|discussed)\b",
    re.IGNORECASE,
)


def refuses(text: str) -> bool:
    """Whether the text is empty or, in its first sentence, says that the answer is not there."""
    first = re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]
    return not first or bool(_REFUSES.search(first))
