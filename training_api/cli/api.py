"""The orchestrator's HTTP API as commands use it."""

from __future__ import annotations

from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from training_api.spec.errors import NotFound, SegsmithError

TIMEOUT = httpx.Timeout(60.0, connect=5.0)


class Refused(SegsmithError):
    """The orchestrator refused a request; the message holds all its sentences, one per line."""

    def __init__(
        self, message: str, *, field: str | None = None, code: str = "error", status: int = 422
    ) -> None:
        super().__init__(message, field=field)
        self.code = code
        self.status = status


class Unreachable(SegsmithError):
    """The orchestrator does not answer."""

    code = "unreachable"
    status = 503


class Api:
    """Calls of /api/v1. Raises Refused with the API's own sentence, or Unreachable."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.url = url.rstrip("/")
        # Ours is on this machine: no proxy of the environment may get between.
        self._client = httpx.AsyncClient(headers=headers, timeout=TIMEOUT, trust_env=False)

    async def __aenter__(self) -> Api:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def get(self, *parts: str, **params: Any) -> Any:
        """GET /api/v1/parts, as JSON."""
        return (await self.send("GET", *parts, params=params)).json()

    async def post(self, *parts: str, body: Any = None, key: str = "") -> Any:
        """POST `body` as JSON to /api/v1/parts; the answer, or None if it is empty.

        What is posted again with the same `key` is done once.
        """
        headers = {"Idempotency-Key": key} if key else {}
        response = await self.send("POST", *parts, json=body, headers=headers)
        return response.json() if response.content else None

    async def delete(self, *parts: str, **params: Any) -> None:
        """DELETE /api/v1/parts."""
        await self.send("DELETE", *parts, params=params)

    async def send(self, method: str, *parts: str, **arguments: Any) -> httpx.Response:
        """One request; each part is quoted, so that a name never changes the path."""
        path = "/".join(quote(part, safe="") for part in parts)
        try:
            response = await self._client.request(method, f"{self.url}/api/v1/{path}", **arguments)
        except httpx.TransportError as error:
            raise Unreachable(f"The service at {self.url} does not answer.") from error
        if response.is_error:
            raise refusal(response)
        return response

    async def job(self, name: str) -> dict[str, Any]:
        """The job with this id, or else the one with this name. Raises NotFound."""
        try:
            detail: dict[str, Any] = await self.get("jobs", name)
            return detail
        except Refused as error:
            if error.status != 404:
                raise
        for job in (await self.get("jobs", search=name))["jobs"]:
            if job["name"] == name:
                found: dict[str, Any] = await self.get("jobs", job["id"])
                return found
        raise NotFound(f"There is no job '{name}'. `segsmith jobs` lists all.")


def refusal(response: httpx.Response) -> Refused:
    """A problem document as an error that holds all its sentences."""
    try:
        document = response.json()
    except ValueError:
        document = {}
    if not isinstance(document, dict) or "detail" not in document:
        sentence = f"The service answered {response.status_code} without saying why."
        return Refused(sentence, status=response.status_code)
    sentences = [entry["message"] for entry in document.get("problems", [])]
    return Refused(
        "\n       ".join(sentences) or document["detail"],
        field=document.get("field"),
        code=document.get("code", "error"),
        status=response.status_code,
    )
