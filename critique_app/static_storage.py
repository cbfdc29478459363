"""Static files under names made from their content, so that browsers may keep them for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = r"""(?P<matched>from\s*["'](?P<url>\.{1,2}/[^"']+)["'])"""


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites what our ES modules import from each other: a page never mixes modules of two versions.

    Django's own switch for this rewrites every package's files, and stops at those that import by bare names.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", ((_IMPORT, 'from "%(url)s"'),)))
