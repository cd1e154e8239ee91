from __future__ import annotations

import pytest

from collectors.feeds.announcement import find_announced_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Introducing Aurora 3", "Aurora 3"),
        ("Introducing the Aurora Protocol", "Aurora Protocol"),
        ("Announcing Pixtral 12B", "Pixtral 12B"),
        ("Introducing GPT-Rosalind for life sciences research", "GPT-Rosalind"),
        ("Introducing Muse Spark: Scaling Towards Personal Superintelligence", "Muse Spark"),
        ("Meridian 5.1 is now available", "Meridian 5.1"),
        ("Sora 2 is here", "Sora 2"),
        ("Grok-2 Beta Release", "Grok-2 Beta"),
        ("DeepSeek-V3.2 正式版发布 2025/12/01", "DeepSeek-V3.2"),
    ],
)
def test_title_that_presents_a_name_is_an_announcement(title: str, name: str) -> None:
    assert find_announced_name(title) == name


@pytest.mark.parametrize(
    "title",
    [
        "How Claude’s text watermark works",
        "Introducing Claude for Teachers",
        "Introducing Claude to Canada",
        "Introducing our new partnership with Harbour",
        "Announcing the Aurora Research Fund 2",
        "Announcing new board members",
        "Introducing a better way to think",
        "Aurora joins the alliance",
        "Release notes for 2026",
        "The report for 2025 is now available",
        "Everything is available",
        "Weekly round-up 12: serving engines",
        "",
    ],
)
def test_other_news_is_none(title: str) -> None:
    assert find_announced_name(title) is None
