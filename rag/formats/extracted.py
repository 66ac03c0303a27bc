"""What every format is brought to: a text, and what the file says of it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

MAX_UNPACKED_BYTES = 100_000_000  # of a zipped format in all; a whole book has a hundredth of that
MAX_UNPACKED_FILES = 10_000
# Of the markup that is parsed, which takes twenty times its size in memory: 100 MB of empty paragraphs, 0.2 MB when
# zipped, took 2.2 GB and minutes.
MAX_MARKUP_BYTES = 10_000_000


class Unreadable(Exception):
    """The file is not what its name says, or has no text; the message is the reason for its rejection."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """One article of a file. `pages` are the offsets at which its pages begin, where it has pages.

    `published` is as the file has it, in any form.
    """

    text: str
    title: str = ""
    published: str = ""
    author: str = ""
    publisher: str = ""
    url: str = ""
    pages: tuple[int, ...] = ()


def unpacked(data: bytes, kind: str) -> zipfile.ZipFile:
    """Open a zipped format.

    Raises:
        Unreadable: it is no zip file, or is much larger when unpacked than a document can be.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(f"not a {kind} file, or damaged ({error}); open and save it again") from error
    if len(entries) > MAX_UNPACKED_FILES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Unreadable(f"a zip bomb: it would unpack to more than {MAX_UNPACKED_BYTES // 1_000_000} MB")
    return archive


def check_markup(size: int) -> None:
    """Refuse markup that would take too much memory and time to parse; `size` is in bytes.

    Raises:
        Unreadable: it is too much.
    """
    if size > MAX_MARKUP_BYTES:
        raise Unreadable(f"a zip bomb, or more than {MAX_MARKUP_BYTES // 1_000_000} MB of markup; split it")
