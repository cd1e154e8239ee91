"""How open models are (methodology 1): three dated layers, a framework, a score, and who contradicts.

layers, score, contradictions ──▶ judging      one model
shares                                         many models by licence class
"""
