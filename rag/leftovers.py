"""What a web page leaves behind in the text of an article: lists of other stories, comment forms, buttons, notices.

Only whole lines are judged, and only short ones: a sentence of prose that merely contains such words is never one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.types import Span

# So much of the article must stand before a heading for it to end the article; above that it is only a stray line.
MIN_PROSE_CHARS = 400
# Longer lines are prose, and are not looked at.
MAX_LINE_CHARS = 300
# A longer line is a paragraph rather than the headline of another story.
PARAGRAPH_CHARS = 160

_THINGS = (
    r"(?:posts?|articles?|stor(?:y|ies)|contents?|coverage|news|reads?|reading|links?|topics?|items?|videos?|headlines?|"
    r"reports?|updates?)"
)
# The name of a publication, a person or a subject: "More from the Guardian", but not "More from the front came later".
_NAME = r"(?-i:(?:[Tt]he\ )?[A-Z0-9]|[Tt]his\b|[Oo]ur\b)\S*(?:\ \S+){0,4}(?<![.!?,;:])"
# Nothing of the article comes after these.
_ENDINGS = rf"""
    (?:related|similar|sponsored|promoted|paid)\ {_THINGS} | related
  | more\ (?:{_THINGS}\ )?from\ {_NAME}
  | you\ (?:may|might|could)\ (?:also\ )?(?:like|enjoy|be\ interested\ in)(?:\ these)?(?:\ {_THINGS})?
  | recommended\ (?:for\ you|{_THINGS}) | (?:people|readers)\ also\ read | (?:what\ to\ )?read\ next
  | (?:leave|post|add|write)\ (?:a|your)\ (?:comment|reply) | leave\ a\ reply.{{0,40}} | cancel\ reply
  | (?:\d[\d,.]*|view|show|see|all|read|add)\ (?:all\ )?comments? | comments?\ \(\d+\) | no\ comments(?:\ yet)?
  | join\ the\ (?:conversation|discussion) | (?:from\ )?around\ the\ web | (?:from\ )?our\ (?:partners|sponsors)
"""
# These may also stand in a box amid the article, or be a heading of its own, so they end it only if little text
# follows, none of it a paragraph.
_DOUBTFUL_ENDINGS = rf"""
    comments? | (?:more|other)\ (?:top\ |related\ )?{_THINGS}(?:\ (?:on|about|in)\ {_NAME})?
  | read\ (?:more|also) | also\ read | recommended | more\ (?:on|about|in)\ {_NAME} | up\ next
  | trending(?:\ (?:now|today|{_THINGS}))?
  | (?:most\ (?:popular|read|viewed|shared|commented|watched)|popular)(?:\ {_THINGS})?(?:\ now)?
  | (?:latest|recent|top|breaking)\ (?:{_THINGS}|comments?)(?:\ from\ {_NAME})?
  | editor['’]?s['’]?\ (?:picks?|choice) | (?:previous|next)\ {_THINGS}
  | share\ this(?:\ {_THINGS})?(?:\ (?:on|with|via)\ .{{1,40}})?
  | (?:sign\ up|subscribe|register)\ (?:for|to)\ (?:our|the|a)\ .{{0,60}}
    (?:newsletters?|updates|alerts?|briefing|emails?)
