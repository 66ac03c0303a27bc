"""Whether two texts contradict each other: what one denies and the other affirms, and opposites."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from math import fsum

from rag.english import MONTH
from rag.inflection import term
from rag.text import fold, is_content, words

# Denied words must make up this share of what two texts share, by inverse document frequency.
SUBSTANTIAL = 0.4

# Words that deny what follows, and how many content words they reach (NegEx: Chapman et al. 2001, five tokens).
_DENIALS = frozenset(
    "not no never none nobody nothing nowhere neither nor without cannot deny denies denied denying refuse refuses "
    "refused refusing reject rejects rejected rejecting fail fails failed failing decline declines declined declining "
    "unable refrain refrains refrained refraining hardly scarcely barely".split()
)
# These deny only where "to" follows: an order that was refused, or exports that declined 7 percent, are not denied.
_DENIED_TO = frozenset(
    "refuse refuses refused refusing fail fails failed failing decline declines declined declining unable".split()
)
_REACH = 3
_NOT = re.compile(
    r"\s?(?:(?<!\bca)n|(?<=\bcan))['’]t\b|\banything but\b|\byet to\b"
    r"|\b(?:well|far|just|falls?|fell|fallen) short(?= of\b)",
    re.IGNORECASE,
)
# What somebody ruled out they denied, and what they "have not ruled out" they did not.
_RULED_OUT = re.compile(
    r"(?<!not )(?<!n't )(?<!n’t )(?<!never )\b(?P<out>rul(?:es?|ed|ing) out)(?=\s+(?!by\b|for\b|in\b|on\b|at\b)\w)",
    re.IGNORECASE,
)
# "Advised against building", and "few" where it stands alone: not in "a few", "the last few", "few weeks".
_AGAINST = re.compile(r"\bagainst (?=[a-z]{2,}ing\b)", re.IGNORECASE)
_FEW = re.compile(
    r"(?<!\ba )(?<!\bthe )(?<!\blast )(?<!\bfirst )(?<!\bpast )(?<!\bnext )\bfew\b(?!\s+(?:days|weeks|months|years)\b)",
    re.IGNORECASE,
)
# What is forbidden is not allowed, and nor is what somebody cannot do: heads that a No has in common.
_FORBIDDEN = re.compile(
    r"\b(is|are|was|were|be|been|remains?)\s+(?:strictly\s+|also\s+)?(?:forbidden|prohibited|banned|outlawed)\b(?!\s+by\b)",
    re.IGNORECASE,
)
_NOT_ALLOWED = "notallowed"  # written before what somebody cannot do, which is denied as well
# Of what "was rejected by" somebody nothing behind it is denied; it says the same as "they rejected it".
_REJECTED = re.compile(r"\b(?:rejected|turned down) by\b", re.IGNORECASE)
_WAS_REJECTED = "wasrejected"
_CANNOT = re.compile(r"\b(?:can|may|must)(?:\s*not\b|n['’]t\b)|\bcan['’]t\b", re.IGNORECASE)
# What is kept apart from the rest up to the next mark, and denied of it: "daily except on Mondays", "unlike the north".
_APART = re.compile(
    r"\b(?:rather than|instead of|unlike|except(?: for)?|as opposed to|contrary to)\b"
    r"(?![^,;:.]*,\s*(?:which|who|where)\b)"
    r"((?:(?!\b(?:though|although|while|whereas|but|because|when|as|rather than|instead of)\b)[^,;:.])*),?",
    re.IGNORECASE,
)
# "Was not rebuilt until 1388": it was, then.
_NOT_UNTIL = re.compile(r"\b(?:not|never)\b(?=[^,;:.]*\buntil\b)", re.IGNORECASE)
# What looks like a denial and is none.
_NO_DENIAL = re.compile(
    r"\bno (?:more|less|fewer|later|earlier|sooner) than\b|\bnot (?:only|just|merely|necessarily)\b|\bno(?:t)?(?=-\w)"
    r"|\bno\.\s?(?=\d)|(?-i:\bNo)\s(?=\d)|\bno doubt\b"
    r"|\byes or no\b|\bnothing (?:but|less|short)\b|\bno(?= confidence\b)|\bno(?= to\b)",
    re.IGNORECASE,
)
# "A, who had not scored since May, scored": what has not been done since is neither denied nor affirmed.
_NOT_SINCE = re.compile(r"\b(ha[sd]|have)\s+(?:not|never)\s+\w+(?=[^,;:.]*\bsince\b)", re.IGNORECASE)
# A denial reaches no further than the clause, or the quotation, it stands in: a “no limits” partnership is one.
_CLAUSE_END = re.compile(
    r'[”;:]|"(?=[\s.,;:!?)]|$)'
    r"|,\s*(?=(?:and|but|or|while|whereas|although|though|which|who|as|because|so|instead|rather|after|before)\b)"
    r"|\b(?=(?:but|instead|although|though|whereas|while|because)\b)",
    re.IGNORECASE,
)
# Figures and months are denied where a denial stands right before them ("not 13"): "never caught in May" denies no May.
_WHEN = re.compile(rf"\d+|{MONTH}", re.IGNORECASE)
# What opens a sentence that says of the one before it that it is not so.
_REFUTES = re.compile(
    r"(?:but |in fact,? |however,? )?"
    r"(?:this|that|it|the (?:story|tale|claim|rumou?r|legend|report))\s+"
    r"(?:is|was|has (?:since |long )?been|turned out to be)\s+(?:simply |quite |entirely |however,? )?"
    r"(?:untrue|false|wrong|not (?:true|so|the case)|a (?:myth|legend|hoax)|an (?:invention|error|exaggeration)"
    r"|incorrect|nonsense|disproved|refuted|debunked|mistaken)\b"
    r"|(?:neither|none of (?:this|it|that)) is true\b|there is no (?:truth|evidence|basis) (?:in|for)\b",
    re.IGNORECASE,
)
_HEARSAY = re.compile(r"\b(?:story|tale|rumou?r\w*|legends?|myths?|claim\w*|belie\w*|sa(?:id|y) to)\b", re.IGNORECASE)
_OPPOSITES = (
    (
        "increase increases rise rose risen raise grow grew grown gain surge jump climb expand",
        "decrease fall fell fallen decline shrink shrank drop plunge reduce cut lower",
    ),
    ("win won", "lose lost"),
    ("accept", "reject refuse"),
    ("support endorse", "oppose condemn"),
    ("strengthen", "weaken"),
    ("father", "mother"),
    ("born birth", "died die death dead"),
    ("import", "export"),
    ("buy bought", "sell sold"),
    ("arrive", "depart leave left"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("ally", "enemy adversary"),
    ("legal", "illegal"),
    (
        "allow allowed permit permitted permission",
        "forbid forbidden ban banned prohibit prohibited disallow disallowed outlaw outlawed",
    ),
    ("open opened", "close closed shut"),
    ("deficit", "surplus"),
    ("doubled double", "halved halve"),
    ("include included", "exclude excluded"),
    ("approve approved", "reject rejected veto vetoed"),
    ("guilty convicted", "innocent acquitted cleared"),
    ("maximum", "minimum"),
    ("largest biggest", "smallest"),
    ("highest", "lowest"),
    ("oldest", "youngest newest"),
    ("tighten tightened", "ease eased loosen loosened relax relaxed"),
    ("brighten brightened", "fade faded dim dimmed"),
    ("sunrise dawn", "sunset dusk"),
    ("fail failed", "succeed succeeded"),
    ("early earlier earliest", "late later latest"),
)

_ALLOW, _REJECT = term("allow"), term("reject")
_DONE = frozenset(map(term, "done happen happened".split()))
# What one does the other undergoes, so that these exclude each other only of the same (`rag.deeds`).
CONVERSE = frozenset(map(term, "win won lose lost buy bought sell sold".split()))


@dataclass(frozen=True, slots=True)
class Polarity:
    """The content terms of a text that are affirmed and denied, and of the denied ones those denied directly."""

    affirmed: frozenset[str]
    denied: frozenset[str]
    heads: frozenset[str]

    @property
    def terms(self) -> frozenset[str]:
        """All of them."""
        return self.affirmed | self.denied

    def contradicted_by(self, other: Polarity, weight: Callable[[str], float]) -> bool:
        """Tell whether another text contradicts this one.

        It does when it affirms a word that this one denies, when it denies directly what this one affirms (the verb of
        "has not offered") or a substantial share of what they have in common, or when it has the opposite of a word of
        this one instead of the word. Where both say that something is not allowed, or both deny the same word, how far
        a denial reaches tells nothing: "no great difference", "the difference was not great"; nor where both reject it.
        """
        shared = self.terms & other.terms
        opposed_heads = self.heads & other._only_affirmed | other.heads & self._only_affirmed
        both = self.denied & other.denied
        rejected = _WAS_REJECTED in self.denied ^ other.denied and _REJECT in shared
        alike = _ALLOW in both or rejected or (both and not opposed_heads)
        if not alike and self.denied & other._only_affirmed - self.affirmed:
            return True
        opposed = self.affirmed & other.denied - other.affirmed - self.denied
        if opposed & other.heads or (
            not alike and fsum(map(weight, opposed)) > SUBSTANTIAL * fsum(map(weight, shared))
        ):
            return True
        told = ((self.affirmed, other.affirmed), (self.denied, other.denied))
        return any(replaced(mine - shared, theirs - shared) for mine, theirs in told)

    def unfounded(self, found: frozenset[str]) -> frozenset[str]:
        """Return what this one denies directly and other terms have not, nor its opposite or the like of it.

        "Has not said that she will step down" does not stand on what else she said; nothing was "done" of anything.
        """
        return frozenset(word for word in self.heads - found - _DONE if found.isdisjoint(opposites(word) | alike(word)))

    def denies_alike(self, other: Polarity) -> bool:
        """Tell whether both deny a word, be it worded otherwise that they do: "could not get", "unable to obtain"."""
        return not (self.denied & other.denied).issubset(map(term, _DENIALS))

    @property
    def _only_affirmed(self) -> frozenset[str]:
        return self.affirmed - self.denied


def refutes(text: str) -> bool:
    """Tell whether a sentence begins by saying that what stands before it is not so: "This is untrue: the boats …"."""
    return _REFUTES.match(text) is not None


def is_hearsay(text: str) -> bool:
    """Tell whether a text tells only what is told, as a legend or a claim."""
    return _HEARSAY.search(text) is not None


def opposites(word: str) -> frozenset[str]:
    """Return the terms that exclude a term: those of "lose" and "lost" for that of "win"."""
    return _opposites().get(word, frozenset())


def replaced(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Tell whether terms lack a word and have only its opposite: who bought it did not sell it.

    What has both, as "rejected by one before another accepted it", says of neither that it is the other.
    """
    lacking = (word for word in mine - theirs - CONVERSE if not alike(word) & theirs)
    return any(opposites(word) & theirs - mine for word in lacking)


