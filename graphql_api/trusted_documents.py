"""Trusted documents: which text a request stands for, and whether it may be asked. Prepared once, kept for ever."""

from graphql import GraphQLError

from auth.permissions import Role
from auth.viewer import Viewer
from graphql_api.documents import Documents, Prepared
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.manifest import UnusableManifest
from graphql_api.refusals import BadRequest
from graphql_api.trust import Mode, Trust


class UnknownDocument(ApiError):
    """No trusted document has this id."""

    code = ErrorCode.PERSISTED_QUERY_NOT_FOUND


class TextRefused(ApiError):
    """Only trusted documents are answered here: send documentId."""

    code = ErrorCode.PERSISTED_QUERY_REQUIRED


class NoTrustedDocuments(BadRequest):
    """There are no trusted documents here: send the document itself, as query."""


class TwoDocuments(BadRequest):
    """The query is another document than that of the documentId: send one of them."""


class TrustedDocuments:
    """Finds the document of each request."""

    def __init__(self, documents: Documents, trust: Trust) -> None:
        """Raises UnusableManifest, which names the id, for a document that could not be executed."""
        self._documents = documents
        self._mode, self._texts = trust
        self._prepared = {text: _sound(id_, documents.read(text)) for id_, text in trust.texts.items()}

    async def prepare(self, text: str | None, id_: str | None, viewer: Viewer) -> Prepared:
        """The document that is asked by its text, by its id or by both, or why not; raises BadRequest."""
        if id_ is not None:
            return self._by_id(id_, text)
        text = text or ""
        if text in self._prepared:
            return self._prepared[text]
        if self._mode is Mode.REQUIRE and viewer.role is not Role.ADMINISTRATOR:
            return _refused(TextRefused())
        return self._documents.known(text) or await self._documents.prepare(text)

    def _by_id(self, id_: str, text: str | None) -> Prepared:
        if self._mode is Mode.OFF:
            raise NoTrustedDocuments
        trusted = self._texts.get(id_)
        if trusted is None:
            return _refused(UnknownDocument())
        if text is not None and text != trusted:
            raise TwoDocuments
        return self._prepared[trusted]


def _sound(id_: str, prepared: Prepared) -> Prepared:
    if prepared.errors:
        raise UnusableManifest(f"The trusted document {id_!r} cannot be executed: {prepared.errors[0].message}")
    return prepared


def _refused(error: ApiError) -> Prepared:
    return Prepared(None, [GraphQLError("", original_error=error)])
