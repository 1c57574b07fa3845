"""The prediction server: `create_app(settings)`; mounted under /inference, or on its own port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from inference_api.desk import Desk
from inference_api.library import Library
from inference_api.predictor import Predictor
from inference_api.problems import add_problem_handlers
from inference_api.routes import router
from inference_api.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """An application whose children live as long as its lifespan."""
    predictor = Predictor(settings.children, settings.child_seconds, settings.child_memory)
    capacity = settings.children + settings.waiting

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        predictor.close()

    app = FastAPI(title="Segsmith inference", lifespan=lifespan, docs_url=None, redoc_url=None)
    add_problem_handlers(app)
    app.state.desk = Desk(Library(settings.models_dir), predictor, capacity)
    app.include_router(router)
    return app
