"""The replica Hub's repositories: names of real ones, every number and result invented."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

Item = dict[str, object]


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def make_model(
    name: str,
    *,
    created: datetime,
    downloads: int = 0,
    total: int = 0,
    likes: int = 0,
    trending: int = 0,
    licence: str = "apache-2.0",
    parameters: int | None = None,
    base: tuple[str, str] | None = None,
    gated: bool | str = False,
) -> Item:
    tags = ["transformers", "safetensors", "text-generation", f"license:{licence}", "region:us"]
    model: Item = {
        "_id": hashlib.sha256(name.encode()).hexdigest()[:24],
        "id": name,
        "author": name.partition("/")[0],
        "gated": gated,
        "lastModified": stamp(created + timedelta(days=1)),
        "likes": likes,
        "trendingScore": trending,
        "private": False,
        "sha": hashlib.sha256(name.encode()).hexdigest()[24:64],
        "downloads": downloads,
        "downloadsAllTime": total,
        "tags": tags,
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "createdAt": stamp(created),
        "modelId": name,
        "siblings": [{"rfilename": "model.safetensors"}],
        "cardData": {"license": licence},
    }
    if parameters is not None:
        model["safetensors"] = {"parameters": {"BF16": parameters}, "total": parameters}
    if base is not None:
        relation, base_name = base
        tags.extend([f"base_model:{base_name}", f"base_model:{relation}:{base_name}"])
        base_id = hashlib.sha256(base_name.encode()).hexdigest()[:24]
        model["baseModels"] = {"relation": relation, "models": [{"_id": base_id, "id": base_name}]}
    return model


def make_world(now: datetime) -> list[Item]:
    floor = datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC)

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    return [
        make_model("Qwen/Qwen3-8B", created=ago(574), downloads=4_200_500, total=61_000_700, likes=2_310,
                    trending=41, parameters=8_190_735_360, base=("finetune", "Qwen/Qwen3-8B-Base")),
        make_model("Qwen/Qwen3-8B-Base", created=ago(575), downloads=310_250, total=3_900_100, likes=140,
                    parameters=8_190_735_360),
        make_model("Qwen/Qwen3-8B-GGUF", created=ago(570), downloads=95_400, total=1_200_900, likes=77,
                    base=("quantized", "Qwen/Qwen3-8B")),
        make_model("Qwen/Qwen4-Preview", created=ago(12), downloads=55_100, total=55_100, likes=910,
                    trending=220, parameters=32_500_000_000),
        make_model("deepseek-ai/DeepSeek-V4", created=ago(70), downloads=1_750_300, total=4_300_800,
                    likes=5_120, trending=150, licence="mit", parameters=684_531_386_000),
        make_model("deepseek-ai/DeepSeek-V4.1", created=ago(20), downloads=402_900, total=402_900,
                    likes=1_870, trending=330, licence="mit", parameters=684_531_386_000,
                    base=("quantized", "deepseek-ai/DeepSeek-V4-Base")),
        make_model("meta-llama/Llama-3.1-8B-Instruct", created=ago(850), downloads=5_800_200,
                    total=130_400_600, likes=5_410, trending=33, licence="llama3.1", gated="manual",
                    parameters=8_030_261_248),
        make_model("mistralai/Mistral-7B-v0.1", created=ago(1155), downloads=440_800, total=39_700_400,
                    likes=4_020, parameters=7_241_732_096),
        make_model("nvidia/Llama-3.1-8B-Instruct-FP8", created=ago(30), downloads=88_200, total=150_700,
                    likes=61, licence="llama3.1", base=("quantized", "meta-llama/Llama-3.1-8B-Instruct")),
        make_model("openai-community/gpt2", created=floor, downloads=9_100_300, total=610_000_200,
                    likes=3_090, licence="mit", parameters=137_022_720),
        make_model("hobbyist/Qwen3-8B-Cat-LoRA", created=ago(1), downloads=3, total=3, likes=1,
                    base=("adapter", "Qwen/Qwen3-8B")),
        make_model("finetuner/Qwen3-8B-Law", created=ago(10), downloads=640, total=640,
                   base=("finetune", "Qwen/Qwen3-8B")),
        make_model("newcomer/Tiny-1B", created=ago(0), downloads=14, total=14, likes=6, trending=5,
                    licence="other", parameters=1_100_000_000),
        make_model("nobody/untitled-7", created=ago(0)),
    ]  # fmt: skip
