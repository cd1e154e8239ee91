"""Where an issue's statements come from: evidence rows, the freshness of sources, and whom to credit."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Mapping

from analyzers.analysis import Analysis
from reports.content import CreditRow, EvidenceRow, SourceRow
from reports.formatting import clean_text, clean_url
from store.records import Basis, DataSource, Outcome, SourceStatus


def list_evidence(analysis: Analysis) -> list[EvidenceRow]:
    return [
        {
            "id": evidence.id,
            "title": clean_text(evidence.title),
            "source": evidence.source,
            "basis": evidence.basis.value,
            "as_of": evidence.as_of.isoformat() if evidence.as_of else None,
            "rows": evidence.rows,
            "run_ids": list(evidence.run_ids),
            "command": write_command(evidence.sql),
            "url": clean_url(evidence.url),
        }
        for evidence in analysis.evidence
    ]


def write_command(sql: str) -> str:
    """The command line that reads the rows again, quoted for a POSIX shell."""
    visible = "".join(" " if unicodedata.category(char) in {"Cc", "Cf"} else char for char in sql)
    statement = " ".join(visible.split())
    if not set(statement) & set('"$`\\!'):
        return f'lunchwatch sql --limit 0 "{statement}"'
    return f"lunchwatch sql --limit 0 {shlex.quote(statement)}"


def list_sources(analysis: Analysis, catalogue_sources: Mapping[str, DataSource]) -> list[SourceRow]:
    """Every source with its freshness, those that were not reached first within their basis."""
    return [
        {
            "key": source.source,
            "name": find_name(source.source, catalogue_sources),
            "basis": source.basis.value,
            "state": find_state(source),
            "through": source.through.isoformat() if source.through else None,
            "last_success_at": source.last_success_at.isoformat() if source.last_success_at else None,
            "last_attempt_at": source.last_attempt_at.isoformat() if source.last_attempt_at else None,
            "rows": source.rows,
            "skipped": source.skipped,
            "problems": [clean_text(problem, 300) for problem in source.problems[:5]],
        }
        for source in analysis.sources
    ]


def find_state(source: SourceStatus) -> str:
    if source.basis is Basis.BUNDLED:
        return "bundled"
    if source.outcome is Outcome.OK:
        return "ok"
    return "partial" if source.outcome is Outcome.PARTIAL else "unreached"


def list_credits(analysis: Analysis, catalogue_sources: Mapping[str, DataSource]) -> list[CreditRow]:
    """The sources whose facts this issue uses, by name, with their licences."""
    keys = {key for evidence in analysis.evidence for key in split_sources(evidence.source)} | {
        source.source for source in analysis.sources if source.rows > 0 and source.source in catalogue_sources
    }
    named: list[CreditRow] = []
    for key in keys:
        source = catalogue_sources.get(key)
        named.append(
            {
                "name": find_name(key, catalogue_sources),
                "url": clean_url(source.url) if source else None,
                "licence": clean_text(source.licence, 120) if source else "",
                "changes": clean_text(source.changes, 200) if source else "",
            }
        )
    return sorted(named, key=lambda row: (row["name"].casefold(), row["name"]))


def split_sources(text: str) -> list[str]:
    """The keys of an evidence row that several sources share (`board, index`)."""
    return [key for key in (part.strip() for part in text.split(",")) if key]


def find_name(key: str, catalogue_sources: Mapping[str, DataSource]) -> str:
    """A source's name in the catalogue; a collector or bundle without one is called by its own key
    (`baseline.capability_index` becomes "Capability index")."""
    source = catalogue_sources.get(key)
    if source is not None:
        return clean_text(source.name, 80)
    words = clean_text(key.removeprefix("baseline.").replace("_", " "), 80)
    return words[:1].upper() + words[1:]
