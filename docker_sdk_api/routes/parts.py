"""What routes share: the orchestrator, the body of a spec, downloads."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request

from docker_sdk_api.orchestrator import Orchestrator
from training_api.spec.errors import SegsmithError
from training_api.spec.kinds import KINDS


class BadBody(SegsmithError):
    """The request's body is not a JSON object."""

    code = "invalid_request"


def orchestrator_of(request: Request) -> Orchestrator:
    """The application's orchestrator."""
    orchestrator: Orchestrator = request.app.state.orchestrator
    return orchestrator


Here = Annotated[Orchestrator, Depends(orchestrator_of)]


def address_of(request: Request) -> str:
    """Where the caller reaches us, as `http://host:port`, maybe with a path behind it.

    What the part in front says that its browser asked (X-Forwarded-…), else the Host header. Only
    ever shown to this caller: who forges it deceives nobody else.
    """

    def told(name: str) -> str:
        return request.headers.get(f"x-forwarded-{name}", "").partition(",")[0].strip()

    scheme = "https" if told("proto") == "https" else request.url.scheme
    return f"{scheme}://{told('host') or request.headers['host']}{told('prefix')}"


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises BadBody."""
    try:
        value = json.loads(await request.body())
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:  # a lone surrogate is a ValueError too
        raise BadBody("The body is not valid JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise BadBody("The body must be a JSON object, {…}.")
    return value


SpecBody = Annotated[dict[str, Any], Depends(json_object)]


def body_schema(example: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that takes a job spec."""
    names = [kind.Document.__name__ for kind in KINDS]
    schema = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}
    content = {"schema": schema, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def as_download(name: str) -> dict[str, str]:
    """The header by which a browser saves an answer under `name`, whatever characters it has."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    }
