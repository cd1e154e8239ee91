"""Everything an issue states, as a flat list: each statement with its id, its words, numbers and evidence.

    verdict, quality, adoption, …   the verdict and its parts         changed.1, unchanged.1, corrected.1
    COO-01, SCI-02, …               findings, printed or not, with the key judgement that stands on one
    lag, arena_gap, …               the measures of the scoreboard    banner
    chart.gap, …                    charts with every point           H1, …  hypotheses
    movers.1, claims.1, E1, …       the rows of the tables: see reports.entries

The ids are what a reader may ask for; they are unique within one issue.
"""

from __future__ import annotations

from collections.abc import Iterator

from reports import wording
from reports.content import (
    ChartPart,
    Content,
    FindingPart,
    JudgementPart,
    MeasurePart,
    Sentence,
    SubIndexPart,
)
from reports.entries import list_entries
from reports.formatting import format_value
from reports.issue import Issue
from reports.phrasing import SIGNED, phrase
from reports.statement import (
    Number,
    Statement,
    list_fields,
    list_interval,
    list_numbers,
    list_texts,
    make_number,
    one,
    unite,
)
from reports.terminal import ScoreboardRow, describe_verdict, list_scoreboard_rows, write_banner


def list_statements(issue: Issue) -> list[Statement]:
    """All statements of an issue: verdict, findings, scoreboard, charts, hypotheses, then the tables."""
    content = issue.content
    rows = list_scoreboard_rows(issue)
    return [
        *_verdict(issue),
        *_findings(content),
        *(_measure(part, row) for part, row in zip(content["measures"], rows, strict=True)),
        *_hypotheses(content),
        *list_entries(content),
        *(_chart(chart) for chart in content["charts"]),
    ]


def _verdict(issue: Issue) -> Iterator[Statement]:
    content, lines = issue.content, describe_verdict(issue)
    verdict, place = content["verdict"], (wording.SECTIONS["verdict"],)
    flags = f" ({', '.join(lines.flags)})" if lines.flags else ""
    yield Statement(
        "verdict",
        place,
        " ".join((f"{lines.headline}{flags}.", *lines.sentences)),
        unite(
            list_numbers(*verdict["summary"]),
            list_interval("composite", verdict["composite"]),
            list_fields(verdict, ("weeks_at_step", "count"), ("draws", "count")),
            [Number("seed", verdict["seed"], "", str(verdict["seed"]))],
        ),
        unite(
            *(said["evidence"] for said in verdict["summary"]),
            *(part["evidence"] for part in verdict["sub_indices"] if part["weight"] > 0),
        ),
        notes=(f"Against it: {lines.counter}",),
    )
    for part, text in zip(verdict["sub_indices"], lines.vector, strict=True):
        yield _sub_index(part, text, place)
    for key, sentences in (
        ("changed", verdict["changed"]),
        ("unchanged", verdict["unchanged"]),
        ("corrected", issue.corrections),
    ):
        for position, sentence in enumerate(sentences, 1):
            yield _sentence(f"{key}.{position}", sentence, place)
    banner = content["banner"]
    yield Statement(
        "banner",
        place,
        write_banner(content),
        tuple(list_fields(banner, ("measured", "count"), ("bundled", "count"))),
        unite(*(part["evidence"] for part in content["measures"] if part["estimate"])),
        days=one(banner["through"]),
    )


def _sub_index(part: SubIndexPart, text: str, place: tuple[str, ...]) -> Statement:
    return Statement(
        part["id"],
        place,
        text,
        (*list_interval("value", part["estimate"]), make_number("weight", part["weight"], "ratio")),
        tuple(part["evidence"]),
        subjects=(part["label"],),
        days=one(part["estimate"]["as_of"] if part["estimate"] else None),
    )


def _sentence(key: str, sentence: Sentence, places: tuple[str, ...]) -> Statement:
    return Statement(
        key,
        places,
        phrase(sentence),
        tuple(list_numbers(sentence)),
        tuple(sentence["evidence"]),
        subjects=list_texts(sentence, "text"),
        days=list_texts(sentence, "date"),
    )


