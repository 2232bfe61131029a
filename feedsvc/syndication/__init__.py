"""The way out: from a request to a feed, a page, a sitemap or an outline."""
