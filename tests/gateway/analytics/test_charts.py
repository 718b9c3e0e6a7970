"""Checks of drawings: nothing that is written on an axis is cut at the edge of the picture."""

import re

import pytest

from gateway.analytics.charts import WIDTH, lines
from gateway.core.http.pages import templates

LETTER = 8  # at most so wide in the picture, at 13 px


@pytest.mark.parametrize("days", [7, 28, 31])
def test_no_label_of_an_axis_sticks_out(days: int) -> None:
    chart = lines([[3] * days], [f"{day}.10." for day in range(1, days + 1)])
    drawn = str(templates.env.get_template("analytics/_charts.html").module.line_chart(chart, "People", ["asked"]))  # type: ignore[attr-defined]
    labels = re.findall(r'x="([\d.]+)" y="228" text-anchor="(\w+)">([^<]+)<', drawn)

    assert len(labels) >= 4
    for at, anchor, text in labels:
        left = float(at) - {"start": 0, "middle": 0.5, "end": 1}[anchor] * len(text) * LETTER
        assert left >= 0
        assert left + len(text) * LETTER <= WIDTH, text
