"""The pages, one file each."""

from stages.web.pages import absent, camera, fleet, health, recordings, result, stored, timeline
from stages.web.pages.overview import events, live, wall
from stages.web.pages.settings import settings
from stages.web.pages.zones import audience, editor
from stages.web.site import Site


def add_pages(site: Site) -> None:
    """Register all pages with NiceGUI."""
    for module in (live, camera, timeline, events, wall, health, absent):
        module.add(site)
    if site.directory:
        fleet.add(site, site.directory)
    if site.stored:
        stored.add(site, site.stored)
        audience.add(site, site.stored)
    if site.recordings:
        recordings.add(site, site.recordings)
        result.add(site, site.recordings)
    if site.control:
        settings.add(site, site.control)
        editor.add(site, site.control)
