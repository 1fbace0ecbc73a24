"""What is said of an option's value that is none: in sentences, not in a validator's words."""

from __future__ import annotations

import re

_plain = (
    (re.compile(r"Value error, "), ""),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"give \1 or more"),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"give \1 or less"),
    (re.compile(r"Input should be greater than (\S+)"), r"give more than \1"),
    (re.compile(r"Input should be less than (\S+)"), r"give less than \1"),
    (re.compile(r"Input should be a valid integer[^;\n]*"), "it is no whole number"),
    (re.compile(r"Input should be a valid number[^;\n]*"), "it is no number"),
    (re.compile(r"Input should be "), "it should be "),
)


def in_plain_words(message: str) -> str:
    """Return a message of the option parser without the words of its validator."""
    for words, plain in _plain:
        message = words.sub(plain, message)
    return message
