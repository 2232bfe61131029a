"""The HTTP protocol: conditional requests, content codings, limits, replies."""
