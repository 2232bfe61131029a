"""The way in: from changed files to rows in the store and changed feeds."""
