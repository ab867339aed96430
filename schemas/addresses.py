"""What an email address looks like (RFC 5321 and 5322): a dot-atom of at most 64 characters; a domain whose
labels may be of any script (they travel in ASCII). Quoted local parts and address literals are not taken.
"""

from __future__ import annotations

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[^\s@<>(),;:\"\\\[\]\x00-\x1f\x7f.]+"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*\Z")
_EMAIL = re.compile(rf"[^\s@\x00-\x1f\x7f]+@{_LABEL}(?:\.{_LABEL})*\Z")
LONGEST = 254  # characters, RFC 5321


def is_email(text: str) -> bool:
    """Whether it can be somebody's email address, also one that our messages cannot reach."""
    return _EMAIL.match(text) is not None


def is_address(text: str) -> bool:
    """Whether a message could be sent there."""
    return len(text) <= LONGEST and _ADDRESS.match(text) is not None