"""
# Lines that never belong to an article, wherever they stand.
_LINES = rf"""
    advertisements? | ad | (?:advertisement|ad)\s*[-–—·|]\s*.{{1,40}} | sponsored | paid\ post
  | (?:article|story)\ continues\ (?:after|below).{{0,40}} | scroll\ (?:down\ )?to\ continue.{{0,40}}
  | skip\ (?:past\ |to\ ).{{1,40}} | continue\ reading
  | open\ image(?:\ modal|\ in\ .{{1,20}})? | enlarge(?:\ this)?\ image | view\ (?:gallery|image|full\ size)
  | image\ (?:source|caption)
  | your\ e-?mail\ address\ will\ not\ be\ published.{{0,80}} | required\ fields\ are\ marked.{{0,10}}
  | save\ my\ name,\ e-?mail.{{0,120}} | this\ site\ uses\ akismet.{{0,120}}
  | 0?0:00(?:\s*/\s*[\d:]+)? | play\ video | watch\ video | video\ player.{{0,30}} | listen\ to\ this\ article.{{0,40}}
  | share | tweet | e-?mail | print | save | copy\ link | link\ copied!?
  | facebook | twitter | whatsapp | linkedin | pinterest
  | (?:share|follow\ us|find\ us|like\ us)\ on\ .{{1,40}} | follow\ us | share\ via\ .{{1,20}}
  | back\ to\ top | menu | search | log\ ?in | sign\ ?in | sign\ ?up | subscribe(?:\ now|\ today)? | register
  | loading\W* | \d+[ -]min(?:ute)?s?(?:\ read)?
  | accept(?:\ all)?(?:\ cookies)? | (?:manage|reject)(?:\ all)?\ cookies
  | cookie\ (?:policy|settings|preferences|notice)
  | (?:we|this\ (?:web)?site|our\ (?:web)?site)\ uses?\ cookies(?:\ (?:to|on|and|for)\b.{{0,250}}|\.)
  | (?:terms\ (?:of\ (?:use|service)|and\ conditions)|privacy\ policy)(?:\s*[|·&]\s*.{{1,60}})?
  | (?:©|\(c\)\ ?\d{{4}}|copyright\s+(?:©|\(c\)|\d{{4}})).{{0,160}}
  | (?:.{{0,60}}[\d.,©]\ ?)?all\ rights\ reserved\b.{{0,60}}
  | this\ material\ may\ not\ be\ published,\ broadcast.{{0,120}}
  | (?:subscribe|sign\ up|register)\ (?:to|for|here|now|today)\b
    (?:[^.!?,;:]{{1,60}} | .{{0,100}}\b(?:newsletters?|updates|alerts?|channel|podcast|notifications|inbox|briefing
      |e-?mails?|free|account)\b.{{0,60}})
  | (?:click|tap)\ here\ (?:to|for)\b.{{0,100}} | download\ (?:our|the)\ .{{0,40}}\bapp\b.{{0,40}}
  | (?:related(?:\ {_THINGS})?|read\ (?:more|also|next)|also\ read|you\ may\ also\ like|don['’]t\ miss|must[ -]read
      |recommended|watch|listen|in\ case\ you\ missed\ it|icymi|more\ from\ .{{1,40}})
    \s*(?::|»|>|\|)\s*(?-i:[^\sa-z]).{{0,200}}
  | (?:tags|filed\ under|categories|posted\ in|tagged(?:\ with|\ in)?)\s*:.{{1,160}}
"""

# Markdown's marks, arrows and bullets around the words do not count.
_ORNAMENTS = " \t#*_>[]•▶►▼=-–—:…»›→\u200b\ufeff\u00a0"
_ENDING, _DOUBTFUL_ENDING, _LINE = (
    re.compile(pattern, re.VERBOSE | re.IGNORECASE) for pattern in (_ENDINGS, _DOUBTFUL_ENDINGS, _LINES)
)
_LABEL = re.compile(r"(?:last )?(?:updated|published|posted|modified)\s*:", re.IGNORECASE)
_PLAYER_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_FILLED_LINE = re.compile(r"[^\r\n]+")


@dataclass(slots=True)
class _Reader:
    """Reads a text line by line, keeping count of the article's own characters."""

    text: str
    start: int
    prose: int = 0
    paragraph: int = -1

    def spans(self) -> Iterator[Span]:
        after_label = False
        for line in _FILLED_LINE.finditer(self.text, self.start):
            length = line.end() - line.start()
            words = line[0].strip() if length <= MAX_LINE_CHARS else ""
            if not words:
                self.prose += length if length > MAX_LINE_CHARS else 0
                continue
            bare = words.strip(_ORNAMENTS)
            if self._ends_article(bare, line.end()):
                yield Span(line.start(), len(self.text))
                return
            is_label = _LABEL.fullmatch(words) is not None
            if is_label or (after_label and _PLAYER_TIME.fullmatch(words)) or _is_stray(bare):
                yield Span(line.start(), line.end())
            else:
                self.prose += len(words)
            after_label = is_label

    def _ends_article(self, words: str, position: int) -> bool:
        if self.prose < MIN_PROSE_CHARS:
            return False
        if _ENDING.fullmatch(words):
            return True
        little = 2 * (len(self.text) - position) <= self.prose
        return little and _DOUBTFUL_ENDING.fullmatch(words) is not None and not self._paragraph_after(position)

    def _paragraph_after(self, position: int) -> bool:
        if self.paragraph < position:  # found once, it serves every heading before it
            lines = _FILLED_LINE.finditer(self.text, position)
            long = (line.start() for line in lines if line.end() - line.start() > PARAGRAPH_CHARS)
            self.paragraph = next(long, len(self.text))
        return self.paragraph < len(self.text)


def _is_stray(words: str) -> bool:
    return any(pattern.fullmatch(words) for pattern in (_LINE, _ENDING, _DOUBTFUL_ENDING))


def find_leftovers(text: str, start: int = 0) -> tuple[Span, ...]:
    """The spans of `text`, from `start` on, that the web page left behind: sorted, disjoint, whole lines.

    A heading such as "Related Posts" opens a span to the end of the text, once there is an article before it. The time
    taken is in proportion to the length of the text.
    """
    spans: list[Span] = []
    for span in _Reader(text, start).spans():
        if spans and not text[spans[-1].end : span.start].strip():
            span = Span(spans.pop().start, span.end)
        spans.append(span)
    return tuple(spans)
