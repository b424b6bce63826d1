"""Settings from the environment: typed, and wrong ones named all at once."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from genisys_site.configuration import environment
from genisys_site.configuration.addresses import parse_database_url
from genisys_site.configuration.environment import BASE_DIR, Environment
from genisys_site.configuration.up_lock import UpLock


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GENISYS_HOME", str(tmp_path / "home"))


def test_nothing_has_to_be_set() -> None:
    env = environment.load()
    assert (env.PORT, env.GENISYS_DEPLOYMENT, env.DEBUG) == (8000, "dev", False)
    assert env.database()["NAME"] == str(env.GENISYS_HOME / "db.sqlite3")
    assert not env.has_model


def test_every_wrong_variable_is_named_in_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    monkeypatch.setenv("GENISYS_APPS", "genisys, no_such_app")
    monkeypatch.setenv("INGEST_MAX_PAGES", "-3")
    monkeypatch.setenv("DATABASE_URL", "mysql://db/name")
    monkeypatch.setenv("REDIS_URL", "localhost:6379")
    monkeypatch.setenv("OPENAI_BASE_URL", "provider.example/v1")
    with pytest.raises(ImproperlyConfigured) as caught:
        environment.load()
    message = str(caught.value)
    for name in ("PORT", "GENISYS_APPS", "INGEST_MAX_PAGES", "DATABASE_URL", "REDIS_URL", "OPENAI_BASE_URL"):
        assert f"\n  {name}: " in message


def test_a_wrong_value_that_may_be_a_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://ana:hunter2@db/name")
    with pytest.raises(ImproperlyConfigured) as caught:
        environment.load()
    assert "hunter2" not in str(caught.value)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    env = environment.load()
    assert env.PORT == 8000
    assert not env.has_model


def test_commands_name_the_address_on_which_the_product_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.load().address() == "http://127.0.0.1:8000"
    with UpLock(environment.load().home, "http://localhost:8200/"):
        assert environment.load().address() == "http://localhost:8200"
        monkeypatch.setenv("PORT", "8300")
        assert environment.load().address() == "http://127.0.0.1:8300"
        monkeypatch.delenv("PORT")
    assert environment.load().address() == "http://127.0.0.1:8000"


def test_lists_are_given_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGEST_ALLOWED_PRIVATE_HOSTS", "127.0.0.1, intranet.example ,")
    assert environment.load().INGEST_ALLOWED_PRIVATE_HOSTS == ["127.0.0.1", "intranet.example"]


def test_providers_are_given_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "GENISYS_PROVIDERS",
        """[{"name": "openai", "api_key": "sk-1", "requests_per_minute": 600},
            {"name": "spare", "base_url": "http://127.0.0.1:9/v1", "models": {"fast": "llama"},
             "prices": {"fast": {"input": 0.2, "output": 0.6}}}]""",
    )
    env = environment.load()
    openai, spare = env.GENISYS_PROVIDERS
    assert (openai.name, openai.api_key, openai.limits.requests_per_minute) == ("openai", "sk-1", 600)
    assert (spare.own_name("fast"), spare.prices["fast"].output) == ("llama", 0.6)
    assert env.has_model


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("sk-hunter2", "GENISYS_PROVIDERS: must be a JSON list"),
        (
            '[{"name": "a", "api_key": "sk-hunter2", "requests_per_minut": 60}]',
            r"GENISYS_PROVIDERS\.0\.requests_per_minut: ",
        ),
        ('[{"name": "a", "base_url": "sk-hunter2"}]', "base_url must be an http"),
        ('[{"name": "a"}, {"name": "a", "api_key": "sk-hunter2"}]', "each provider needs a name of its own"),
    ],
)
def test_wrong_providers_are_named_and_no_key_is_repeated(
    monkeypatch: pytest.MonkeyPatch, given: str, words: str
) -> None:
    monkeypatch.setenv("GENISYS_PROVIDERS", given)
    with pytest.raises(ImproperlyConfigured, match=words) as caught:
        environment.load()
    assert "hunter2" not in str(caught.value)


def test_a_named_deployment_must_bring_its_own_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENISYS_DEPLOYMENT", "41")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        environment.load()
    monkeypatch.setenv("SECRET_KEY", "given")
    assert environment.load().secret_key() == "given"


def test_whoever_must_confirm_an_address_must_be_sent_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNT_EMAIL_VERIFICATION", "mandatory")
    assert environment.load().ACCOUNT_EMAIL_VERIFICATION == "mandatory", "in development mail goes to the console"
    monkeypatch.setenv("GENISYS_DEPLOYMENT", "blue")
    monkeypatch.setenv("SECRET_KEY", "given")
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL: must be set"):
        environment.load()
    monkeypatch.setenv("EMAIL_URL", "smtp://mail.example:25")
    assert environment.load().mail()["EMAIL_HOST"] == "mail.example"


def test_addresses_are_confirmed_where_mail_can_be_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ACCOUNT_EMAIL_VERIFICATION", raising=False)
    assert environment.load().email_verification == "optional"
    monkeypatch.setenv("EMAIL_URL", "smtp://mail.example:25")
    assert environment.load().email_verification == "mandatory"
    monkeypatch.setenv("ACCOUNT_EMAIL_VERIFICATION", "none")
    assert environment.load().email_verification == "none"


def test_a_made_up_secret_key_is_kept_and_private() -> None:
    first = environment.load().secret_key()
    assert len(first) > 50
    assert environment.load().secret_key() == first
    mode = (environment.load().GENISYS_HOME / "secret_key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_processes_that_start_together_agree_on_the_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: set[str] = set()
    numbers = iter(range(1000, 1100))
    monkeypatch.setattr(environment.os, "getpid", lambda: next(numbers))
    env = environment.load()
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait(5)
        keys.add(env.secret_key())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(keys) == 1


def test_a_home_that_cannot_be_made_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GENISYS_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(ImproperlyConfigured, match="GENISYS_HOME"):
        environment.load().secret_key()


def test_the_embedded_redis_is_found_by_other_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    env = environment.load()
    assert env.redis_url() == environment.LOOPBACK_REDIS
    (env.home / "redis.url").write_text("redis://:secret@127.0.0.1:7001/0")
    assert env.redis_url() == "redis://:secret@127.0.0.1:7001/0"
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere:6379/1")
    assert environment.load().redis_url() == "redis://elsewhere:6379/1"


def test_a_postgres_address_is_taken_apart() -> None:
    assert parse_database_url("postgres://a%40b:p%2Fw@db.example:5433/genisys?sslmode=require", BASE_DIR) == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "genisys",
        "USER": "a@b",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_sqlite_is_shared_by_processes_in_wal_mode_with_immediate_transactions() -> None:
    options = parse_database_url("sqlite:////var/lib/genisys/db.sqlite3", BASE_DIR)["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 20
    assert "journal_mode=WAL" in options["init_command"]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "postgres://db/", "oracle://db/x", "nonsense"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError):
        parse_database_url(url, BASE_DIR)


@pytest.mark.parametrize(("url", "path"), [("sqlite:////abs/x.db", "/abs/x.db"), ("sqlite:///x.db", None)])
def test_sqlite_paths_are_absolute_or_from_the_repository(url: str, path: str | None) -> None:
    assert parse_database_url(url, BASE_DIR)["NAME"] == (path or str(BASE_DIR / "x.db"))


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://ana:s%40crt@mail.example", 587, True, False),
        ("smtps://ana:s%40crt@mail.example:4650", 4650, False, True),
    ],
)
def test_mail_goes_where_the_address_says(
    monkeypatch: pytest.MonkeyPatch, url: str, port: int, tls: bool, ssl: bool
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    mail = environment.load().mail()
    assert mail["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"]) == ("mail.example", port)
    assert (mail["EMAIL_USE_TLS"], mail["EMAIL_USE_SSL"]) == (tls, ssl)
    assert mail["EMAIL_HOST_PASSWORD"] == ("s@crt" if "@" in url else "")


def test_without_an_address_mail_goes_to_the_console() -> None:
    assert environment.load().mail()["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_a_wrong_mail_address_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EMAIL_URL", url.replace("mail.", "ana:hunter2@mail."))
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL: must be smtp://") as caught:
        environment.load()
    assert "hunter2" not in str(caught.value)


def test_the_address_that_people_use_stands_before_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENISYS_ADDRESS", "https://genisys.example.org/")
    assert environment.load().address() == "https://genisys.example.org"


def test_behind_a_pooler_no_cursor_outlives_its_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ana@db/name")
    assert "DISABLE_SERVER_SIDE_CURSORS" not in environment.load().database()
    monkeypatch.setenv("GENISYS_DATABASE_POOLER", "transaction")
    assert environment.load().database()["DISABLE_SERVER_SIDE_CURSORS"] is True
