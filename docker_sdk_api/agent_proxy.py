"""A live job's own HTTP API, reached through ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx
from pydantic import ValidationError

from docker_sdk_api.home import Home
from docker_sdk_api.jobs.rows import JobStore
from training_api.spec.errors import Conflict, NotFound, SegsmithError
from training_api.spec.files import read_json
from training_api.spec.launch import Endpoint

PATHS = frozenset({"health", "state", "events", "logs", "model", "predict"})
_KEPT_REQUEST = frozenset({"accept", "content-type", "range"})
_KEPT_RESPONSE = frozenset({"content-type", "content-length", "content-disposition", "retry-after"})
_SECONDS = 300.0


class AgentGone(Conflict):
    """The job is not running, or its agent has just ended."""

    code = "agent_gone"


@dataclass(frozen=True)
class Answer:
    """An agent's answer; `body` must be read to its end or closed."""

    status: int
    headers: dict[str, str]
    body: AsyncIterator[bytes]


class AgentProxy:
    """Forwards requests to the agents of live jobs."""

    def __init__(self, home: Home, store: JobStore) -> None:
        self._home = home
        self._store = store

    def endpoint(self, job_id: str) -> Endpoint:
        """Where the job's agent listens. Raises NotFound or AgentGone. Blocking."""
        with self._store.read() as rows:
            job = rows.get(job_id)
        files = self._home.job(job_id).attempt(job.attempt)
        if not job.state.active or not files.is_locked():
            raise AgentGone(f"Job '{job.name}' is {job.state}; only a running job can be asked.")
        try:
            return Endpoint.model_validate(read_json(files.endpoint_path))
        except (SegsmithError, ValidationError) as error:
            raise AgentGone(f"Job '{job.name}' is still starting. Try again soon.") from error

    async def forward(
        self,
        endpoint: Endpoint,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        """Ask the agent. Raises NotFound for an unknown path and AgentGone without an answer."""
        if path not in PATHS:
            known = ", ".join(sorted(PATHS))
            raise NotFound(f"A job has no '{path}'. There are: {known}.")
        client = _client(endpoint)
        kept = {name: value for name, value in headers.items() if name.lower() in _KEPT_REQUEST}
        if endpoint.token:
            kept["authorization"] = f"Bearer {endpoint.token}"
        request = client.build_request(
            method, f"/{path}?{query}" if query else f"/{path}", headers=kept, content=body
        )
        try:
            response = await client.send(request, stream=True)
        except httpx.HTTPError as error:
            await client.aclose()
            raise AgentGone(
                f"The job's agent does not answer ({type(error).__name__}); it may have ended."
            ) from error
        shown = {k: v for k, v in response.headers.items() if k.lower() in _KEPT_RESPONSE}
        return Answer(response.status_code, shown, _body(client, response))


def _client(endpoint: Endpoint) -> httpx.AsyncClient:
    """A client for a unix socket, or for TCP where no socket could be shared."""
    transport = httpx.AsyncHTTPTransport(uds=endpoint.socket) if endpoint.socket else None
    base = "http://agent" if endpoint.socket else endpoint.url or ""
    return httpx.AsyncClient(base_url=base, transport=transport, timeout=_SECONDS, trust_env=False)


async def _body(client: httpx.AsyncClient, response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in response.aiter_raw():
            yield piece
    finally:
        await response.aclose()
        await client.aclose()
