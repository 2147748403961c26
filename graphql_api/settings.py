"""One frozen Settings object, read from the environment; only the application and the command line look at it."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from auth.claims import TokenDialect
from auth.keys import TokenKey, load_keys
from auth.permissions import Role
from graphql_api.limits import Limits


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
    token_leeway: timedelta = timedelta(seconds=30)
    claim_account: str = "account"
    claim_role: str = "role"
    claim_permissions: str = "permissions"
    # What the host calls a role: which of ours it is.
    role_names: dict[str, Role] = Field(default_factory=lambda: {role.lower(): role for role in Role})
    account_cache_ttl: timedelta = timedelta(seconds=5)
    cors_origins: tuple[str, ...] = ()

    # What may be asked: SMTP_ACTIVITY_LIMITS__TOKENS and so on. By GET recipients' addresses come into access logs.
    limits: Limits = Limits()
    allow_get: bool = False

    # Whose log lines may be attributed by the sender's domain, and which hops are not yet a delivery.
    trusted_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    trusted_services: tuple[str, ...] = ()
    inner_relays: tuple[str, ...] = ()
    retention_days: int = Field(default=400, ge=1, le=36_500)

    @model_validator(mode="after")
    def _give_up_in_order(self) -> "Settings":
        # PostgreSQL's own timeout ends a statement for certain, and names it; a cancellation is a request.
        if self.statement_timeout >= self.limits.execution_timeout:
            raise ValueError("statement_timeout must be shorter than limits.execution_timeout")
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
        )

    def load_token_keys(self) -> tuple[TokenKey, ...]:
        """The token keys, generated on first use when none are configured; raises UnusableKey."""
        inline = self.token_keys.get_secret_value() if self.token_keys else None
        return load_keys(inline=inline, file=self.token_keys_file, generated=self.data_directory / "token-key.json")
