"""The content of a record as JSON has it: keys with texts, lists and mappings, and the body.

The notation of the file makes no difference: the same content is the same in Markdown and in JSON.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from feedsvc.errors import EditError, Problem, RecordError
from feedsvc.ingest.files import is_json
from feedsvc.ingest.record.edit import edited
from feedsvc.ingest.record.json_file import read_json
from feedsvc.ingest.record.keys import RECORD
from feedsvc.ingest.record.markdown_file import read_markdown
from feedsvc.ingest.record.parsed import ParsedFile, Value, decode, plain
from feedsvc.ingest.record.write import record_text

Content = dict[str, Any]
"""Values by the keys of a record, in their order; every scalar is a text, and none is blank."""
_BODY = "body"


def content_of(path: str, data: bytes) -> Content:
    """Return the content of a record.

    :param path: its suffix decides between JSON and Markdown.
    :raises RecordError: the file has mistakes in its notation.
    """
    parsed = _read(path, data)
    if parsed.problems:
        raise RecordError(parsed.problems)
    keys: Content = plain(parsed.keys)
    if parsed.body:
        keys.setdefault(_BODY, parsed.body)
    return _in_order(keys)


def content_from(values: Mapping[str, Any]) -> Content:
    """Return the content that JSON values make, such as the result of a merge."""
    return content_of(".json", json.dumps(values).encode())


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """Return content in JSON, with every item on a line of its own."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def new_file(stem: str, content: Content) -> tuple[str, bytes]:
    """Return the path and the bytes of a new record: Markdown, or JSON where that cannot hold it.

    :param stem: the path without suffix.
    """
    if "body_html" not in content:
        path = f"{stem}.md"
        if data := _markdown(path, content):
            return path, data
    path = f"{stem}.json"
    return path, _json(content)


def whole_file(path: str, content: Content) -> bytes:
    """Return the bytes of a record that is written as a whole.

    :raises EditError: its notation cannot hold the content.
    """
    data = _json(content) if is_json(path) else _markdown(path, content)
    if not data:
        raise EditError("Markdown cannot hold this text as it is; save the article as JSON")
    return data


def changed_file(path: str, data: bytes, content: Content) -> bytes:
    """Return a record with another content, as far as possible with every other byte as it was.

    :raises EditError: its notation cannot hold the content.
    """
    try:
        before = content_of(path, data)
        keys = [key for key in {**before, **content} if before.get(key) != content.get(key)]
        if not is_json(path) and _BODY in keys:
            keys.remove(_BODY)
            data = _with_body(path, data, content.get(_BODY, ""))
        result = edited(data, path, {key: content.get(key) for key in keys})
        same = content_of(path, result) == content
    except (EditError, RecordError):  # such as front matter between braces
        result, same = b"", False
    return result if same else whole_file(path, content)


def _markdown(path: str, content: Content) -> bytes:
    """Return content in Markdown; empty where it would be read back as another."""
    data = record_text(content).encode(errors="surrogatepass")
    try:
        same = content_of(path, data) == content
    except RecordError:
        return b""
    return data if same else b""


def _json(content: Content) -> bytes:
    return f"{json.dumps(content, ensure_ascii=False, indent=2)}\n".encode()


def _with_body(path: str, data: bytes, body: str) -> bytes:
    """Return a record in Markdown with another body."""
    text = decode(path, data)
    before = read_markdown(path, text).body
    front = text[: len(text) - len(before.lstrip("\n"))]
    return f"{front}{body}\n".encode()


def _in_order(keys: Content) -> Content:
    """Return content without blank values, its keys in the order of records, others behind."""
    for body in (_BODY, "body_html"):
        if isinstance(text := keys.get(body), str):
            keys[body] = text.strip("\n")
    order = [*(key for key in RECORD if key in keys), *(key for key in keys if key not in RECORD)]
    return {key: keys[key] for key in order if not _is_blank(keys[key])}


def _is_blank(value: Any) -> bool:
    return not (value.strip() if isinstance(value, str) else value)


def _read(path: str, data: bytes) -> ParsedFile:
    text = decode(path, data)
    return read_json(path, text) if is_json(path) else read_markdown(path, text)


class Pointers:
    """Finds the JSON pointers (RFC 6901) of problems in a record in JSON.

    :param data: as ``json_bytes`` returns it.
    """

    def __init__(self, data: bytes) -> None:
        values = read_json("", data.decode()).keys
        self._places = {place: pointer for pointer, place in _places(values, "")}
        self._body = next((it for it in ("body", "body_html") if it in values), "body")

    def find(self, problem: Problem) -> str:
        """Return the pointer of the value that a problem is about; empty for the whole record."""
        if not problem.key:
            return ""
        if problem.key == _BODY:
            return f"/{self._body}"
        place = problem.line, problem.column
        return self._places.get(place) or f"/{_escaped(problem.key.partition('.')[0])}"


def _places(value: Any, above: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Generate the pointers of all values, each with its line and column."""
    if isinstance(value, Value):
        yield above, (value.line, value.column)
        yield from _places(value.data, above)
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _places(inner, f"{above}/{_escaped(key)}")
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[Any]", value)):
            yield from _places(inner, f"{above}/{number}")


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
