"""The weekly mail: plain text beside one HTML column with inline pictures; nothing is tracked.

    multipart/alternative
      text/plain
      multipart/related
        text/html            styles inlined, at most 60 KB encoded
        image/png …          the charts, by Content-ID

The same issue for the same reader is the same bytes: boundaries, ids and the date come from the issue.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import quote

import css_inline
from markupsafe import Markup

from reports import wording
from reports.charts.drawing import Drawings, list_mailed
from reports.content import Content, MeasurePart, Sentence
from reports.formatting import NBSP, clean_text, clean_url, format_change, format_value
from reports.html import collect_evidence, make_environment, read_static
from reports.issue import Issue, with_corrections
from reports.phrasing import form_sentence, phrase
from reports.terminal import ScoreboardRow, describe_verdict, list_scoreboard_rows
from reports.text import cite, say, wrap

BUDGET_BYTES: Final = 60_000
"""What the encoded HTML part may take; Gmail cuts at about 102 KB."""
CUT_BYTES: Final = 90_000
_ADDRESS: Final = r"[^\s@<>\"',;:\\()\[\]\x00-\x1f]+@[A-Za-z0-9.-]+"
_PLAIN_NAME: Final = r"[^\r\n\x00<>\"@,;:\\]*"
_QUOTED_NAME: Final = r"\"[^\r\n\x00\"\\]*\""
JUDGEMENTS_SHOWN: Final = 3
MEASURES_SHOWN: Final = 6


def build_message(
    issue: Issue,
    drawings: Drawings,
    *,
    recipient: str,
    sender: str,
    base_url: str | None = None,
    report_url: str | None = None,
    unsubscribe_url: str | None = None,
    secret: bytes | None = None,
    corrects: bool = False,
) -> bytes:
    """One reader's message. `corrects`: the reader was sent an earlier revision, which this one answers.

    `base_url` is the public address of the reports, if there is one (it gives the report's address as
    `BASE/r/WEEK/`); `report_url` names the report's address itself. `unsubscribe_url` is this reader's own
    one-click https address, if the daemon serves one. `secret` keys the message id, so that it does not
    tell the reader's address; without one the sender, world and week are the key.

    Raises ValueError for an address that is none.
    """
    if not corrects:  # nothing that this reader was sent needs correcting
        issue = with_corrections(issue, ())
    from_address, to_address = check_address(sender), check_address(recipient)
    domain = from_address.rpartition("@")[2]
    identity = message_id(issue, recipient=recipient, sender=sender, secret=secret)
    token = identity.strip("<>").partition("@")[0].rpartition(".")[2]
    url = clean_url(report_url) or _make_report_url(issue, base_url)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _join_address(sender, from_address)
    message["To"] = to_address
    message["Subject"] = make_subject(issue, corrects=corrects)
    message["Date"] = format_datetime(issue.built_at)
    message["Message-ID"] = identity
    if corrects:
        first = message_id(issue, recipient=recipient, sender=sender, secret=secret, revision=1)
        message["In-Reply-To"] = first
        message["References"] = first
    message["List-Id"] = f"{wording.REPORT} <lunch-report.{domain}>"
    message["List-Unsubscribe"] = _make_unsubscribe(from_address, unsubscribe_url)
    if unsubscribe_url is not None:
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["Precedence"] = "bulk"
    pictures = {
        chart["id"]: f"{chart['id']}.{issue.name}@{domain}"
        for chart in list_mailed(issue.content["charts"])
        if chart["id"] in drawings.png
    }
    message.set_content(render_digest_text(issue, url, to_address), cte="quoted-printable")
    message.add_alternative(
        render_digest_html(issue, url, to_address, pictures, drawings), subtype="html", cte="quoted-printable"
    )
    if pictures:
        html = list(message.iter_parts())[1]
        for name, content_id in pictures.items():
            html.add_related(
                drawings.png[name],
                maintype="image",
                subtype="png",
                cid=f"<{content_id}>",
                filename=f"{name}.png",
                disposition="inline",
            )
        html.set_boundary(f"=_related.{token}")
    message.set_boundary(f"=_digest.{token}")
    return message.as_bytes()


def message_id(
    issue: Issue, *, recipient: str, sender: str, secret: bytes | None = None, revision: int | None = None
) -> str:
    """`<2026-W47.r1.TOKEN@domain>`: the same for one reader and revision whenever it is asked for.
    `revision` names another revision than the issue's own (a correction refers to the first)."""
    from_address, to_address = check_address(sender), check_address(recipient)
    name = f"{issue.week}.r{issue.revision if revision is None else revision}"
    key = secret or f"{from_address}/{issue.world}/{issue.week}".encode()
    token = hmac.new(key, f"{issue.world}/{name}/{to_address}".encode(), hashlib.sha256).hexdigest()[:20]
    return f"<{name}.{token}@{from_address.rpartition('@')[2]}>"


