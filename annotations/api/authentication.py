"""Who calls the API: `Authorization: Bearer sl_…`, or the session of a signed-in page of this site."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from annotations.models import Token
from annotations.verbs import tokens

SCHEME = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """`request.auth` is the Token; expired, revoked and unknown ones are told apart to nobody."""

    def authenticate(self, request: Request) -> tuple[Any, Token] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        token = tokens.verify(secret.strip())
        if token is None:
            raise AuthenticationFailed(
                "This token is unknown, revoked or has expired. Make a new one under My account, or with "
                "`manage.py create_token USER --scope …`."
            )
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="Second Look"'


class PageSessionAuthentication(SessionAuthentication):
    """DRF's, which asks for the CSRF token on every unsafe method; `request.auth` is None."""

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="Second Look"'
