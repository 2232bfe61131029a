"""Read a saved article page, HTML or plain text, as the fields of a record.

``read`` decides which of the two it is; ``html`` and ``text`` read one each, and share the
modules beside them.
"""
