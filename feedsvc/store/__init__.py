"""The rebuildable index of the newsroom. Only this package knows SQL."""
