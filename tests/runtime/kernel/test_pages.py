"""Which pages an address belongs to."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.runtime.kernel.intake.pages import Pages

PATTERNS = {
    "home": "https://acme.test/",
    "pricing": "https://acme.test/pricing*",
    "any-blog": "https://*.acme.test/blog/*/comments",
    "year": "https://acme.test/20??",
    "all": "*",
}


@pytest.mark.parametrize(
    ("url", "pages"),
    [
        ("https://acme.test/", ("all", "home")),
        ("https://acme.test/pricing", ("all", "pricing")),
        (" HTTPS://ACME.test/Pricing?plan=pro#top ", ("all", "pricing")),
        ("https://acme.test/pric", ("all",)),
        ("https://www.acme.test/blog/a/b/comments", ("all", "any-blog")),
        ("https://www.acme.test/blog/comments", ("all",)),
        ("https://acme.test/2026", ("all", "year")),
        ("https://acme.test/20260", ("all",)),
        ("https://acme.test/20a.", ("all", "year")),
        ("", ("all",)),
    ],
)
def test_every_page_whose_pattern_covers_the_address(url, pages):
    assert Pages(PATTERNS).matching(url) == pages


@given(st.text("ab*?.", max_size=8), st.text("ab?.", max_size=10))
def test_globs_agree_with_the_obvious_translation(pattern, url):
    obvious = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    expected = ("p",) if re.fullmatch(obvious, url) else ()
    assert Pages({"p": pattern}).matching(url) == expected


def test_an_address_made_to_be_slow_is_not():
    pages = Pages({"p": "*a" * 30 + "b"})
    start = time.process_time()
    assert pages.matching("a" * 2_000) == ()
    assert time.process_time() - start < 1
