"""Markdown as newsrooms type it, with its extensions."""

from __future__ import annotations

import pytest

from feedsvc.ingest.html.sanitize import clean_html
from feedsvc.ingest.record.markdown import render_markdown


def shown(text: str) -> str:
    return clean_html(
        render_markdown(text), "https://q.example/a", lambda *_: None, lambda *_: None
    )


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("See https://q.example/a?b=1&c=2.",
         '<p>See <a href="https://q.example/a?b=1&amp;c=2">https://q.example/a?b=1&amp;c=2</a>.</p>'),
        ("(www.q.example/) or *http://q.example*",
         '<p>(<a href="https://www.q.example/">www.q.example/</a>) or '
         '<em><a href="http://q.example">http://q.example</a></em></p>'),
        ("[see https://q.example](https://b.example) "
         '<a href="https://c.example">https://d.example</a>',
         '<p><a href="https://b.example">see https://q.example</a> '
         '<a href="https://c.example">https://d.example</a></p>'),
        ("[embed]https://q.example/a[/embed]",
         '<p>[embed]<a href="https://q.example/a">https://q.example/a</a>[/embed]</p>'),
        ("`https://q.example` <https://q.example> awww.q",
         '<p><code>https://q.example</code> <a href="https://q.example">https://q.example</a> '
         "awww.q</p>"),
        ("- [ ] Ask\n- [x] Print\n- [y] No",
         "<ul>\n<li>☐ Ask</li>\n<li>☑ Print</li>\n<li>[y] No</li>\n</ul>"),
        ("| a | b |\n|--:|:-:|\n| 1 | 2 |",
         '<table>\n<thead>\n<tr>\n<th align="right">a</th>\n<th align="center">b</th>\n</tr>\n'
         '</thead>\n<tbody>\n<tr>\n<td align="right">1</td>\n<td align="center">2</td>\n</tr>\n'
         "</tbody>\n</table>"),
        ("Rain.[^a]\n\n[^a]: By the met office.\n\nSun.",
         "<p>Rain.<sup>[1]</sup></p>\n<p>Sun.</p>\n<hr>\n\n"
         "<ol>\n<li><p>By the met office. </p>\n</li>\n</ol>"),
        ("Rain.\n\n[^a]: By the met office.", "<p>Rain.</p>\n<p>[^a]: By the met office.</p>"),
    ],
)  # fmt: skip
def test_extensions_of_markdown_are_rendered(typed: str, html: str) -> None:
    assert shown(typed) == html
