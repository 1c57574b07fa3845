"""The image of a request: multipart field `image`, or the body itself."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile

from inference_api.decoding import BadImage

IMAGE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "properties": {"image": {"type": "string", "format": "binary"}},
                }
            },
            "image/*": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
"""How the OpenAPI document describes it."""


async def image_of(request: Request) -> bytes:
    """The image file's bytes. Raises BadImage if there are none."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=4) as form:
            upload = form.get("image")
            data = await upload.read() if isinstance(upload, UploadFile) else b""
    else:
        data = await request.body()
    if not data:
        raise BadImage("The request holds no image. Send a file as the form field 'image'.")
    return data
