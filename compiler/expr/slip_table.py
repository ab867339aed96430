# ruff: noqa: E501
"""What people type where the language has another word: one row for each slip, the first that fits is told."""

from __future__ import annotations

import re

from msgspec import Struct

_QUOTES = "“”„«»‘’‚`´"


class Slip(Struct, frozen=True):
    """`found` must match at the place of the error, `before` at the end of what precedes it. `{0}` in the
    texts stands for what was found."""

    code: str
    message: str
    hint: str
    found: re.Pattern[str]
    before: re.Pattern[str] | None = None


def _slip(code: str, found: str, message: str, hint: str, before: str = "") -> Slip:
    preceding = re.compile(rf"(?:{before})\s*\Z", re.IGNORECASE) if before else None
    return Slip(code, message, hint, re.compile(found, re.IGNORECASE), preceding)


_CLAUSES = "did EVENT [of ASSET] [where TEST] [at least N times] [in last 7 days]"

_AFTER_DID = r"\bdid\b[^()]*"
_BEGIN = r"(?:\A|\band|\bor|\bnot|\()\s*"
_AMOUNT = "how many times is said with `at least`, `at most`, `exactly`"
_ASKED = "write `did email.open of ID`, `did web_page.visit of ID`"

SLIPS: tuple[Slip, ...] = (
    # behaviour: how many, since when, which
    _slip("C001", r"in\s+(?:the\s+)?last\b|since\b|and\b|or\b|\Z", "`times` is missing", "write `at least 3 times`", r"\b(?:at\s+least|at\s+most|exactly)\s+\d+"),
    _slip("C003", r"(?:>=|<=|==|=|>|<)\s*\d+(?:\s+times?\b)?", _AMOUNT, "write `at least 3 times`", r"\bdid(?:\s+not)?\s+[\w.]+(?:\s+of\s+[\w.-]+)?"),
    _slip("C003", r"\d+\s+times?\b", _AMOUNT, "write `at least 3 times` or `exactly 3 times`", _AFTER_DID),
    _slip("C003", r"(?:one|two|three|four|five|ten)\b", "times are counted in numbers", "write `at least 3 times`", r"\b(?:at\s+least|at\s+most|exactly)"),
    _slip("C001", r"(?:at\s+(?:least|most)|exactly|in\s+(?:the\s+)?last|since)\b", "`{0}` does not stand here", "two tests after `where` stand in brackets: `where (total > 100 and sku == \"A\")`", r"\bwhere\b[^()]*\b(?:and|or)\b[^()]*"),
    _slip("C001", r"(?:in\s+(?:the\s+)?last|since)\b", "`{0}` does not stand here", "the time stands inside the brackets: `sum(purchase.total in last 30 days)`", r"\b(?:count|sum|min|max|first|last)\s*\([^()]*\)[^()]*"),
    _slip("C003", r"(?:within\s+|over\s+|during\s+|for\s+|in\s+)?(?:the\s+)?(?:last|past|previous)\b(?<!\bin last)(?<!\bin the last)", "`{0}` does not stand here", "write `in last 30 days`", r"\b(?:did|count|sum|min|max|first|last)\b[^()]*(?:\([^()]*)?"),
    _slip("C003", r"\d+\s*(?:minutes?|hours?|days?|weeks?)\b", "`since` takes a day, not a duration", "write `in last 30 days` or `since 2026-07-01`", r"\bsince"),
    _slip("C003", r"in\s+(?:the\s+)?last\b", "`{0}` is for what a contact did", "write `FIELD within last 30 days`", r"\A(?:(?!\bdid\b|\().)*"),
    _slip("C003", r"next\b", "`in next` is written `within next`", "write `within next 30 days`", r"\bin"),
    _slip("C003", r"(?:with|having|whose)\b", "`{0}` is not used here", "write `where total > 100`", r"\bdid(?:\s+not)?\s+[\w.]+(?:\s+of\s+[\w.-]+)?"),
    _slip("C003", r"after\b", "`{0}` is not used here", "write `since 2026-07-01`", r"\bdid(?:\s+not)?\s+[\w.]+(?:\s+of\s+[\w.-]+)?"),
    _slip("C003", r"\w", "what a contact did begins with `did`", _ASKED, _BEGIN + r"(?:opened|clicked|visited|viewed|watched|downloaded|submitted|bought)"),
    _slip("C003", r"\w", "`never` is not used in conditions", "write `not did EVENT`", _BEGIN + r"never(?:\s+did)?"),
    _slip("C003", r"\w", "`in` is missing", "write `in segment ID`", _BEGIN + r"segment"),
    _slip("C003", r"\w", "`in` is missing", "write `in campaign ID`", _BEGIN + r"campaign"),
    _slip("C003", r"(?!tags?\b)\w", "a field is missing before `has`", "write `FIELD is set`, or `FIELD has \"...\"`", _BEGIN + r"has"),
    _slip("C003", r"\(", "there is no such aggregate", "write `sum(purchase.total) / count(purchase)`", r"\b(?:avg|average|mean)"),
    _slip("C002", r"@", "a text stands in double quotes", 'write `"@acme.com"`'),
    _slip("C003", r"\d{1,2}\s*(?:am|pm)\b", "times of day are written from 00:00 to 23:59", "write `09:00` or `17:00`"),
    _slip("C003", r"[\w.]+", "a list stands in square brackets", "a set of texts is tested with `has`: `interests has \"golf\"`", r'"\s*in'),
    _slip("C003", r"starts?\b", "`{0}` goes with `with`", 'write `starts with "..."`'),
    _slip("C003", r"ends?\b", "`{0}` goes with `with`", 'write `ends with "..."`'),
    # quotes
    _slip("C002", rf"[{_QUOTES}]", "texts stand in straight double quotes", 'write `"..."`'),
    _slip("C002", r"'\w", "`'` is not used in conditions", "write the words out: `is not`, `not in`, `did not`", r"\b(?:is|did|does|has|are)n"),
    _slip("C003", r"(?:isn|aren|doesn|didn|hasn|don)['’]?t\b", "`{0}` is not used in conditions", "write `is not`, `not in`, `not contains` or `did not`"),
    _slip("C002", r"'", "texts stand in double quotes", 'write `"..."`'),
    _slip("C002", r'"(?:[^"\\\n]|\\["\\])*\\', "only `\\\"` and `\\\\` are escapes in a text", "write `\\\\` for one backslash"),
    _slip("C002", r'"[^"\n]*\n', "this text is not closed on its line", 'put `"` at its end'),
    _slip("C002", r'"[^"]*\Z', "this text has no closing quote", 'put `"` at its end'),
    _slip("C002", r'[\w-]', "a tag stands in double quotes", 'write `tagged "..."`', r"\btagged"),
    # operators of other languages
    _slip("C003", r"=(?![=<>])|===", "one way to compare is `==`", "write `==`"),
    _slip("C003", r"&&?", "`{0}` is not used in conditions", "write `and`"),
    _slip("C003", r"\|\|?", "`{0}` is not used in conditions", "write `or`"),
    _slip("C003", r"!(?!=)", "`!` is not used in conditions", "write `not`"),
    _slip("C003", r">", "`<>` is not used in conditions", "write `!=`", "<"),
    _slip("C003", r"=[<>]", "`{0}` is not used in conditions", "write `<=` or `>=`"),
    _slip("C003", r"≠", "`≠` is not used in conditions", "write `!=`"),
    _slip("C003", r"[≤≥]", "`{0}` is not used in conditions", "write `<=` or `>=`"),
    _slip("C003", r"(?-i:AND|And|OR|Or|NOT|Not|IN|In|IS|Is|DID|Did)\b", "`{0}` is written in small letters", "write `and`, `or`, `not`, `in`, `is`, `did`"),
    _slip("C003", r"/", "conditions have no comments", "in YAML, put the comment on a line of its own above the condition", "/"),
    _slip("C003", r"#", "conditions have no comments", "in YAML, put the comment on a line of its own above the condition"),
    _slip("C003", r"-", "minus stands between two values", "write `0 - x`", r"\A|[(=<>]|\band|\bor|\bnot"),
    _slip("C003", r"[-−–—]", "minus stands between spaces", "write `a - b`; an id with a hyphen is not a field"),
    _slip("C003", r"[+-]\d", "plus and minus stand between spaces", "write `a - 5`", r"[\w\")]"),
    # words of other languages
    _slip("C003", r"between\b", "`between` is only for times of day: `now between 09:00 and 17:00`", "write `x >= 1 and x <= 5`"),
    _slip("C003", r"(?:equals?|equal\s+to)\b", "`{0}` is written `==`", "write `==`"),
    _slip("C003", r"(?:more|less|fewer)\s+than\s+\d+\s+times?\b", "times are counted with `at least`, `at most`, `exactly`", "write `at least 3 times`"),
    _slip("C003", r"than\b", "`than` is not used here", "write `>`, `>=`, `<` or `<=`", r"(?:greater|more|bigger|larger|higher|less|fewer|smaller|lower)"),
    _slip("C003", r"older\b", "`older` goes with `than`", "write `older than 30 days`"),
    _slip("C003", r"within\b", "`within` goes with `next` or `last`", "write `within next 30 days` or `within last 30 days`"),
    _slip("C003", r"(?:greater|more|bigger|larger|higher|over|above)\b", "`{0}` is written `>`", "write `>` or `>=`"),
    _slip("C003", r"(?:less|fewer|smaller|lower|under|below)\b", "`{0}` is written `<`", "write `<` or `<=`"),
    _slip("C003", r"(?:like|ilike|includes?|containing)\b", "`{0}` is not used in conditions", 'write `contains "..."` or `matches "...*"`'),
    _slip("C003", r"(?:startswith|begins|starting)\b", "`{0}` is written `starts with`", 'write `starts with "..."`'),
    _slip("C003", r"(?:endswith|ending)\b", "`{0}` is written `ends with`", 'write `ends with "..."`'),
    _slip("C003", r"(?:exists?|present|known|filled)\b", "`{0}` is written `is set`", "write `is set` or `is not set`"),
    _slip("C003", r"(?:null|none|nil|empty|blank|missing)\b", "there is no `{0}` in conditions", "write `is not set`"),
    _slip("C003", r"ago\b", "`ago` is not used in conditions", "write `older than 30 days` or `within last 30 days`"),
    _slip("C003", r"(?:once|twice)\b", "times are counted in numbers", "write `at least 1 time`"),
    _slip("C003", r"(?:next|last)\b", "a field is missing before `within`", "write `FIELD within next 30 days`", "within"),
    _slip("C003", r"(?:minutes?|hours?|days?|weeks?|months?|years?)\b", "a duration does not stand here", "write `within next 30 days`, `within last 30 days` or `older than 30 days`", r"\d"),
    _slip("C003", r"(?:from|after|before)\s+now\b", "`{0}` is not used here", "write `within next 30 days`", r"[a-z]"),
    _slip("C003", r"T\d\d", "an instant is written with `at`", "write `2026-07-01 at 09:00`", r"\d{4}-\d\d-\d\d"),
    _slip("C003", r"[.,]\d", "numbers are written plainly", "write `1000` or `0.5`"),
    _slip("C003", r"[$€£%]", "numbers are written without units", "write `100`"),
    _slip("C003", r"[^\[]", "a list stands in square brackets", 'write `in ["US", "CA"]`', r"\bin"),
    _slip("C003", r"in\b", "`segment` or `campaign` is missing", 'write `in segment ID`, `in campaign ID` or `FIELD in ["US", "CA"]`', r"(?:\A|\band|\bor|\bnot|\()"),
    _slip("C003", r"tags?\b", "tags are tested with `tagged`", 'write `tagged "..."`', r"\bhas"),
    _slip("C003", r"\w", "`to` is missing", "write `subscribed to LIST`", r"\bsubscribed"),
    _slip("C003", r"(?:is\s+)?subscribed\b", "`to` is missing", "write `subscribed to LIST`"),
    _slip("C003", r"[^\W\d]", "an aggregate takes its event in parentheses", "write `count(purchase)`, `sum(purchase.total)`", r"\b(?:count|sum|min|max|first|last)"),
    _slip("C003", r"\w", "a condition stands without `if` or `when`", "write `score > 5`", r"\A\s*(?:if|when)"),
    _slip("C042", r"(?:tagged|did|subscribed|now|in\s+segment|in\s+campaign)\b", "`{0}` does not belong inside `where`", "`where` sees the event's properties; join other tests outside: `did ... and ...`", r"\bwhere(?:\s+not)*"),
    # unfinished
    _slip("C001", r"\Z", "the tag is missing", 'write `tagged "..."`', r"\btagged"),
    _slip("C001", r"\Z", "something is missing after `and`, `or` or `not`", "put the next test there, or take the word out", r"\b(?:and|or|not)"),
    _slip("C006", r"\)", "this `)` closes nothing", "take it out, or open `(` before it"),
    _slip("C006", r"\]", "this `]` closes nothing", "take it out, or open `[` before it"),
    _slip("C001", r"(?:==|!=|<=|>=|<|>)", "comparisons do not chain", "write `x > 1 and x < 5`"),
    _slip("C001", r"(?:of|where|at\s+(?:least|most)|exactly|in\s+last|since)\b", "`{0}` does not stand here", f"the order is: {_CLAUSES}"),
)  # fmt: skip
