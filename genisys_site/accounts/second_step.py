"""Two-step sign-in's secrets at rest: encrypted with keys made of the settings' secrets, the newest first."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from genisys import SecretError
from genisys.host import KeyRing


class SealedSecrets(DefaultMFAAdapter):
    """Lets no copy of the database alone make codes: allauth's own adapter keeps the secrets as they are."""

    def encrypt(self, text: str) -> str:
        return KeyRing(settings.GENISYS_SECRETS).seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ImproperlyConfigured for what was encrypted with a key that the settings no longer know."""
        try:
            return str(KeyRing(settings.GENISYS_SECRETS).open(encrypted_text))
        except SecretError:
            raise ImproperlyConfigured(
                "A secret of two-step sign-in was made under another SECRET_KEY. Set that one again."
            ) from None
