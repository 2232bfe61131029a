"""Issue, check and revoke the tokens of publishers. A token makes no other tokens."""

import hashlib
import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest
from zlib import crc32

from msgspec.structs import replace

from feedsvc.errors import FeedsvcError, NotFoundError
from feedsvc.model.publisher import Publisher
from feedsvc.store import replays, tokens
from feedsvc.store.database import Database

PREFIX = "fsk_"
"""The beginning of every token, by which programs that look for leaked secrets know one."""
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET = 30
"""Characters by chance: 178 bits."""
_CHECK = 6
"""Characters of the CRC-32 behind them, so that a mistyped token is known without the store."""
_USED = timedelta(minutes=1)
"""How exactly the last use of a token is kept."""


def issue(database: Database, publisher: Publisher) -> str:
    """Return a new token. It is kept as a digest alone, so it cannot be shown again.

    :raises FeedsvcError: there is a valid one with its name.
    """
    secret = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET))
    token = secret + _checksum(secret)
    with database.writing() as connection:
        before = tokens.named(connection, publisher.name)
        if before and before.is_valid(publisher.created):
            raise FeedsvcError(
                f'there is a token "{publisher.name}" already; revoke it first, or choose '
                "another name"
            )
        if before:  # its answers are not for the holder of the new one
            replays.remove_all(connection, publisher.name)
        tokens.put(connection, publisher, _digest(token))
    return token


def check(database: Database, token: str, now: datetime) -> Publisher | None:
    """Return the publisher whose token this is; None where it is none that counts."""
    secret, checksum = token[:-_CHECK], token[-_CHECK:]
    if not (token.isascii() and token.startswith(PREFIX)):
        return None
    if len(secret) != len(PREFIX) + _SECRET or not compare_digest(_checksum(secret), checksum):
        return None
    # The store is asked for a digest: how long it compares says nothing about the token.
    with database.reading() as connection:
        publisher = tokens.by_digest(connection, _digest(token))
    if publisher is None or not publisher.is_valid(now):
        return None
    if publisher.used is None or now - publisher.used >= _USED:
        database.offer(lambda it: tokens.mark_used(it, publisher.name, now))
        return replace(publisher, used=now)
    return publisher


def listed(database: Database) -> Sequence[Publisher]:
    """Return the holders of all tokens, by name."""
    with database.reading() as connection:
        return tokens.everyone(connection)


def revoke(database: Database, name: str, now: datetime) -> None:
    """End a token at once.

    :raises NotFoundError: there is no valid one of this name.
    """
    with database.writing() as connection:
        publisher = tokens.named(connection, name)
        if publisher is None or not publisher.is_valid(now):
            raise NotFoundError(f'there is no valid token "{name}"; feedsvc token list shows all')
        tokens.revoke(connection, name, now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(secret: str) -> str:
    number, digits = crc32(secret.encode()), ""
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
