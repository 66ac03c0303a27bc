"""A file → an Article, or a Rejection with its reason. What stands in the file decides everything; nothing is guessed.

A title that the text does not have is made up from its opening words, and always ends with "…".
"""

from __future__ import annotations

import codecs
import errno
import operator
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rag.errors import CorpusError
from rag.leftovers import find_leftovers
from rag.sentences import split_sentences
from rag.types import Article, Rejection

SUFFIXES = (".txt", ".text", ".md", ".markdown")
MAX_FRONT_MATTER_BYTES = 16_384
MAX_FRONT_MATTER_LISTS = 100
MAX_TITLE_CHARS = 200
MADE_UP_TITLE_CHARS = 80
# A date of publication stands among the first lines, alone on a short one.
DATE_LINES = 15
MAX_DATE_LINE_CHARS = 120

_BOMS = (  # UTF-32's little-endian mark begins with UTF-16's, so it is tried first
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OPEN_FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    _OPEN_FLAGS |= getattr(os, _name, 0)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the corpus folder: `source` is its path in it, with `/`; `size` is in bytes."""

    source: str
    path: Path
    size: int
    mtime_ns: int


def list_files(root: Path) -> tuple[tuple[SourceFile, ...], tuple[Rejection, ...]]:
    """Every readable article file in `root` and below it, and what was passed over, both sorted by source.

    Raises:
        CorpusError: the folder is missing, is no folder, or cannot be listed.
    """
    files: list[SourceFile] = []
    rejections: list[Rejection] = []
    real_root = os.path.realpath(root)
    folders = [(os.fspath(root), "")]
    while folders:
        path, prefix = folders.pop()
        try:
            entries = _entries(path)
        except OSError as error:
            if not prefix:
                raise _unlistable(root, error) from error
            rejections.append(Rejection(prefix.rstrip("/"), f"the folder cannot be listed: {_words(error)}"))
            continue
        for entry in entries:
            found = _classified(entry, prefix, real_root)
            if isinstance(found, SourceFile):
                files.append(found)
            elif isinstance(found, Rejection):
                rejections.append(found)
            else:
                folders.append((entry.path, f"{prefix}{entry.name}/"))
    by_source = operator.attrgetter("source")
    return tuple(sorted(files, key=by_source)), tuple(sorted(rejections, key=by_source))


def _entries(path: str) -> list[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        return list(entries)


def _unlistable(root: Path, error: OSError) -> CorpusError:
    if isinstance(error, FileNotFoundError):
        problem = "does not exist. Create it"
    elif isinstance(error, NotADirectoryError):
        problem = "is not a folder. Put the articles into one"
    else:
        problem = f"cannot be listed: {_words(error)}. Change its permissions"
    return CorpusError(f"the corpus folder {root} {problem}, or name another one with --corpus or CITED_CORPUS.")


def _words(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _classified(entry: os.DirEntry[str], prefix: str, real_root: str) -> SourceFile | Rejection | None:
    """The entry as a file to read or a rejection; None for a folder to look into."""
    source = prefix + entry.name
    if entry.name.startswith("."):
        return Rejection(_printable(source), "hidden folder" if _is_folder(entry) else "hidden file")
    if _printable(source) != source:
        return Rejection(_printable(source), "the file name is not valid UTF-8; rename it")
    if entry.is_symlink():
        return Rejection(source, _why_not_followed(entry.path, real_root))
    if _is_folder(entry):
        return None
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Rejection(source, f"it cannot be read: {_words(error)}")
    if not stat.S_ISREG(status.st_mode):
        return Rejection(source, "not a regular file")
    suffix = os.path.splitext(entry.name)[1]
    if suffix.lower() not in SUFFIXES:
        return Rejection(source, f"{suffix or 'a name without a suffix'} is not supported; {', '.join(SUFFIXES)} are")
    return SourceFile(source, Path(entry.path), status.st_size, status.st_mtime_ns)


def _printable(source: str) -> str:
    return source.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _why_not_followed(path: str, real_root: str) -> str:
    try:
        target = os.path.realpath(path, strict=True)
    except FileNotFoundError:
        return "symbolic link to nothing"
    except OSError as error:
        return "symbolic link to itself" if error.errno == errno.ELOOP else f"symbolic link: {_words(error)}"
    if os.path.commonpath([target, real_root]) != real_root:
        return "symbolic link out of the folder"
    kind = "folder" if os.path.isdir(target) else "file"
    return f"symbolic link to another {kind} of the corpus, which is read where it is"


def read_file(file: SourceFile, *, max_bytes: int) -> Article | Rejection:
    """The file as an Article, its offsets those of the decoded text: byte-order mark removed, nothing else changed.

    Never raises for a bad file; the Rejection says what is wrong with it.
    """
    try:
        data = _bytes(file.path, max_bytes)
    except OSError as error:
        why = "it has become a symbolic link" if error.errno == errno.ELOOP else f"it cannot be read: {_words(error)}"
        return Rejection(file.source, why)
    if data is None:
        return Rejection(file.source, "not a regular file")
    if len(data) > max_bytes:
        sizes = f"its {max(file.size, len(data)):,} bytes are more than the limit of {max_bytes:,}"
        return Rejection(file.source, f"{sizes}; raise CITED_MAX_FILE_MB to read it")
    try:
        text = _decoded(data)
    except UnicodeDecodeError as error:
        return Rejection(file.source, f"invalid {error.encoding} at byte {error.start:,}; save it again as UTF-8")
    flaw = _why_no_text(text)
    return Rejection(file.source, flaw) if flaw else _article(file.source, text)


def _bytes(path: Path, max_bytes: int) -> bytes | None:
    """The file's first `max_bytes` + 1 bytes, or None if it is no regular file (any more)."""
    with open(os.open(path, _OPEN_FLAGS), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            return None
        return opened.read(max_bytes + 1)


def _decoded(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                error.start += len(mark)
                raise
    return data.decode("utf-8")


_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_VISIBLE = re.compile(r"[^\s\u00ad\u200b-\u200f\u2060\ufeff]")


def _why_no_text(text: str) -> str | None:
    if "\0" in text:
        return "binary: it has NUL characters; if it is text in UTF-16, save it as UTF-8"
    if text.startswith(("%PDF-", "{\\rtf")):
        return "binary: a PDF or RTF document; save it as plain text"
    sample = text[:65_536]
    if 50 * len(_CONTROLS.findall(sample)) > len(sample):
        return "binary: it is full of control characters"
    return None if _VISIBLE.search(text) else "empty"


def _article(source: str, text: str) -> Article | Rejection:
    found, body_start = _front_matter(text)
    if not _VISIBLE.search(text, body_start):
        return Rejection(source, "empty but for its front matter")
    lines = list(_first_lines(text, body_start))
    return Article(
        source=source,
        text=text,
        title=_title(found.get("title", ""), text, body_start, lines),
        published=_iso_date(found.get("published", "")) or _iso_date(found.get("date", "")) or _stated_date(lines),
        author=found.get("author"),
        publisher=found.get("publisher"),
        url=found.get("url"),
        body_start=body_start,
        leftovers=find_leftovers(text, body_start),
    )


# --- front matter

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_FIELDS = {
    **dict.fromkeys(("title", "headline"), "title"),
    **dict.fromkeys(("published", "publish_date", "pubdate"), "published"),
    "date": "date",
    **dict.fromkeys(("author", "authors", "byline"), "author"),
    **dict.fromkeys(("publisher", "outlet", "publication", "source"), "publisher"),
    **dict.fromkeys(("url", "link", "canonical_url"), "url"),
}
_OTHER_FIELDS = {"tags", "categories", "layout", "description", "slug", "draft", "lang", "language", "id", "summary"}


def _front_matter(text: str) -> tuple[dict[str, str], int]:
    """The fields of a YAML block at the very top, and where the article begins after it."""
    block = _FRONT_MATTER.match(text[:MAX_FRONT_MATTER_BYTES]) if text.startswith("---") else None
    if block is None or len(block[0].encode()) > MAX_FRONT_MATTER_BYTES:
        return {}, 0
    loaded = _yaml(block[1])
    if not isinstance(loaded, dict):
        return {}, 0
    keys = {str(key).strip().lower(): value for key, value in loaded.items() if isinstance(key, str)}
    if not keys.keys() & (_FIELDS.keys() | _OTHER_FIELDS):
        return {}, 0  # a paragraph such as "Note: …" between two rules is no front matter
    found: dict[str, str] = {}
    for key, field in _FIELDS.items():
        value = _scalar(keys.get(key))
        if value:
            found.setdefault(field, value)
    return found, block.end()


def _yaml(block: str) -> object:
    import yaml

    if block.count("[") + block.count("{") > MAX_FRONT_MATTER_LISTS:
        return None  # deep nesting keeps PyYAML busy for seconds
    try:
        # BaseLoader makes strings of all scalars and expands no merge keys: an alias bomb stays a few shared lists.
        return yaml.load(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def _scalar(value: object) -> str | None:
    if isinstance(value, list):
        value = ", ".join(item for item in value[:20] if isinstance(item, str))
    return " ".join(value.split())[:1000] if isinstance(value, str) else None


# --- title

_MARKDOWN_HEADING = re.compile(r"#{1,6}[ \t]+(\S.*?)[ \t]*#*")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_SENTENCE_END = re.compile(r"[.!?。！？,;:][\"'”’»)\]]*$")


def _first_lines(text: str, start: int) -> Iterator[tuple[str, bool]]:
    """The first lines that are not blank, cut off if long, each with whether a blank line follows it."""
    head = text[start : start + 20_000]
    lines = head.splitlines()
    filled = 0
    for number, line in enumerate(lines):
        if line.strip():
            filled += 1
            yield " ".join(line[:2000].split()), number + 1 < len(lines) and not lines[number + 1].strip()
        if filled > DATE_LINES:
            return


def _title(given: str, text: str, start: int, lines: list[tuple[str, bool]]) -> str:
    title = given or _headline(lines)
    if not title:
        return _opening_words(text, start)
    # Only a made-up title may end with an ellipsis.
    return re.sub("…+$", "...", title) if len(title) <= MAX_TITLE_CHARS else _shortened(title, MAX_TITLE_CHARS)


def _headline(lines: list[tuple[str, bool]]) -> str:
    """The first line that is neither boilerplate nor a date, if it looks like a headline."""
    for number, (line, blank_follows) in enumerate(lines):
        if find_leftovers(line) or _stated_date([(line, False)]):
            continue
        after = lines[number + 1][0] if number + 1 < len(lines) else ""
        heading = _MARKDOWN_HEADING.fullmatch(line)
        if heading:
            return heading[1].strip("*_ ")
        if not blank_follows and _UNDERLINE.fullmatch(after):
            return line
        return line.strip("*_ ") if _is_headline(line, after, blank_follows) else ""
    return ""


def _is_headline(line: str, after: str, blank_follows: bool) -> bool:
    if len(line) > MAX_TITLE_CHARS or not any(character.isalpha() for character in line):
        return False
    if not blank_follows and after[:1].islower():
        return False  # the first line of hard-wrapped prose
    if blank_follows:
        return len(split_sentences(line)) == 1
    return _SENTENCE_END.search(line) is None


def _opening_words(text: str, start: int) -> str:
    return _shortened(" ".join(text[start : start + 2000].split()), MADE_UP_TITLE_CHARS)


def _shortened(words: str, limit: int) -> str:
    if len(words) >= limit:
        words = words[: limit - 1]
        words = words[: words.rfind(" ")] if " " in words else words
    return words.rstrip(" .,;:!?—–-…") + "…"


# --- date of publication

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>\d{4})"
_CLOCK = r"\d{1,2}(?:[:.]\d{2}){0,2}\s*(?:[ap]\.?\s?m\.?)?(?:\s*\(?[A-Z]{1,5}\)?)?(?:\s*[+-]\d{2}:?\d{2})?"
_BREAK = r"(?:\s*[,|·•–—-]\s*|\s+(?:at\s+)?)"
_DATE_FORMATS = tuple(
    re.compile(
        rf"(?P<label>(?:(?:first|last|originally)\s+)?(?:published|posted|updated|modified|date)(?:\s+on|\s+at)?\s*:?\s*)?"
        rf"(?:{_CLOCK}{_BREAK})?(?:(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?{form}"
        rf"(?:T[\d:.]+(?:Z|[+-][\d:]+)?|{_BREAK}{_CLOCK})?\.?(?:[\s|,;·•–—-]+(?:last )?(?:updated|modified)\b.*)?",
        re.IGNORECASE,
    )
    for form in (rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}", rf"{_DAY}\s+{_MONTH},?\s+{_YEAR}",
                 r"(?P<year>\d{4})[-/](?P<month>\d{2})[-/](?P<day>\d{2})")
)


def _stated_date(lines: list[tuple[str, bool]]) -> str | None:
    """A date on a line of its own near the top; one of publication goes before one of an update."""
    updated = None
    for line, _ in lines[:DATE_LINES]:
        if not any(character.isdigit() for character in line[:MAX_DATE_LINE_CHARS]):
            continue
        found = _match_date(line.strip("*_ "))
        day = found and _valid(found)
        if found and day and not (found["label"] or "").lower().startswith(("updated", "last", "modified")):
            return day
        updated = updated or day
    return updated


def _iso_date(value: str) -> str | None:
    found = _match_date(value)
    return _valid(found) if found else None


def _match_date(line: str) -> re.Match[str] | None:
    if len(line) > MAX_DATE_LINE_CHARS:
        return None
    return next((found for form in _DATE_FORMATS if (found := form.fullmatch(line))), None)


def _valid(found: re.Match[str]) -> str | None:
    name = found["month"].lower()
    month = int(name) if name.isdigit() else _MONTHS.index(name[:3]) + 1
    try:
        return date(int(found["year"]), month, int(found["day"])).isoformat()
    except ValueError:
        return None
