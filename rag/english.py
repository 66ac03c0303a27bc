"""The closed classes of English words that rules are written with: as parts of regular expressions, and as sets."""

from __future__ import annotations

AUXILIARY = (
    r"(?:(?:is|are|was|were|do|does|did|has|have|had|will|would|could|should|may|might|must)(?:n['’]t)?"
    r"|can(?:['’]t)?|won['’]t)"
)
QUESTION_WORDS = ("who", "whom", "whose", "what", "which", "when", "where", "why", "how")
ASKING = f"(?:{'|'.join(QUESTION_WORDS)})"
# As a question has them behind its subject: "When will the crossing open?".
PLAIN_VERB = (
    r"(?:say|give|cost|pay|take|make|get|have|want|need|win|lose|earn|spend|receive|ask|plan|expect|offer|think|put|estimate"
    r"|employ|sell|buy|build|use|raise|last|weigh|open|reopen|close|start|end|begin|leave|arrive|come|go|run|happen|stop|quit"
    r"|vote|join|play|meet|move|hold)"
)
LEAD = r"^\W*(?:(?:and|but|so)\s+)?"  # what may stand before a question
PREPOSITION = (
    r"(?:about|according\s+to|after|against|at|before|between|by|for|from|in|into|like|near|of|on|over|since|than|to|under"
    r"|with)"
)
PREPOSITIONS = frozenset(
    "about against at between by for from in into like near of on over to under with within during without behind "
    "ahead towards through via".split()
)
DETERMINERS = frozenset("the a an its his her their our my your this that these those".split())
BE = frozenset("is are was were be been being".split())
# What may stand between a subject and its verb, or a modal and its verb.
HELPING = BE | frozenset("have has had not also then later first soon now".split())
MAY = frozenset("may might can could".split())
NUMBERS = tuple("one two three four five six seven eight nine ten".split())
# As they are written: in small letters "may" and "mar" are verbs.
MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
WEEKDAY = f"(?:{'|'.join(WEEKDAYS)})"
MONTH_NUMBER = {start: n for n, start in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
YEAR = r"(?:1[6-9]|20)\d\d"
