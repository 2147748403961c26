"""Fold text for search, and turn a condition into a LIKE pattern on the column `search_text`; pure.

The column is TAB recipient TAB [delivered_to TAB] newline TAB sender TAB [envelope_sender TAB] newline subject, each
folded. No folded text holds a TAB or a newline, so a fragment cannot match across two of them.
"""

import re
from unicodedata import combining, normalize

# Part of what is stored: a change of `fold` needs a new version, and the column filled again.
FOLD_VERSION = 1

# Letters that Unicode does not take apart, in the form that casefold leaves (ß is ss by then).
_LETTERS = {
    "œ": "oe",
    "æ": "ae",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ŧ": "t",
    "\N{LATIN SMALL LETTER DOTLESS I}": "i",
}
_CONTROLS = {chr(code): " " for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
_REPLACEMENTS = str.maketrans(_LETTERS | _CONTROLS)
# The first accent is the first of these; to look at each letter would take longer.
_MAY_BE_ACCENT = re.compile("[\u0300-\U0010ffff]").sub
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def fold(text: str) -> str:
    """The text without case, accents and control characters; folding again, or piece by piece, gives the same.

    Accents are characters with a combining class, not all of category Mn: the vowel signs of Thai or Hindi are letters.
    """
    if text.isascii() and text.isprintable():  # nearly every one, and nothing but its case to take away
        return text.lower()
    if not text.isascii():
        text = _MAY_BE_ACCENT(_without_accent, normalize("NFKD", text))
    return text.casefold().translate(_REPLACEMENTS)


def _without_accent(character: re.Match[str]) -> str:
    return "" if combining(character[0]) else character[0]


def is_blank_after_fold(text: str) -> bool:
    """Whether a condition on this text would hold everywhere, or mean nothing."""
    return not fold(text).strip()


def search_text(
    *, recipient: str, delivered_to: str | None, sender: str, envelope_sender: str, subject: str | None
) -> str:
    """The column's value; second addresses stand only where they differ from the first."""
    return search_text_of(recipient, delivered_to, what_recipients_share(sender, envelope_sender, subject))


def what_recipients_share(sender: str, envelope_sender: str, subject: str | None) -> str:
    """The part of the column's value that all recipients of a message have."""
    return f"\n{_addresses(sender, envelope_sender)}\n{fold(subject or '')}"


def search_text_of(recipient: str, delivered_to: str | None, shared: str) -> str:
    """The column's value, of the part that the recipients share."""
    return _addresses(recipient, delivered_to) + shared


def anywhere_contains(text: str) -> str:
    """The pattern of text in any address or in the subject."""
    return f"%{_plain(text)}%"


def recipient_contains(text: str) -> str:
    """The pattern of text in the recipient, or in the address that an alias sent it to."""
    return f"%{_plain(text)}%\n%\n%"


def recipient_equals(address: str) -> str:
    """The pattern of a recipient, or of the address that an alias sent it to."""
    return f"%\t{_plain(address)}\t%\n%\n%"


def recipient_domain(domain: str) -> str:
    """The pattern of a recipient's domain; the domain holds no @, for it is what follows the last one."""
    return f"%@{_plain(domain)}\t%\n%\n%"


def sender_contains(text: str) -> str:
    """The pattern of text in the sender, header or envelope."""
    return f"%\n%{_plain(text)}%\n%"


def sender_equals(address: str) -> str:
    """The pattern of a sender, header or envelope."""
    return f"%\n%\t{_plain(address)}\t%\n%"


def sender_domain(domain: str) -> str:
    """The pattern of a sender's domain; the domain holds no @, for it is what follows the last one."""
    return f"%\n%@{_plain(domain)}\t%\n%"


def subject_contains(text: str) -> str:
    """The pattern of text in the subject."""
    return f"%\n%\n%{_plain(text)}%"


def subject_equals(text: str) -> str:
    """The pattern of a whole subject."""
    return f"%\n%\n{_plain(text)}"


def _addresses(first: str, second: str | None) -> str:
    folded = fold(first)
    other = folded if not second or second == first else fold(second)
    return f"\t{folded}\t" if other == folded else f"\t{folded}\t{other}\t"


def _plain(text: str) -> str:
    return fold(text).translate(_LIKE_ESCAPES)
