"""What a method says to the model about one chain: requests by the name of their prompt, all counted.

Each request stands by itself; the places image, question, steps, answer and remarks are filled from the chain, further
ones from what is given. `draw` tells apart requests by the same prompt, so that no two draw alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workers.critics.base import Chain, Sight, derived_seed, sight
from workers.critics.reply import members, storable
from workers.critics.tally import Tally
from workers.engines.base import Engine, Generation, Message


@dataclass(frozen=True, slots=True)
class Interview:
    chain: Chain
    engine: Tally
    seen: Sight
    seed: int

    @classmethod
    def begin(cls, chain: Chain, engine: Engine, seed: int) -> Interview:
        return cls(chain, Tally(engine), sight(chain, engine.description), seed)

    async def write(
        self, name: str, *, max_new_tokens: int, temperature: float = 0.0, draw: Sequence[object] = (), **values: str
    ) -> str:
        """Free text, without white space around it."""
        reply = await self._generate(name, values, max_new_tokens, temperature, draw)
        return storable(reply.text).strip()

    async def write_several(
        self, name: str, n: int, *, max_new_tokens: int, temperature: float, **values: str
    ) -> list[str]:
        """`n` independent texts by one prompt, which is read once where the engine can."""
        if n == 0:
            return []
        replies = await self.engine.sample(
            self.messages(name, values),
            n,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            seed=derived_seed(self.seed, name),
        )
        return [storable(reply.text).strip() for reply in replies]

    async def tell(
        self,
        name: str,
        schema: dict[str, Any],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        draw: Sequence[object] = (),
        **values: str,
    ) -> dict[str, Any]:
        """The members of a structured reply that came whole; none where nothing did."""
        return members(await self._generate(name, values, max_new_tokens, temperature, draw, schema))

    async def pick(self, name: str, options: Sequence[str], **values: str) -> tuple[float, ...]:
        """Probability of each option, among these alone."""
        return await self.engine.choose(self.messages(name, values), options)

    def messages(self, name: str, values: dict[str, str]) -> list[Message]:
        chain = self.chain
        filled: dict[str, Any] = {
            "image": self.seen.parts,
            "question": chain.asked,
            "steps": chain.numbered(),
            "answer": chain.given_answer,
            "remarks": chain.remarked,
        }
        return chain.prompt(name).messages(**(filled | values))

    async def _generate(  # noqa: PLR0917
        self,
        name: str,
        values: dict[str, str],
        max_new_tokens: int,
        temperature: float,
        draw: Sequence[object],
        schema: dict[str, Any] | None = None,
    ) -> Generation:
        return await self.engine.generate(
            self.messages(name, values),
            schema=schema,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            seed=derived_seed(self.seed, name, *draw),
        )
