"""Whose log lines count by the sender's domain, as the settings say."""

from graphql_api.settings import Settings
from models.attribution import AttributionRules


def attribution_rules(settings: Settings) -> AttributionRules:
    """The rules of this installation."""
    return AttributionRules(
        trusted_networks=settings.trusted_networks,
        trusted_services=frozenset(settings.trusted_services),
        inner_relays=frozenset(settings.inner_relays),
    )
