"""The lists beside the chat as HTML: the articles and what is found in them, the conversations, the eval's report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from rag.filters import file_of
from rag.text import capitalised, stem, terms, words
from rag.types import Listing, Passage, Rejection, SyncReport
from ui.history import Entry
from ui.render import ISOLATED, counted, escaped, excerpt, origin
from ui.scope import Scope

MOST_LISTED = 200  # articles
MOST_FOUND = 100  # passages
MOST_NAMED = 20  # articles that have what is looked for in their names, or that a sync is told of
_WORDS = 240  # characters of a found passage that are shown around the first word looked for


def articles(listings: Sequence[Listing], rejected: Sequence[Rejection]) -> str:
    """Every article, to open or remove, and the files that are none."""
    rows = "".join(_listing(listing) for listing in listings[:MOST_LISTED])
    if len(listings) > MOST_LISTED:
        rows += f"<li>The first {MOST_LISTED} are listed. Search for the others.</li>"
    held = f'<ul class="shelf" aria-label="Articles">{rows}</ul>' if rows else (
        '<p class="empty-shelf">There are no articles yet. Add some, or put files into the folder.</p>'
    )
    return f'<p class="heading">{counted(len(listings), "article")}</p>{held}{_rejections(rejected)}'


def found(
    query: str, passages: Sequence[Passage], scope: Scope | None = None, named: Sequence[Listing] = (),
    many: bool = False,
) -> str:
    """Articles that are named so, then passages that have words of the query, which are marked.

    Where no passage has, what comes nearest in meaning. An article that is found by its words is not listed by its name
    unless there are too `many` to list them all: else it could not be removed.
    """
    wanted = set(terms(query)) or {stem(word) for word in words(query)}
    nothing = "The articles asked hold nothing." if scope else "There are no articles to search."
    nothing = "No passage has these words." if named else nothing
    having = [passage for passage in passages if _places(passage.text, wanted)]
    most = len(having) == len(passages) >= MOST_FOUND
    heading = (f"The best {MOST_FOUND} passages" if most else counted(len(having), "passage")) if having else (
        "No article has these words. What comes nearest in meaning:" if passages else nothing
    )
    rows = "".join(_passage(passage, wanted) for passage in having or passages[:5])
    where = _searched(scope) if scope else ""
    back = '<button type="button" class="tool" data-do="all">Show all articles</button>'
    sources = {passage.source for passage in having} if not many else set()
    others = [listing for listing in named if listing.source not in sources]
    return (
        f'{where}{_named(others)}<p class="heading">{heading} {back}</p>'
        f'<ul class="shelf" aria-label="Passages found">{rows}</ul>'
    )


def _named(listings: Sequence[Listing]) -> str:
    if not listings:
        return ""
    rows = "".join(map(_listing, listings[:MOST_NAMED]))
    more = len(listings) - MOST_NAMED
    unlisted = f", of which {MOST_NAMED} are listed" if more > 0 else ""
    return (
        f'<p class="heading">{counted(len(listings), "article")} of this name{unlisted}</p>'
        f'<ul class="shelf" aria-label="Articles of this name">{rows}</ul>'
    )


def _searched(scope: Scope) -> str:
    return (
        f'<p class="notice narrow" {ISOLATED}>Searched as you ask: {escaped(str(scope).removesuffix("."))}. '
        '<button type="button" class="tool" data-do="everywhere">Ask and search all articles</button></p>'
    )


def conversations(entries: Sequence[Entry], open_one: str | None, *, kept: bool = True) -> str:
    """The reader's conversations, the latest first."""
    if not kept:
        return '<p class="empty-shelf">Your browser takes no cookies, so conversations end with the page.</p>'
    rows = "".join(_entry(entry, is_open=entry.id == open_one) for entry in entries)
    if not rows:
        return '<p class="empty-shelf">No conversations yet. What you ask is kept here, on this machine.</p>'
    return f'<ul class="shelf" aria-label="Conversations">{rows}</ul>'


def download(name: str, content: str, number: int) -> str:
    """A file for the browser to save (`download.js`); with another `number` it is saved once more."""
    return f'<span data-file="{escaped(name)}" data-content="{escaped(content)}" data-number="{number:d}"></span>'


def step(what: str, done: int, total: int, left: str = "") -> str:
    """How far long work has come, and how much longer it will take, if that is known."""
    share = min(done, total)
    rest = f", {escaped(left)}" if left else ""
    return (
        f'<p class="status" role="status"><span><bdi>{escaped(what)}</bdi> {share:,d} of {total:,d}{rest}</span></p>'
        f'<progress max="{max(total, 1):d}" value="{share:d}" aria-label="{escaped(what)}"></progress>'
    )


def outcome(added: Collection[str], refused: Sequence[Rejection]) -> str:
    """What became of the files that were handed in, each refused one by name."""
    kept = [name for name in added if name not in {rejection.source for rejection in refused}]
    told = done(f"Added, and can be asked about now: {', '.join(kept)}.") if kept else ""
    return told + "".join(problem(f"Not added: {rejection.source}: {rejection.reason}.") for rejection in refused)


def report(synced: SyncReport) -> str:
    """What a sync did."""
    if not synced.changed:
        return done(f"The index is in step with the folder: {counted(len(synced.unchanged), 'article')}, none changed.")
    moved = {source for pair in synced.renamed for source in pair}
    parts = [
        ("added", [source for source in synced.added if source not in moved]),
        ("updated", synced.updated),
        ("deleted", [source for source in synced.deleted if source not in moved]),
        ("renamed", [f"{old} to {new}" for old, new in synced.renamed]),
        ("no longer readable", synced.dropped),
    ]
    return done("; ".join(f"{what}: {_listed(sources)}" for what, sources in parts if sources) + ".")


