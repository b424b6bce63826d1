"""Two-step sign-in's secrets at rest: encrypted with keys made of the settings' secrets, the newest first."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class SealedSecrets(DefaultMFAAdapter):
    """Lets no copy of the database alone make codes: allauth's own adapter keeps the secrets as they are."""

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ImproperlyConfigured for what was encrypted with a key that the settings no longer know."""
        try:
            return _keys().decrypt(encrypted_text).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "A secret of two-step sign-in was made under another SECRET_KEY. Set that one again."
            ) from None


def _keys() -> MultiFernet:
    return MultiFernet(Fernet(base64.urlsafe_b64encode(_derived(secret))) for secret in settings.GENISYS_SECRETS)


def _derived(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"genisys_site second step").derive(secret.encode())
