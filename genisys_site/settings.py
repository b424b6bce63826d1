"""Django's settings. Whatever an operator may set has its name, type and default in `environment.py`."""

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

from genisys_site.configuration import admin_theme, environment, masking
from genisys_site.configuration.environment import BASE_DIR
from genisys_site.configuration.logs import logging_config

env = environment.load()

DEBUG = env.DEBUG
SECRET_KEY = env.secret_key()
# What runs' secrets and the tokens of their questions are made with; a key that was replaced still opens the old ones.
SECRET_KEY_FALLBACKS: list[str] = []
GENISYS_SECRETS = [SECRET_KEY, *SECRET_KEY_FALLBACKS]
ALLOWED_HOSTS = env.ALLOWED_HOSTS
PORT = env.PORT
SITE_ADDRESS = env.address()

GENISYS_HOME = env.GENISYS_HOME
GENISYS_BLOBS = env.GENISYS_BLOBS or env.GENISYS_HOME / "blobs"
GENISYS_DEPLOYMENT = env.GENISYS_DEPLOYMENT
GENISYS_KEEP_FINISHED_SECONDS = env.GENISYS_KEEP_FINISHED_SECONDS
GENISYS_KEEP_HISTORY_DAYS = env.GENISYS_KEEP_HISTORY_DAYS
GENISYS_RUNS_PER_PERSON = env.GENISYS_RUNS_PER_PERSON
GENISYS_OPEN_RUNS_PER_PERSON = env.GENISYS_OPEN_RUNS_PER_PERSON
GENISYS_STARTS_PER_HOUR = env.GENISYS_STARTS_PER_HOUR
GENISYS_VIEWERS_PER_PROCESS = env.GENISYS_VIEWERS_PER_PROCESS
GENISYS_VIEWERS_PER_PERSON = env.GENISYS_VIEWERS_PER_PERSON
GENISYS_API_REQUESTS_PER_MINUTE = env.GENISYS_API_REQUESTS_PER_MINUTE
GENISYS_API_LONGEST_WAIT_SECONDS = env.GENISYS_API_LONGEST_WAIT_SECONDS
GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS = env.GENISYS_WEBHOOK_ALLOWED_PRIVATE_HOSTS
GENISYS_LONG_RUN_SECONDS = env.GENISYS_LONG_RUN_SECONDS
GENISYS_ALERT_MAIL = env.GENISYS_ALERT_MAIL
GENISYS_ALERT_WEBHOOK = env.GENISYS_ALERT_WEBHOOK.get_secret_value()
GENISYS_ALERT_WEBHOOK_SECRET = env.GENISYS_ALERT_WEBHOOK_SECRET.get_secret_value()
GENISYS_ALERT_SLACK = env.GENISYS_ALERT_SLACK.get_secret_value()
GENISYS_ALERT_QUEUE_MINUTES = env.GENISYS_ALERT_QUEUE_MINUTES
GENISYS_ALERT_SILENT_MINUTES = env.GENISYS_ALERT_SILENT_MINUTES
GENISYS_ALERT_SPEND_TIMES = env.GENISYS_ALERT_SPEND_TIMES
GENISYS_ALERT_SPEND_USD = env.GENISYS_ALERT_SPEND_USD
GENISYS_ALERT_FAILURES = env.GENISYS_ALERT_FAILURES
GENISYS_METRICS_TOKEN = env.GENISYS_METRICS_TOKEN.get_secret_value()
GENISYS_TRACES = env.GENISYS_TRACES
GENISYS_TRACES_CONTENT = env.GENISYS_TRACES_CONTENT
GENISYS_POD_COSTS = env.GENISYS_POD_COSTS.rstrip("/")
GENISYS_MODEL = env.GENISYS_MODEL
GENISYS_PROVIDERS = env.GENISYS_PROVIDERS
OPENAI_API_KEY = env.OPENAI_API_KEY.get_secret_value()
OPENAI_BASE_URL = env.OPENAI_BASE_URL
SEARXNG_URL = env.SEARXNG_URL
TAVILY_API_KEY = env.TAVILY_API_KEY.get_secret_value()
TAVILY_URL = env.TAVILY_URL
REDIS_URL = env.redis_url()

INGEST_ALLOWED_PRIVATE_HOSTS = env.INGEST_ALLOWED_PRIVATE_HOSTS
INGEST_MAX_PAGES = env.INGEST_MAX_PAGES
INGEST_USER_AGENT = env.INGEST_USER_AGENT
INGEST_HOST_CONCURRENCY = env.INGEST_HOST_CONCURRENCY
INGEST_MIN_DELAY = env.INGEST_MIN_DELAY

# `daphne` is left out: as an app it only serves `runserver`, and every command would import Twisted.
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "csp",
    "genisys_site.apps.SiteConfig",
    "agents.apps.AgentsConfig",
    "ingestion.apps.IngestionConfig",
    "runs.apps.RunsConfig",
    "staff.apps.StaffConfig",
    *env.GENISYS_APPS,
]

