"""Addresses of the database and of the mail server, as Django's settings. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def parse_database_url(url: str, folder: Path) -> dict[str, Any]:
    """Return Django's description of a database from `sqlite:////absolute/path`, `sqlite:///relative/path` or
    `postgres://user:password@host:port/name?sslmode=require`. Relative paths start at `folder`.

    Raises ValueError, in words, on anything else.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme == "sqlite":
        if parts.netloc or not name:
            raise ValueError("a SQLite address has the form sqlite:////absolute/path or sqlite:///relative/path")
        return sqlite_database(folder / name)
    if parts.scheme in {"postgres", "postgresql"}:
        if not name:
            raise ValueError("has no database name: postgres://user:password@host:5432/name")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ValueError("must start with sqlite:/// or postgres://")


def parse_email_url(url: str) -> dict[str, Any]:
    """Return Django's settings for mail from `smtp://user:password@host:port`; `smtp+tls://` begins in plain text and
    changes to TLS (STARTTLS), `smtps://` is TLS from the first byte. Without an address mail goes to the console.

    Raises ValueError, in words, on anything else.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in _MAIL_PORTS or not parts.hostname:
        raise ValueError("must be smtp://, smtp+tls:// or smtps:// with a host: smtp+tls://user:password@host:587")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or _MAIL_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def sqlite_database(path: Path) -> dict[str, Any]:
    """Return SQLite as several processes can share it: a write takes its lock at BEGIN and waits for its turn."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
