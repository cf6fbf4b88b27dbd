"""Serves the web page: live video, the last minutes, uploads."""

import logging
import socket
import time
from collections.abc import Iterator, Sequence, Set
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from pipeline.errors import ConfigError
from pipeline.messages import Frame
from pipeline.stage import Stage
from pipeline.supervision.changes import own_run
from stages.lsl.library import check_lsl
from stages.web.access.certificate import SELF_SIGNED, check_certificate, fingerprint, own_certificate
from stages.web.access.credentials import Door, check_credentials
from stages.web.access.listener import listen, places
from stages.web.access.renewal import Renewal
from stages.web.live.alerts import AlertBoard
from stages.web.live.board import Board
from stages.web.live.markers import MarkerLog
from stages.web.live.pictures import Pictures
from stages.web.live.portraits import Portraits
from stages.web.upload_tables import read_tables

log = logging.getLogger("emobot")


class Web(Stage):
    """A sink: a page at `http://host:port/`, by default on this machine only.

    With a certificate it is at `https://host:port/`.

    Nothing is encoded without viewers; all viewers of a camera share its encoded frames.

    Args:
        host: Address to listen on; any but loopback needs a token or a password.
        port: Port to listen on; 0 takes any free port, see the attribute `port`.
        token: Access token of the page, at least 16 characters, also as `Authorization: Bearer TOKEN`.
        user: User name for the page, with `password`.
        password: Password hash, as `emobot password` prints it.
        names: Host names of the page, beside `localhost`, this machine's name and addresses.
        certificate: For https: a PEM file with the page's certificate and its chain; or `self-signed`: a certificate
            is created and kept, and browsers warn about it.
        key: PEM file of the certificate's key, without a passphrase; not with `self-signed`.
        language: `en`, `fr`, or `auto`: the browser's preference. A reader's own choice takes precedence.
        theme: `light`, `dark`, or `auto`: that of the reader's system. A reader's own choice takes precedence.
        history_minutes: Length of the timeline, minutes; kept in memory only.
        history: File of the stored history to show; by default that of the run's `history` output.
        fps: Maximum frame rate of a camera on the page.
        quality: JPEG quality of the frames sent, 1 to 100.
        thumbnails: Show a small picture of each person beside their emotions on a camera's page.
        uploads: Allow recordings to be uploaded and analysed on the page.
        upload_mb: Maximum size of an upload, megabytes.
        config: Config file with the stages' options for uploads; empty for the defaults.
        blur_faces: Pixelate every detected face in uploads beyond recognition; as in `[privacy]`.
        notice: Text at the bottom of every frame of an upload; as in `[privacy]`.
        markers: Name of the stream of Lab Streaming Layer whose markers the timelines show, `*` for all of type
            `Markers`; empty for none.
        webcam: Name of the camera whose source is this page's `/webcam.mjpg`, to which a browser can send its own
            camera.
        control: Allow cameras and settings to be changed on the page and by `/api`; by default only if just this
            machine can open the page.
        any_source: Also allow files, folders and `gst:` fragments of this machine as sources of cameras added there.

    Raises:
        ConfigError: An option is out of range, or the port is in use.
        MissingPart: `pylsl` is needed and not installed.
    """

    alone = (("host", "port"),)
    pixels = "read"

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: Annotated[int, Meta(ge=0, le=65_535)] = 8080,
        token: str = "",
        user: str = "",
        password: str = "",
        names: tuple[str, ...] = (),
        certificate: str = "",
        key: str = "",
        language: Literal["auto", "en", "fr"] = "auto",
        theme: Literal["auto", "light", "dark"] = "auto",
        history_minutes: Annotated[float, Meta(ge=1, le=120)] = 10.0,
        history: str = "",
        fps: Annotated[float, Meta(gt=0, le=120)] = 25.0,
        quality: Annotated[int, Meta(ge=1, le=100)] = 80,
        thumbnails: bool = False,
        uploads: bool = True,
        upload_mb: Annotated[int, Meta(ge=1, le=100_000)] = 200,
        config: str = "",
        blur_faces: bool = False,
        notice: str = "",
        markers: str = "",
        webcam: str = "",
        control: bool | None = None,
        any_source: bool = False,
    ) -> None:
        access = {"host": host, "token": token, "user": user, "password": password, "names": names}
        self.check(**access, certificate=certificate, key=key, markers=markers)
        from stages.web.access.tls import load_context
        from stages.web.control.control import Control
        from stages.web.control.run import Run
        from stages.web.counters import Counters
        from stages.web.live.clips import Clips
        from stages.web.server import Server
        from stages.web.site import Site
        from stages.web.uploads import Recordings

        self._recordings: Recordings | None = None
        self._run: Run | None = None
        machine = socket.gethostname().lower()
        called = frozenset((machine, f"{machine}.local", host, *names))
        tls = None
        if certificate:
            files = (own_certificate(called),) * 2 if certificate == SELF_SIGNED else (Path(certificate), Path(key))
            tls = load_context(*files)
        listener = listen(host, port)
        self.port: int = listener.getsockname()[1]
        self._markers = MarkerLog(markers)
        self._board = Board(60 * history_minutes)
        self._alerts = AlertBoard(self._board.events)
        self._pictures = Pictures(quality, fps)
        self._portraits = Portraits() if thumbnails else None
        if directory := own_run():
            self._run = Run(directory, self._board)
        may_change = Control(self._run, any_source) if self._run and may_control(host, control) else None
        self._clips = Clips(fps) if may_change else None
        if uploads:
            privacy: dict[str, bool | str] = {"blur_faces": blur_faces, "notice": notice}
            self._recordings = Recordings(config, privacy)
        site = Site(
            board=self._board,
            alerts=self._alerts,
            pictures=self._pictures,
            portraits=self._portraits,
            counters=Counters(),
            recordings=self._recordings,
            door=Door(token, user, password) if token or password else None,
            # browsers share cookies between the ports of a machine
            cookie=f"emobot_{self.port}",
            language=language,
            theme=theme,
            history_s=60 * history_minutes,
            stored=Path(history) if history else None,
            upload_mb=upload_mb,
            webcam=webcam,
            markers=self._markers,
            directory=own_run(),
            run=self._run,
            control=may_change,
            clips=self._clips,
        )
        self._server: Server | None = Server(site, listener, called, tls)
        self._renewal = Renewal(called, tls, files[0]) if tls and certificate == SELF_SIGNED else None
        scheme = "https" if tls else "http"
        log.info("the page is at %s", ", ".join(f"{scheme}://{place}:{self.port}/" for place in places(host)))
        if certificate == SELF_SIGNED:
            log.info("its certificate is self-signed, SHA-256 %s", fingerprint(files[0]))

    @classmethod
    def check(cls, **options: Any) -> None:
        """Refuse a page that others can open without a login.

        Raises:
            ConfigError: `host` is not loopback and there is neither token nor password; or they are too weak; or
                the certificate or the config for uploads cannot be used.
            MissingPart: `pylsl` is needed and not installed.
        """
        if options.get("markers"):
            check_lsl()
        read_tables(options.get("config", ""))
        token, password = options.get("token", ""), options.get("password", "")
        check_credentials(token, options.get("user", ""), password)
        check_certificate(options.get("certificate", ""), options.get("key", ""), options.get("names", ()))
        host = options.get("host", "127.0.0.1")
        if not _is_loopback(host) and not token and not password:
            raise ConfigError(f"host: expected a token, or a user and password, for a network address, found {host}")

    @classmethod
    def files(cls, **options: Any) -> Sequence[str]:
        """Return the certificate and its key: a renewed one is served after a reload."""
        return [file for option in ("certificate", "key") if (file := options.get(option)) and file != SELF_SIGNED]

    def process(self, frames: Sequence[Frame]) -> Iterator[Frame]:
        """Record the frames' results, and encode frames for viewers."""
        for frame in frames:
            since_s = self._board.take(frame)
            self._alerts.take(frame)
            if frame.state == "live" and frame.pixels is not None:
                levels, intact = frame.full_range, partial(self.intact, frame)
                self._pictures.publish(frame.camera, frame.pixels, time.monotonic(), levels, intact, frame.panels)
                if self._clips:
                    self._clips.take(frame, intact)
                if self._portraits:
                    self._portraits.publish(frame.camera, since_s, frame.faces, frame.pixels, levels, intact)
        if self._renewal:
            self._renewal.look()
        self.counts = {"pictures": self._pictures.made}
        yield from ()

    def keep(self, cameras: Set[str]) -> None:
        """Clear the alerts of the other cameras; the cameras themselves are those of the run's tables."""
        self._alerts.keep(cameras, time.time())

    def close(self) -> None:
        """Disconnect the viewers, release the port and delete uploads."""
        if self._server:
            self._server.close()
            self._server = None
        if self._run:
            self._run.close()
            self._run = None
        if self._recordings:
            self._recordings.close()
            self._recordings = None
        self._markers.close()


def may_control(host: str, control: bool | None) -> bool:
    """Return whether the run can be changed on the page: `control` if set, else if only this machine can open it."""
    return _is_loopback(host) if control is None else control


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
