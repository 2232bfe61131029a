"""Pure stages from articles to a finished feed: same input, same bytes, always."""
