"""Every setting of the project, from the environment; docs/admin.md explains each variable in one table.

With no variable set this is a complete installation on one machine, kept in the instance folder.
"""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from critique_app import databases, environment, instance

BASE_DIR = instance.CODE_FOLDER
INSTANCE_FOLDER = instance.home()

# --- Where things run -------------------------------------------------------------------------------------------------

DATABASE_URL = environment.text("DATABASE_URL")
EMBEDDED_DATABASE = not DATABASE_URL
DATABASES: dict[str, dict[str, Any]] = (
    databases.embedded()
    if EMBEDDED_DATABASE
    else databases.external(DATABASE_URL, environment.text("DATABASE_OWNER_URL"))
)
# A superuser's URL, for `setup_database` to make roles and database in a real cluster; nothing else reads it.
DATABASE_ADMIN_URL = environment.text("DATABASE_ADMIN_URL")

SECRET_KEY = environment.text("SECRET_KEY")
if not SECRET_KEY:
    if not EMBEDDED_DATABASE:
        raise ImproperlyConfigured(
            "DATABASE_URL is set and SECRET_KEY is not. Machines that share a database share the key: make one with "
            "`python -c 'import secrets; print(secrets.token_urlsafe(50))'` and set SECRET_KEY on each of them."
        )
    SECRET_KEY = instance.secret("secret-key")

DEBUG = environment.flag("SECOND_LOOK_DEBUG")
ALLOWED_HOSTS = environment.items("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
HTTPS = environment.flag("SECOND_LOOK_HTTPS")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"] if HTTPS else []
# How many reverse proxies stand before the web server: the log-in throttle takes the client's address from theirs.
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", 0)

# --- What it is made of -----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "critique_app",
    "annotations",
    "workers",
    "annotations.apps.InstanceAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_htmx",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "storages",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "annotations.web.signed_in.second_step_middleware",
    "annotations.web.preferred.language_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "critique_app.urls"
WSGI_APPLICATION = "critique_app.wsgi.application"
ASGI_APPLICATION = "critique_app.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "annotations.web.navigation.navigation",
                "annotations.web.preferred.preferred",
            ],
            "builtins": ["django.templatetags.i18n", "annotations.templatetags.words", "annotations.templatetags.keys"],
        },
    },
]

# --- Words and time ---------------------------------------------------------------------------------------------------

LANGUAGE_CODE = environment.text("LANGUAGE_CODE", "en-gb")
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "critique_app.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.text("TIME_ZONE", "UTC")

# --- People -----------------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "annotations.web.signed_in.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL

# Five wrong passwords for one name from one address, and both rest for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "annotations.web.sign_in.locked_out"
AXES_CLIENT_IP_CALLABLE = "critique_app.client_address.of"
OTP_TOTP_ISSUER = "Second Look"

# Without a mail server an invitation's link is shown to the admin who invites, to pass on.
EMAIL_HOST = environment.text("EMAIL_HOST")
EMAIL_PORT = environment.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = not environment.flag("EMAIL_WITHOUT_TLS")
EMAIL_TIMEOUT = 10  # seconds
# Where people reach this site, for links in mails that no request of theirs causes.
SITE_URL = environment.text("SITE_URL").rstrip("/")
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "second-look@localhost")

# --- What a browser may do --------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_COOKIE_HTTPONLY = False  # the page's scripts send it with what they save

# One switch for all that presumes TLS: on http://127.0.0.1 each of these would lock the visitor out.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# Preloading binds a whole domain for years; that is its owner's decision, not that of one application on it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# --- Files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = INSTANCE_FOLDER / "static"

# Nothing is ever served from MEDIA_URL: files go out through views that ask who may see them.
MEDIA_ROOT = INSTANCE_FOLDER / "media"
PUBLISHING_FOLDER = INSTANCE_FOLDER / "publishing"  # what is being written, until it is in the storage
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
S3_BUCKET = environment.text("S3_BUCKET")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": environment.text("S3_ENDPOINT_URL") or None,
            "region_name": environment.text("S3_REGION") or None,
            "access_key": environment.text("S3_ACCESS_KEY") or None,
            "secret_key": environment.text("S3_SECRET_KEY") or None,
            "default_acl": "private",
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "critique_app.static_storage.HashedStaticFiles"},
}

# --- Background work --------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = environment.text("CELERY_BROKER_URL", "pgmq://database")
BROKER_IS_DATABASE = CELERY_BROKER_URL.startswith("pgmq")
# A message is only a nudge: what it hid from a worker that was killed shows up again after this long, and workers
# look for claimable rows by themselves before that.
BROKER_VISIBILITY_SECONDS = 300
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"visibility_timeout": BROKER_VISIBILITY_SECONDS}
if BROKER_IS_DATABASE:
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "conn_string": databases.broker_conninfo(DATABASES["default"]),
        "init_extension": False,  # its schema is plain SQL, installed by setup_database
        # A worker sleeps until it is told. Polling within the database instead would hold the queue's lock, and whoever
        # joins it next would wait for seconds.
        "use_notify": True,
        "notify_throttle_interval_ms": 0,
        "wait_time_seconds": 0,
        "pool_size": 4,
        "queue_name_prefix": "",
    }
if CELERY_BROKER_URL.startswith("amqp"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "io"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True  # results are rows
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = "solo"  # tasks only nudge; the work is done by the threads of workers/service.py
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # its queue names are too long for pgmq; presence is rows instead
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE

# How long claimed work is held without a sign of life, and how often a worker looks for work and says that it lives.
WORK_LEASE_SECONDS = environment.number("WORK_LEASE_SECONDS", 30)
WORK_LOOK_SECONDS = environment.number("WORK_LOOK_SECONDS", 5)
# Which models this machine's worker serves, ENGINE=MODEL each; with none, whatever there is, one after the other.
CRITIC_MODELS = environment.items("CRITIC_MODELS", "")
MODELS_FOLDER = INSTANCE_FOLDER / "models"
# Encrypts the API keys of endpoints and the secrets of webhooks (annotations/verbs/sealed.py). Machines that share a
# database share it too.
ENDPOINT_SECRET = environment.text("ENDPOINT_SECRET") or instance.secret("endpoint-secret")

# Webhooks go to public addresses alone, and to these networks.
WEBHOOK_NETWORKS = environment.networks("WEBHOOK_NETWORKS")

# --- Logs -------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.text("LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "axes": {"level": "WARNING"},
    },
}

# --- The API ----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotations.api.authentication.TokenAuthentication",
        "annotations.api.authentication.PageSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["annotations.api.parsers.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "annotations.api.pagination.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["annotations.api.throttling.PersonThrottle"],
    "DEFAULT_THROTTLE_RATES": {"person": "1200/min", "bulk": "120/min"},
    "EXCEPTION_HANDLER": "annotations.api.errors.problem",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Second Look",
    "DESCRIPTION": "Critiques of chains of thought, by people and by models: read, push, run, publish, pull.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
