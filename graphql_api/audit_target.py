"""Where the audit log is written; apart from `graphql_api.audit_log`, which needs GraphQL's library."""

from pathlib import Path
from typing import Literal

AuditTarget = Literal["off", "stderr"] | Path
"""Nowhere, among the service's other lines, or a file."""
