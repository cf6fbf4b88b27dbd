"""The login page: plain HTML, so that no other resource is open without a login."""

import asyncio
import math
from html import escape
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from stages.web.access.credentials import SESSION_S
from stages.web.site import LANGUAGE_COOKIE, Site
from stages.web.visitor import Reader

LONGEST_FORM = 4096
"""Bytes."""


def add_routes(app: FastAPI, site: Site) -> None:
    """Add the login page to the application."""
    door = site.door

    @app.get("/login")
    def ask(request: Request, next: str = "/") -> Response:
        return _form(Reader.of(request, site), site, next) if door else RedirectResponse("/", 303)

    @app.post("/login")
    async def answer(request: Request) -> Response:
        if door is None:
            return RedirectResponse("/", 303)
        reader = Reader.of(request, site)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_FORM:
                return Response(status_code=413)
        fields = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        address = request.client.host if request.client else ""
        given = {name: fields.get(name, "") for name in ("user", "password", "token")}
        # one at a time, 50 ms of CPU each: not in the event loop that serves the others
        right = await asyncio.to_thread(lambda: door.knock(address, **given))
        target = _inside(fields.get("next", "/"))
        if not right:
            wait_s = door.wait_s(address)
            error = reader("wait", seconds=math.ceil(wait_s)) if wait_s > 0 else reader("wrong")
            return _form(reader, site, target, error, 429 if wait_s > 0 else 401)
        entered = RedirectResponse(target, 303)
        secure = request.url.scheme == "https"
        entered.set_cookie(
            site.cookie, door.issue(), max_age=int(SESSION_S), httponly=True, samesite="lax", secure=secure
        )
        return entered

    @app.post("/logout")
    def leave() -> Response:
        gone = RedirectResponse("/login", 303)
        gone.delete_cookie(site.cookie)
        return gone

    @app.get("/language/{language}")
    def speak(language: str, next: str = "/") -> Response:
        chosen = RedirectResponse(_inside(next), 303)
        if language in ("en", "fr"):
            chosen.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 24 * 3600, samesite="lax")
        return chosen


def _inside(target: str) -> str:
    """Return a path of this server; the login never redirects elsewhere."""
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if safe and target.isprintable() else "/"


def _form(reader: Reader, site: Site, target: str, error: str = "", status: int = 200) -> Response:
    assert site.door
    wrong = f'<p class="wrong" role="alert">{escape(error)}</p>' if error else ""
    fields = [("user", "text", "username"), ("password", "password", "current-password")] if site.door.asks_user else []
    fields = fields or [("token", "password", "current-password")]
    inputs = "".join(
        f'<label for="{name}">{escape(reader(name))}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{complete}" required'
        f"{' autofocus' if not position else ''}>"
        for position, (name, kind, complete) in enumerate(fields)
    )
    return HTMLResponse(
        f"""<!doctype html>
<html lang="{reader.language}" data-theme="{reader.theme}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(reader("log_in"))} – Emobot</title>
<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/page.css">
</head>
<body class="login">
<main>
<h1>Emobot</h1>
<p class="muted">{escape(reader("login_intro"))}</p>
{wrong}
<form method="post" action="/login">
<input type="hidden" name="next" value="{escape(_inside(target))}">
{inputs}
<button class="button primary" type="submit">{escape(reader("log_in"))}</button>
</form>
</main>
</body>
</html>
""",
        status,
    )
