"""The servers beside the product: ``python -m tests.benchmarks.serve PORT KIND OPTIONS [FOLDER]``.

``hello`` and ``peer`` run in gunicorn with OPTIONS, the product's own as JSON. The product itself
is not imported, so that its size weighs on nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication


class Beside(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """Gunicorn with given options; each worker makes its own application."""

    def __init__(self, options: dict[str, Any], make: Callable[[], Any]) -> None:
        self.given = options
        self.make = make
        super().__init__()

    def load_config(self) -> None:
        """Take the given options, and nothing from the environment."""
        for name, value in self.given.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of one worker."""
        return self.make()


def hello() -> Flask:
    """The smallest Flask application."""
    app = Flask("hello", static_folder=None)

    @app.get("/")
    def greet() -> str:
        return "hello"

    return app


def main(port: str, kind: str, options: str, folder: str = "") -> None:
    """Serve ``kind`` on ``port`` until stopped."""
    make: Callable[[], Any] = hello
    if kind == "peer":
        from tests.benchmarks import peer  # Django only where it is served

        peer.prepare(Path(folder))
        make = peer.application
    Beside(json.loads(options) | {"bind": f"127.0.0.1:{port}"}, make).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
