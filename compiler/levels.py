"""How loud each thing is said: levels from oncue.yaml, and comments that ignore a code on one line.

``lint: {L103: off, L101: error}`` changes lints, and whatever is a warning or a note. So does a comment
``# oncue: ignore L103`` at the end of the line, or alone on the line above. An error that is no lint stands:
the plan could not be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import msgspec

from oncue.compiler import codes
from oncue.compiler.diagnostics import Diagnostic, Severity
from oncue.compiler.ignores import Comments
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.yaml.nodes import Node, Scalar


def apply(
    diagnostics: Iterable[Diagnostic],
    levels: Iterable[tuple[Scalar, str]],
    files: Mapping[str, bytes],
    documents: Mapping[str, Node | None],
) -> Iterator[Diagnostic]:
    """The diagnostics at their levels, without the ignored ones, and with a word on unknown codes. Comments
    that ignore nothing are told where there is no error: what an error hides might be what they ignore."""
    chosen = {key.text: level for key, level in levels}
    comments = Comments(files)
    failed = False
    for diagnostic in (*diagnostics, *_unknown(key for key, _ in levels)):
        said = _at_its_level(diagnostic, chosen, comments)
        if said is not None:
            failed = failed or said.severity == "error"
            yield said
    for diagnostic in () if failed else comments.idle(documents):
        said = _at_its_level(diagnostic, chosen, comments)
        if said is not None:
            yield said


def _at_its_level(diagnostic: Diagnostic, chosen: Mapping[str, str], comments: Comments) -> Diagnostic | None:
    """None where nothing shall be said."""
    if not adjustable(diagnostic):
        return diagnostic
    if comments.ignore(diagnostic):
        return None
    level = chosen.get(diagnostic.code, diagnostic.severity)
    return None if level == "off" else msgspec.structs.replace(diagnostic, severity=cast(Severity, level))


def adjustable(diagnostic: Diagnostic) -> bool:
    """Whether a level or a comment may change it."""
    return diagnostic.severity != "error" or diagnostic.code.startswith("L")


def _unknown(keys: Iterable[Scalar]) -> Iterator[Diagnostic]:
    for key in keys:
        if key.text not in codes.known():
            hint = did_you_mean(key.text, codes.known()) or "`oncue explain` lists the codes"
            fix = meant(key.text, codes.known())
            yield Diagnostic("N211", "error", f"there is no code `{key.text}`", key.span, hint, fix=fix)
