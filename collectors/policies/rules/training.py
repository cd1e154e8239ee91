"""Whether models are trained on what customers send: yes, no, opt_out, opt_in, unclear, not_stated.

A sentence counts when it speaks of training models and of the customer's content. What *users* may not do
with the service ("you may not use output to train models") is a limit, not this. "To improve our services"
alone is not training: it may be, and the text does not say so. Fine-tuning is mostly what customers have done
for themselves, so it does not count either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from collectors.policies.rules.reading import CONFLICT, NOT_STATED, Reading

YES, NO, OPT_OUT, OPT_IN = "yes", "no", "opt_out", "opt_in"
_QUOTES = 3

_TRAIN = re.compile(r"\b(?:re-?)?train(?:s|ed|ing)?\b", re.IGNORECASE)
_MODEL = re.compile(
    r"\b(?i:models?|machine[- ]learning|algorithms?|artificial intelligence|our technolog)|\bAI\b"
)
_CONTENT = re.compile(
    r"\b(?:your|customer'?s?|users?'?|personal|client'?s?)\b[^.;]{0,60}\b(?:content|data|inputs?|outputs?|prompts?"
    r"|conversations?|chats?|information|submissions?|materials?|files?|feedback|interactions?)\b"
    r"|\bContent\b|\bInputs?\b|\bOutputs?\b|\bPrompts?\b|\bCustomer Data\b|\bpersonal data\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"publicly available|public(?:ly)? (?:personal )?data|third[- ]party data|licensed data|synthetic"
    r"|(?:security|privacy|employee|staff|personnel|awareness|compliance) training|training methods?"
    r"|\bpersonnel\b|\bemployees\b|\bindemnif|\binfring",
    re.IGNORECASE,
)
_USERS_DUTY = re.compile(
    r"\b(?:you|customers?|users?|end users?|licensees?)\b (?:may|must|shall|will|agree|can|are|is)?\s*"
    r"(?:also )?(?:not|never|cannot)\b|\b(?:you|customer)\b (?:can't|won't|mustn't)|\bprohibited\b"
    r"|\b(?:you|customer)s? (?:(?:may|can|will) )?(?:also )?(?:use|create|train|fine-tune)\b",
    re.IGNORECASE,
)
_USERS_WISH = re.compile(
    r"\b(?:you|customer) (?:do not|don't|does not|have not) (?:want|wish|agree|opt)", re.IGNORECASE
)
_OUT = re.compile(
    r"\bopt(?:ing|ed|s)?[- ]?out\b|\b(?:turn|switch)(?:ing)?(?: \w+)? off\b|\bobject to\b"
    r"|\bdisabl(?:e|ing)\b|\bwithdraw\b|\bunless you (?:opt|turn|switch|disable|object)",
    re.IGNORECASE,
)
_IN = re.compile(
    r"\bopt(?:ing|ed|s)?[- ]?in(?:to)?\b|\bonly (?:if|with|when|where) (?:you|customer|your|the user)"
    r"|\bunless (?:you|customer)s? (?:\w+ )?"
    r"(?:opt|agree|consent|choose|allow|enable|give|permit|report|submit)"
    r"|\bwithout (?:your|customer'?s?|the user'?s?) (?:\w+ ){0,2}(?:consent|permission|agreement|approval)",
    re.IGNORECASE,
)
_YOURS = re.compile(r"\byour?\b", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:do|does|will|shall|may|must|is|are|be|can|have|has)(?: not|n't)\b|\bnever\b|\bwon't\b|\bcannot\b"
    r"|\bnot (?:be )?used?\b|\bexcluded? from\b|\bno (?:customer|user)",
    re.IGNORECASE,
)


def read_training(sentences: Sequence[str]) -> Reading:
    """What the sentences say together."""
    said: dict[str, list[str]] = {}
    for sentence in sentences:
        value = read_sentence(sentence)
        if value is not None:
            said.setdefault(value, []).append(sentence)
    value = _combine(frozenset(said))
    order = (OPT_IN, OPT_OUT, NO, YES) if value != CONFLICT else (NO, OPT_IN, OPT_OUT, YES)
    if value == CONFLICT:  # one sentence of each side says more than three of one
        quotes = [said[each][0] for each in order if each in said]
    else:
        quotes = [sentence for each in order for sentence in said.get(each, ())]
    return Reading("training", value, tuple(quotes[:_QUOTES]))


def read_sentence(sentence: str) -> str | None:
    """What one sentence says; None for one on another matter."""
    if not _TRAIN.search(sentence) or _OTHERS.search(sentence):
        return None
    if not (_MODEL.search(sentence) and _CONTENT.search(sentence)):
        return OPT_OUT if _OUT.search(sentence) and _YOURS.search(sentence) else None
    if _IN.search(sentence) and not re.search(r"\bopt(?:ing|ed|s)?[- ]?out\b", sentence, re.IGNORECASE):
        return OPT_IN
    if _OUT.search(sentence):
        return OPT_OUT
    if _USERS_DUTY.search(sentence) and not _USERS_WISH.search(sentence):
        return None
    return NO if _NOT.search(sentence) else YES


def _combine(said: frozenset[str]) -> str:
    if not said:
        return NOT_STATED
    if said <= {OPT_IN, NO}:
        return OPT_IN if OPT_IN in said else NO
    if said <= {OPT_OUT, YES}:
        return OPT_OUT if OPT_OUT in said else YES
    return CONFLICT