MIDDLEWARE = [
    "genisys_site.middleware.inline.SecurityMiddleware",
    "genisys_site.middleware.compression.Compression",
    "genisys_site.middleware.headers.ContentSecurityPolicy",
    "genisys_site.middleware.headers.KeptByNobody",
    "servestatic.middleware.ServeStaticMiddleware",
    "genisys_site.middleware.body_limit.refuse_large_bodies",
    "genisys_site.middleware.inline.SessionMiddleware",
    "genisys_site.middleware.inline.CommonMiddleware",
    "genisys_site.middleware.inline.CsrfViewMiddleware",
    "genisys_site.middleware.inline.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "genisys_site.middleware.inline.MessageMiddleware",
    "genisys_site.middleware.inline.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "genisys_site.urls"
ASGI_APPLICATION = "genisys_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "genisys_site.theme.context",
            ],
            "builtins": ["django.contrib.humanize.templatetags.humanize"],
        },
    },
]

DATABASES = {"default": env.database()}
GENISYS_DATABASE_CONNECTIONS = env.GENISYS_DATABASE_CONNECTIONS
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.email_verification
ACCOUNT_ADAPTER = "genisys_site.accounts.door.AccountAdapter"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_FORMS = {
    "login": "genisys_site.accounts.forms.LoginForm",
    "signup": "genisys_site.accounts.forms.SignupForm",
    "add_email": "genisys_site.accounts.forms.AddEmailForm",
    "reset_password": "genisys_site.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "genisys_site.accounts.forms.ResetPasswordKeyForm",
    "change_password": "genisys_site.accounts.forms.ChangePasswordForm",
    "set_password": "genisys_site.accounts.forms.SetPasswordForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.GENISYS_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Genisys"
MFA_TOTP_TOLERANCE = 1  # one step for slow fingers and clocks, as RFC 6238 advises
MFA_FORMS = {"activate_totp": "genisys_site.accounts.forms.ActivateTOTPForm"}
MFA_ADAPTER = "genisys_site.accounts.second_step.SealedSecrets"

_mail = env.mail()
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "")
EMAIL_PORT = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.DEFAULT_FROM_EMAIL

# What allauth counts attempts in. Shared by all processes, and there whenever people can sign in at all: the same
# cannot be said of each process's memory, or of Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "genisys_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "genisys_site.configuration.formats"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.GENISYS_STATIC or env.GENISYS_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# On a person's machine files are served from their sources and looked up anew each time. A named deployment
# runs `manage.py collectstatic` first and serves compressed files under hashed, endlessly cacheable names.
SERVESTATIC_AUTOREFRESH = env.development
SERVESTATIC_USE_FINDERS = env.development
SERVESTATIC_ALLOW_ALL_ORIGINS = False
SERVESTATIC_MAX_AGE = 0 if env.development else 60
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if env.development
        else "genisys_site.static_files.HashedModules"
    },
}

# What goes for every response; each kind of page adds what it loads.
CSP_REPORT_PATH = "/csp-report"
_EVERYWHERE = {
    "default-src": [NONE],
    "base-uri": [NONE],
    "object-src": [NONE],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "connect-src": [SELF],
    "font-src": [SELF],
    "img-src": [SELF, "data:"],
    "manifest-src": [SELF],
    "style-src": [SELF],
    "worker-src": [SELF],
    "report-uri": [CSP_REPORT_PATH],
    "report-to": ["csp"],
}
# A script runs only if the page that names it gave it the page's nonce; modules hand it on to what they import.
CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**_EVERYWHERE, "script-src": [NONCE]}}
# Unfold's Alpine compiles its attributes with eval and sets style attributes. So no page under /admin/ may
# show scraped or generated text as HTML.
ADMIN_CONTENT_SECURITY_POLICY = {
    **_EVERYWHERE,
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}
# A worker's policy is that of its file, which has no nonce to give. The icon has its colours inside.
STATIC_CONTENT_SECURITY_POLICY = {**_EVERYWHERE, "script-src": [SELF], "style-src": [SELF, UNSAFE_INLINE]}
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = env.GENISYS_MAX_BODY_BYTES

# GENISYS_HTTPS says that a proxy in front ends TLS, and that what it says in X-Forwarded-Proto can be believed.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = env.GENISYS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.GENISYS_HTTPS else None
SECURE_HSTS_SECONDS = env.GENISYS_HSTS_SECONDS if env.GENISYS_HTTPS else 0
# Probes come from inside, past the proxy, and name the host as they please: a pod's address, a balancer's own name.
PROBE_PATHS = ("/healthz", "/readyz", "/metrics")
SECURE_REDIRECT_EXEMPT = [rf"^{path[1:]}$" for path in PROBE_PATHS]
SILENCED_SYSTEM_CHECKS = [
    # HSTS for subdomains and for the browsers' preload list binds hosts that are not this product's, for months:
    # the proxy of whoever owns the whole domain may add them.
    "security.W005",
    "security.W021",
    # `genisys_site.middleware.inline` has subclasses of the three that these look for by name.
    "security.W001",
    "security.W002",
    "security.W003",
]

UNFOLD = admin_theme.UNFOLD

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(json=env.log_format == "json", mask=masking.Mask([SECRET_KEY, *env.secrets()]))
