"""Messages to tokens: a chat template's text, and for a model that sees, the processor's tensors of its pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import torch
from PIL import Image, ImageOps

from workers.engines.base import EngineError, Message, Picture
from workers.engines.local.loading import Loaded

PLAIN_CHAT = (
    "{% for message in messages %}{{ message['role'].capitalize() + ': ' + message['content'] + '\n\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)  # for base models, which have no template of their own


@dataclass(frozen=True, slots=True)
class Prompt:
    """`ids` as the model reads them; `along` has tensors (1, length) beside them, `pictures` tensors (pieces, …).

    `symbols` are the ids, but those of pictures are replaced by a number that stands for these pictures alone; the
    pictures' tokens lie from `first_picture` (-1 without pictures) up to `after_pictures`.
    """

    ids: tuple[int, ...]
    along: dict[str, torch.Tensor] = field(default_factory=dict)
    pictures: dict[str, torch.Tensor] = field(default_factory=dict)
    symbols: tuple[int, ...] = ()
    first_picture: int = -1
    after_pictures: int = -1

    def cut(self, length: int) -> int:
        """The longest beginning of at most that length that does not end among the pictures."""
        return self.first_picture if self.first_picture < length < self.after_pictures else length

    def and_then(self, tokens: Sequence[int]) -> Prompt:
        """With further tokens of text at its end."""
        more = {name: torch.nn.functional.pad(value, (0, len(tokens))) for name, value in self.along.items()}
        return replace(self, ids=(*self.ids, *tokens), symbols=(*self.symbols, *tokens), along=more)


def without_last(prompt: Prompt) -> Prompt:
    """All of it but the last token, which is never a picture's."""
    along = {name: value[:, :-1] for name, value in prompt.along.items()}
    return replace(prompt, ids=prompt.ids[:-1], symbols=prompt.symbols[:-1], along=along)


def encode(messages: Sequence[Message], loaded: Loaded) -> Prompt:
    """The prompt up to where the model's turn begins.

    Raises EngineError for a picture shown to a model without eyes, and for a prompt that leaves no room to answer.
    """
    prompt = _encode(messages, loaded)
    if len(prompt.ids) >= loaded.context:
        raise EngineError(
            f"expected a prompt of fewer than {loaded.context} tokens, which this model reads at the most, "
            f"found {len(prompt.ids)}: shorten it or take another model"
        )
    return prompt


def option_ids(option: str, loaded: Loaded) -> tuple[int, ...]:
    return tuple(loaded.tokenizer(option, add_special_tokens=False)["input_ids"])


def _encode(messages: Sequence[Message], loaded: Loaded) -> Prompt:
    pictures = [part for message in messages for part in message.parts if isinstance(part, Picture)]
    if loaded.processor is None:
        if pictures:
            raise EngineError(
                "expected text only, found a picture: this model does not see; give it the picture's text by OCR"
            )
        turns = [{"role": message.role, "content": "".join(map(str, message.parts))} for message in messages]
        template = None if loaded.tokenizer.chat_template else PLAIN_CHAT
        text = loaded.tokenizer.apply_chat_template(
            turns, chat_template=template, tokenize=False, add_generation_prompt=True
        )
        ids = tuple(loaded.tokenizer(str(text), add_special_tokens=False)["input_ids"])
        return Prompt(ids, symbols=ids)
    return _encode_with_pictures(messages, pictures, loaded)


def _encode_with_pictures(messages: Sequence[Message], pictures: list[Picture], loaded: Loaded) -> Prompt:
    processor: Any = loaded.processor
    turns = [{"role": message.role, "content": [_part(part) for part in message.parts]} for message in messages]
    text = processor.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    seen: dict[str, torch.Tensor] = processor(
        text=[text], images=[_upright(picture) for picture in pictures] or None, return_tensors="pt"
    )
    ids = seen["input_ids"]  # (1, length)
    others = {name: value for name, value in seen.items() if name not in ("input_ids", "attention_mask")}
    along = {name: value for name, value in others.items() if value.shape == ids.shape}
    return _with_symbols(
        Prompt(tuple(ids[0].tolist()), along, {name: value for name, value in others.items() if name not in along}),
        pictures,
        loaded.picture_id,
    )


def _with_symbols(prompt: Prompt, pictures: list[Picture], picture_id: int | None) -> Prompt:
    """A model whose picture token is not known shares nothing that shows a picture: all of it may belong to one."""
    if not pictures:
        return replace(prompt, symbols=prompt.ids)
    digest = hashlib.sha256(b"".join(hashlib.sha256(picture.content).digest() for picture in pictures)).digest()
    these = -1 - int.from_bytes(digest[:8])
    places = [place for place, token in enumerate(prompt.ids) if token == picture_id]
    if not places:
        return replace(prompt, symbols=(these, *prompt.ids[1:]), first_picture=0, after_pictures=len(prompt.ids))
    symbols = tuple(these if token == picture_id else token for token in prompt.ids)
    return replace(prompt, symbols=symbols, first_picture=places[0], after_pictures=places[-1] + 1)


def _part(part: str | Picture) -> dict[str, str]:
    return {"type": "image"} if isinstance(part, Picture) else {"type": "text", "text": part}


def _upright(picture: Picture) -> Image.Image:
    with Image.open(BytesIO(picture.content)) as image:
        return ImageOps.exif_transpose(image).convert("RGB")
