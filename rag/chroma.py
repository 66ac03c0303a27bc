"""Chroma: files in a folder of one's own, or a server. The only module that imports chromadb."""

from __future__ import annotations

import contextlib
import re
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.config import CLOUD, Config
from rag.errors import StoreError

CLOUD_ADDRESS = "https://api.trychroma.com"
TIMEOUT = 60.0  # seconds that a server has for one request; a batch of chunks takes it less than one
_PAGE = 300  # collections listed at once: Chroma Cloud gives no more
_NO_FUNCTION = ("legacy", "unknown")  # what Chroma says where there is none
_PORTS = {"http": 80, "https": 443}
# SQLite's code in what Chroma says. Of a code the last byte is the kind of failure: read-only, disk full, cannot be
# opened; of "I/O error" only writing, flushing and truncating are about room.
_SQLITE_CODE = re.compile(r"\(code: (\d+)\)")
_UNWRITABLE_KINDS, _UNWRITABLE_CODES = {8, 13, 14}, {778, 1034, 1546}

# Clients of one folder share what Chroma keeps in a register of its own, which two threads that open or close at the
# same time find half made or already gone.
_REGISTER = threading.RLock()

Metadata = Mapping[str, str | int | float | bool]


def local_client(folder: Path) -> Any:  # noqa: ANN401
    """Open, or make, Chroma's files in a folder."""
    import chromadb

    with _REGISTER:
        return chromadb.PersistentClient(str(folder), settings=_settings())


def close_local(client: Any) -> None:  # noqa: ANN401
    """Close what `local_client` opened."""
    with _REGISTER:
        client.close()


