"""Read a saved article page, HTML or plain text, as the fields of a record."""
