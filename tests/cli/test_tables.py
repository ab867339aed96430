from __future__ import annotations

from oncue.cli.render.contact import entries
from oncue.cli.render.progress import line
from oncue.cli.render.table import draw


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    text = draw(["step", "entered"], [["invite", "9"], ["wait", "1200"]], right=frozenset({1}))
    assert text == "step    entered\ninvite        9\nwait       1200"


def test_wide_and_combining_characters_keep_the_columns() -> None:
    assert draw(["a", "b"], [["日本", "x"], ["e\u0301", "y"]]) == "a     b\n日本  x\ne\u0301     y"


def test_a_name_cannot_steer_the_terminal() -> None:
    assert draw(["name"], [["\x1b[31mred\nnext"]]) == "name\n\ufffd[31mred next"


def test_a_table_without_rows_is_nothing() -> None:
    assert draw(["a"], []) == ""


def test_the_progress_bar_tells_share_and_speed() -> None:
    assert line(500, 1000, 2.0, "events") == f"[{'#' * 12}{'.' * 12}] 500 of 1,000 events, 250 a second"
    assert line(500, None, 0.5, "events") == "500 events"


def test_a_change_of_a_deal_tells_what_was_from_what_is() -> None:
    data = {"deal": "1", "stage": ["demo", "offer"], "closes": ["2026-12-31", ""], "source": ["", "web"]}
    shown = entries([{"what": "deal.changed", "unit": "campaigns/c", "data": data}], "UTC")
    assert "(deal 1, stage demo → offer, closes 2026-12-31 → nothing, source nothing → web)" in shown