def make_subject(issue: Issue, *, corrects: bool = False) -> str:
    """The news in one line: `Open vs closed W47: sharing the table, lag 5.2 months (−0.3)`."""
    content = issue.content
    news = wording.SUBJECTS[content["verdict"]["step"]]
    for key, name in wording.SUBJECT_MEASURES.items():
        part = next((part for part in content["measures"] if key in part["id"] and part["estimate"]), None)
        if part is not None and part["estimate"] is not None:
            moved = f" ({format_change(part['change_1w'], part['unit'])})" if part["change_1w"] else ""
            news += f", {name} {format_value(part['estimate']['value'], part['unit'])}{moved}"
            break
    corrected = wording.CORRECTED if corrects else ""
    return clean_text(f"{corrected}Open vs closed {issue.week[5:]}: {news}".replace(NBSP, " "), 150)


def render_digest_text(issue: Issue, url: str | None, recipient: str) -> str:
    """The plain part, 72 columns: verdict, first judgements, scoreboard, chart titles, four more lines."""
    content = issue.content
    verdict = describe_verdict(issue)
    flags = f" ({', '.join(verdict.flags)})" if verdict.flags else ""
    lines = [f"{wording.REPORT} {issue.week}", "", wording.QUESTION, f">> {verdict.headline}{flags}", ""]
    summary = content["verdict"]["summary"]
    lines += wrap(" ".join(verdict.sentences) + cite(collect_evidence(summary)))
    for sub_index, text in zip(content["verdict"]["sub_indices"], verdict.vector, strict=True):
        lines += wrap(text + cite(sub_index["evidence"]), indent=2, hang=2)
    counter = content["verdict"]["counter"]
    against = say(counter) if counter else verdict.counter
    lines += ["", *wrap(f"Against it: {against}", hang=2), "", *wrap(verdict.banner)]
    for sentence in issue.corrections:
        lines += wrap(f"Corrected: {say(sentence)}", hang=2)
    lines += ["", "KEY JUDGEMENTS"]
    for number, item in enumerate(content["judgements"][:JUDGEMENTS_SHOWN], 1):
        lines += wrap(f"{number}. {say(item['sentence'])}", hang=3)
        confidence = wording.CONFIDENCES[item["confidence"]]
        lines += wrap(f"{confidence} confidence. {phrase(item['confidence_because'])}", indent=3)
    if not content["judgements"]:
        lines += wrap(content["empty"]["judgements"])
    lines += ["", "SCOREBOARD"]
    for row, part in list(zip(list_scoreboard_rows(issue), content["measures"], strict=True))[
        :MEASURES_SHOWN
    ]:
        interval = f" ({row.interval})" if row.interval else ""
        lines += wrap(f"{row.measure}: {row.now}{interval} {row.trend}{cite(part['evidence'])}", hang=2)
    if not content["measures"]:
        lines += wrap(content["empty"]["scoreboard"])
    lines += ["", "CHARTS"]
    for chart in list_mailed(content["charts"]):
        lines += wrap(f"* {phrase(chart['title'])}. {phrase(chart['description'])}", hang=2)
    if not content["charts"]:
        lines += wrap(content["empty"]["charts"])
    more = list_clicks(content)
    if more:
        lines += ["", "WORTH A CLICK"]
        lines += [line for sentence in more for line in wrap(f"* {say(sentence)}", hang=2)]
    lines += ["", "The full report:", f"  {url or make_command(issue)}", ""]
    lines += wrap(f"You receive this because {recipient} is subscribed. To stop, answer with “unsubscribe”.")
    lines += wrap(wording.NO_TRACKING)
    return "\n".join(line.rstrip() for line in lines).replace(NBSP, " ") + "\n"


def render_digest_html(
    issue: Issue, url: str | None, recipient: str, pictures: Mapping[str, str], drawings: Drawings
) -> str:
    """The HTML part with its styles inlined; `pictures` maps chart ids to Content-IDs."""
    page = (
        make_environment()
        .get_template("digest.html.j2")
        .render(
            issue=issue,
            content=issue.content,
            verdict=describe_verdict(issue),
            rows=pair_rows(issue),
            judgements=issue.content["judgements"][:JUDGEMENTS_SHOWN],
            charts=list_mailed(issue.content["charts"]),
            clicks=list_clicks(issue.content),
            pictures=pictures,
            drawings=drawings,
            url=url,
            command=make_command(issue),
            recipient=recipient,
            style=Markup(read_static("digest.css")),  # noqa: S704 - our own file, holds no markup
        )
    )
    inliner = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
    return inliner.inline(page)


def pair_rows(issue: Issue) -> list[tuple[MeasurePart, ScoreboardRow]]:
    """The first measures, raw and as strings."""
    return list(zip(issue.content["measures"], list_scoreboard_rows(issue), strict=True))[:MEASURES_SHOWN]


