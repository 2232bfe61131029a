"""Read an article from an HTML page."""
