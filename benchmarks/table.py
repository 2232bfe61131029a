"""Print the results of ``./run bench scale`` as a table."""

from __future__ import annotations

Figures = dict[str, float]
"""Measures by name, in seconds, bytes or counts; a small newsroom lacks some of them."""

_LINES = """
first fill
fill: the whole, s
fill_work: processor time of it, s
fill_begin: until the first 500 are written, s
fill_end: after the last are written: archives, s
fill_rate: articles a second,
fill_store: store, bytes an article,
fill_memory: memory of the publisher, at most, MB
$ACTS
first read after a restart, each process its own
first_open: store opened, ms
first_open_work:   processor time, ms
first_section: section, rendered before, ms
first_section_work:   processor time, ms
first_site: then the site, rendered before, ms
first_site_work:   processor time, ms
first_quiet: then a quiet section, never rendered, ms
first_quiet_work:   processor time, ms
first_archive: then an archive, never rendered, ms
first_archive_work:   processor time, ms

nothing changed
scan: all files looked at, s
scan_rate: files a second,
scan_memory: memory of it, at most, MB

pages of articles, processor time
page: one, without its HTML, ms
page_index: index of their sitemaps, ms
page_month: sitemap of a month, a thousand pages of it, ms

feedsvc serve --workers 1
serve: until it gives the first feed, s
serve_scanned: until all files are looked at, too (± 1 s), s
serve_feeds: 600 feeds of 300 sections read, s
worker_rss: memory of the worker then (RSS), MB
worker_pss:   its share of it (PSS), MB
worker_peak:   at most, MB
publisher_rss: memory of the publisher (RSS), MB
"""
_ACT = """
$WORDS
$ACT_wall: median, ms
$ACT_p95: 95th percentile, ms
$ACT_work: processor time, ms
$ACT_written:   the record written, ms
$ACT_synced:   sync, ms
$ACT_sections:   section and the one above, RSS and Atom, ms
$ACT_site:   site, RSS and Atom, ms
$ACT_corrections:   the three feeds of corrections, RSS and Atom, ms
$ACT_archive:   the section's archive, RSS and Atom, ms
"""
ACTS = {
    "publish": "publish one article",
    "correct_recent": "correct one of the newest",
    "kill_recent": "kill one of the newest",
    "correct_archived": "correct one in the archives",
    "kill_archived": "kill one in the archives",
}
_UNITS = {"ms": 1e3, "s": 1.0, "MB": 1e-6, "": 1.0}


def show(figures_of: dict[int, Figures]) -> None:
    """Print the table; every ratio is to the smallest newsroom that has the measure."""
    print(f"{'articles':<54}" + "".join(f"{size:>20,}" for size in figures_of))
    acts = (_ACT.replace("$ACT", act).replace("$WORDS", words) for act, words in ACTS.items())
    for line in _LINES.replace("$ACTS", "".join(acts)).splitlines():
        key, _, rest = line.partition(": ")
        values = [figures.get(key) for figures in figures_of.values()]
        base = next((value for value in values if value), None)
        if not rest:
            print(line)
        elif base:
            unit = rest.rpartition(",")[2].strip()
            shown = [_cell(value, unit, base) for value in values]
            print(f"  {rest.rstrip(','):<52}{''.join(shown)}".rstrip())


def _cell(value: float | None, unit: str, base: float) -> str:
    if value is None:
        return " " * 20
    shown = value * _UNITS[unit]
    digits = 0 if shown >= 1000 else 1 if shown >= 10 else 2
    ratio = f" ×{value / base:.2f}" if value != base else ""
    return f"{shown:,.{digits}f}{ratio:>8}".rjust(20)
