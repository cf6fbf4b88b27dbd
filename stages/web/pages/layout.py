"""Layout of all pages: header, navigation, and plain HTML elements."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Self
from urllib.parse import quote

from fastapi import Request
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from pipeline.fleet.view import is_member
from stages.web.site import THEME_COOKIE, THEMES, Site
from stages.web.visitor import Reader

ICONS = {
    "live": "videocam",
    "timeline": "timeline",
    "events": "list_alt",
    "recordings": "movie",
    "webcam": "face",
    "health": "monitor_heart",
    "fleet": "hub",
    "settings": "tune",
    "theme_auto": "brightness_auto",
    "theme_light": "light_mode",
    "theme_dark": "dark_mode",
}
"""Names in the icon font that NiceGUI serves."""


class Tag(TextElement):
    """A plain HTML element.

    Args:
        name: Its tag.
        classes: Its CSS classes.
        text: Its text; escaped.
        attributes: Its attributes; `_` stands for `-`, except at the start or end, where it is dropped.
    """

    def __init__(self, name: str, classes: str = "", text: str = "", **attributes: object) -> None:
        super().__init__(tag=name, text=text)
        self.classes(classes)
        self.set(**attributes)

    def set(self, **attributes: object) -> Self:
        """Change attributes; unchanged values are not sent."""
        changed = {
            name: value
            for key, value in attributes.items()
            if self.props.get(name := key.strip("_").replace("_", "-")) != value
        }
        if changed:
            self.props.update(changed)
            self.update()
        return self

    def look(self, style: str) -> Self:
        """Change its own style; an unchanged style is not sent."""
        return self.set(style=style)


def icon(name: str) -> Tag:
    """Add a decorative icon."""
    return Tag("i", "material-icons", ICONS.get(name, name), aria_hidden="true")


def add_links(reader: Reader, key: str, links: Sequence[tuple[str, str, bool]]) -> None:
    """Add a row of links to choose from.

    Args:
        reader: The page's reader.
        key: Message key of the choice's label.
        links: Text, address, and whether it is the current choice.
    """
    with Tag("nav", "choices", aria_label=reader(key)):
        for text, address, current in links:
            Tag("a", "", text, href=address, **({"aria_current": "true"} if current else {}))


@contextmanager
def page_of(site: Site, request: Request, here: str, title: str = "", *, bare: bool = False) -> Iterator[Reader]:
    """Build a page around its content.

    Args:
        site: The site.
        request: The request.
        here: The page's entry in the navigation.
        title: The page's title, if it differs from that entry.
        bare: Leave out header and navigation.
    """
    reader = Reader.of(request, site)
    ui.page_title(f"{title or reader(here)} – Emobot")
    ui.add_head_html(
        f"<script>document.documentElement.lang='{reader.language}';"
        f"document.documentElement.dataset.theme='{reader.theme}';"
        f"window.emobot={json.dumps({'lost': reader('lost')})}</script>"
        '<link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script>'
        # browsers fetch a manifest without cookies otherwise, as somebody who is not logged in
        '<link rel="manifest" href="/manifest.json" crossorigin="use-credentials">'
        '<link rel="apple-touch-icon" href="/icon-192.png">'
        '<meta name="theme-color" content="#f4f5f8" media="(prefers-color-scheme: light)">'
        '<meta name="theme-color" content="#0e1116" media="(prefers-color-scheme: dark)">'
        + ('<script src="/alerts.js" defer></script>' if here == "live" else "")
    )
    ui.add_body_html(f'<div id="lost" role="alert" hidden>{escape(reader("lost"))}</div>')
    if not bare:
        _add_header(site, request, reader, here)
    with Tag("div", "wall" if bare else "content", id="content", tabindex="-1"):
        yield reader


def _add_header(site: Site, request: Request, reader: Reader, here: str) -> None:
    layout = ui.context.client.layout
    with layout:
        skip = Tag("a", "skip", reader("skip"), href="#content")
        header = Tag("header", "top")
    # NiceGUI's page is the document's main part; the shared header stands before it
    header.move(layout, 0)
    skip.move(layout, 0)
    with header:
        with Tag("a", "brand", href="/", aria_label="Emobot"):
            Tag("img", src="/favicon.ico", alt="", width="28", height="28")
            Tag("span", text="Emobot")
        _add_navigation(site, reader, here)
        with Tag("div", "tools"):
            _add_tools(site, reader, request)


def _add_navigation(site: Site, reader: Reader, here: str) -> None:
    pages = [("live", "/"), ("timeline", "/timeline"), ("events", "/events")]
    if site.recordings:
        pages.append(("recordings", "/recordings"))
    if site.webcam:
        pages.append(("webcam", f"/camera/{site.webcam}"))
    pages.append(("health", "/health"))
    if site.directory and is_member(site.directory):
        pages.append(("fleet", "/fleet"))
    if site.control:
        pages.append(("settings", "/settings"))
    with Tag("nav", "pages", aria_label=reader("navigation")):
        for key, address in pages:
            current = {"aria_current": "page"} if key == here else {}
            with Tag("a", href=address, **current):
                icon(key)
                Tag("span", text=reader(key))


def _add_tools(site: Site, reader: Reader, request: Request) -> None:
    other = "fr" if reader.language == "en" else "en"
    address = (
        f"/language/{other}?next={quote(request.url.path + (f'?{request.url.query}' if request.url.query else ''))}"
    )
    Tag("a", "tool", other.upper(), href=address, title=reader("language"), aria_label=reader("language"), lang=other)
    following = THEMES[(THEMES.index(reader.theme) + 1) % len(THEMES)]
    name = reader("theme", theme=reader(f"theme_{reader.theme}"))
    choose = f"document.cookie='{THEME_COOKIE}={following};path=/;max-age=31536000;samesite=lax';location.reload()"
    with Tag("button", "tool", type="button", title=name, aria_label=name, onclick=choose):
        icon(f"theme_{reader.theme}")
    if site.door:
        name = reader("log_out")
        with Tag("form", method="post", action="/logout"), Tag("button", "tool", title=name, aria_label=name):
            icon("logout")
