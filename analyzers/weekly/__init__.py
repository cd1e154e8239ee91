"""One weekly issue's analysis: everything read once, judged by named rules, with its evidence.

week ──▶ readings ──▶ scoreboard, appraisal (verdict), judgement, releases, changes
                └──▶ sourcing ──▶ evidence
"""
