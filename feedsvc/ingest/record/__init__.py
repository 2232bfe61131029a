"""One record: its keys, its values, and the files it is read from and written to."""
