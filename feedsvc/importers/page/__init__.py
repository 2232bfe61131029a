"""A saved article page, HTML or plain text, becomes the fields of a record.

``convert`` decides which it is; ``text`` and ``markup`` conduct the two ways; the other modules are
what a page is made of.
"""
