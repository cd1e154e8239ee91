"""What is shown is clean, what is said gives no credential away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.text import MESSAGE_LENGTH, clean_message, clean_text, parse_token


@given(st.text(alphabet=st.characters(), max_size=80), st.integers(1, 60))
def test_any_text_comes_out_as_one_printable_line_within_its_length(text: str, longest: int) -> None:
    cleaned = clean_text(text, longest)
    assert cleaned.isprintable()
    assert len(cleaned) <= longest
    assert cleaned.encode().decode() == cleaned  # a lone surrogate could not be encoded


@pytest.mark.parametrize("sign", ["\x1b", "\x07", "\x7f", "\x9b", "\u202e", "\u2066", "\ud800", "\u2028"])
def test_sign_that_commands_or_turns_the_line_is_not_kept(sign: str) -> None:
    assert clean_text(f"a{sign}b", 10) == "a b"


@pytest.mark.parametrize(
    "said",
    [
        "Illegal header value b'Bearer hf_secret\\nrest'",
        "header value: 'token ghp_secret'",
        "sent Bearer secret",
        "Authorization: Basic secret==",
        "refused ghp_secret and github_pat_secret",
        "https://user:secret@host.example/feed",
        "'user:secret@host.example' is odd",
    ],
)
def test_message_holds_no_credential_whoever_quotes_it(said: str) -> None:
    assert "secret" not in clean_message(ValueError(said))


def test_message_of_a_whole_answer_is_short() -> None:
    assert len(clean_message("x " * 1_000_000)) <= MESSAGE_LENGTH


def test_known_secret_is_left_out_whatever_it_looks_like() -> None:
    assert clean_message("no entry for open sesame", "open sesame") == "no entry for …"


@pytest.mark.parametrize("token", ["a\nb", "a b", "a\x00b", "é", "a\u202eb"])
def test_token_that_cannot_be_sent_is_refused_without_being_quoted(token: str) -> None:
    with pytest.raises(ValueError, match="no token has") as caught:
        parse_token(token)
    assert token not in str(caught.value)
