"""The newsroom that a command works on."""

from feedsvc.config.load import load
from feedsvc.config.settings import Config
from feedsvc.errors import FeedsvcError


def load_newsroom() -> Config:
    """Return the configuration of a newsroom that has a folder for articles.

    :raises FeedsvcError: the configuration has mistakes, or there is no such folder.
    """
    config = load()
    if not config.articles.is_dir():
        raise FeedsvcError(f"there is no folder {config.articles}; articles belong in it")
    return config
