"""Network cameras are found, and tell the addresses of their streams."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from typer.testing import CliRunner
from wsdiscovery.message import parseSOAPMessage
from wsdiscovery.service import Service

from pipeline.cli.cli import app
from pipeline.errors import ConfigError, InputError, MissingPart
from stages.media.onvif import devices, streams
from stages.media.onvif.devices import Device, find_devices
from stages.media.onvif.streams import Stream, find_streams
from tests.stages.media.onvif.camera import camera
from tests.support.ports import free_port

pytestmark = pytest.mark.slow

MATCH = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header><a:MessageID>urn:uuid:1</a:MessageID>
<a:RelatesTo>urn:uuid:2</a:RelatesTo><a:To>anonymous</a:To>
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action></s:Header><s:Body><d:ProbeMatches>
<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:3</a:Address></a:EndpointReference><d:Types>{types}</d:Types>
<d:Scopes>{scopes}</d:Scopes><d:XAddrs>{addresses}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch>
</d:ProbeMatches></s:Body></s:Envelope>"""
SCOPES = (
    "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20Door onvif://www.onvif.org/hardware/X1"
)


class Search:
    """A search on a network with one device."""

    def __init__(self, scopes: str, addresses: str) -> None:
        text = MATCH.format(types="", scopes=scopes, addresses=addresses)
        self._matches = parseSOAPMessage(text.encode(), "192.0.2.7").getProbeResolveMatches()

    def start(self) -> None:
        """Begin."""

    stop = start

    def searchServices(self, timeout: float) -> Sequence[Service]:
        """Return what was found."""
        return [Service(m.getTypes(), m.getScopes(), m.getXAddrs(), m.getEPR(), "") for m in self._matches]


@pytest.mark.parametrize(
    ("scopes", "addresses", "found"),
    [
        (SCOPES, "http://192.0.2.7/onvif/device_service", [Device("192.0.2.7", "Front Door", "X1")]),
        (SCOPES, "http://192.0.2.7:8000/on http://[fd00::7]:80/on", ["192.0.2.7:8000", "[fd00::7]"]),
        (SCOPES, "http://169.254.1.2/on http://[bad/ x", []),
        ("onvif://www.onvif.org/Profile/Streaming", "http://192.0.2.7/on", [Device("192.0.2.7", "", "")]),
        ("onvif://www.onvif.org/name/%0a%1b[2J", "http://192.0.2.7/on", [Device("192.0.2.7", r"\n\x1b[2J", "")]),
        ("ldap:///ou=printers", "http://192.0.2.9/", []),
    ],
)
def test_devices_are_found(monkeypatch: pytest.MonkeyPatch, scopes: str, addresses: str, found: list[Any]) -> None:
    """By their scopes, with name, model and every address that can be reached; printers are none."""
    monkeypatch.setattr(
        devices, "load", lambda name: type("Library", (), {"WSDiscovery": lambda: Search(scopes, addresses)})
    )
    result = find_devices(0.1)

    assert [device if isinstance(found[0], Device) else device.host for device in result] == found


def test_a_camera_tells_its_streams() -> None:
    """In its order, with their sizes; the login of the address is not shown, and a wrong clock is no obstacle."""
    with camera("ann", "rtsp://ann:secret@192.0.2.7:554/{token}?a=1") as port:
        found = find_streams(f"127.0.0.1:{port}", "ann", "secret")

    assert found == [
        Stream("rtsp://192.0.2.7:554/main?a=1", 1920, 1080, 25.0, "H264"),
        Stream("rtsp://192.0.2.7:554/sub?a=1", 640, 360, 25.0, "H264"),
    ]


def test_a_camera_refuses() -> None:
    """Without a login, where nobody listens, and where something else does, in one line each."""
    with camera("ann") as port, pytest.raises(InputError) as refused:
        find_streams(f"127.0.0.1:{port}")
    with pytest.raises(InputError) as absent:
        find_streams(f"127.0.0.1:{(nobody := free_port())}")

    login = f"expected an ONVIF camera, found a refused login (Sender not Authorized): 127.0.0.1:{port}"
    assert str(refused.value) == login
    assert str(absent.value) == f"expected an ONVIF camera, found no connection: 127.0.0.1:{nobody}"


def test_a_camera_that_is_away_costs_only_itself() -> None:
    """Those that answer are listed, each of the others is one line, and the exit code is 1."""
    with camera() as port:
        hosts = [f"127.0.0.1:{free_port()}", "a/b", f"127.0.0.1:{port}"]
        result = CliRunner().invoke(app, ["camera", "discover", *hosts, "--json"])

    assert {row["camera"] for row in json.loads(result.output)} == {hosts[2]}
    assert isinstance(result.exception, InputError) and result.exception.exit_code == 1
    assert [line.rpartition(" found ")[2] for line in str(result.exception).splitlines()] == [
        f"no connection: {hosts[0]}",
        "a/b",
    ]


@pytest.mark.parametrize("host", ["", "http://192.0.2.7", "192.0.2.7/x", "ann@192.0.2.7", "[::1", "192.0.2.7:x"])
def test_what_is_no_address_is_refused(host: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigError, match="expected the address of a camera"):
        find_streams(host)


def test_a_camera_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up after a while."""
    monkeypatch.setattr(streams, "ANSWER_S", 0.0)
    with camera() as port, pytest.raises(InputError, match="no answer in time"):
        find_streams(f"127.0.0.1:{port}")


def test_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lists the streams of a camera; the login comes from the environment."""
    monkeypatch.setenv("GARDEN", "ann:secret")
    with camera("ann") as port:
        host = f"127.0.0.1:{port}"
        result = CliRunner().invoke(app, ["camera", "discover", host, "--credentials-env", "GARDEN", "--json"])

    assert result.exit_code == 0, result.output
    rows = json.loads(result.output)
    assert [(row["camera"], row["source"], row["width"]) for row in rows] == [
        (host, "rtsp://192.0.2.7:554/main?a=1", 1920),
        (host, "rtsp://192.0.2.7:554/sub?a=1", 640),
    ]


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to install it."""
    monkeypatch.setitem(__import__("sys").modules, "wsdiscovery", None)
    with pytest.raises(MissingPart, match="onvif"):
        find_devices(0.1)


@pytest.mark.parametrize(
    ("here", "said"), [([], "this machine is on no network"), (["192.0.2.2"], "only if ONVIF is switched on")]
)
def test_nothing_found(monkeypatch: pytest.MonkeyPatch, here: list[str], said: str) -> None:
    """Without a network the cable is missing, not ONVIF."""
    monkeypatch.setattr(devices, "find_devices", lambda seconds: [])
    monkeypatch.setattr("stages.web.access.listener.addresses", lambda: here)
    monkeypatch.setattr("pipeline.cli.cameras.discover.Path.glob", lambda *_: iter(()))

    assert said in CliRunner().invoke(app, ["camera", "discover"]).output
