"""Which beginnings of prompts are read once: the tree of system prompt, problem and request."""

from __future__ import annotations

from dataclasses import dataclass

from workers.engines.local.sharing import shared_beginnings

SYSTEM, ONE, TWO = tuple(range(100)), tuple(range(100, 200)), tuple(range(200, 300))


@dataclass(frozen=True)
class Text:
    symbols: tuple[int, ...]
    first_picture: int = -1
    after_pictures: int = -1

    def cut(self, length: int) -> int:
        return self.first_picture if self.first_picture < length < self.after_pictures else length


def plan(*texts: Text, known: int = 0) -> list[list[int]]:
    """The lengths of what is read first."""
    return [[len(node) for node in generation] for generation in shared_beginnings(texts, lambda _: known)]


def test_the_system_prompt_is_read_first_and_then_each_problem_from_there_on():
    asked = [Text((*SYSTEM, *problem, last)) for problem in (ONE, TWO) for last in (1, 2, 3)]
    assert plan(*asked) == [[100], [200, 200]]


def test_what_only_one_prompt_has_is_not_read_ahead():
    assert plan(Text((*SYSTEM, *ONE, 1)), Text((*SYSTEM, *TWO, 1))) == [[100]]
    assert plan(Text((*SYSTEM, 1))) == []


def test_a_short_common_beginning_is_worth_a_pass_only_where_many_share_it():
    short = SYSTEM[:10]
    assert plan(*(Text((*short, number)) for number in range(3))) == []
    assert plan(*(Text((*short, number)) for number in range(50))) == [[10]]


def test_prompts_that_are_the_same_keep_their_last_token_to_themselves():
    assert plan(Text(SYSTEM), Text(SYSTEM), Text((*SYSTEM, 7))) == [[99]]


def test_what_is_known_already_is_not_read_again():
    assert plan(Text((*SYSTEM, 1)), Text((*SYSTEM, 2)), known=100) == []


def test_a_beginning_does_not_end_among_pictures():
    one, other = (Text((*SYSTEM, *[-5] * 10, last, *[-5] * 10, 1), 100, 121) for last in (7, 8))
    assert plan(one, other) == [[100]]
