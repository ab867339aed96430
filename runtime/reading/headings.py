"""The header rows of CSV files, looked at before anything is handled: a slip in a heading is one mistake,
told once for the file instead of on each of its rows."""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import Path

from oncue.runtime.errors import InputError
from oncue.runtime.kernel.intake import accounts as intake_accounts
from oncue.runtime.kernel.intake.contacts import BESIDES
from oncue.runtime.reading import inputs
from oncue.schemas.builtins import CONTACT_FIELDS, READ_ONLY_FIELDS
from oncue.schemas.plan import Plan

_WHO = ("id", "email", "anonymous_id")


def check(sources: Sequence[str | Path], plan: Plan) -> None:
    """Raises InputError for the first CSV file whose columns are neither those of contact rows nor those of
    account rows. An empty file is one that has not grown yet."""
    known = (BESIDES | frozenset(plan.fields) | CONTACT_FIELDS.keys()) - (READ_ONLY_FIELDS - {"id"})
    of_accounts = intake_accounts.BESIDES | plan.account_fields.keys()
    for source in sources:
        if inputs.is_csv(source) and Path(source).is_file():  # a pipe is read once only
            data = inputs.first_line(Path(source))
            if data.strip():
                heads = inputs.heads_of(str(source), data)
                if not intake_accounts.is_account(dict.fromkeys(heads)) or set(heads) & (known - of_accounts):
                    _check(f"{source}:1", heads, known)
                else:
                    _check_unknown(f"{source}:1", heads, of_accounts, "account")


def _check(place: str, heads: Sequence[str], known: Set[str]) -> None:
    if all(head in known for head in heads):
        if not set(_WHO) & set(heads):
            raise InputError(f"{place}: no column says whose row it is: one of `id`, `email`, `anonymous_id`")
        return
    _check_unknown(place, heads, known, "contact")


def _check_unknown(place: str, heads: Sequence[str], known: Set[str], what: str) -> None:
    unknown = [head for head in heads if head not in known]
    if not unknown:
        return
    separator = next((each for each in ";\t|" if len(heads) == 1 and each in heads[0]), None)
    if separator is not None:
        name = "a tab" if separator == "\t" else f"`{separator}`"
        raise InputError(f"{place}: {name} stands between the columns: write commas")
    if any("@" in head for head in heads):
        raise InputError(
            f"{place}: the first row names the columns, such as `email,first_name`; here it is data"
        )
    shown = "; ".join(_told(head, known, what) for head in unknown[:5])
    more = f"; and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    raise InputError(f"{place}: {shown}{more}; rename or remove such columns, or declare the fields")


def _told(head: str, known: Set[str], what: str) -> str:
    if head in READ_ONLY_FIELDS:
        return f"`{head}` is written by oncue alone"
    meant = _nearest(head, known)
    return f"no {what} field `{head[:40]}`" + (f" (did you mean `{meant}`?)" if meant else "")


def _nearest(head: str, known: Set[str]) -> str | None:
    from difflib import get_close_matches  # only now: most files have no mistakes

    wanted = "_".join(head.lower().replace("-", " ").split())
    return next(iter(get_close_matches(wanted, sorted(known), n=1)), None)
