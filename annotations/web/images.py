"""Images for the browser: the re-encoded rendition, to members of the image's project, with a type that we chose.

The original is never served. A rendition never changes, hence immutable; it is for members, hence private.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseNotModified
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotations.models import Image
from annotations.verbs.permissions import may

RENDITION_TYPES = {"png": "image/png", "webp": "image/webp", "jpg": "image/jpeg", "jpeg": "image/jpeg"}


@require_safe
@login_required
def image(request: HttpRequest, image: UUID) -> HttpResponseBase:
    row = Image.objects.select_related("project").filter(pk=image).first()
    if row is None or not may(request.user, "see_project", row.project):
        raise Http404(_("There is no such image, or you are not a member of its project."))
    etag = f'"{row.sha256[:32]}"'
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers=headers)
    media_type = RENDITION_TYPES[row.rendition_key.rpartition(".")[2]]
    return FileResponse(default_storage.open(row.rendition_key), content_type=media_type, headers=headers)


urlpatterns = [path("media/image/<uuid:image>", image, name="image")]