def unfollowed(where: str, sources: Sequence[str]) -> str:
    """What was done to files that the index does not follow as yet."""
    return done(f"{where}, but the index does not follow yet: {', '.join(sources)}.")


def _listed(sources: Sequence[str]) -> str:
    more = len(sources) - MOST_NAMED
    return ", ".join(sources[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def done(message: str) -> str:
    """Something that went well."""
    return f'<p class="told" role="status" {ISOLATED}>{escaped(capitalised(message))}</p>'


def problem(message: str) -> str:
    """Something that did not."""
    return f'<p class="failure" role="alert" {ISOLATED}>{escaped(capitalised(message))}</p>'


def quality(page: str | None) -> str:
    """The eval's report in a frame of its own, which cannot reach the page around it."""
    if page is None:
        return '<p class="empty-shelf">There is no report yet. <code>cited eval</code> makes one.</p>'
    shut = 'class="report" sandbox="allow-scripts" title="The latest eval report"'
    return f'<iframe {shut} srcdoc="{escaped(page)}"></iframe>'


def _listing(listing: Listing) -> str:
    facts = [f"{listing.characters:,d} characters", counted(listing.chunks, "chunk")]
    facts += [f"a copy of {escaped(listing.same_as)}"] if listing.same_as else []
    file = file_of(listing.source)
    all_of_it = "" if file == listing.source else " with all that it holds"
    sure = f"Delete {excerpt(file, 40)}{all_of_it} from the folder for good"
    return (
        f'<li><button type="button" class="open" data-do="article" data-source="{escaped(listing.source)}">'
        f"<strong {ISOLATED}>{escaped(listing.title or listing.source)}</strong>"
        f"{origin(listing.source, listing.published, *facts)}</button>"
        f'<button type="button" class="tool" data-do="remove" data-source="{escaped(file)}" '
        f'data-sure="{escaped(sure)}" aria-label="Remove {escaped(file)}">Remove</button></li>'
    )


def _rejections(rejected: Sequence[Rejection]) -> str:
    if not rejected:
        return ""
    rows = "".join(
        f"<li><strong {ISOLATED}>{escaped(rejection.source)}</strong> "
        f"<span {ISOLATED}>{escaped(rejection.reason)}</span></li>"
        for rejection in rejected
    )
    return (
        f'<details class="left-out"><summary>{counted(len(rejected), "file")} in the folder '
        f"{'is' if len(rejected) == 1 else 'are'} not read</summary><ul>{rows}</ul></details>"
    )


def _passage(passage: Passage, wanted: Collection[str]) -> str:
    return (
        f'<li><button type="button" class="open" data-do="passage" data-source="{escaped(passage.source)}" '
        f'data-start="{passage.start:d}" data-end="{passage.end:d}">'
        f"<strong {ISOLATED}>{escaped(passage.title or passage.source)}</strong>"
        f"{origin(passage.source, passage.published)}"
        f'<span class="quote" {ISOLATED}>{_with_matches(passage.text, wanted)}</span></button></li>'
    )


def _with_matches(text: str, wanted: Collection[str]) -> str:
    """The part of a text in which the wanted words stand first, these marked."""
    places = _places(text, wanted)
    first = max(0, (places[0][0] if places else 0) - _WORDS // 3)
    begin = text.find(" ", first) + 1 if first else 0
    end = min(len(text), begin + _WORDS)
    pieces, last = ["…" if begin else ""], begin
    for start, stop in places:
        if last <= start and stop <= end:
            pieces += [escaped(text[last:start]), f"<b>{escaped(text[start:stop])}</b>"]
            last = stop
    return "".join(pieces) + escaped(text[last:end]) + ("…" if end < len(text) else "")


def _places(text: str, wanted: Collection[str]) -> list[tuple[int, int]]:
    """Where words with these stems stand."""
    return [place for word, place in _words_in(text) if stem(word) in wanted]


def _words_in(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    last = 0
    for word in words(text):
        start = text.find(word, last)
        if start >= 0:  # "U.S." is read as "US" and stands nowhere
            last = start + len(word)
            yield word, (start, last)


def _entry(entry: Entry, *, is_open: bool) -> str:
    when = datetime.fromtimestamp(entry.changed, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    current = ' aria-current="true"' if is_open else ""
    name = f'data-name="{escaped(entry.id)}"'
    return (
        f'<li class="entry"><button type="button" class="open" data-do="reopen" {name}{current}>'
        f"<strong {ISOLATED}>{escaped(entry.title)}</strong>"
        f'<span class="facts"><span>{when}</span><span>{counted(entry.turns, "question")}</span></span></button>'
        f'<details class="renaming"><summary class="tool">Rename</summary><form class="rename" data-do="rename" {name}>'
        f'<input name="title" aria-label="New title" maxlength="120" autocomplete="off" value="{escaped(entry.title)}">'
        f'<button class="tool">Save</button></form></details>'
        f'<button type="button" class="tool" data-do="markdown" {name}>Markdown</button>'
        f'<button type="button" class="tool" data-do="json" {name}>JSON</button>'
        f'<button type="button" class="tool" data-do="delete" {name} data-sure="Delete for good">Delete</button></li>'
    )