def _findings(content: Content) -> Iterator[Statement]:
    """Each rule's finding once, with all sections that print it."""
    judged = {part["key"]: part for part in content["judgements"]}
    places = {key: [wording.SECTIONS["judgements"]] for key in judged}
    # an issue of an older version may hold a judgement's sentence nowhere else
    found: dict[str, FindingPart] = {
        key: {"rule": key, "sentence": part["sentence"], "direction": ""} for key, part in judged.items()
    }
    for role in content["perspectives"]:
        for finding in role["findings"]:
            found[finding["rule"]] = finding
            section = f"{wording.SECTIONS['perspectives']}: {wording.PERSPECTIVES[role['id']]}"
            places.setdefault(finding["rule"], []).append(section)
    found |= {finding["rule"]: finding for finding in content.get("findings", ())}
    for rule, finding in found.items():
        yield _finding(finding, tuple(places.get(rule, ())), judged.get(rule))


def _finding(finding: FindingPart, places: tuple[str, ...], judgement: JudgementPart | None) -> Statement:
    sentence = finding["sentence"]
    sentences, notes = [sentence], []
    if judgement is not None:
        because, so_what = judgement["confidence_because"], judgement["so_what"]
        sentences += [because, so_what, judgement["would_change"]]
        likelihood = judgement["likelihood"]
        notes = [
            f"{likelihood.capitalize()} ({wording.LIKELIHOODS[likelihood][1]})."
            if likelihood
            else f"No likelihood: {judgement['no_likelihood_because']}.",
            f"{wording.CONFIDENCES[judgement['confidence']]} confidence. {phrase(because)}",
            f"So what: {phrase(so_what)}",
            f"Would change it: {phrase(judgement['would_change'])}",
        ]
    return Statement(
        finding["rule"],
        places,
        phrase(sentence),
        unite(list_numbers(*sentences)),
        tuple(sentence["evidence"]),
        subjects=list_texts(sentence, "text"),
        days=list_texts(sentence, "date"),
        rule=finding,
        notes=tuple(notes),
    )


def _measure(part: MeasurePart, row: ScoreboardRow) -> Statement:
    facts = [row.now, f"90 % interval {row.interval}" if row.interval else "", row.note]
    if row.week:
        facts += [f"1 week {row.week}", f"13 weeks {row.quarter}"]
    unit = part["unit"]
    return Statement(
        part["id"],
        (wording.SECTIONS["scoreboard"],),
        f"{row.measure}: {'; '.join(fact for fact in facts if fact)}; grade {row.grade}",
        (
            *list_interval("value", part["estimate"]),
            *list_fields(part, ("change_1w", SIGNED + unit), ("change_13w", SIGNED + unit)),
            *(
                Number("history", value, unit, format_value(value, unit), day)
                for day, value in part["history"]
            ),
        ),
        tuple(part["evidence"]),
        subjects=(part["label"],),
        days=one(part["estimate"]["as_of"] if part["estimate"] else None),
    )


def _chart(chart: ChartPart) -> Statement:
    """A chart with every point; a point is about its day and the models or measures its row names."""
    points: list[Number] = []
    names = [column["key"] for column in chart["columns"] if column["unit"] == "text"]
    for row in chart["rows"]:
        day = row.get("day")
        about = tuple(str(row[name]) for name in names if row.get(name))
        for column in chart["columns"]:
            key, unit, value = column["key"], column["unit"], row.get(column["key"])
            if isinstance(value, (int, float)):
                printed = format_value(value, unit)
                points.append(Number(key, value, unit, printed, str(day) if day else None, about))
    return Statement(
        f"chart.{chart['id']}",
        (wording.SECTIONS["charts"],),
        f"{phrase(chart['title'])}. {phrase(chart['description'])}",
        (*list_numbers(chart["title"], chart["description"]), *points),
        tuple(chart["evidence"]),
        days=list_texts(chart["description"], "date"),
    )


def _hypotheses(content: Content) -> Iterator[Statement]:
    for row in content["hypotheses"]:
        rules = (("For", row.get("rules_for")), ("Against", row.get("rules_against")))
        notes = [f"{side}: {', '.join(names)}." for side, names in rules if names]
        if row["most_damaging"]:
            notes.append(f"Most damaging: {phrase(row['most_damaging'])}")
        yield Statement(
            row["id"],
            (wording.SECTIONS["hypotheses"],),
            f"{row['statement']}: {row['consistent']} for, {row['inconsistent']} against",
            tuple(list_fields(row, ("consistent", "count"), ("inconsistent", "count"))),
            tuple(row["evidence"]),
            notes=tuple(notes),
        )
