"""Deltas (RFC 3229, the ``feed`` manipulation): only the entries that are new to a client."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from feedsvc.model.feed import MARK, Document


def changes(document: Document, base: str, had: bytes) -> Document | None:
    """Return a feed with only the entries that are new or changed since a state (RFC 3229 §5).

    :param base: the tag of that state.
    :param had: its marks.
    :returns: None where no entry is the same: then the whole feed is as short.
    """
    known = set(_marks(had))
    starts = zip(_marks(document.marks), pairwise(document.cuts), strict=True)
    fresh = [document.body[start:end] for mark, (start, end) in starts if mark not in known]
    if len(fresh) * MARK == len(document.marks):
        return None
    head, tail = document.body[: document.cuts[0]], document.body[document.cuts[-1] :]
    joint = document.joint
    body = b"".join([head, joint.join(each.removesuffix(joint) for each in fresh), tail])
    return msgspec.structs.replace(document, body=body, marks=b"", cuts=(), base=base)


def _marks(joined: bytes) -> list[bytes]:
    return [joined[start : start + MARK] for start in range(0, len(joined), MARK)]