@contextlib.contextmanager
def folder_errors(folder: Path) -> Iterator[None]:
    """Turn whatever Chroma or SQLite raises about Chroma's files into a StoreError: unwritable, or damaged."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        said = _SQLITE_CODE.search(str(error))
        code = int(said[1]) if said else getattr(error, "sqlite_errorcode", 0)
        if code & 0xFF in _UNWRITABLE_KINDS or code in _UNWRITABLE_CODES:
            raise StoreError.unwritable(folder, error) from error
        raise StoreError.damaged(folder, error) from error


class Server:
    """A Chroma server, or Chroma Cloud, and the few things that Cited asks of it.

    It is connected to when it is made. Safe to share between threads.

    Raises:
        StoreError: here and by every method: it does not answer, or refuses; the message says what to do.
    """

    def __init__(self, config: Config) -> None:
        self.address = server_address(config)
        with self.errors():
            self._client = _cloud(config) if config.chroma == CLOUD else _server(config)
        for session in _sessions(self._client):
            session.timeout = TIMEOUT

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        for session in _sessions(self._client):
            session.close()

    def now(self) -> float:
        """Return the server's time, in seconds since 1970: one clock for every machine."""
        with self.errors():
            return float(self._client.heartbeat()) / 1e9

    def collections(self, prefix: str) -> dict[str, dict[str, Any]]:
        """Return the metadata of every collection whose name begins so, by name."""
        found: dict[str, dict[str, Any]] = {}
        with self.errors():
            for offset in range(0, self._client.count_collections() + _PAGE, _PAGE):
                for collection in self._client.list_collections(limit=_PAGE, offset=offset):
                    found[collection.name] = dict(collection.metadata or {})
        return {name: metadata for name, metadata in sorted(found.items()) if name.startswith(prefix)}

    def metadata(self, name: str) -> dict[str, Any] | None:
        """Return what a collection says of itself; None if there is none of that name."""
        from chromadb.errors import NotFoundError

        with self.errors():
            try:
                return dict(self.collection(name).metadata or {})
            except NotFoundError:
                return None

    def collection(self, name: str) -> Any:  # noqa: ANN401
        """Return a collection, to be used where errors are taken care of.

        Chroma's client builds whatever embedding function a collection names, of code from elsewhere if that is what it
        says (chroma #6717). Cited's name none, so one that does has been changed by somebody else and is not touched.
        """
        collection = self._client.get_collection(name, embedding_function=None)
        model = collection.get_model()
        if _names_function(model.configuration_json) or _names_function(model.serialized_schema):
            raise StoreError(
                f"The collection {name} on {self.address} names an embedding function, which no collection of Cited "
                "does: somebody has changed it. Find out who can reach the server, then delete the collection."
            )
        return collection

    def create(self, name: str, metadata: Metadata, *, hnsw: Mapping[str, Any] | None = None) -> bool:
        """Make a collection, which the server does for one of those who try at once; False if there is one already."""
        from chromadb.errors import ChromaError

        configuration = {"configuration": {"hnsw": dict(hnsw)}} if hnsw else {}
        with self.errors():
            try:
                self._client.create_collection(name, metadata=dict(metadata), embedding_function=None, **configuration)
            except ChromaError:
                if self.metadata(name) is None:
                    raise
                return False
        return True

    def update(self, name: str, metadata: Metadata) -> None:
        """Replace what a collection says of itself, all at once."""
        with self.errors():
            self.collection(name).modify(metadata=dict(metadata))

    def delete(self, name: str) -> None:
        """Delete a collection with everything in it, if there is one."""
        from chromadb.errors import NotFoundError

        with self.errors(), contextlib.suppress(NotFoundError):
            self._client.delete_collection(name)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn whatever goes wrong between here and the server into a StoreError."""
        from chromadb.errors import ChromaError

        try:
            yield
        except StoreError:
            raise
        except ChromaError as error:
            raise StoreError(
                f"The Chroma server at {self.address} refused: {error}. Look at CITED_CHROMA_TENANT, "
                "CITED_CHROMA_DATABASE and CITED_CHROMA_TOKEN, and at the server's log."
            ) from error
        except Exception as error:  # the client raises what it meets: httpx's errors, ValueError, Exception
            why = " ".join(str(error).split())[:200] or type(error).__name__
            raise StoreError(
                f"The Chroma server at {self.address} does not answer ({why}). Start it with `chroma run --path DIR "
                "--port PORT`, or correct CITED_CHROMA. Nothing that is indexed is lost."
            ) from error


def server_address(config: Config) -> str:
    """Return where the configured server is, for people to read."""
    address = CLOUD_ADDRESS if config.chroma == CLOUD else str(config.chroma)
    where = "/".join(name for name in (config.chroma_tenant, config.chroma_database) if name)
    return f"{address} ({where})" if where else address


def _cloud(config: Config) -> Any:  # noqa: ANN401
    import chromadb

    return chromadb.CloudClient(
        tenant=config.chroma_tenant, database=config.chroma_database, api_key=config.chroma_token, settings=_settings()
    )


def _server(config: Config) -> Any:  # noqa: ANN401
    import chromadb

    url = urllib.parse.urlsplit(str(config.chroma))
    return chromadb.HttpClient(
        host=f"[{url.hostname}]" if ":" in str(url.hostname) else str(url.hostname),
        port=url.port or _PORTS[url.scheme],
        ssl=url.scheme == "https",
        headers={"X-Chroma-Token": config.chroma_token} if config.chroma_token else None,
        tenant=config.chroma_tenant or chromadb.DEFAULT_TENANT,
        database=config.chroma_database or chromadb.DEFAULT_DATABASE,
        settings=_settings(),
    )


def _settings() -> Any:  # noqa: ANN401
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False, allow_reset=False)


def _sessions(client: Any) -> list[Any]:  # noqa: ANN401
    """The HTTP sessions of a client, which has no way to limit its waiting, and leaves them open when it is closed."""
    servers = [getattr(owner, "_server", None) for owner in (client, getattr(client, "_admin_client", None))]
    return [session for server in servers if (session := getattr(server, "_session", None)) is not None]


def _names_function(configuration: object) -> bool:
    """Whether anything in a collection's configuration names an embedding function."""
    if isinstance(configuration, dict):
        function = configuration.get("embedding_function")
        if isinstance(function, dict) and function.get("type") not in _NO_FUNCTION:
            return True
        return any(map(_names_function, configuration.values()))
    return isinstance(configuration, list) and any(map(_names_function, configuration))
