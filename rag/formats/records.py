"""CSV, JSON and JSON Lines → one article for each record that has a text; a table without any → all of it as lines."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from rag.formats.extracted import Extracted, Unreadable

_Record = TypeVar("_Record")
# Names under which records hold their parts, in the order in which they are preferred.
_TEXT = ("text", "body", "content", "article", "full_text", "fulltext", "article_body", "articlebody", "maintext")
_TITLE = ("title", "headline", "heading", "subject", "name")
_PUBLISHED = ("published", "publish_date", "published_at", "pubdate", "date", "datepublished", "created_at")
_AUTHOR = ("author", "authors", "byline", "creator")
_PUBLISHER = ("publisher", "outlet", "publication", "source", "site")
_URL = ("url", "link", "canonical_url")
_LISTS = ("articles", "items", "documents", "docs", "records", "data", "results", "entries")
MAX_RECORDS = 100_000
MAX_COLUMNS = 1_000
_NESTED = "its values are nested too deep"


def extract_csv(text: str) -> list[Extracted]:
    """The rows of a table that has a column of texts, or else the table as one article, a line for each row.

    Raises:
        Unreadable: it is no table, or has no text.
    """
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        delimiter = csv.Sniffer().sniff(text[:8192], ",;\t|").delimiter  # what else it finds is often wrong
    except csv.Error:
        delimiter = ","
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        if len(reader.fieldnames or ()) > MAX_COLUMNS:  # every row would get them all
            raise Unreadable(f"a table of more than {MAX_COLUMNS:,} columns; leave some out")
        rows = _few(reader)
    except csv.Error as error:
        raise Unreadable(f"not a CSV table: {error}") from error
    records = _articles(rows)
    if records:
        return records
    lines = [_line(row) for row in rows]
    if not any(lines):
        raise Unreadable("no rows in this table")
    return [Extracted("\n\n".join(line for line in lines if line))]


def extract_json(text: str) -> list[Extracted]:
    """The records of a JSON document: a list of them, an object that holds such a list, or one record.

    Raises:
        Unreadable: it is no JSON, or no record in it has a text.
    """
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error or _NESTED}") from error
    if isinstance(loaded, dict) and not _articles([loaded]):
        loaded = next((loaded[name] for name in _LISTS if isinstance(loaded.get(name), list)), loaded)
    return _or_nothing(_few(loaded) if isinstance(loaded, list) else [loaded])


def extract_json_lines(text: str) -> list[Extracted]:
    """The records of a file with one JSON object a line.

    Raises:
        Unreadable: a line is no JSON, or no record has a text.
    """
    records: list[object] = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            records += [json.loads(line)] if line.strip() else []
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"line {number} is not JSON: {error or _NESTED}") from error
    return _or_nothing(_few(records))


def _few(records: Iterable[_Record]) -> list[_Record]:
    some = list(itertools.islice(records, MAX_RECORDS + 1))
    if len(some) > MAX_RECORDS:
        raise Unreadable(f"more than {MAX_RECORDS:,} records; split it")
    return some


def _or_nothing(records: Iterable[object]) -> list[Extracted]:
    found = _articles(records)
    if not found:
        raise Unreadable(f"no record with a text: none has {', '.join(_TEXT[:4])} or the like")
    return found


def _articles(records: Iterable[object]) -> list[Extracted]:
    return [
        Extracted(
            text, _said(keys, _TITLE), _said(keys, _PUBLISHED), _said(keys, _AUTHOR), _said(keys, _PUBLISHER),
            _said(keys, _URL),
        )  # fmt: skip
        for record in records
        if isinstance(record, dict)
        and (text := _said(keys := {str(key).strip().lower(): value for key, value in record.items()}, _TEXT, "\n\n"))
    ]


def _said(record: Mapping[str, Any], names: Iterable[str], between: str = ", ") -> str:
    """The first of these fields that says something; a list is joined."""
    for name in names:
        value = record.get(name)
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            value = between.join(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _line(row: Mapping[Any, Any]) -> str:
    flat = {str(key).strip(): " ".join(str(value).split()) for key, value in row.items() if key and value}
    said = [f"{key}: {value}" for key, value in flat.items() if value]
    return "; ".join(said) + "." if said else ""
