"""Benchmark results on the replica Hub: two repositories' cards and files, and two leaderboards.

Every number is invented; the shapes are those of https://huggingface.co/docs/hub/eval-results and of the
model-index of cards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SIGNED = "eyJhbGciOiJFZERTQSJ9.eyJkZW1vIjp0cnVlfQ.c2lnbmF0dXJl"
"""The form of a signed token, without a signature."""

RESULTS: Mapping[str, Mapping[str, object]] = {
    "Qwen/Qwen3-8B": {
        "evalResults": [
            {
                "filename": ".eval_results/hle.yaml",
                "verified": True,
                "data": {
                    "dataset": {"id": "cais/hle", "task_id": "hle", "revision": "5503434ddd753f42"},
                    "value": 20.9,
                    "verifyToken": SIGNED,
                    "date": "2026-10-02",
                },
            },
            {
                "filename": ".eval_results/gpqa.yaml",
                "verified": False,
                "data": {"dataset": {"id": "Idavidrein/gpqa", "task_id": "diamond"}, "value": 0.412},
            },
            {"filename": ".eval_results/broken.yaml", "error": "value: Required"},
        ],
        "model-index": [
            {
                "name": "Qwen3-8B",
                "results": [
                    {
                        "task": {"type": "text-generation", "name": "Text Generation"},
                        "dataset": {"type": "cais/mmlu", "name": "MMLU", "split": "test"},
                        "metrics": [{"type": "acc", "value": 76.9, "name": "accuracy"}],
                        "source": {
                            "name": "Open LLM Leaderboard",
                            "url": "https://huggingface.co/spaces/open-llm-leaderboard/open_llm_leaderboard",
                        },
                    },
                    {"task": {"type": "text-generation"}, "metrics": [{"type": "acc", "value": 0.9}]},
                ],
            }
        ],
    },
    "deepseek-ai/DeepSeek-V4": {
        "evalResults": [
            {
                "filename": ".eval_results/hle.yaml",
                "verified": False,
                "pullRequest": 7,
                "data": {
                    "dataset": {"id": "cais/hle", "task_id": "hle"},
                    "value": 37.7,
                    "notes": "With tools",
                    "source": {"url": "https://example.org/runs/7", "user": "somebody"},
                },
            }
        ],
    },
}

LEADERBOARDS: Mapping[str, Sequence[Mapping[str, object]]] = {
    "cais/hle": [
        {
            "rank": 1,
            "modelId": "deepseek-ai/DeepSeek-V4",
            "value": 37.7,
            "filename": ".eval_results/hle.yaml",
            "verified": False,
            "pullRequest": 7,
            "notes": "With tools",
            "source": {"url": "https://example.org/runs/7", "name": "Runs", "isExternal": True},
            "author": {"name": "deepseek-ai", "type": "org"},
        },
        {
            "rank": 2,
            "modelId": "Qwen/Qwen3-8B",
            "value": 20.9,
            "filename": ".eval_results/hle.yaml",
            "verified": True,
            "author": {"name": "Qwen", "type": "org"},
        },
    ],
    "SWE-bench/SWE-bench_Verified": [
        {
            "rank": 1,
            "modelId": "deepseek-ai/DeepSeek-V4",
            "value": 80.6,
            "filename": ".eval_results/swe_bench_verified.yaml",
            "verified": False,
            "source": {"url": "https://huggingface.co/deepseek-ai/DeepSeek-V4", "name": "Model Card"},
            "author": {"name": "deepseek-ai", "type": "org"},
        },
    ],
}
