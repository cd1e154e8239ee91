"""What a policy says on training, retention and limits of use: named values, each with its sentences.

    evaluate_rules(text)  -> tuple[Reading, ...]      every rule, always

Words are compared, nothing is understood: a rule reads the sentences that name its matter and goes by a few
plain forms of English. It is cautious by design. `not_stated` means that no sentence was recognised, not that
the document is silent; `unclear` that sentences speak for different values (a policy often treats free and
paid use differently). Nobody should act on a value without reading its sentence, which is why it is kept.

`RULES_VERSION` is raised with every change here: readings of a text in force are then told anew, as a
correction of what was read, from the day the *text* holds.
"""

from __future__ import annotations

from collectors.policies.rules.limits import list_limits
from collectors.policies.rules.reading import CONFLICT, NOT_STATED, Reading
from collectors.policies.rules.retention import read_retention
from collectors.policies.rules.sentences import split_sentences
from collectors.policies.rules.training import read_training

RULES_VERSION = 1

__all__ = ["CONFLICT", "NOT_STATED", "RULES_VERSION", "Reading", "evaluate_rules"]


def evaluate_rules(text: str) -> tuple[Reading, ...]:
    """Every rule's value for a text: `training`, `retention`, then the limits by name."""
    sentences = split_sentences(text)
    return (read_training(sentences), read_retention(sentences), *list_limits(sentences))
