"""Values only: what an article is (ninjs's words) and what a feed is (RFC 4287's words)."""
