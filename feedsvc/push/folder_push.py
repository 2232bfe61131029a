"""Send a folder of records, pictures and sounds to a server; files that it has are left out."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec
from msgspec import Struct

from feedsvc.errors import UNPRINTABLE, FeedsvcError
from feedsvc.model.paths import PATH_CHARACTERS
from feedsvc.push.api_client import ApiClient, Finding, detail
from feedsvc.push.local_folder import LocalFolder, is_sent_as_record

_FILES, _BYTES = 250, 4_000_000
"""Records in one request, and bytes of their texts: a stopped request is soon repeated."""
_COMPARED, _COMPARED_BYTES = 500, 200_000_000
"""Files that the server reads in one request to compare them."""
_JSON, _NDJSON = "application/json", "application/x-ndjson"


class Result(Struct, frozen=True):
    """The result for one file."""

    name: str
    """In the newsroom's folder."""
    effect: str = ""
    """Such as ``added``; empty where the file was refused."""
    reason: str = ""
    """Why it was refused."""


class _Line(Struct, frozen=True):
    """The answer for one record."""

    status: int
    detail: str = ""
    errors: list[Finding] = []


class _Differences(Struct, frozen=True):
    different: list[str]


_LINE = msgspec.json.Decoder(_Line)
_DIFFERENCES = msgspec.json.Decoder(_Differences)


class FolderPush:
    """Sends one folder to one server.

    :param trial: nothing is sent to be kept; the results say how it would be.
    """

    def __init__(self, folder: LocalFolder, api: ApiClient, *, trial: bool = False) -> None:
        self._folder = folder
        self._api = api
        self._trial = trial
        self._coming: list[str] = []
        """Of a trial: pictures and sounds that the server does not have yet."""

    def different(self, names: Sequence[str]) -> Iterator[tuple[int, list[str], list[Result]]]:
        """Yield, for some files at a time, how many they are, and the ones that the server lacks.

        The results are of files that cannot be read.

        :raises FeedsvcError: the server does not answer.
        """
        digests: dict[str, str] = {}
        failed: list[Result] = []
        size = 0
        for name in names:
            if UNPRINTABLE.search(name):
                reason = "has characters in its name that cannot be seen; rename it"
                failed.append(Result(name, reason=reason))
                continue
            try:
                digests[name], length = self._folder.digest(name)
            except (OSError, ValueError) as error:
                failed.append(Result(name, reason=_unreadable(error)))
                continue
            size += length
            if len(digests) >= _COMPARED or size >= _COMPARED_BYTES:
                yield len(digests) + len(failed), self._compared(digests), failed
                digests, failed, size = {}, [], 0
        yield len(digests) + len(failed), self._compared(digests), failed

    def _compared(self, digests: dict[str, str]) -> list[str]:
        body = msgspec.json.encode({"files": digests})
        answer = self._call("POST", "/files/compare", body, _JSON)
        return _DIFFERENCES.decode(answer).different

    def _call(self, method: str, path: str, body: bytes, kind: str) -> bytes:
        """Return the body of a good answer.

        :raises FeedsvcError: there is none.
        """
        status, answer = self._api.call(method, path, body, kind)
        if status != 200:
            raise FeedsvcError(detail(answer) or f"{path} is answered {status}")
        return answer

    def send(self, names: Sequence[str]) -> Iterator[Result]:
        """Send files, pictures and sounds first, then records, the oldest articles first.

        :raises FeedsvcError: the server takes nothing now.
        """
        for name in names:
            if not is_sent_as_record(name):
                yield self._send_media(name)
        records = [name for name in names if is_sent_as_record(name)]
        records.sort(key=self._folder.released)
        texts: dict[str, str] = {}
        for name in records:
            try:
                texts[name] = self._folder.read(name).decode()
            except UnicodeDecodeError:
                yield Result(name, reason="is not UTF-8; save it as UTF-8")
            except (OSError, ValueError) as error:
                yield Result(name, reason=_unreadable(error))
            if len(texts) >= _FILES or sum(map(len, texts.values())) >= _BYTES:
                yield from self._send_records(texts)
                texts = {}
        yield from self._send_records(texts)

    def _send_media(self, name: str) -> Result:
        if self._trial:
            self._coming.append(name)
            return Result(name, "would be sent")
        try:
            data = self._folder.read(name)
        except (OSError, ValueError) as error:
            return Result(name, reason=_unreadable(error))
        path = f"/files/{quote(name, safe=PATH_CHARACTERS)}"
        status, answer = self._api.call("PUT", path, data, "application/octet-stream")
        if status in (200, 201):
            return Result(name, "added" if status == 201 else "changed")
        return Result(name, reason=detail(answer) or f"is answered {status}")

    def _send_records(self, texts: dict[str, str]) -> Iterator[Result]:
        """Send records together, and again the ones for which there was no time."""
        path = "/articles/bulk?dry_run=true" if self._trial else "/articles/bulk"
        attempt = 0
        while texts:
            lines = [{"file": name, "text": text} for name, text in texts.items()]
            answer = self._call("POST", path, msgspec.json.Encoder().encode_lines(lines), _NDJSON)
            later: dict[str, str] = {}
            results = [_LINE.decode(line) for line in answer.splitlines()]
            for (name, text), result in zip(texts.items(), results, strict=True):
                if result.status == 503:
                    later[name] = text
                else:
                    yield self._result(name, text, result)
            if later:
                self._api.pause(attempt, 0.0, next(it.detail for it in results if it.status == 503))
            texts, attempt = later, attempt + 1

    def _result(self, name: str, text: str, line: _Line) -> Result:
        if line.status in (200, 201):
            effect = "added" if line.status == 201 else "changed"
            return Result(name, f"would be {effect}" if self._trial else effect)
        if any(it.rpartition("/")[2] in text for it in self._coming):
            return Result(name, "would be sent after its pictures, and checked then")
        return Result(name, reason="; ".join(it.detail for it in line.errors) or line.detail)


def _unreadable(error: OSError | ValueError) -> str:
    return f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
