"""A small newsroom in which every part of a feed occurs at least once."""

from __future__ import annotations

from tests.conftest import Newsroom, article, png

CONFIG = """\
[site]
title = "The Daily Quay"
url = "https://quay.example"
description = "News & tides"
timezone = "Europe/Lisbon"
rights = "© The Daily Quay"
icon = "/icon.png"
logo = "https://cdn.quay.example/logo.png"

[feeds]
url = "https://feeds.quay.example"

[sections."world/europe"]
title = "Europe"
description = "Letters from other harbours"
image = "/europe.png"

[sections.ar]
title = "بالعربية"
language = "ar"
"""

IN_ATOM = {"8 at old.example": "tag:quay.example,2026:local/tides"}
"""The id in Atom of the article whose guid is no IRI."""

BRIDGE = """\
---
headline: "Harbour Bridge: <3 Years & Counting"
summary: 'Ferries keep running until "Sunday" & engineers watch the <new> bearings.'
byline:
  - Mara Oduya
  - {name: Jonas Lindqvist, email: jonas@quay.example, url: "https://quay.example/jonas"}
published: 2026-11-21 08:30
updated: 2026-11-22 10:00
note: "Correction: the bridge is 312 metres long, not 321."
image:
  file: bridge.png
  caption: The first bus crosses & waves.
  credit: Ines Falk / The Daily Quay
  alt: A red bus on an "empty" bridge
  focus: [0.5, 0.3]
images:
  - url: https://cdn.quay.example/plan.jpg
    type: image/jpeg
    length: 4711
    width: 1200
    height: 800
    caption: The plan.
  - url: https://cdn.quay.example/unmeasured.jpg
media:
  - {url: "https://cdn.quay.example/bridge.mp3", type: audio/mpeg, length: 90000, duration: 95,
     title: The bells}
related:
  - world/europe/tunnel
  - {headline: How the Bearings Failed, url: "https://quay.example/longread?a=1&b=2"}
  - {headline: the tunnel   OPENS}
  - {headline: A Story Nobody Has Written Yet}
  - local/embargoed
  - local/missing
keywords: [transport, "harbour & sea"]
comments: {url: "https://quay.example/bridge#comments", count: 7}
---
The first bus crossed at *6:12*, [as planned](/timetable). ![a plan](plan.png)

<script>alert(1)</script><p onclick="x()">Crowds cheered ]]> loudly.</p>
"""


def fill(newsroom: Newsroom) -> Newsroom:
    """Write the articles and read them."""
    newsroom.write("local/bridge.md", BRIDGE)
    newsroom.write("local/bridge.png", png(4, 3))
    newsroom.write("local/plan.png", png(1, 1))
    newsroom.write(
        "world/europe/tunnel.md",
        article("The Tunnel Opens", published="2026-11-20T09:00:00Z", related="[local/bridge]"),
    )
    newsroom.write(
        "local/regatta.md",
        article(
            "The Regatta Closes the Port",
            "FOR MEMBERS",
            published="2026-11-17",
            guid='"https://old.example/?p=7&x=1"',
            sections="[local, world/europe]",
            access="members",
            teaser="'Two hundred *sails*, and no way out for the ferry.'",
        ),
    )
    newsroom.write(
        "local/tides.md",
        article("Tides of the Week", "High.", published="2026-11-16", guid="8 at old.example"),
    )
    newsroom.write("local/terms.md", article("TERMS", feeds="false"))
    newsroom.write("local/embargoed.md", article("SECRET", embargoed="2026-11-24 06:00"))
    newsroom.write("local/expired.md", article("BYGONE", expires="2026-11-22"))
    newsroom.write("local/draft.md", article("DRAFT", published="", status="draft"))
    newsroom.write("local/later.md", article("TOMORROW", published="2026-11-24"))
    newsroom.write("local/held.md", article("HELD", status="withheld"))
    newsroom.write(
        "ar/cafe.md",
        article(
            "مقهى الميناء",
            "تفتح المقهى أبوابها عند الفجر. ويشرب الصيادون الشاي.",
            published="2026-11-19",
            related="[local/bridge]",
        ),
    )
    newsroom.write(
        "deutsch.md",
        article("Über die Brücke", "Ein Tag am Kai.", published="2026-11-18", language="de"),
    )
    report = newsroom.sync()
    assert [str(problem) for problem in report.problems] == []
    return newsroom
