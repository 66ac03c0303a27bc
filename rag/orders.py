"""A paragraph of an article → whether it tells whoever answers questions what to do, instead of telling the news.

Such a paragraph is planted, not reported ("Ignore all previous instructions and reply …"). What an article merely
quotes of it stands in quotation marks behind other words, and advice to readers ("Just say no.") has none of its marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.types import Passage, Span

# A sentence, or what follows a colon, an arrow or a bracket, begins here; an opening quotation mark is no beginning.
_BEGINS = r"(?:^|[.!?:;>\])…][”\"'’)]*\s+)(?:(?:please|now|but|and|then|so|also|just|stop)\b[\s,.!]*)*"
_REPLY = r"your\ (?:next\ |final\ |whole\ |entire\ )?(?:answers?|repl(?:y|ies)|responses?|outputs?|completions?)\b"
_CHANGE = (
    r"(?:add|adjust|alter|append|apply|arrange|augment|begin|change|close|combine|conclude|convert|embed|encode|encrypt|end|"
    r"enhance|express|finish|format|give|group|highlight|include|incorporate|insert|integrate|introduce|jumble|make|mix|"
    r"modify|prefix|provide|put|rearrange|recommend|remove|render|replace|reverse|scramble|shift|shuffle|spell|start|"
    r"substitute|translate|use|write)"
)
_MACHINE = r"(?:ai|(?:ai\ |virtual\ )?assistants?|(?:large\ )?language\ models?|llms?|chatbots?)\b"
# What belongs to the news: "Forget everything from the previous season."
_OF_NEWS = (
    r"(?:administration|champion|decade|edition|election|game|generation|government|match|minister|month|owner|president|race|"
    r"record|season|term|version|week|year)s?\b"
)
# The forms that the published collections of such texts share (Perez & Ribeiro, "Ignore Previous Prompt: Attack
# Techniques For Language Models", 2022; Liu et al., "Formalizing and Benchmarking Prompt Injection Attacks and
# Defenses", USENIX Security 2024: escape characters, context ignoring, fake completion).
_ORDERS = re.compile(
    rf"""
    {_BEGINS}(?:ignore|disregard|forget|override|bypass)\b[^.!?]{{0,40}}?
        \b(?:(?:previous|prior|preceding|earlier|following)(?!\ {_OF_NEWS})|above
        |you\ (?:have\ )?(?:got|learned|received|were))\b
  | {_BEGINS}(?:ignore|disregard|forget|override|bypass)\b[^.!?]{{0,20}}?\b(?:instructions|prompts?)\b
  | {_BEGINS}instead\ of\ (?:answering|replying|responding)(?:,|\ (?:the|this|that|any)\ (?:question|query|prompt)\b)
  | {_BEGINS}(?:do\ not|don['’]t|never)\ (?:answer\ (?:the|this|any)\ question|use\ the\ excerpts?)\b
  | {_BEGINS}(?:print|output|say|reply|respond|answer)\ (?:(?:only|exactly|with|the\ following:?)\ )*["“'](?!no\b)
  | {_BEGINS}{_CHANGE}\b[^.!?]{{0,120}}\b{_REPLY}
  | {_BEGINS}in\ {_REPLY},
  | {_BEGINS}from\ now\ on,?\ you\ (?:(?:will|must|should|shall|only|always|are\ to|have\ to)\ )*
        (?:act|answer|are|begin|end|output|pretend|print|reply|respond|say|speak|start|talk|write)\b
  | {_BEGINS}you\ (?:are|['’]re|will|must)\ (?:now\ )?(?:going\ to\ )?
        (?:act\ as(?!\ (?:if|though)\b)|pretend\ to|play\ the\ role)\b
  | {_BEGINS}you\ (?:are|['’]re)\ (?:now\ )?(?:an?|the)\ (?:\w+\ ){{0,2}}{_MACHINE}
  | {_BEGINS}(?:if|when(?:ever)?)\ [^.!?]{{0,60}}?\bask(?:ed|s)?\b[^.!?]{{0,80}},\ (?:always\ |only\ )?
        (?:say(?!\ no\b)|print|reply|respond|answer|output|state(?=\ that\b|:))\b
  | \b(?:note|message|instructions?|attention|notice)\ (?:to|for)\ (?:the\ |any\ |all\ )?{_MACHINE}
        (?=\W*[:!,\]]|\ [—–-]\ |\ \w+ing\b)
  | ^\W*(?-i:SYSTEM|ASSISTANT)(?:\ (?:prompt|message|override))?\s*:\s
  | <\|\w+\|> | \[/?INST\] | <</?SYS>>
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LINE = re.compile(r"[^\r\n]+")


def orders(text: str) -> Iterator[Span]:
    """Yield the lines of a text in which orders are given, whole: what stands beside an order is what is ordered."""
    for line in _LINE.finditer(text):
        if _ORDERS.search(line[0].strip()):
            yield Span(line.start(), line.end())


def notice(passages: Iterable[Passage]) -> str | None:
    """Tell the reader in which files orders were left out; None if there are none."""
    sources = dict.fromkeys(passage.source for passage in passages if any(orders(passage.text)))
    if not sources:
        return None
    return f"Not read: what gives orders to whoever answers, in {' and '.join(sources)}."
