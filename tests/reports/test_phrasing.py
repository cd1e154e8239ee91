"""From frozen sentences to words."""

from __future__ import annotations

from datetime import date

import pytest

from reports.phrasing import form_sentence, phrase, phrase_html


def test_placeholders_take_the_unit_of_their_suffix() -> None:
    sentence = form_sentence(
        "{name_name}: {lag_months} on {seen_on}",
        {"name_name": "Aurora", "lag_months": 5.2, "seen_on": date(2026, 11, 22)},
        units={"_months": "months", "_on": "date"},
    )
    assert phrase(sentence).replace("\u00a0", " ") == "Aurora: 5.2 months on 22 Nov 2026"


def test_a_placeholder_without_a_value_is_refused() -> None:
    with pytest.raises(ValueError, match="lag_months"):
        form_sentence("{lag_months}", {})


@pytest.mark.parametrize("template", ["{x:.1f}", "{x!r}", "{}", "{0}", "{x.y}", "{x[0]}"])
def test_a_template_may_hold_plain_names_only(template: str) -> None:
    with pytest.raises(ValueError, match="plain named placeholders"):
        form_sentence(template, {"x": 1.0})


def test_only_the_values_a_template_names_are_kept() -> None:
    assert set(form_sentence("{a}", {"a": 1, "b": 2})["numbers"]) == {"a"}


def test_html_escapes_template_and_values_and_sets_numbers_in_bold() -> None:
    sentence = form_sentence("<i>{who}</i> {count}", {"who": "<script>", "count": 3})
    assert phrase_html(sentence) == "&lt;i&gt;&lt;script&gt;&lt;/i&gt; <b>3</b>"


def test_braces_in_a_value_are_no_placeholders() -> None:
    assert phrase(form_sentence("{who}", {"who": "{count}"})) == "{count}"
