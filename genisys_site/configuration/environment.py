"""The environment variables of the process: read once, typed, and wrong values all named at once.

Owns the names, types and defaults of every environment variable and the files under GENISYS_HOME that stand
in for them (`secret_key`, `redis.url`, `up.lock`). What Django makes of them is `genisys_site/settings.py`.
"""

from __future__ import annotations

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from genisys import Provider
from genisys.host import parse_address
from genisys_site.configuration import private_files, up_lock
from genisys_site.configuration.addresses import parse_database_url, parse_email_url, sqlite_database

BASE_DIR = Path(__file__).resolve().parents[2]
LOOPBACK_REDIS = "redis://127.0.0.1:6379/0"

CommaList = Annotated[list[str], NoDecode]


class Environment(BaseSettings):
    """Every variable the product reads. An empty value counts as unset."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, case_sensitive=True)

    DEBUG: bool = False
    SECRET_KEY: SecretStr = SecretStr("")
    ALLOWED_HOSTS: CommaList = ["localhost", "127.0.0.1", "[::1]"]
    DATABASE_URL: SecretStr = SecretStr("")
    GENISYS_DATABASE_CONNECTIONS: int = Field(default=10, ge=0, le=1000)
    GENISYS_DATABASE_POOLER: Literal["", "transaction"] = ""
    REDIS_URL: SecretStr = SecretStr("")
    GENISYS_WAIT_REPLICAS: int = Field(default=0, ge=0, le=100)
    GENISYS_WAIT_MS: int = Field(default=1000, ge=1, le=2000)
    PORT: int = Field(default=8000, ge=1, le=65535)
    GENISYS_HOME: Path = BASE_DIR / ".genisys"
    GENISYS_APPS: CommaList = []
    GENISYS_BLOBS: Path | None = None
    GENISYS_STATIC: Path | None = None
    GENISYS_ADDRESS: str = ""
    GENISYS_PROXIES: int = Field(default=0, ge=0, le=10)
    GENISYS_DEPLOYMENT: str = Field(default="dev", pattern=r"^[A-Za-z0-9._-]{1,64}$")
    GENISYS_KEEP_FINISHED_SECONDS: int = Field(default=86_400, ge=0)
    GENISYS_KEEP_HISTORY_DAYS: int = Field(default=0, ge=0)
    GENISYS_HTTPS: bool = False
    GENISYS_HSTS_SECONDS: int = Field(default=31_536_000, ge=0)
    GENISYS_MAX_BODY_BYTES: int = Field(default=4_194_304, ge=1024)
    GENISYS_RUNS_PER_PERSON: int = Field(default=8, ge=0)
    GENISYS_OPEN_RUNS_PER_PERSON: int = Field(default=500, ge=0)
    GENISYS_STARTS_PER_HOUR: int = Field(default=1000, ge=0)
    GENISYS_VIEWERS_PER_PROCESS: int = Field(default=10_000, ge=1)
    GENISYS_VIEWERS_PER_PERSON: int = Field(default=100, ge=1)
    GENISYS_API_REQUESTS_PER_MINUTE: int = Field(default=600, ge=0)
    GENISYS_API_LONGEST_WAIT_SECONDS: int = Field(default=300, ge=1, le=3600)
    GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS: CommaList = []
    GENISYS_LONG_RUN_SECONDS: int = Field(default=60, ge=0)
    GENISYS_ALERT_MAIL: CommaList = []
    GENISYS_ALERT_WEBHOOK: SecretStr = SecretStr("")
    GENISYS_ALERT_WEBHOOK_SECRET: SecretStr = SecretStr("")
    GENISYS_ALERT_SLACK: SecretStr = SecretStr("")
    GENISYS_ALERT_QUEUE_MINUTES: int = Field(default=10, ge=1)
    GENISYS_ALERT_SILENT_MINUTES: int = Field(default=10, ge=1)
    GENISYS_ALERT_SPEND_TIMES: float = Field(default=3.0, ge=1)
    GENISYS_ALERT_SPEND_USD: float = Field(default=1.0, ge=0)
    GENISYS_ALERT_FAILURES: int = Field(default=5, ge=1)
    GENISYS_METRICS_TOKEN: SecretStr = SecretStr("")
    GENISYS_TRACES: str = ""
    GENISYS_TRACES_CONTENT: bool = False
    GENISYS_POD_COSTS: str = ""
    ACCOUNT_EMAIL_VERIFICATION: Literal["none", "optional", "mandatory", ""] = ""
    EMAIL_URL: SecretStr = SecretStr("")
    DEFAULT_FROM_EMAIL: str = "genisys@localhost"
    GENISYS_MODEL: str = ""
    GENISYS_LOG_FORMAT: Literal["console", "json", ""] = ""
    GENISYS_PROVIDERS: Annotated[list[Provider], NoDecode] = []
    OPENAI_API_KEY: SecretStr = SecretStr("")
    OPENAI_BASE_URL: str = ""
    SEARXNG_URL: str = ""
    TAVILY_API_KEY: SecretStr = SecretStr("")
    TAVILY_URL: str = ""
    INGEST_ALLOWED_PRIVATE_HOSTS: CommaList = []
    INGEST_MAX_PAGES: int = Field(default=120, ge=1, le=10_000)
    INGEST_USER_AGENT: str = "GenisysBot/0.1 (reads a site its owner asked us to read)"
    INGEST_HOST_CONCURRENCY: int = Field(default=4, ge=1, le=64)
    INGEST_MIN_DELAY: float = Field(default=0.2, ge=0, le=60)

    @field_validator(
        "ALLOWED_HOSTS",
        "GENISYS_ALERT_MAIL",
        "GENISYS_APPS",
        "GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS",
        "INGEST_ALLOWED_PRIVATE_HOSTS",
        mode="before",
    )
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("GENISYS_APPS")
    @classmethod
    def _each_can_be_imported(cls, value: list[str]) -> list[str]:
        for name in value:
            if not name.replace(".", "_").isidentifier() or find_spec(name.partition(".")[0]) is None:
                raise ValueError(f"there is no package {name!r}. Put the folder that holds it on PYTHONPATH")
        return value

    @field_validator("GENISYS_TRACES")
    @classmethod
    def _has_what_sends_traces(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must be an address of OTLP over HTTP, such as http://collector:4318/v1/traces")
        if value and (find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None):
            raise ValueError("needs more packages: pip install -r requirements-traces.txt")
        return value

    @field_validator("GENISYS_PROVIDERS", mode="before")
    @classmethod
    def _read_json(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return from_json(value)
        except ValueError:
            # What is wrong is not quoted: keys stand in it.
            raise ValueError('must be a JSON list, such as [{"name": "openai", "api_key": "..."}]') from None

    @field_validator("GENISYS_PROVIDERS")
    @classmethod
    def _each_has_its_own_name(cls, value: list[Provider]) -> list[Provider]:
        if len({provider.name for provider in value}) < len(value):
            raise ValueError("each provider needs a name of its own")
        return value

    @field_validator("DATABASE_URL")
    @classmethod
    def _database_url_is_known(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            parse_database_url(value.get_secret_value(), BASE_DIR)
        return value

    @field_validator("REDIS_URL")
    @classmethod
    def _redis_url_is_known(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            parse_address(value.get_secret_value())
        return value

    @field_validator("OPENAI_BASE_URL", "GENISYS_ADDRESS", "GENISYS_POD_COSTS")
    @classmethod
    def _address_is_http(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname):
            raise ValueError("must be an http:// or https:// address, such as http://127.0.0.1:8080/v1")
        return value

    @field_validator("GENISYS_ALERT_WEBHOOK", "GENISYS_ALERT_SLACK")
    @classmethod
    def _receiver_is_http(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if value.get_secret_value() and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("must be an http:// or https:// address")
        return value

    @field_validator("EMAIL_URL")
    @classmethod
    def _email_url_is_known(cls, value: SecretStr) -> SecretStr:
        parse_email_url(value.get_secret_value())
        return value

    @field_validator("GENISYS_HOME")
    @classmethod
    def _home_is_absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _a_named_deployment_has_its_own_secret(self) -> Environment:
        if not self.SECRET_KEY.get_secret_value() and not self.development:
            raise ValueError("SECRET_KEY: must be set when GENISYS_DEPLOYMENT names a deployment other than 'dev'")
        return self

    @model_validator(mode="after")
    def _who_must_confirm_gets_mail(self) -> Environment:
        mail = self.EMAIL_URL.get_secret_value()
        if self.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not mail and not self.development:
            raise ValueError(
                "EMAIL_URL: must be set when ACCOUNT_EMAIL_VERIFICATION is 'mandatory', else nobody gets the mail "
                "without which nobody gets in"
            )
        return self

    @property
    def development(self) -> bool:
        """Say whether this is a person's own machine: keys are made up, static files served from their sources."""
        return self.DEBUG or self.GENISYS_DEPLOYMENT == "dev"

    @property
    def email_verification(self) -> str:
        """Return what is set; else `mandatory` where mail can be sent, and `optional` where it cannot: a sign-up that
        lets people in at once tells by its answer which addresses have an account.
        """
        if self.ACCOUNT_EMAIL_VERIFICATION:
            return self.ACCOUNT_EMAIL_VERIFICATION
        return "mandatory" if self.EMAIL_URL.get_secret_value() else "optional"

    @property
    def has_model(self) -> bool:
        """Say whether a model provider is named, so that no local one has to be started."""
        return bool(self.OPENAI_API_KEY.get_secret_value() or self.OPENAI_BASE_URL or self.GENISYS_PROVIDERS)

    @property
    def log_format(self) -> str:
        return self.GENISYS_LOG_FORMAT or ("console" if self.development else "json")

    @property
    def home(self) -> Path:
        """Return GENISYS_HOME, made where it is missing. Raises ImproperlyConfigured where it cannot be written."""
        try:
            self.GENISYS_HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise _unusable(self.GENISYS_HOME, exc) from exc
        private_files.tighten_folder(self.GENISYS_HOME)
        return self.GENISYS_HOME

    def secret_key(self) -> str:
        """Return the given key, else one generated once and kept in GENISYS_HOME."""
        if given := self.SECRET_KEY.get_secret_value():
            return given
        path = self.home / "secret_key"
        try:
            # Several processes may start at once: whoever links its file first decides the key for all.
            if not path.exists():
                draft = path.with_name(f"secret_key.{os.getpid()}")
                write_private(draft, secrets.token_urlsafe(48))
                try:
                    os.link(draft, path)
                except FileExistsError:
                    pass
                finally:
                    draft.unlink()
            return path.read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise _unusable(path, exc) from exc

    def redis_url(self) -> str:
        """Return REDIS_URL, else the embedded Redis that `manage.py up` remembered, else Redis' usual port."""
        url = self.REDIS_URL.get_secret_value() or self._embedded_redis()
        if not self.GENISYS_WAIT_REPLICAS:
            return url
        options = f"wait_replicas={self.GENISYS_WAIT_REPLICAS}&wait_ms={self.GENISYS_WAIT_MS}"
        return f"{url}{'&' if '?' in url else '?'}{options}"

    def _embedded_redis(self) -> str:
        try:
            return (self.GENISYS_HOME / "redis.url").read_text(encoding="utf-8").strip() or LOOPBACK_REDIS
        except OSError:
            return LOOPBACK_REDIS

    def address(self) -> str:
        """Return the product's address: GENISYS_ADDRESS, else PORT on this machine, else where `up` listens."""
        if self.GENISYS_ADDRESS:
            return self.GENISYS_ADDRESS.rstrip("/")
        listens = "" if "PORT" in self.model_fields_set else up_lock.address_in(self.GENISYS_HOME)
        return (listens or f"http://127.0.0.1:{self.PORT}").rstrip("/")

    def mail(self) -> dict[str, Any]:
        """Return Django's settings for sending mail."""
        return parse_email_url(self.EMAIL_URL.get_secret_value())

    def secrets(self) -> list[str]:
        """Return every secret value that the environment holds, for `masking`: none of them belongs in a log."""
        urls = (self.DATABASE_URL.get_secret_value(), self.EMAIL_URL.get_secret_value())
        return [
            value
            for value in (
                self.SECRET_KEY.get_secret_value(),
                self.OPENAI_API_KEY.get_secret_value(),
                self.GENISYS_ALERT_WEBHOOK.get_secret_value(),
                self.GENISYS_ALERT_WEBHOOK_SECRET.get_secret_value(),
                self.GENISYS_ALERT_SLACK.get_secret_value(),
                self.GENISYS_METRICS_TOKEN.get_secret_value(),
                *(provider.api_key for provider in self.GENISYS_PROVIDERS),
                *(unquote(urlsplit(url).password or "") for url in urls),
                *parse_address(self.redis_url()).secrets,
            )
            if value
        ]

    def database(self) -> dict[str, Any]:
        """Return Django's description of the default database."""
        url = self.DATABASE_URL.get_secret_value()
        database = parse_database_url(url, BASE_DIR) if url else sqlite_database(self.home / "db.sqlite3")
        if database["ENGINE"].endswith("sqlite3"):
            private_files.tighten_database(Path(database["NAME"]))
        elif self.GENISYS_DATABASE_POOLER:
            # Each transaction may meet another connection, so no cursor outlives one. Statements are never prepared.
            database["DISABLE_SERVER_SIDE_CURSORS"] = True
        return database


def load() -> Environment:
    """Read the environment. Raises one ImproperlyConfigured that lists every variable that is wrong."""
    try:
        return Environment()
    except ValidationError as exc:
        lines = [_complaint(error["loc"], error["msg"]) for error in exc.errors(include_input=False)]
        raise ImproperlyConfigured("these settings are wrong:\n  " + "\n  ".join(lines)) from None


def _complaint(location: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{'.'.join(str(part) for part in location)}: {text}" if location else text


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read, whatever the umask and whatever stood there before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)


def _unusable(path: Path, exc: OSError) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{path} cannot be used: {exc.strerror}. Free some space or name another folder with GENISYS_HOME."
    )
