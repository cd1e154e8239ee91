"""How far open is behind closed (methodology 4): frontiers, the gap on a board, the lag in months.

sides, proprietary ──▶ frontier ──▶ lag ──▶ lag_estimate
                  └──▶ gap ──▶ gap_trend
"""
