"""Which name is which model: the definition, the steps, and how often they are right on real names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.catalogue import load_catalogue
from store.records import Kind, SubjectRef
from store.resolution import PLAIN, THRESHOLD, KnownModel, Resolver, StoredLink, correct
from store.resolution.suggestion import suggest_links
from tests.store.resolution_report import HELD_OUT, TUNED, bundled_resolver, measure, read_pairs

WORDS = load_catalogue().words
GLM = KnownModel("zhipuai/glm-9", "zhipuai", "GLM-9", ("zai-org/GLM-9",), released_on=date(2026, 5, 1))


def board(name: str) -> SubjectRef:
    return SubjectRef("arena", Kind.BOARD_ENTRY, f"text/{name}")


def offer(name: str) -> SubjectRef:
    return SubjectRef("models.dev", Kind.OFFER, name)


def hub(name: str) -> SubjectRef:
    return SubjectRef("hub", Kind.HUB_MODEL, name)


def resolver(*models: KnownModel, links: tuple[StoredLink, ...] = ()) -> Resolver:
    return Resolver(WORDS, models, links, beyond=load_catalogue().resolver)


# --------------------------------------------------------------------------- on real names


def test_precision_and_recall_on_hand_labelled_names_are_as_promised() -> None:
    pairs = [*read_pairs(TUNED), *read_pairs(HELD_OUT)]
    assert len(pairs) >= 200
    measured = measure(pairs, bundled_resolver())
    assert measured.precision >= 0.98
    assert measured.recall >= 0.85


def test_the_pairs_nothing_was_tuned_on_do_as_well() -> None:
    measured = measure(read_pairs(HELD_OUT), bundled_resolver())
    assert measured.precision >= 0.98
    assert measured.recall >= 0.85


def test_the_sample_holds_what_is_hard_to_tell_apart() -> None:
    pairs = [*read_pairs(TUNED), *read_pairs(HELD_OUT)]
    notes = " ".join(pair.note for pair in pairs if not pair.is_same)
    kinds = (
        "size",
        "snapshot",
        "base",
        "quantis",
        "distill",
        "turbo",
        "fast",
        "fine-tune",
        "thinking",
        "moving",
    )
    assert [kind for kind in kinds if kind not in notes] == []
    assert len({(pair.a, pair.b) for pair in pairs}) == len(pairs)


def test_every_name_of_the_sample_is_the_same_as_itself_only_through_one_key() -> None:
    known = bundled_resolver()
    for pair in read_pairs(TUNED):
        for ref in (pair.a, pair.b):
            found = known.resolve(ref)
            assert (found.model is None) == (found.status != "linked")
            assert found.model is None or known.find(SubjectRef("claims", Kind.BOARD_ENTRY, found.model)) == (
                found.model
            )


# --------------------------------------------------------------------------- spelling


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Llama 3.3-70B_Instruct", "us.meta.llama3-3-70b-instruct-v1:0"),
        ("gpt-oss:120b", "openai/gpt-oss-120b_high"),
        ("kimi-k2p6", "Kimi-K2_6"),
        ("Command R+", "command-r-plus"),
        ("claude-4.5-haiku-20251001", "claude-haiku-4-5@20251001"),
        ("qwen3-8b:free", "Qwen3-8B-bf16"),
        ("o3-mini-high-2025-01-31", "o3-mini-2025-01-31_low"),
        ("meta-llama%2Fllama-4-scout", "zai-org/llama-4-scout"),
    ],
)
def test_spellings_of_one_name_share_stem_and_snapshot(one: str, other: str) -> None:
    a, b = WORDS.read(one), WORDS.read(other)
    assert (a.stem, a.snapshot) == (b.stem, b.snapshot)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gemma-2b-it", "gemma-2-2b-it"),
        ("qwen2.5-72b", "qwen2-572b"),
        ("deepseek-r1", "deepseek-r1-0528"),
        ("qwen3-235b-a22b-instruct-2507", "qwen3-235b-a22b-instruct"),
        ("llama-3.1-8b", "llama-3.1-8b-fp8"),
        ("kimi-k2", "kimi-k2-thinking"),
        ("deepseek-v3", "deepseek-v3.1"),
        ("claude-opus-4-1", "claude-opus-4"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06"),
        ("model-2024-06-01", "model-2025-06-01"),
    ],
)
def test_names_of_two_models_differ(one: str, other: str) -> None:
    assert WORDS.read(one).identity != WORDS.read(other).identity


def test_four_figure_endings_are_never_cut_off() -> None:
    assert WORDS.read("qwen3-235b-a22b-instruct-2507").stem.endswith("2507")
    assert WORDS.read("deepseek-r1-0528").snapshot == "0528"


def test_a_copy_keeps_the_name_of_who_made_it() -> None:
    assert WORDS.read("unsloth/DeepSeek-R1").identity != WORDS.read("deepseek-ai/DeepSeek-R1").identity
    assert WORDS.read("inclusionAI/Ling-1T").identity == WORDS.read("inclusionai/ling-1t").identity


# --------------------------------------------------------------------------- the steps


@pytest.mark.parametrize(
    ("subject", "basis"),
    [
        (hub("zai-org/GLM-9"), "hub_id"),
        (offer("host/zai-org/GLM-9"), "hub_id"),
        (offer("zhipuai/glm-9"), "normalised_name"),
        (board("GLM 9"), "normalised_name"),
        (offer("any-host/z-ai/glm-9:free"), "normalised_name"),
        (board("glm-9_thinking"), "normalised_name"),
        (board("glm-9-2026-05-03"), "normalised_name"),
    ],
)
def test_a_model_is_found_on_a_stated_basis_above_the_threshold(subject: SubjectRef, basis: str) -> None:
    found = resolver(GLM).resolve(subject)
    assert (found.model, found.basis) == ("zhipuai/glm-9", basis)
    assert found.confidence is not None
    assert THRESHOLD <= found.confidence <= 1


@pytest.mark.parametrize(
    "subject",
    [
        hub("unsloth/GLM-9"),
        hub("zai-org/GLM-9-FP8"),
        offer("host/unsloth/glm-9"),
        board("glm-9-air"),
        board("glm-9-0611"),
        board("glm-9-latest"),
        board("glm-9-2026-11-03"),  # far from its release: another snapshot
        board("GLM-9-Base"),
    ],
)
def test_what_would_be_a_guess_is_not_found(subject: SubjectRef) -> None:
    assert resolver(GLM).resolve(subject).status == "none"


def test_the_repository_a_source_names_counts_whatever_the_name() -> None:
    found = resolver(GLM).resolve(offer("openrouter/stealth-model"), "zai-org/GLM-9")
    assert (found.model, found.basis, found.confidence) == ("zhipuai/glm-9", "hub_id", 1.0)


def test_a_date_is_spelling_only_while_one_snapshot_is_known() -> None:
    first = KnownModel("lab/m-2026-05-13", "lab", "M")
    second = KnownModel("lab/m-2026-08-06", "lab", "M")
    assert resolver(first).find(board("m")) == "lab/m-2026-05-13"
    assert resolver(first, second).resolve(board("m")).candidates == (first.key, second.key)
    assert resolver(first, second).find(board("M (2026-08-06)")) == second.key
    assert resolver(first, second).find(board("m-0806")) == second.key


def test_an_undated_model_of_several_snapshots_is_none_of_them() -> None:
    line = KnownModel("lab/m", "lab", snapshots=(date(2026, 5, 13), date(2026, 8, 6)))
    assert resolver(line).find(board("m")) == "lab/m"
    assert resolver(line).find(board("m-2026-05-13")) is None


def test_a_month_in_words_is_the_snapshot_of_that_month() -> None:
    june = KnownModel("maker/one-20240620", "maker")
    october = KnownModel("maker/one-20241022", "maker")
    known = resolver(june, october)
    assert known.find(board("One (Jun 2024)")) == june.key
    assert known.find(board("One (October 2024)")) == october.key
    assert known.find(board("One (Jul 2024)")) is None
    twice = resolver(june, KnownModel("maker/one-20240601", "maker"))
    assert twice.resolve(board("One (Jun 2024)")).status == "ambiguous"


def test_a_month_is_that_of_the_release_only_while_one_snapshot_is_known() -> None:
    only = KnownModel("maker/one", "maker", released_on=date(2024, 6, 20))
    assert resolver(only).find(board("One (Jun 2024)")) == only.key
    assert resolver(only).find(board("One (Jul 2024)")) is None
    assert resolver(replace(only, released_on=None)).find(board("One (Jun 2024)")) is None
    several = replace(only, snapshots=(date(2024, 6, 20), date(2024, 10, 22)))
    assert resolver(several).find(board("One (Jun 2024)")) is None


def test_a_snapshot_without_a_year_is_of_the_year_its_model_came_out_in() -> None:
    may = KnownModel("maker/one-0528", "maker", released_on=date(2025, 5, 28))
    assert resolver(may).find(board("One (May 2025)")) == may.key
    assert resolver(may).find(board("One (May 2024)")) is None


def test_what_a_source_shows_a_snapshot_under_does_not_take_the_name_of_its_line() -> None:
    old = KnownModel("cohere/command-x-v01", "cohere", "Command X", aliases=("Command X",))
    new = KnownModel("cohere/command-x-08-2026", "cohere", "Command X")
    assert resolver(old, new).find(board("Command X")) == old.key


def test_two_keys_that_the_catalogue_knows_as_one_model_are_one() -> None:
    dated = KnownModel("anthropic/claude-opus-4-1-20250805", "anthropic", aliases=("Claude Opus 4.1",))
    undated = KnownModel("anthropic/claude-opus-4-1", "anthropic")
    known = resolver(undated, dated)
    assert {known.find(board(name)) for name in ("Claude Opus 4.1", "claude-4.1-opus")} == {dated.key}
    assert resolver(undated).find(board("Claude Opus 4.1")) == undated.key


# --------------------------------------------------------------------------- worlds of their own


def test_in_a_world_without_models_names_meet_under_the_catalogues_key() -> None:
    known = resolver()
    names = ("GPT-4.1", "gpt-4.1-2025-04-14", "openrouter/openai/gpt-4.1")
    assert {known.find(SubjectRef("claims", Kind.BOARD_ENTRY, name)) for name in names} == {"openai/gpt-4.1"}


def test_a_worlds_own_model_is_meant_where_the_catalogue_knows_it_by_another_key() -> None:
    own = KnownModel("oai/kimi-k2-instruct", "Moonshot", "Kimi-K2-Instruct")
    assert resolver(own).find(board("kimi-k2-0711-preview")) == own.key
    twice = (own, KnownModel("else/kimi-k2", "Moonshot", "Kimi K2"))
    assert resolver(*twice).resolve(board("kimi-k2-0711-preview")).status == "ambiguous"


def test_efforts_a_world_lists_as_models_stay_models() -> None:
    high = KnownModel("openai/gpt-5-2025-08-07_high", "OpenAI", "gpt-5-2025-08-07_high")
    low = KnownModel("openai/gpt-5-2025-08-07_low", "OpenAI", "gpt-5-2025-08-07_low")
    known = resolver(high, low)
    assert (known.find(board(high.name)), known.find(board(low.name))) == (high.key, low.key)
    assert known.resolve(board("gpt-5")).status == "ambiguous"


# --------------------------------------------------------------------------- corrections


def told(
    model: str, basis: str = "by_hand", confidence: float = 1.0, *, withdrawn: bool = False
) -> StoredLink:
    return StoredLink(board("GLM-9"), model, basis, confidence, withdrawn)


OTHER = KnownModel("zhipuai/glm-9-air", "zhipuai")


def test_a_link_by_hand_stands_before_every_name() -> None:
    known = resolver(GLM, OTHER, links=(told(OTHER.key),))
    assert (known.resolve(board("GLM-9")).model, known.resolve(board("GLM-9")).basis) == (
        OTHER.key,
        "by_hand",
    )
    assert known.find(offer("host/glm-9")) == GLM.key


def test_a_withdrawn_pair_is_not_linked_again() -> None:
    known = resolver(GLM, OTHER, links=(told(GLM.key, withdrawn=True),))
    assert known.find(board("GLM-9")) is None
    assert known.resolve(board("GLM-9")).reason == "its link was withdrawn"


def test_a_source_that_tells_a_forbidden_pair_again_does_not_link_it() -> None:
    links = (told(GLM.key, withdrawn=True), told(GLM.key, "hub_id"))
    assert resolver(GLM, links=links).find(board("GLM-9")) is None
    assert resolver(GLM, links=links[::-1]).find(board("GLM-9")) is None


def test_withdrawing_one_of_several_does_not_choose_the_other() -> None:
    models = (KnownModel("lab/m-2026-05-13", "lab"), KnownModel("lab/m-2026-08-06", "lab"))
    link = StoredLink(board("m"), models[0].key, "by_hand", 1.0, is_withdrawn=True)
    found = resolver(*models, links=(link,)).resolve(board("m"))
    assert (found.status, found.candidates) == ("ambiguous", (models[1].key,))


def test_a_stored_guess_below_the_threshold_links_nothing() -> None:
    link = StoredLink(board("something"), GLM.key, "normalised_name", 0.6)
    assert resolver(GLM, links=(link,)).find(board("something")) is None
    sure = replace(link, confidence=0.95)
    assert resolver(GLM, links=(sure,)).find(board("something")) == GLM.key


# --------------------------------------------------------------------------- suggestions


def test_suggestions_stay_below_the_threshold_and_say_why() -> None:
    known = resolver(KnownModel("northwind/aurora-32b", "northwind"))
    names = ("Aurora 32B Flash", "aurora_32b", "aurora-7b", "zebra")
    found = suggest_links(known, [board(name) for name in names])
    assert {s.subject.name for s in found} == {"text/Aurora 32B Flash"}
    assert all(s.score < THRESHOLD for s in found)
    assert "flash" in found[0].reason


def test_an_ambiguous_name_suggests_its_candidates() -> None:
    models = (KnownModel("lab/m-2026-05-13", "lab"), KnownModel("lab/m-2026-08-06", "lab"))
    found = suggest_links(resolver(*models), [board("m")])
    assert [s.model for s in found] == [m.key for m in models]


def test_a_withdrawn_pair_is_not_suggested() -> None:
    model, name = KnownModel("northwind/aurora-32b", "northwind"), board("Aurora 32B Flash")
    link = StoredLink(name, model.key, "by_hand", 1.0, is_withdrawn=True)
    assert suggest_links(resolver(model), [name]) != []
    assert suggest_links(resolver(model, links=(link,)), [name]) == []


# --------------------------------------------------------------------------- properties


slugs = st.from_regex(r"[a-z]{1,6}(-[a-z0-9]{1,5}){0,3}(-20(24|25)(05|11)(02|27))?", fullmatch=True)
models = st.lists(slugs, min_size=1, max_size=8, unique=True).map(
    lambda names: [KnownModel(f"lab/{name}", "lab", name) for name in names]
)


@pytest.mark.slow
@given(models, slugs, st.randoms(use_true_random=False))
def test_the_order_of_the_models_does_not_matter(known: list[KnownModel], name: str, chance: Random) -> None:
    shuffled = list(known)
    chance.shuffle(shuffled)
    assert Resolver(WORDS, known).resolve(board(name)) == Resolver(WORDS, shuffled).resolve(board(name))


@given(models)
def test_a_models_key_and_name_resolve_to_itself(known: list[KnownModel]) -> None:
    found = Resolver(WORDS, known)
    for model in known:
        assert found.find(SubjectRef("claims", Kind.BOARD_ENTRY, model.key)) == model.key
        assert found.find(board(model.name)) == model.key


@pytest.mark.slow
@given(models, models, slugs)
def test_more_models_change_a_link_only_to_a_closer_name_or_to_ambiguous(
    known: list[KnownModel], more: list[KnownModel], name: str
) -> None:
    before = Resolver(WORDS, known).resolve(board(name))
    keys = {model.key for model in known}
    after = Resolver(WORDS, [*known, *(m for m in more if m.key not in keys)]).resolve(board(name))
    if before.model is None or after.model == before.model or after.status == "ambiguous":
        return
    # a new model may bear the name itself, and only then takes it
    assert after.model is None or (after.confidence or 0) > (before.confidence or 0)
    assert after.model is not None or PLAIN.read(name).stem in {PLAIN.read(m.name).stem for m in more}


@pytest.mark.slow
@given(models, slugs)
def test_what_was_withdrawn_stays_withdrawn(known: list[KnownModel], name: str) -> None:
    subject = board(name)
    found = Resolver(WORDS, known).find(subject)
    links = [StoredLink(subject, found or known[0].key, "by_hand", 1.0, is_withdrawn=True)]
    assert Resolver(WORDS, known, links).find(subject) != (found or known[0].key)


told_by_hand = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12)


@given(told_by_hand, st.sampled_from("abc"))
def test_a_link_by_hand_that_is_taken_back_leaves_what_held_before(
    steps: list[tuple[str, bool]], model: str
) -> None:
    before = correct(steps)
    after = before.tell(model, is_withdrawn=False).tell(model, is_withdrawn=True)
    assert after.forbidden == before.forbidden
    assert after.linked == tuple(key for key in before.linked if key != model)
    assert before.in_force == model or after.in_force == before.in_force


@given(told_by_hand)
def test_only_what_was_withdrawn_without_a_link_by_hand_is_forbidden(steps: list[tuple[str, bool]]) -> None:
    standing: list[str] = []
    forbidden: set[str] = set()
    for model, is_withdrawn in steps:
        if is_withdrawn and model not in standing:
            forbidden.add(model)
        standing = [key for key in standing if key != model] + ([] if is_withdrawn else [model])
    state = correct(steps)
    assert state.forbidden == forbidden
    assert state.in_force == (standing[-1] if standing else None)


@given(told_by_hand, st.sampled_from((GLM.key, OTHER.key)))
def test_the_names_decide_where_no_link_by_hand_stands(steps: list[tuple[str, bool]], model: str) -> None:
    keys = {"a": GLM.key, "b": OTHER.key, "c": model}
    links = tuple(told(keys[key], withdrawn=is_withdrawn) for key, is_withdrawn in steps)
    state = correct((link.model, link.is_withdrawn) for link in links)
    by_name = None if GLM.key in state.forbidden else GLM.key
    assert resolver(GLM, OTHER, links=links).find(board("GLM-9")) == (state.in_force or by_name)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    name = WORDS.read(text)
    assert name == WORDS.read(text)
    assert PLAIN.read(text).stem == PLAIN.read(text.upper()).stem or not text.isascii()
