"""A mail message → its text; the subject is the title, the sender the author. Attachments are not read."""

from __future__ import annotations

import email
import email.policy
import email.utils
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from typing import Any

from rag.formats.extracted import Extracted, Unreadable
from rag.formats.html import paragraphs

# Python takes time in proportion to the square of a header's length.
MAX_HEADER_CHARACTERS = 10_000


def extract(data: bytes) -> list[Extracted]:
    """The message.

    Raises:
        Unreadable: it is no message, or has no text.
    """
    try:
        message = email.message_from_bytes(data, policy=email.policy.default.clone(header_factory=_header))
        if not isinstance(message, EmailMessage) or not (message["from"] or message["subject"]):
            raise Unreadable("not a mail message: it has neither sender nor subject")
        bodies = (message.get_body((kind,)) for kind in ("plain", "html"))
        contents = [(str(body.get_content()), body.get_content_type() == "text/html") for body in bodies if body]
        content, is_html = next((found for found in contents if found[0].strip()), ("", False))
        subject, sender, day = str(message["subject"] or ""), str(message["from"] or ""), _date(message)
    except Unreadable:
        raise
    except Exception as error:  # a hostile message makes it raise whatever its parts may
        raise Unreadable(f"not a mail message, or damaged ({type(error).__name__})") from error
    text = paragraphs(content) if is_html else content.replace("\r\n", "\n").strip()
    if not text:
        raise Unreadable("no text in this message")
    return [Extracted(text, title=subject, published=day, author=sender)]


def _header(name: str, value: str) -> Any:  # noqa: ANN401
    if len(value) > MAX_HEADER_CHARACTERS:
        raise Unreadable(f"a header of {len(value):,} characters, {name}; a message has shorter ones")
    return _REGISTRY(name, value)


_REGISTRY = HeaderRegistry()


def _date(message: EmailMessage) -> str:
    try:
        return email.utils.parsedate_to_datetime(str(message["date"])).date().isoformat()
    except (ValueError, TypeError, OverflowError):
        return ""
