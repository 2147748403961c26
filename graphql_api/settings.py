"""One frozen Settings object, read from the environment; only the application and the command line look at it."""

from datetime import time, timedelta
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from auth.algorithm import Algorithm
from auth.claims import TokenDialect
from auth.key_location import KeyLocation
from auth.permissions import Role
from graphql_api.audit_target import AuditTarget
from graphql_api.limits import Limits, RateLimits
from graphql_api.manifest import UnusableManifest, parse_manifest
from graphql_api.trust import NO_TRUST, Trust, TrustedDocumentsSettings
from models.attribution import AttributionRules
from models.own_rules import NO_OWN_RULES, OwnRules
from models.own_rules_file import UnusableRules, parse_rules

if TYPE_CHECKING:
    # Loaded by who asks for them: a command that reads a log has begun to parse it before.
    from auth.keys import TokenKey
    from database.maintenance import Maintenance

# An origin (RFC 6454) as browsers write it. One that is not goes into no header: it could end the policy early.
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9.\-]+(:[0-9]{1,5})?$")]


class Settings(BaseSettings):
    """Every setting, with its default. Environment variables carry the prefix SMTP_ACTIVITY_, but for DATABASE_URL."""

    model_config = SettingsConfigDict(
        env_prefix="SMTP_ACTIVITY_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    # Where data lives. Without a URL: the embedded PostgreSQL in `data_directory`.
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    data_directory: Path = Path(".data")
    pool_size: int = Field(default=10, ge=1, le=200)
    statement_timeout: timedelta = Field(default=timedelta(seconds=5), ge=timedelta(milliseconds=1))
    count_timeout: timedelta = Field(default=timedelta(seconds=1), ge=timedelta(milliseconds=1))

    # Who may ask (see auth/tokens.py). Keys are a JWK set, as text or in a file; without either, one is generated.
    token_issuer: str = "smtp-activity"  # noqa: S105 - a name, no secret
    token_audience: str = "smtp-activity"  # noqa: S105 - a name, no secret
    token_keys: SecretStr | None = None
    token_keys_file: Path | None = None
    # The host's public keys by URL, beside those above. The algorithms are fixed here, whatever is published there.
    token_jwks_url: str | None = None
    token_jwks_algorithms: tuple[Algorithm, ...] = Field(default=(Algorithm.RS256,), min_length=1)
    token_jwks_max_age: timedelta = Field(default=timedelta(minutes=5), gt=timedelta())
    token_jwks_max_stale: timedelta = Field(default=timedelta(hours=1), ge=timedelta())
    token_leeway: timedelta = timedelta(seconds=30)
    # The longest that a token of support staff (one with `act`) may live.
    actor_token_lifetime: timedelta = Field(default=timedelta(hours=1), gt=timedelta())
    claim_account: str = "account"
    claim_role: str = "role"
    claim_permissions: str = "permissions"
    # What the host calls a role: which of ours it is.
    role_names: dict[str, Role] = Field(default_factory=lambda: {role.lower(): role for role in Role})
    account_cache_ttl: timedelta = timedelta(seconds=5)
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    # Where Prometheus asks, without a token: one port a worker; none, no metrics.
    metrics_host: str = "127.0.0.1"
    metrics_ports: tuple[Annotated[int, Field(ge=1, le=65_535)], ...] = ()

    # Whether OpenTelemetry is told of requests and statements; where it is, its own variables say (OTEL_…).
    telemetry: bool = False

    # Where it is written who read what: nowhere, on standard error, or in a file.
    audit_log: AuditTarget = "off"

    # The pages: whether GraphiQL is one of them, and whose pages may frame the Activity page and give it tokens.
    graphiql: bool = True
    embed_origins: tuple[Origin, ...] = ()

    # What may be asked: SMTP_ACTIVITY_LIMITS__TOKENS and so on. By GET recipients' addresses come into access logs.
    limits: Limits = Limits()
    allow_get: bool = False
    rate_limit: RateLimits = RateLimits()
    trusted_documents: TrustedDocumentsSettings = TrustedDocumentsSettings()
    # Whether operations are compiled (graphql_api/execution). Answers are the same either way, but slower.
    fast_path: bool = True

    # Whether events may be posted to /ingest/events; and, on a relay that posts its own: with what token, from where.
    post_events: bool = False
    post_token: SecretStr | None = None
    post_token_file: Path | None = None
    spool_bytes: int = Field(default=1_000_000_000, ge=1_000_000)

    # Whose log lines may be attributed by the sender's domain, and which hops are not yet a delivery.
    trusted_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    trusted_services: tuple[str, ...] = ()
    inner_relays: tuple[str, ...] = ()
    retention_days: int = Field(default=400, ge=1, le=36_500)
    # How long ingest remembers a message that has left the queue, and when `serve` maintains the database (UTC).
    memory_days: int = Field(default=14, ge=1, le=36_500)
    maintain_at: time | Literal["never"] = time(3, 30)

    # The operator's own rules of reasons (see models/own_rules_file.py).
    reason_rules_file: Path | None = None

    @field_validator("token_jwks_url")
    @classmethod
    def _encrypted(cls, url: str | None) -> str | None:
        """Who can change keys on their way can sign any token."""
        parts = urlsplit(url or "")
        is_encrypted = parts.scheme == "https" and parts.hostname
        is_local = parts.scheme == "http" and _is_loopback(parts.hostname)
        if url is not None and ("@" in parts.netloc or not (is_encrypted or is_local)):
            raise ValueError("must be https://…, without a password; http:// is for this machine alone")
        return url

    @field_validator("token_jwks_algorithms")
    @classmethod
    def _public(cls, algorithms: tuple[Algorithm, ...]) -> tuple[Algorithm, ...]:
        if Algorithm.HS256 in algorithms:
            raise ValueError("HS256 has no public key that could be published")
        return algorithms

    @property
    def key_location(self) -> KeyLocation | None:
        """Where the host publishes its keys."""
        if self.token_jwks_url is None:
            return None
        return KeyLocation(
            url=self.token_jwks_url,
            algorithms=self.token_jwks_algorithms,
            max_age=self.token_jwks_max_age,
            max_stale=self.token_jwks_max_stale,
        )

    @field_validator("telemetry")
    @classmethod
    def _installed(cls, is_wanted: bool) -> bool:
        if is_wanted and not (find_spec("opentelemetry") and find_spec("opentelemetry.sdk")):
            raise ValueError("needs the extra “telemetry”: pip install 'smtp-activity[telemetry]'")
        return is_wanted

    @model_validator(mode="after")
    def _give_up_in_order(self) -> "Settings":
        # PostgreSQL's own timeout ends a statement for certain, and names it; a cancellation is a request.
        if self.statement_timeout >= self.limits.execution_timeout:
            raise ValueError("statement_timeout must be shorter than limits.execution_timeout")
        return self

    @model_validator(mode="after")
    def _afford_each_request(self) -> "Settings":
        if self.rate_limit.points < self.limits.cost:
            raise ValueError("rate_limit.points must be at least limits.cost: what may be asked must be affordable")
        return self

    @property
    def token_dialect(self) -> TokenDialect:
        """How the host writes its tokens."""
        return TokenDialect(
            issuer=self.token_issuer,
            audience=self.token_audience,
            account_claim=self.claim_account,
            role_claim=self.claim_role,
            permissions_claim=self.claim_permissions,
            role_names=self.role_names,
            actor_lifetime=self.actor_token_lifetime,
        )

    @property
    def attribution_rules(self) -> AttributionRules:
        """Whose log lines count by the sender's domain."""
        return AttributionRules(
            trusted_networks=self.trusted_networks,
            trusted_services=frozenset(self.trusted_services),
            inner_relays=frozenset(self.inner_relays),
        )

    @property
    def maintenance(self) -> "Maintenance":
        """What is kept for how long."""
        from database.maintenance import Maintenance
        from database.retention import Retention

        retention = Retention(timedelta(days=self.retention_days))
        return Maintenance(retention, memory=timedelta(days=self.memory_days))

    def load_token_keys(self) -> "tuple[TokenKey, ...]":
        """The token keys, generated on first use when none are configured; raises UnusableKey."""
        from auth.keys import load_keys

        inline = self.token_keys.get_secret_value() if self.token_keys else None
        return load_keys(inline=inline, file=self.token_keys_file, generated=self.data_directory / "token-key.json")

    def load_post_token(self) -> str:
        """The token that a relay posts with; raises ValueError."""
        if self.post_token is not None:
            return self.post_token.get_secret_value()
        if self.post_token_file is None:
            raise ValueError("Posting needs a token: SMTP_ACTIVITY_POST_TOKEN_FILE or SMTP_ACTIVITY_POST_TOKEN.")
        try:
            return self.post_token_file.read_text().strip()
        except OSError as error:
            raise ValueError(f"The token in {self.post_token_file} cannot be read: {error.strerror}.") from error

    def load_reason_rules(self) -> OwnRules:
        """The operator's own rules of reasons, none without a file; raises UnusableRules."""
        path = self.reason_rules_file
        if path is None:
            return NO_OWN_RULES
        try:
            return parse_rules(path.read_bytes(), str(path))
        except OSError as error:
            raise UnusableRules(f"The rules of reasons in {path} cannot be read: {error.strerror}.") from error

    def load_trust(self) -> Trust:
        """The trusted documents and their mode, none without a manifest; raises UnusableManifest."""
        path = self.trusted_documents.manifest
        if path is None:
            return NO_TRUST
        try:
            return Trust(self.trusted_documents.mode, parse_manifest(path.read_bytes(), str(path)))
        except OSError as error:
            raise UnusableManifest(f"The trusted documents in {path} cannot be read: {error.strerror}.") from error


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
