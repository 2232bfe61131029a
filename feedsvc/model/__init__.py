"""Values only: an article in the words of ninjs, a feed in the words of RFC 4287."""
