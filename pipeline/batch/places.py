"""Inputs and outputs of a batch: paths, or URLs of any file system that fsspec knows."""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from pipeline.errors import EmobotError, InputError, MissingPart
from pipeline.foreign import one_line
from pipeline.messages import Fault
from pipeline.redaction import redact

URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*::)*[A-Za-z][A-Za-z0-9+.-]*://")
_CHAIN = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*::|::(?:/|[A-Za-z][A-Za-z0-9+.-]*(?:://|::))")
"""What tells a URL of several file systems, such as `zip://a.mp4::s3://bucket/films.zip`, from a name with `::`."""
_OF_A_BATCH = re.compile(r"batch\.json|index\.html|plot-\w+(?:-\d+)?\.(?:svg|pdf|png)")
"""Files that Emobot writes into the folder of a batch, which may be that of the recordings."""
_VERSIONS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "created")
"""Keys by which file systems report which version of a file is there, the best first."""
_LEDGER = "batch.json"
MOST_BYTES = 255
"""Longest name of a file, bytes."""
_TAKES_PASSWORD = ("sftp", "ssh", "ftp", "smb")
"""File systems that take a password apart from the URL."""
_NO_LOGIN, _GONE = (401, 403), (404, 410)
"""Status codes of web servers."""
_logins: dict[str, str] = {}
"""Logins of the URLs that were given, by host; sources are stored and shown without passwords."""
_seen: dict[str, str] = {}
"""Versions of the objects that were listed or asked for."""

log = logging.getLogger("emobot")


class Found(NamedTuple):
    """What some arguments name."""

    files: list[str]
    """Absolute paths, or URLs without passwords; each once."""
    errors: list[str]
    """One line for each argument that could not be listed."""


def is_url(text: str | Path) -> bool:
    """Return whether an input or a folder is a URL."""
    return isinstance(text, str) and bool(URL.match(text))


def source_of(place: str | Path) -> str:
    """Return what a ledger calls an input: its absolute path, or its URL without a password."""
    if isinstance(place, Path) or not is_url(place):
        file = Path(place).absolute()
        if ".." not in file.parts:
            return str(file)
        # one name for each file, from whichever folder it is given; a link in front of .. leads elsewhere
        folder, name = (file, "") if file.name == ".." else (file.parent, file.name)
        return str(Path(os.path.realpath(folder), name))
    scheme, _, rest = place.partition("://")
    netloc, slash, path = rest.partition("/")
    login, at, host = netloc.rpartition("@")
    user, colon, _ = login.partition(":")
    if colon:
        _logins[f"{user}@{host}"] = f"{login}@{host}"
    return f"{scheme.lower()}://{user}{at}{host}{slash}{path}"


def with_login(url: str) -> str:
    """Return a URL with the password that was given for its host."""
    scheme, separator, rest = url.partition("://")
    netloc, slash, path = rest.partition("/")
    return f"{scheme}{separator}{_logins.get(netloc, netloc)}{slash}{path}"


def path_of(source: str) -> PurePosixPath:
    """Return the path of an input, of a URL the part behind the scheme; the query of a web address is left out."""
    if not is_url(source):
        return PurePosixPath(source)
    rest = source.partition("://")[2]
    return PurePosixPath(rest.partition("?")[0] if source.startswith("http") else rest)


def folder_name(stem: str, suffix: str = "") -> str:
    """Return a folder's name of a stem, cut off if it is too long, and a suffix."""
    return stem.encode()[: MOST_BYTES - len(suffix)].decode(errors="ignore") + suffix


def find_inputs(places: Iterable[str | Path]) -> Found:
    """Return each file once; a folder stands for its files, except hidden ones and a batch's own in `--out`.

    A URL may have `*` in its last part. A place without files is an error.
    """
    found: dict[str, None] = {}
    errors = []
    for place in places:
        try:
            files = list(_files_at(source_of(place)))
            found.update(dict.fromkeys(files))
            if not files:
                errors.append(f"expected recordings, found none, in {redact(str(place))}{_folders_in(place)}")
        except EmobotError as error:
            errors.append(str(error))
        except OSError as error:
            errors.append(f"expected to read {Path(place).absolute()}, found {error.strerror}")
    return Found(list(found), errors)


def missing(source: str) -> str:
    """Return what is there instead of an input, "" if it may be there; of a URL only its file system knows."""
    if is_url(source) or os.path.isfile(source):  # noqa: PTH113 - of Path it raises an error for a name that is too long
        return ""
    return "a pipe or a device" if os.path.exists(source) else "nothing"  # noqa: PTH110 - as above


def _folders_in(place: str | Path) -> str:
    """Return what to say of the folders in a folder, whose files nobody asked for."""
    path = Path(place)
    names = [] if is_url(str(place)) else sorted(p.name for p in path.iterdir() if p.is_dir() and p.name[0] != ".")
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f": give its folders, {', '.join(names[:3])}{more}" if names else ""


def fingerprint(source: str, *, fresh: bool = True) -> str:
    """Return size and version of an input, `absent` without one.

    Args:
        source: The input.
        fresh: Whether to ask the file system of a URL again.
    """
    if not is_url(source):
        try:
            state = os.stat(source)  # noqa: PTH116 - called for each of thousands of files again and again
        except OSError:
            return "absent"
        return f"{state.st_size} bytes, {state.st_mtime_ns} ns"
    if fresh or source not in _seen:
        try:
            files, path = file_system(source)
            _seen[source] = _version(files.info(path))
        except Exception:
            # foreign code; fetching the object will report why
            _seen[source] = "absent"
    return _seen[source]


def moved(paths: Iterable[str], known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the files that were moved, and where they were before.

    That is where a file of this name and size was and is no longer; of several, the one with more folders of the same
    names. Several that are alike are left out.

    Args:
        paths: The files.
        known: Fingerprints by the paths where files were.
    """
    named: dict[str, list[str]] = {}
    for source in known:
        named.setdefault(source.rpartition("/")[2], []).append(source)
    for path in paths:
        size, parts, alike = _size(fingerprint(path, fresh=False)), path_of(path).parts[::-1], dict[str, int]()
        for source in () if is_url(path) or size == "absent" else named.get(path.rpartition("/")[2], ()):
            if not is_url(source) and _size(known[source]) == size and missing(source):
                both = zip(parts, path_of(source).parts[::-1], strict=False)
                alike[source] = sum(1 for _ in takewhile(lambda names: names[0] == names[1], both))
        best = [source for source, count in alike.items() if count == max(alike.values())]
        if len(best) == 1:
            log.warning("%s was moved: it is known from %s", path, best[0])
            yield path, best[0]


def _size(version: str) -> str:
    return version.partition(",")[0]


def file_system(url: str, *, again: bool = False) -> tuple[Any, str]:
    """Return the file system of a URL, and the path there.

    Args:
        url: The URL.
        again: Whether to connect again; otherwise an earlier connection is used.

    Raises:
        MissingPart: A package is not installed.
        InputError: There is no such file system, it cannot be reached, or the URL is a chain of several.
    """
    if _CHAIN.search(url):
        # its logins could be anywhere in it
        raise InputError(f"expected a URL of one file system, found a chain of several (::): {redact(url)}")
    try:
        from fsspec import get_filesystem_class
    except ImportError as error:
        raise MissingPart(f"expected the package fsspec for {url}, found none: pip install 'emobot[cloud]'") from error
    try:
        files, path = _open(get_filesystem_class, url, {"skip_instance_cache": True} if again else {})
    except ImportError as error:
        scheme = urlsplit(url).scheme
        raise MissingPart(
            f"expected a package for {scheme}:// for {url}, found none: {one_line(str(error))}"
        ) from error
    except Exception as error:
        # foreign code, which connects here
        raise reason(url, error) from error
    return files, str(path)


def _open(class_of: Callable[[str], Any], url: str, options: dict[str, Any]) -> tuple[Any, Any]:
    # not by `url_to_fs`, which takes every :: for a chain, also that of an address such as [::1]
    scheme = url.partition("://")[0]
    kind = class_of(scheme)
    password = _password(url)
    if password and scheme in _TAKES_PASSWORD:
        # in a URL it could hold no %, / or #
        options = {"password": unquote(password), **options}
    else:
        url = with_login(url)
    return kind(**{**kind._get_kwargs_from_urls(url), **options}), kind._strip_protocol(url)


def _password(url: str) -> str:
    return with_login(url).partition("://")[2].partition("/")[0].rpartition("@")[0].partition(":")[2]


def reason(url: str, error: Exception) -> InputError:
    """Return what a file system's error means, in one line without its password."""
    secret, error = _password(url), _cause(url, error)
    text = one_line(f"{type(error).__name__}: {error}")
    text = text.replace(secret, "***") if secret else text
    if isinstance(error, FileNotFoundError):
        return InputError(f"expected a file, found nothing: {url}")
    return InputError(f"expected to read {url}, found {text}")


def fault_of(url: str, error: Exception) -> Fault:
    """Return the kind of an error of a file system."""
    error = _cause(url, error)
    if isinstance(error, FileNotFoundError):
        return "absent"
    is_login = isinstance(error, PermissionError) or "redential" in type(error).__name__
    return "login" if is_login or getattr(error, "status", 0) in _NO_LOGIN else "unreachable"


def _cause(url: str, error: Exception) -> Exception:
    """Return why a web address cannot be read: fsspec reports a file that was not found for any reason."""
    cause = error.__cause__
    if not (url.startswith("http") and isinstance(error, FileNotFoundError) and isinstance(cause, Exception)):
        return error
    return error if getattr(cause, "status", 0) in _GONE else cause


def _files_at(source: str) -> Iterator[str]:
    if not is_url(source):
        is_folder = Path(source).is_dir()
        # links to nothing, too, which are reported: a disk that is not mounted, or a data set that was not fetched
        lacks = ((it, missing(it.path)) for it in (os.scandir(source) if is_folder else ()))
        paths = [it.path for it, lack in lacks if not lack or (lack == "nothing" and it.is_symlink())]
        yield from _recordings(paths) if is_folder else [source]
        return
    source = source.rstrip("/") if source.count("/") > 2 else source
    files, place = file_system(source)
    try:
        # a listing has each file's version, so that none is asked for alone
        listed = list(files.glob(place, detail=True).values()) if "*" in place else _list(files, place)
    except Exception as error:
        # foreign code
        raise reason(source, error) from error
    if listed is None:
        yield source
        return
    root = source.removesuffix(place.lstrip("/"))
    infos = {str(info["name"]): info for info in listed if info.get("type") == "file"}
    for name in _recordings(infos):
        url = name if is_url(name) else root + name.lstrip("/")
        _seen[url] = _version(infos[name])
        yield url


def _recordings(listed: Iterable[str]) -> list[str]:
    names = {path: PurePosixPath(path).name for path in sorted(listed)}
    has_results = _LEDGER in names.values()
    return [
        path
        for path, name in names.items()
        if name[:1] not in ("", ".") and not (has_results and _OF_A_BATCH.fullmatch(name))
    ]


def _list(files: Any, place: str) -> list[dict[str, Any]] | None:
    """Return what is in a folder; None if the place is a file."""
    info = files.info(place)
    return None if info["type"] == "file" else list(files.ls(place, detail=True))


def _version(info: dict[str, Any]) -> str:
    version = next((info[key] for key in _VERSIONS if info.get(key)), "")
    # listings and questions about one object may have a time in different forms
    return f"{info.get('size')} bytes, {version.timestamp() if isinstance(version, datetime) else version}"
