"""Check article files, each alone and all with each other, without publishing them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath

from feedsvc.config.settings import Config
from feedsvc.errors import Problem
from feedsvc.ingest import conflicts, files
from feedsvc.ingest.records import Records
from feedsvc.ingest.timed_reader import Reader


def check(config: Config, records: Records, paths: Sequence[str], now: datetime) -> list[Problem]:
    """Read files without publishing them. Return every problem and note.

    :param paths: of records, below ``articles/``.
    """
    rest = sorted(set(records.paths()) - set(paths))
    with Reader(config, records) as reader, reader.ahead([*paths, *rest]):
        checked, others = (
            [file.as_of(now) for file in map(reader.read, some) if file] for some in (paths, rest)
        )
    problems = [problem for file in checked for problem in file.problems]
    folders = {folder.as_posix() for path in paths for folder in PurePosixPath(path).parents}
    problems += [conflicts.misnamed_folder(folder) for folder in folders if files.is_record(folder)]
    published = [it.article for it in (*others, *checked) if it.article]
    problems += conflicts.unreachable_pages(published, {*paths}, config)
    if not rest:
        problems += conflicts.hidden_redirects(published, config)
        problems += conflicts.unread_files(config) if records.in_files else ()
    return sorted([*problems, *conflicts.compare_files(checked, others, now)])
