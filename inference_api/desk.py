"""What the routes share: the models, the predictor and the number of requests in work."""

from __future__ import annotations

from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import Depends, Request

from inference_api.library import Library
from inference_api.prediction import Prediction
from inference_api.predictor import Predictor
from inference_api.problems import Busy
from inference_api.uploads import image_of


class Desk:
    """Takes at most `capacity` images at a time; one more is turned away at once."""

    def __init__(self, library: Library, predictor: Predictor, capacity: int) -> None:
        self.library = library
        self._predictor = predictor
        self._capacity = capacity
        self._present = 0
        self._threads = anyio.CapacityLimiter(capacity)

    async def predict(
        self, model_id: str, request: Request, opacity: float | None = None
    ) -> Prediction:
        """Predict the request's image in a thread; see Predictor. Raises Busy when full."""
        manifest = self.library.manifest(model_id)
        folder = self.library.folder(model_id)
        if self._present >= self._capacity:
            raise Busy("Too many images are being predicted. Send this one again in a moment.")
        self._present += 1
        try:
            data = await image_of(request)
            return await anyio.to_thread.run_sync(
                self._predictor.predict, folder, manifest, data, opacity, limiter=self._threads
            )
        finally:
            self._present -= 1


def desk_of(request: Request) -> Desk:
    """The application's desk."""
    desk: Desk = request.app.state.desk
    return desk


DeskOf = Annotated[Desk, Depends(desk_of)]
