"""What stands outside: providers of models, and whoever takes mail."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import httpx
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.mail import get_connection

from genisys import Provider
from genisys_site.doctor.finding import Finding, bad, good, risky
from runs.providers import providers

_SECONDS = 10.0
_SMTP = "django.core.mail.backends.smtp.EmailBackend"


async def providers_part() -> list[Finding]:
    """Ask each provider for its list of models, which costs nothing."""
    if not (settings.GENISYS_PROVIDERS or settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
        return [
            risky(
                "providers",
                "No provider of models is named. `manage.py up` starts a small one of its own, too small for prose.",
                "Set OPENAI_API_KEY, OPENAI_BASE_URL or GENISYS_PROVIDERS.",
            )
        ]
    async with httpx.AsyncClient(timeout=_SECONDS) as client:
        return list(await asyncio.gather(*(_asked(client, each) for each in providers())))


async def _asked(client: httpx.AsyncClient, provider: Provider) -> Finding:
    where = f"{provider.name} ({provider.host})"
    try:
        answer = await client.get(
            f"{provider.base_url.rstrip('/')}/models", headers={"Authorization": f"Bearer {provider.api_key}"}
        )
    except httpx.HTTPError as error:
        says = f"{where} does not answer: {type(error).__name__}."
        return bad("providers", says, "Look at its address and at the way there. Runs wait for it meanwhile.")
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return bad("providers", f"{where} refuses the key ({answer.status_code}).", "Give it another key.")
    if answer.is_success or answer.status_code == HTTPStatus.NOT_FOUND:  # not all of them have a list
        return good("providers", f"{where} answers.")
    return risky("providers", f"{where} answers {answer.status_code}.", "Look at its status page. Runs wait for it.")


async def mail_part() -> list[Finding]:
    """Sign in where mail is handed in, and send none."""
    if settings.EMAIL_BACKEND != _SMTP:
        says = "Mail goes to the terminal: nobody is told when a long run ends, or can reset a password."
        return [risky("mail", says, "Set EMAIL_URL, such as smtp+tls://user:password@mail.example.org:587.")]
    try:
        await sync_to_async(_sign_in)()
    except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
        says = f"{settings.EMAIL_HOST} does not take our mail: {type(error).__name__}."
        return [bad("mail", says, "Look at EMAIL_URL: host, port, user, password, and smtp+tls:// or smtps://.")]
    return [good("mail", f"{settings.EMAIL_HOST} takes our mail.")]


def _sign_in() -> None:
    connection = get_connection(fail_silently=False)
    connection.open()
    connection.close()
