"""One frozen Settings object, read from the environment; only the application and the command line look at it."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, with its default. Environment variables carry the prefix SMTP_ACTIVITY_, but for DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="SMTP_ACTIVITY_", frozen=True, extra="forbid")

    # Where data lives. Without a URL: the embedded PostgreSQL in `data_directory`.
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    data_directory: Path = Path(".data")
    pool_size: int = Field(default=10, ge=1, le=200)
    statement_timeout: timedelta = timedelta(seconds=5)

    # Who may ask (see auth/tokens.py).
    token_issuer: str = "smtp-activity"
    token_audience: str = "smtp-activity"
    token_keys_file: Path | None = None
    token_leeway: timedelta = timedelta(seconds=30)
    claim_account: str = "account"
    claim_role: str = "role"
    claim_permissions: str = "permissions"
    role_names: dict[str, str] = Field(
        default_factory=lambda: {"administrator": "ADMINISTRATOR", "regular": "REGULAR", "custom": "CUSTOM"}
    )
    account_cache_ttl: timedelta = timedelta(seconds=5)
    cors_origins: tuple[str, ...] = ()

    # Whose log lines may be attributed by the sender's domain, and which hops are not yet a delivery.
    trusted_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    trusted_services: tuple[str, ...] = ()
    inner_relays: tuple[str, ...] = ()
    retention_days: int = Field(default=400, ge=1, le=36_500)
