"""Very many articles in one request: one JSON object on each line, in and out."""

from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

import msgspec
from flask import request, stream_with_context
from werkzeug import Response
from werkzeug.exceptions import HTTPException

from feedsvc.errors import UNPRINTABLE, FeedsvcError, Finding, RefusedError
from feedsvc.model.paths import below_articles, in_newsroom
from feedsvc.publishing.writes import BulkItem, RecordFile, Write, Written
from feedsvc.web.api.answers import BulkLine, note_of
from feedsvc.web.api.resource import (
    NDJSON,
    id_in,
    most_bytes,
    parsed_object,
    refuse,
    resource,
    spooled_body,
    status_of,
    write,
)
from feedsvc.web.auth import needs
from feedsvc.web.publishing_services import publishing_services
from feedsvc.web.response_types import Answer

bulk = resource("bulk")

_MOST = 200_000_000
"""Bytes of a body."""
_SENT = 50
"""Answers that are sent together: one by one, each would wake the server."""
_Line = BulkItem | FeedsvcError
_FILE = {"file", "text"}
"""The keys of a line with a record as its file."""


@bulk.post("/articles/bulk")
@needs("draft", "write", "kill")
def post_bulk() -> Response:
    """Write articles, each with its ``id`` or as a file; answer with a line for each."""
    if request.mimetype not in (NDJSON, "application/jsonl"):
        raise refuse(415, f"the Content-Type must be {NDJSON}.")
    wanted = write()
    body = spooled_body(_MOST)
    results = stream_with_context(_results(_lines(body, most_bytes()), wanted))
    response = Answer(results, content_type=NDJSON)
    response.call_on_close(body.close)  # also where no line was asked for
    return response


def _lines(body: IO[bytes], most: int) -> Iterator[bytes]:
    """Yield the lines that are not empty; of one that is too long only the beginning.

    :param most: bytes of a line.
    """
    with body:
        while line := body.readline(most + 2):
            rest = line
            while not rest.endswith(b"\n") and (rest := body.readline(most)):
                pass
            if line := line.strip():
                yield line


def _results(lines: Iterator[bytes], wanted: Write) -> Iterator[bytes]:
    written = enumerate(publishing_services.writer.put_many(map(_read, lines), wanted), 1)
    while some := [*islice(written, _SENT)]:
        answers = [_answer(number, line, result) for number, (line, result) in some]
        yield b"".join(msgspec.json.encode(it) + b"\n" for it in answers)


def _read(line: bytes) -> _Line:
    """Return the id and the content of a line, or its file; or its error."""
    if len(line) > most_bytes():
        return RefusedError([Finding("", f"is longer than {most_bytes():,} bytes")])
    try:
        values = parsed_object(line)
    except HTTPException as error:
        problem: Any = error.response
        return RefusedError([Finding("", msgspec.json.decode(problem.data)["detail"])])
    if "file" in values:
        return _file(values)
    if not (article_id := id_in(values)):
        return RefusedError([Finding("/id", "is missing; each line needs the id of its article")])
    return article_id, values


def _file(values: dict[str, Any]) -> _Line:
    """Return a record that a line has as its file."""
    if values.keys() != _FILE or not all(isinstance(it, str) for it in values.values()):
        message = "goes with text alone: the path of a record, and its text as the file has it"
        return RefusedError([Finding("/file", message)])
    path, text = values["file"], values["text"]
    if path == below_articles(path) or UNPRINTABLE.search(path):
        message = "must begin with articles/, and have no characters that cannot be seen"
        return RefusedError([Finding("/file", message)])
    try:
        return RecordFile(below_articles(path), text.encode())
    except UnicodeEncodeError:
        return RefusedError([Finding("/text", "has half of a surrogate pair, which is no text")])


def _answer(number: int, line: _Line, result: Written | FeedsvcError) -> BulkLine:
    article_id, file = "", ""
    if isinstance(line, RecordFile):
        file = in_newsroom(line.path)
    elif not isinstance(line, FeedsvcError):
        article_id = line[0]
    if isinstance(result, Written):
        status = 201 if result.created else 200
        return BulkLine(line=number, id=result.id, file=file, status=status, etag=result.etag)
    findings = result.findings if isinstance(result, RefusedError) else ()
    return BulkLine(
        line=number,
        id=article_id,
        file=file,
        status=status_of(result),
        detail=str(result),
        errors=[*map(note_of, findings)],
    )