def list_clicks(content: Content) -> list[Sentence]:
    """One line each from movers, claims, prices and changes."""
    found: list[Sentence] = []
    for mover in content["movers"][:1]:
        numbers: dict[str, float | str] = {
            "subject": mover["subject"],
            "growth": mover["growth_pct"],
            "days": mover["window_days"],
        }
        units = {"growth": "change:growth"}
        found.append(form_sentence(wording.CLICK_MOVER, numbers, mover["evidence"], named_units=units))
    comparable = ("reproduced", "lower", "higher")
    checked = [row for row in content["claims"] if row["status"] in comparable]
    for claim in sorted(checked, key=lambda row: row["status"] != "lower")[:1]:
        numbers = {
            "model": claim["model"],
            "benchmark": claim["benchmark"],
            "claimed": claim["claimed"] or 0.0,
            "found": claim["found"] or 0.0,
        }
        units = {"claimed": claim["unit"], "found": claim["unit"]}
        found.append(form_sentence(wording.CLICK_CLAIM, numbers, claim["evidence"], named_units=units))
    moves = [row for row in content["prices"] if row["change_pct"] is not None and not row["is_correction"]]
    for move in moves[:1]:
        numbers = {
            "provider": move["provider"],
            "model": move["model"],
            "change": move["change_pct"] or 0.0,
            "after": move["blend_after"],
        }
        units = {"change": "change:growth", "after": "usd"}
        found.append(form_sentence(wording.CLICK_PRICE, numbers, move["evidence"], named_units=units))
    for change in content["changes"][:1]:
        words = {"actor": change["actor"], "kind": change["kind"], "after": change["after"]}
        found.append(form_sentence(wording.CLICK_CHANGE, words, change["evidence"]))
    return found


def lint_message(message: bytes) -> list[str]:
    """What is wrong with a built message, one line each; empty when it may go out."""
    parsed = message_from_bytes(message, policy=policy.default)
    problems = [
        f"the header {name} is missing"
        for name in ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe")
        if not parsed[name]
    ]
    plain, page = parsed.get_body(("plain",)), parsed.get_body(("html",))
    if plain is None or not plain.get_content().strip():
        problems.append("there is no plain text part")
    if page is None:
        return [*problems, "there is no HTML part"]
    html = page.get_content()
    size = len(page.as_bytes())
    if size > BUDGET_BYTES:
        problems.append(f"the HTML part takes {size} bytes, {BUDGET_BYTES} are allowed")
    for pattern, what in (
        (r"<(script|iframe|form|object|embed|link|base)\b", "active content"),
        (r"\bon[a-z]+\s*=\s*[\"']", "an event handler"),
        (r"\bsrc\s*=\s*[\"'](?!cid:)", "a picture from outside the message"),
        (r"url\(", "a style that loads something"),
        (r"\bwidth\s*=\s*[\"']1[\"']", "a tracking pixel"),
        (r"href\s*=\s*[\"'](?!https?://|mailto:|#)", "a link that is neither web nor mail"),
    ):
        if re.search(pattern, html, re.IGNORECASE):
            problems.append(f"the HTML part holds {what}")
    held = {part["Content-ID"] for part in parsed.walk() if part["Content-ID"]}
    named = re.findall(r"cid:([^\"']+)", html)
    return problems + [
        f"the picture {name} is named but not there" for name in named if f"<{name}>" not in held
    ]


def check_address(text: str) -> str:
    """The bare address of `Name <a@b.example>`; ValueError when it is none, more than one, or could break
    a header."""
    match = re.fullmatch(rf"(?:(?:{_PLAIN_NAME}|{_QUOTED_NAME})\s*<({_ADDRESS})>)|({_ADDRESS})", text)
    if match is None:
        raise ValueError(f"{text!r} is no mail address")
    return match[1] or match[2]


def make_command(issue: Issue) -> str:
    """How to read the report where it has no public address."""
    return f"lunchwatch report show --week {issue.week}"


def _join_address(text: str, address: str) -> str:
    name = clean_text(parseaddr(text)[0], 60).replace('"', "") or wording.REPORT
    return f'"{name}" <{address}>'


def _make_report_url(issue: Issue, base_url: str | None) -> str | None:
    base = clean_url(base_url)
    return f"{base.rstrip('/')}/r/{issue.week}/" if base else None


def _make_unsubscribe(address: str, url: str | None) -> str:
    mail = f"<mailto:{address}?subject={quote('unsubscribe')}>"
    if url is None:
        return mail
    checked = clean_url(url)
    if checked is None or not checked.startswith("https://"):
        raise ValueError(f"one-click unsubscription needs an https address, got {url!r}")
    return f"<{checked}>, {mail}"
