"""Read an article from the plain text of a page."""
