"""Deltas (RFC 3229, the ``feed`` manipulation): only the entries that are new to a client."""

from itertools import pairwise

import msgspec

from feedsvc.model.feed import MARK, Document


def changes(document: Document, base: str, base_marks: bytes) -> Document | None:
    """Return a feed with only the entries that are new or changed since a state (RFC 3229 §5).

    :param base: the ETag of that state.
    :param base_marks: its marks.
    :returns: None if no entry is the same: then the whole feed is as short.
    """
    known = set(_split(base_marks))
    entries = zip(_split(document.marks), pairwise(document.cuts), strict=True)
    new = [document.body[start:end] for mark, (start, end) in entries if mark not in known]
    if len(new) * MARK == len(document.marks):
        return None
    head, tail = document.body[: document.cuts[0]], document.body[document.cuts[-1] :]
    separator = document.separator
    body = b"".join([head, separator.join(each.removesuffix(separator) for each in new), tail])
    return msgspec.structs.replace(document, body=body, marks=b"", cuts=(), base=base)


def _split(marks: bytes) -> list[bytes]:
    return [marks[start : start + MARK] for start in range(0, len(marks), MARK)]
