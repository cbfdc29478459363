"""Pictures as data URLs: upright, without what a camera noted beside the pixels, no larger than the server takes."""

from __future__ import annotations

import base64
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock

from PIL import Image, ImageOps

SMALLEST_SIDE = 64
JPEG_QUALITY = 90
KEPT = 256  # data URLs; one image is shown in many requests


@dataclass(eq=False)
class DataUrls:
    """`longest_side` in pixels; `most_bytes` of the encoded file. `shrink` halves both, for a server that says 413."""

    longest_side: int
    most_bytes: int
    _kept: OrderedDict[tuple[bytes, int, int], str] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, content: bytes) -> str:
        """Raises OSError if Pillow cannot read it."""
        key = (hashlib.sha256(content).digest(), self.longest_side, self.most_bytes)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        url = _encoded(content, self.longest_side, self.most_bytes)
        with self._lock:
            self._kept[key] = url
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return url

    def shrink(self) -> bool:
        """False where pictures cannot get smaller."""
        if self.longest_side <= SMALLEST_SIDE:
            return False
        self.longest_side, self.most_bytes = self.longest_side // 2, max(4096, self.most_bytes // 2)
        return True


def _encoded(content: bytes, longest_side: int, most_bytes: int) -> str:
    """PNG where that is small enough, else JPEG, else a smaller picture."""
    with Image.open(BytesIO(content)) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    side = longest_side
    while True:
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
        for kind, options in (("PNG", {}), ("JPEG", {"quality": JPEG_QUALITY})):
            file = BytesIO()
            upright.save(file, kind, **options)
            if file.tell() <= most_bytes or (kind == "JPEG" and side <= SMALLEST_SIDE):
                return f"data:image/{kind.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"
        side = max(SMALLEST_SIDE, max(upright.size) * 3 // 4)
