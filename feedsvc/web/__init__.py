"""The answers over HTTP, one blueprint a module; they ask publishing and syndication alone."""
