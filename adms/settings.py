"""Settings of Tieline: one file; whatever differs between installations comes from the environment (docs/operations.md)."""

from pathlib import Path
from typing import Any

from adms.env import env_bool, env_database, env_int, env_list, env_secret, env_str
from adms.servers import postgres, redis

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_str("VAR_DIR", str(BASE_DIR / "var"))).absolute()

PUBLIC_DIR = VAR_DIR / "public"  # the outage map everybody may see

PRODUCTION = env_bool("PRODUCTION", default=False)
DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = env_secret("SECRET_KEY", VAR_DIR / "secret_key")
CLIENT_CERTIFICATE_HEADER = env_str(
    "CLIENT_CERTIFICATE_HEADER"
).lower()  # in which the proxy tells a partner's TLS certificate
SIGNING_KEY = env_str("SIGNING_KEY")  # PEM of our key and certificate, for partners that want our messages signed
AUDIT_HEADS = env_str("AUDIT_HEADS", str(VAR_DIR / "audit_heads.jsonl"))
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
STREET_MAP = env_str("STREET_MAP")  # a PMTiles file of vector tiles, drawn below the network by who wants it
PORT = env_int("PORT", 8000, low=1, high=65535)
DEMO = env_bool("DEMO", default=True)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "axes",
    "adms.core",
    "network",
    "metering",
    "workforce",
    "outages",
    "integration",
]

MIDDLEWARE = [
    "adms.middleware.handed",
    "adms.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "adms.middleware.no_nul",
    "adms.middleware.unshare",
    "adms.middleware.StaticFiles",
    "adms.middleware.content_security_policy",
    "adms.public_files.public_files",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "adms.middleware.sliding_session",
    "adms.middleware.own_password_first",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "adms.urls"
ASGI_APPLICATION = "adms.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []

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
                "adms.context.console",
            ],
        },
    },
]

# --- Database: embedded, or the utility's own by DATABASE_URL. Web processes share a pool of connections among their
# threads; the sweeper and the workers keep theirs for a while; everybody else opens one when needed.
_own_database = env_database("DATABASE_URL")
EMBEDDED_POSTGRES = _own_database is None
_pool: dict[str, Any] = {"min_size": 1, "max_size": env_int("DATABASE_POOL_SIZE", 10, low=1), "timeout": 10}
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **(
            _own_database
            or {
                "NAME": env_str("DATABASE_NAME", "tieline"),
                "USER": postgres.USER,
                "HOST": str(postgres.socket_dir(VAR_DIR)),
                "PORT": "5432",
                "OPTIONS": {},
            }
        ),
        "ENGINE": "adms.db",
        "CONN_HEALTH_CHECKS": True,
    },
}
if env_bool("DATABASE_POOL", default=False):
    DATABASES["default"]["OPTIONS"]["pool"] = _pool
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env_int("DATABASE_KEEP_S", 0, low=0)

# --- Redis: wake-ups, cache and pushes. Nothing that may not be lost.
REDIS_URL = env_str("REDIS_URL")
EMBEDDED_REDIS = not REDIS_URL
REDIS_URL = REDIS_URL or redis.url(VAR_DIR, env_int("REDIS_DATABASE", 0, high=15))
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- People: accounts, sessions, passwords, lock-out.
AUTH_USER_MODEL = "core.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
_validation = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_validation}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_validation}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_validation}.CommonPasswordValidator"},
    {"NAME": f"{_validation}.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_CALLABLE = "adms.core.views.accounts.locked_out"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- Transport: PRODUCTION expects TLS, ended by a proxy that sets X-Forwarded-Proto.
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",  # server-rendered bars set their width
    "img-src": "'self' data: blob:",
    "worker-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

# --- What a body may weigh, by the longest path that fits; checked before anything of it is kept.
BODY_LIMITS = {
    "/": 5 * 1024**2,
    "/cim/": 20 * 1024**2,
    "/cim/v1/models": 100 * 1024**2,
    "/models/upload/": 100 * 1024**2,
    "/reliability/file/": 100 * 1024**2,  # the page itself takes what the setting reliability.upload_megabytes says
}
DATA_UPLOAD_MAX_MEMORY_SIZE = max(BODY_LIMITS.values())

# --- Static files: found where they lie, or collected, compressed and named by content in production.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION
WHITENOISE_MAX_AGE = 60 if PRODUCTION else 0  # of files asked for by their plain name; hashed names live for ever

# --- Words and times. Stored times are UTC; TIME_ZONE is how the utility reads and writes them.
LANGUAGE_CODE = env_str("UTILITY_LANGUAGE", "en-gb")
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env_str("UTILITY_TIME_ZONE", "UTC")
PRINT_FONT = env_str("PRINT_FONT", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "adms.core.api.authentication.Token",
        "adms.core.api.authentication.Session",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["adms.core.api.parsing.Json"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "adms.core.api.negotiation.Negotiation",
    "EXCEPTION_HANDLER": "adms.core.api.errors.answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Tieline",
    "DESCRIPTION": "Operate a distribution network, predict outages, restore supply, report reliability.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": ["adms.core.api.schema.tidy"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "list", "filter": True, "validatorUrl": None},
    "REDOC_DIST": "SIDECAR",
}

# --- Celery is a door-bell: what it rings for lies in PostgreSQL, and a sweep finds what a lost ring has left.
CELERY_BROKER_URL = redis.broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300, "socket_timeout": None, "socket_connect_timeout": 2}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 270
CELERY_TASK_DEFAULT_QUEUE = "messages"
CELERY_TASK_ROUTES = {
    "core.dispatch_events": {"queue": "control"},
    "outages.flisr": {"queue": "analysis"},  # its solvers take seconds: control is for the delivery of events
    "integration.import_model": {"queue": "bulk"},
    "integration.build_circuits": {"queue": "bulk"},
    "network.power_flow": {"queue": "analysis"},
    "network.answer_studies": {"queue": "analysis"},
    "outages.rehearse": {"queue": "analysis"},
    "outages.suggest": {"queue": "analysis"},
    "outages.replay_predictions": {"queue": "analysis"},
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_TIMEZONE = TIME_ZONE
# For tests: a lock taken out of order (adms.core.lock_order) is an error.
LOCK_ORDER_IS_CHECKED = env_bool("LOCK_ORDER_IS_CHECKED", default=False)
# A worker that plans (FLISR) loads its solvers when it starts, not when the first breaker trips.
WARM_SOLVERS = env_bool("WARM_SOLVERS", default=False)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "adms.logs.OneLine"}},
    "filters": {"without_steps": {"()": "adms.logs.StepsOfPandapower"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_steps"]}},
    "root": {"handlers": ["stderr"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"level": "INFO"},
        "django.server": {"handlers": ["stderr"], "propagate": False},
        "axes": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},  # each task's coming and going, several a second
        "celery.worker.strategy": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "numba": {"level": "WARNING"},
        "pandapower.plotting": {"level": "WARNING"},  # that it has no plotly is nobody's news
    },
}
