"""The HTTP API as the pages use it: JSON in and out, on behalf of one browser request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import httpx
from fastapi import Depends, Request

from gui.problems import ApiProblem, ApiUnreachable

SESSION_COOKIE = "segsmith_session"
ORCHESTRATION = "/api/v1"
INFERENCE = "/inference"


def address(base: str, *segments: object) -> str:
    """`base`/segment/segment with every segment quoted, so that a name cannot leave its place."""
    return "/".join([base, *(quote(str(segment), safe="") for segment in segments)])


class Api:
    """Calls the API with the credentials that the browser sent to us.

    Every call raises ApiProblem for an answer of 400 and above, ApiUnreachable for none.
    """

    def __init__(self, client: httpx.AsyncClient, headers: Mapping[str, str]) -> None:
        self._client = client
        self._headers = dict(headers)

    async def get(self, *segments: object, **params: Any) -> Any:
        """GET /api/v1/segments?params; parameters that are None are left out."""
        return await self._json("GET", address(ORCHESTRATION, *segments), params=_present(params))

    async def post(self, *segments: object, body: Any = None, **headers: str) -> Any:
        """POST a JSON body (or none) to /api/v1/segments."""
        return await self._json(
            "POST", address(ORCHESTRATION, *segments), json=body, headers=headers
        )

    async def delete(self, *segments: object, **params: Any) -> Any:
        """DELETE /api/v1/segments."""
        return await self._json("DELETE", address(ORCHESTRATION, *segments), params=params)

    async def text(self, *segments: object, **params: Any) -> str:
        """GET a text document."""
        path = address(ORCHESTRATION, *segments)
        return (await self._send("GET", path, params=_present(params))).text

    async def predict(self, model_id: str, name: str, image: bytes) -> Any:
        """Segment an image with a published model."""
        path = address(INFERENCE, "models", model_id, "predict")
        return await self._json("POST", path, files={"image": (name, image)}, timeout=300)

    async def predict_with_job(self, job_id: str, image: bytes) -> Any:
        """Segment an image with the best checkpoint of a job that still runs."""
        path = address(ORCHESTRATION, "jobs", job_id, "agent", "predict")
        return await self._json("POST", path, content=image, timeout=300)

    async def _json(self, method: str, path: str, **arguments: Any) -> Any:
        response = await self._send(method, path, **arguments)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise ApiUnreachable(f"{path} answered something that is not JSON.") from error

    async def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        arguments["headers"] = self._headers | arguments.get("headers", {})
        try:
            response = await self._client.request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise ApiUnreachable(str(error) or type(error).__name__) from error
        if response.status_code >= 400:
            raise ApiProblem(response.status_code, _problem_body(response))
        return response


def _present(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


def _problem_body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    return (
        body if isinstance(body, dict) else {"detail": f"The API answered {response.status_code}."}
    )


def credentials(request: Request) -> dict[str, str]:
    """The headers by which the API knows who asks, and at which address: a bearer token or the
    session cookie, and the browser's own Host, of which the API makes addresses to show.
    """
    headers = {"Host": request.headers["host"]}
    if "authorization" in request.headers:
        headers["Authorization"] = request.headers["authorization"]
    elif SESSION_COOKIE in request.cookies:
        headers["Cookie"] = f"{SESSION_COOKIE}={request.cookies[SESSION_COOKIE]}"
    return headers


def api_of(request: Request) -> Api:
    """The request's Api."""
    return Api(request.app.state.client, credentials(request))


ApiOf = Annotated[Api, Depends(api_of)]