def alike(word: str) -> frozenset[str]:
    """Return the terms on the same side of an opposite as a term: those of "win" and "won" for that of "win"."""
    return _alike().get(word, frozenset())


def polarity(text: str) -> Polarity:
    """Return which content terms of a text are affirmed and which denied."""
    affirmed, denied, heads = set[str](), set[str](), set[str]()
    plain = _RULED_OUT.sub(r"\g<out> not", _REJECTED.sub(_WAS_REJECTED, text))
    plain = _FORBIDDEN.sub(r"\1 not allowed", _CANNOT.sub(f"not {_NOT_ALLOWED}", plain))
    plain = _FEW.sub("hardly", _NO_DENIAL.sub(" ", _NOT.sub(" not", _AGAINST.sub("not ", plain))))
    plain = _APART.sub(r"; not \1;", _NOT_UNTIL.sub("", _NOT_SINCE.sub(r"\1", plain)))
    for clause in _CLAUSE_END.split(plain):
        reach, head = 0, False
        said = list(words(clause))
        for word, following in zip_longest(said, said[1:], fillvalue=""):
            is_denial = fold(word) in _DENIALS and (fold(word) not in _DENIED_TO or fold(following) == "to")
            if is_denial:
                reach, head = _REACH + is_content(word), True
            if word == _NOT_ALLOWED:
                denied.add(_ALLOW)
                heads.add(_ALLOW)
            if word == _WAS_REJECTED:
                affirmed.add(_REJECT)
                denied.add(_WAS_REJECTED)
            if word in (_NOT_ALLOWED, _WAS_REJECTED) or not is_content(word):
                continue
            found = term(word)
            if _WHEN.fullmatch(word) and not head:
                affirmed.add(found)
                continue
            (denied if reach > 0 else affirmed).add(found)
            reach -= 1
            if head and not is_denial and not fold(word).endswith("ly"):
                heads.add(found)
                head = False
    return Polarity(frozenset(affirmed), frozenset(denied), frozenset(heads))


@functools.cache
def _alike() -> dict[str, frozenset[str]]:
    """Return the stems that stand on the same side of an opposite as each stem."""
    sides = (frozenset(map(term, side.split())) for pair in _OPPOSITES for side in pair)
    return {word: side for side in sides for word in side}


@functools.cache
def _opposites() -> dict[str, frozenset[str]]:
    """Return the stems that each stem excludes."""
    return {
        term(word): frozenset(map(term, other.split()))
        for pair in _OPPOSITES
        for one, other in (pair, pair[::-1])
        for word in one.split()
    }
