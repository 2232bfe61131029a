"""Answer hot feeds from memory, before Flask."""
