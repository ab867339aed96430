"""The send gate: what every message passes when its action runs, and again when it is handed over.

The checks are looked at in the order of CHECKS; the first that objects refuses the message with its reason.
A new check is one function and one line of the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.state import ContactState

# RFC 5321 and 5322: a dot-atom of at most 64 characters; a domain whose labels may be of any script (they
# travel in ASCII). Quoted local parts and address literals are not taken.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[^\s@<>(),;:\"\\\[\]\x00-\x1f\x7f.]+"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*\Z")
_LONGEST = 254  # characters of an address, RFC 5321

Check = Callable[[Program, ContactState, str], str]


def refusal(program: Program, state: ContactState, email: str) -> str:
    """Why the contact may not get this email now; an empty text if it may."""
    for check in CHECKS:
        why = check(program, state, email)
        if why:
            return why
    return ""


def address_of(state: ContactState) -> str:
    """The contact's email address as it was given, or an empty text."""
    address = state.shown.get("email", state.fields.get("email", ""))
    return address.strip() if isinstance(address, str) else ""


def _address(program: Program, state: ContactState, email: str) -> str:
    address = address_of(state)
    if not address:
        return "no address"
    return "" if len(address) <= _LONGEST and _ADDRESS.match(address) else "invalid address"


def _suppression(program: Program, state: ContactState, email: str) -> str:
    return "suppressed" if state.suppressed else ""


def _consent(program: Program, state: ContactState, email: str) -> str:
    spec = program.email(email)
    if spec.operational or email in program.confirmations:
        return ""
    status = state.subscriptions.get(spec.list or "", {}).get("email")
    return "" if status == "subscribed" else "no consent"


CHECKS: tuple[Check, ...] = (_address, _suppression, _consent)
