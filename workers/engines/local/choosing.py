"""Probabilities of given answers: each option's tokens are scored after the prompt, which is read once.

The same as each layer reads them ("logit lens"): a layer's hidden state goes through the final norm and the head.
Source: nostalgebraist, "interpreting GPT: the logit lens" (2020).

The score of an option is the sum of its tokens' log-probabilities, not their mean: P(option) over the sum of all
options' P is a probability, which a mean per token would not be. Where one option's tokens begin another's, all options
end with the end-of-turn token, so that the shorter one does not also hold the longer one's share.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from workers.engines.local.loading import Loaded
from workers.engines.local.prefill import Read, Reader
from workers.engines.local.prompts import without_last
from workers.engines.local.requests import ChooseRequest

FINAL_NORMS = ("norm", "final_layernorm", "final_layer_norm", "ln_f")
SCALES_LOGITS = ("final_logit_softcapping", "logits_scaling", "logit_scale")  # then head(norm(x)) is not all of it


def final_norm(loaded: Loaded) -> torch.nn.Module | None:
    """The norm before the head, or None for a model whose layers cannot be read in this way."""
    config = loaded.model.config.get_text_config(decoder=True)
    if any(getattr(config, name, None) is not None for name in SCALES_LOGITS):
        return None
    decoder = loaded.model.get_decoder()
    found = (getattr(decoder, name, None) for name in FINAL_NORMS)
    return next((norm for norm in found if isinstance(norm, torch.nn.Module)), None)


def choose(reader: Reader, requests: Sequence[ChooseRequest]) -> list[tuple[float, ...]]:
    """Each request's probabilities over its options; prompts of like length in one pass, their options in one more."""
    room = max(len(request.prompt.ids) + max(map(len, request.options)) for request in requests)
    answers: dict[int, tuple[float, ...]] = {}
    for numbers, read in reader.read([request.prompt for request in requests], room):
        answers |= zip(numbers, _choose_in([requests[number] for number in numbers], reader, read), strict=True)
    return [answers[number] for number in range(len(requests))]


def layers(reader: Reader, request: ChooseRequest) -> tuple[tuple[float, ...], ...]:
    """As `choose` for one request, a row for each layer of the model, first to last; in two passes."""
    loaded, norm = reader.loaded, final_norm(reader.loaded)
    assert norm is not None
    options = ended(request.options, reader)
    width = max(map(len, options))
    before = without_last(request.prompt)
    ((_, read),) = reader.read([before], len(before.ids) + width)
    rows = torch.zeros(len(options), dtype=torch.long, device=loaded.device)
    # The prompt's last token and every token of the option but its last; padding on the right is never scored.
    given = torch.tensor(
        [[request.prompt.ids[-1], *option[:-1], *[0] * (width - len(option))] for option in options],
        device=loaded.device,
    )  # (options, width)
    mask = torch.cat([read.mask[rows], torch.ones_like(given)], dim=1)
    positions = read.positions[..., rows, :] + torch.arange(1, width + 1, device=loaded.device)
    read.cache.batch_select_indices(rows)
    hidden = reader.hidden_states(given, mask, positions, read.cache)  # one a layer, the last behind the norm already
    states = [*(norm(state) for state in hidden[:-1]), hidden[-1]]
    return tuple(_shares_of_layer(loaded.model.get_output_embeddings()(state), options) for state in states)


def _choose_in(requests: list[ChooseRequest], reader: Reader, read: Read) -> list[tuple[float, ...]]:
    options = [(row, option) for row, request in enumerate(requests) for option in ended(request.options, reader)]
    scores = _scores(reader, read, options)  # (options of all requests,)
    probabilities = []
    first = 0
    for request in requests:
        last = first + len(request.options)
        probabilities.append(tuple(torch.softmax(scores[first:last], -1).tolist()))
        first = last
    return probabilities


def _shares_of_layer(logits: torch.Tensor, options: list[tuple[int, ...]]) -> tuple[float, ...]:
    """From logits (options, width, vocabulary) of one layer."""
    chances = torch.log_softmax(logits.double(), -1)
    scores = [
        torch.stack([chances[row, place, token] for place, token in enumerate(option)]).sum()
        for row, option in enumerate(options)
    ]
    return tuple(torch.softmax(torch.stack(scores), -1).tolist())


def ended(options: Sequence[tuple[int, ...]], reader: Reader) -> list[tuple[int, ...]]:
    """The options, with the end-of-turn token where one would otherwise begin another."""
    begins = any(a != b and b[: len(a)] == a for a in options for b in options)
    stop = reader.loaded.tokenizer.eos_token_id
    return [(*option, stop) for option in options] if begins and stop is not None else list(options)


def _scores(reader: Reader, read: Read, options: list[tuple[int, tuple[int, ...]]]) -> torch.Tensor:
    """Log-probability of each option after its request's prompt, float64."""
    device = read.mask.device
    rows = torch.tensor([row for row, _ in options], device=device)  # (options,)
    first = torch.log_softmax(read.logits.double(), -1)  # (requests, vocabulary)
    scores = torch.stack([first[row, option[0]] for row, option in options])  # (options,)
    width = max(len(option) for _, option in options) - 1
    if width == 0:
        return scores
    # Every token but the last is given to the model; padding on the right is never scored.
    given = torch.tensor([[*option[:-1], *[0] * (width - len(option) + 1)] for _, option in options], device=device)
    mask = torch.cat([read.mask[rows], torch.ones_like(given)], dim=1)  # (options, columns + width)
    positions = read.positions[..., rows, :] + torch.arange(1, width + 1, device=device)  # (…, options, width)
    read.cache.batch_select_indices(rows)
    logits = torch.log_softmax(reader.go_on(given, mask, positions, read.cache).double(), -1)
    for number, (_, option) in enumerate(options):
        for place, token in enumerate(option[1:]):
            scores[number] += logits[number, place, token]
    return scores
