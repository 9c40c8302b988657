"""Static files under names that carry their content's hash, so that they can be kept for ever."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from flask import Flask, Response, abort, current_app, send_file

from intake.resources import static_folder
from intake.web import public

HASHED = re.compile(r"(?P<stem>.+)\.(?P<hash>[0-9a-f]{10})(?P<suffix>\.[a-z0-9]+)")
FOR_EVER = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"


def init(app: Flask) -> None:
    """Hash every static file once; offer ``asset(name)``, its address, to the templates."""
    folder = static_folder()
    hashes = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:10]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    app.extensions["assets"] = hashes
    addresses = {name: _address(Path(name), digest) for name, digest in hashes.items()}
    app.jinja_env.globals["asset"] = addresses.__getitem__
    app.add_url_rule("/static/<path:name>", "web.asset", asset)
    app.add_url_rule("/favicon.ico", "web.favicon", favicon)


def _address(path: Path, digest: str) -> str:
    """The address of a static file whose content has the hash ``digest``."""
    return f"/static/{path.with_suffix('').as_posix()}.{digest}{path.suffix}"


@public
def asset(name: str) -> Response:
    """Serve one static file; a hashed name is good for ever, a plain one for an hour."""
    hashes: dict[str, str] = current_app.extensions["assets"]
    match = HASHED.fullmatch(name)
    plain = match["stem"] + match["suffix"] if match else name
    if plain not in hashes or (match and match["hash"] != hashes[plain]):
        abort(404)
    response = send_file(static_folder() / plain, etag=hashes[plain], conditional=True)
    response.headers["Cache-Control"] = FOR_EVER if match else AN_HOUR
    return response


@public
def favicon() -> Response:
    """The icon under the address that browsers ask for by themselves."""
    return asset("favicon.ico")
