"""What the audit log will say of a request; whoever answers it fills it in. Holds what must not be written as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from graphql import DocumentNode, OperationDefinitionNode

from auth.recorder import Recorder
from auth.viewer import Viewer


@dataclass(slots=True)
class AuditRecord:
    """`rows` are activities that were read, `recorded` lines of events that were posted.

    `issued` and `revoked` are access tokens' ids.
    """

    viewer: Viewer | Recorder | None = None
    document: DocumentNode | None = None
    operation: OperationDefinitionNode | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    cost: int = 0
    rows: int = 0
    recorded: int = 0
    issued: list[UUID] = field(default_factory=list)
    revoked: list[UUID] = field(default_factory=list)
