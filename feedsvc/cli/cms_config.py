"""``feedsvc cms-config``: print the configuration of Decap CMS and Sveltia CMS."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

import click

from feedsvc.config.load import load_newsroom
from feedsvc.config.settings import Config
from feedsvc.errors import UNPRINTABLE, FeedsvcError
from feedsvc.ingest.files import walk
from feedsvc.model.paths import ARTICLES

_MOMENT = "YYYY-MM-DDTHH:mm:ssZ"
_PICTURE = ("caption", "credit", "alt")


@click.command("cms-config")
def command() -> None:
    """Print a config.yml for Decap CMS or Sveltia CMS, with a collection for each section.

    They edit the article files in a browser, through git. Add the backend of your repository.
    """
    import yaml

    config = load_newsroom()
    if config.records.kept_in != "folder":
        raise FeedsvcError('these edit files, but [articles] in is "database"')
    text = yaml.safe_dump(_configuration(config), sort_keys=False, allow_unicode=True, width=100)
    click.echo(text, nl=False)


def _configuration(config: Config) -> dict[str, Any]:
    return {
        "backend": {"name": "git-gateway", "branch": "main"},
        "media_folder": "",
        "public_folder": "",
        "slug": {"encoding": "unicode", "clean_accents": True},
        "collections": [_collection(config, it) for it in _sections(config)],
    }


def _sections(config: Config) -> list[str]:
    """Return the folders of articles, and the sections that config.toml names."""
    files: Iterable[str] = walk(config.articles, unreadable=[])
    folders = {PurePosixPath(it).parent.as_posix() for it in files}
    return sorted({*folders, *config.sections} - {"."})


def _collection(config: Config, section: str) -> dict[str, Any]:
    return {
        "name": section.replace("/", "-"),
        "label": UNPRINTABLE.sub("", config.section(section).title),
        "folder": f"{ARTICLES}/{section}",
        "create": True,
        "extension": "md",
        "format": "yaml-frontmatter",
        "identifier_field": "headline",
        "slug": "{{year}}-{{month}}-{{day}}-{{slug}}",
        "media_folder": "",
        "public_folder": "",
        "fields": _fields(),
    }


def _fields() -> list[dict[str, Any]]:
    """Return the keys of a record, each with its widget."""
    words = [_field(it, "string") for it in _PICTURE]
    return [
        {"name": "headline", "label": "Headline", "widget": "string"},
        {"name": "published", "label": "Published", "widget": "datetime", "format": _MOMENT},
        _field("summary", "text"),
        _field("byline", "string"),
        _field("keywords", "list"),
        _field("language", "string"),
        _field("image", "object", fields=[_field("file", "image"), *words]),
        _field("status", "select", options=["draft", "usable", "withheld", "canceled"]),
        _field("embargoed", "datetime", format=_MOMENT),
        _field("expires", "datetime", format=_MOMENT),
        _field("updated", "datetime", format=_MOMENT),
        _field("note", "text"),
        # The rich mode rewrites Markdown that no one touched.
        _field("body", "markdown", modes=["raw"]),
    ]


def _field(name: str, widget: str, **options: Any) -> dict[str, Any]:
    label = name.capitalize()
    return {"name": name, "label": label, "widget": widget, "required": False, **options}
