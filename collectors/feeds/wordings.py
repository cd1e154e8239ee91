"""How scores are told in words, and what makes a number no score: the expressions behind `claims`."""

from __future__ import annotations

import re

SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+(?=[\"“'(]?[A-Z0-9\u0080-\uffff])|\n+|(?<=[。！？])|\s[•·▪]\s")

COMPARISON = re.compile(
    r"\b(?:than|vs\.?|versus|compared|comparable|ahead of|behind|above|below|beat(?:s|ing)?|outperform\w*"
    r"|surpass\w*|exceed\w*|edg(?:es|ing) out|trail\w*|match(?:es|ing)?|on par|up from|down from"
    r"|over (?:its|the)|while|whereas|against|relative to|followed by|topping|close to|closing in)\b"
    r"|[-+±−]?\d+(?:\.\d+)?[\s-]*(?:(?:percentage[\s-]+)?points?|pp|pts?)\b"
    r"|\b\d+(?:\.\d+)?\s?[x×]\b",
    re.IGNORECASE,
)
"""Where a sentence begins to speak of somebody else's number, or of a difference."""

OTHERWISE = re.compile(
    r"\b(?:improv\w*|increas\w*|gain\w*|boost\w*|rais(?:es|ed|ing)|jump\w*|climb\w*|rose|drop\w*|fell"
    r"|decreas\w*|reduc\w*|lower|higher|fewer|more|less|faster|slower|cheaper|better|worse|previous\w*"
    r"|earlier|former|prior|last year|would|could|should|might|may|target\w*|goal|aim\w*|expect\w*"
    r"|hop(?:e|es|ing)|if|not|never|failed|rumou?r\w*|allegedly|reportedly|human\w*|expert\w*|people"
    r"|participants|students|random|chance|baseline\w*|contaminat\w*|noise|errors?|leak\w*|saturat\w*"
    r"|average|mean|median|overall|combined|rank\w*|place[ds]?|top[- ]\d+|respectively|half|other models?"
    r"|competit\w*|rivals?|others?|of (?:the )?(?:tasks|problems|questions|issues|items)|subset|discount"
    r"|price\w*|cost\w*|cut|off)\b",
    re.IGNORECASE,
)
"""What makes the numbers of a sentence something else than a model's score."""

ROUGH = re.compile(
    r"(?:\b(?:about|around|roughly|nearly|almost|approximately|some|over|under|at least|at most|up to"
    r"|from|between)|[~≈<>≥≤±])\s*$",
    re.IGNORECASE,
)
"""Before a number: it is no exact one."""

SCORE = re.compile(
    r"(?<![\w.,$€£¥/#+−–@-])"
    r"(?P<value>\d{1,3}(?:\.\d{1,3})?)(?P<percent>\s?(?:%|percent\b|per cent\b))?"
    r"(?![\w/]|[.,:]\d|\s?(?:±|\+/-)|\s?[-–−]\s?\d)"
)

TO_BENCHMARK = re.compile(
    r"\s*(?:(?:score|accuracy|pass@1|resolved)\s+)?(?:(?P<said>on|in|at|for)\s+)?(?:the\s+)?", re.IGNORECASE
)
"""Between a score and the benchmark behind it."""

TO_SCORE = re.compile(
    r"\s*(?:\([^()]{1,40}\)\s*)?(?:benchmark\s*)?(?:(?:score|accuracy|result|pass@1)\s*)?(?:"
    r"(?:[:=(]|[-–—]\s|\|)\s*"
    r"|(?:of|with|at|is)\s+"
    r"|,?\s*(?:(?:where\s+)?(?:it|the model|our model|we)\s+)?"
    r"(?:scor(?:es|ed|ing)|reach(?:es|ed|ing)|achiev(?:es|ed|ing)|gets|got|hits|attains?)\s+"
    r"(?:a score of\s+)?)",
    re.IGNORECASE,
)
"""Between a benchmark and the score behind it."""

VERSION_BEHIND = re.compile(r"\s*\(?v(?P<version>\d+(?:\.\d+)?)\b\)?", re.IGNORECASE)

OTHER_BEHIND = re.compile(
    r"\+|\s\d{1,2}(?:\.\d)?(?![\d.%]|\s?%)|[\s-](?:(?!Score|Accuracy|Benchmark|Pass)[A-Z]\w*)"
)
"""Behind a benchmark's name: it is a relative's (HumanEval+, ARC-AGI 2, MMLU Redux)."""

SETTING = re.compile(
    r"(?:pass|avg|cons|maj|best)@\d+|\b\d+[- ]shot\b|\b(?:zero|few)[- ]shot\b"
    r"|\b(?:with(?:out)?|no)\s+(?:any\s+)?"
    r"(?:tools?|tool use|python|code execution|internet|search|browsing|thinking|reasoning)\b"
    r"|\b(?:low|medium|high|max|maximum|xhigh)\s+(?:reasoning\s+|thinking\s+)?effort\b"
    r"|\b(?:extended|parallel)\s+thinking\b|\bsingle[- ]attempt\b|\bthinking(?=\s*\))",
    re.IGNORECASE,
)

MODEL_LIKE = re.compile(r"\b[A-Z][A-Za-z]+(?:[- ][A-Z][a-z]+)?[- ]?\d+(?:\.\d+)?\b")
"""What might be a model's name."""

CELL = re.compile(r"(?P<value>\d{1,3}(?:\.\d{1,3})?)\s?%?")
EMPTY_WORDS = re.compile(r"[\s()\[\],;:%]|\b(?:accuracy|score|resolved|acc)\b", re.IGNORECASE)
