"""A word → the term it is compared by: its stem, irregular forms brought to that of their verb or noun."""

from __future__ import annotations

from rag.text import fold, stem

_FORMS = """meet met;speak spoke spoken;send sent;sell sold;buy bought;lead led;hold held;keep kept;leave left;
lose lost;win won;rise rose risen;fall fell fallen;grow grew grown;give gave given;take took taken;go went gone;
come came;
become became;begin began begun;bring brought;build built;choose chose chosen;draw drew drawn;drive drove driven;
fight fought;find found;fly flew flown;forbid forbade forbidden;get got gotten;hide hid hidden;know knew known;
make made;mean meant;pay paid;ride rode ridden;run ran;see saw seen;seek sought;shoot shot;shrink shrank shrunk;
sing sang sung;sink sank sunk;sit sat;sleep slept;spend spent;stand stood;steal stole stolen;strike struck stricken;
swear swore sworn;teach taught;think thought;throw threw thrown;wear wore worn;withdraw withdrew withdrawn;
write wrote written;beat beaten;bite bit bitten;blow blew blown;catch caught;deal dealt;dig dug;drink drank drunk;
feed fed;flee fled;forget forgot forgotten;forgive forgave forgiven;hang hung;lay laid;lend lent;light lit;
shake shook shaken;shine shone;show shown;spin spun;stick stuck;swim swam swum;sweep swept;swing swung;
tear tore torn;wake woke woken;breed bred;arise arose arisen;bend bent;learn learnt;burn burnt;overcome overcame;
overthrow overthrew overthrown;undergo underwent undergone;undertake undertook undertaken;rebuild rebuilt;
eat ate eaten;break broke broken;freeze froze frozen;feel felt;hear heard;die died dead;
child children;man men;woman women;person people"""
_BASE = {form: forms.split()[0] for forms in _FORMS.split(";") for form in forms.split()[1:]}

_SHORT = {"hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute", "km": "kilometre", "kg": "kilogram"}

IRREGULAR = frozenset(_BASE)  # these forms, but those that are bases themselves


def term(word: str) -> str:
    """Return the stem of a content word; "met" has that of "meet", and "hrs" that of "hour"."""
    plain = fold(word)
    return stem(_BASE.get(plain) or _SHORT.get(plain) or word)
