"""Writes changes back into `config.toml` and keeps its comments and order."""

import copy
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.whole_file import settle

MARK = "\ufeff"
"""The byte order mark with which Windows begins a file."""


def change_file(
    path: Path, table: str, keys: Mapping[str, Any] | None, instead: str = "", *, write: bool = True
) -> None:
    """Change one table of a config file.

    Args:
        path: The file; replaced atomically, so that no reader finds half of it.
        table: Name of the table, such as `camera.lobby` or `detect`; created if absent.
        keys: Keys to set; a value of None removes the key. None removes the table.
        instead: Another table of the same group, which a new table replaces; comments among its keys come along.
        write: False only checks whether the change can be saved.

    Raises:
        ConfigError: The file cannot be read or written, or the table is written in a way that cannot be changed safely,
            such as with keys like `camera.lobby.fps` or within another table's braces.
    """
    import tomlkit

    try:
        raw = path.read_bytes().decode()
        before = raw.removeprefix(MARK).replace("\r\n", "\n")
        expected = _changed(tomlkit.parse(before).unwrap(), table, keys, instead)
    except (OSError, ValueError) as error:
        raise ConfigError(f"expected a config file to save the change in, found {path}: {error}") from error
    try:
        document = tomlkit.parse(before)
        _change(document, table, keys, instead)
        text = tomlkit.dumps(document)
        found = tomllib.loads(text)
    except Exception:  # tomlkit has faults in tables that are spread over a file, each with an exception of its own
        found = {}
    if _without_empty(found) != _without_empty(expected):
        tables = "the lines of each table together under its heading, such as [camera.lobby]"
        raise ConfigError(f"expected {tables}, to save a change of [{instead or table}], found others in {path}")
    text = text.replace("\n", "\r\n") if 2 * raw.count("\r\n") > raw.count("\n") else text
    try:
        _write(path.resolve(), (MARK if raw.startswith(MARK) else "") + text if write else raw)
    except OSError as error:
        raise ConfigError(f"expected a config file to save the change in, found {path}: {error}") from error


def _change(document: Any, table: str, keys: Mapping[str, Any] | None, instead: str) -> None:
    """Change the document of a file."""
    import tomlkit

    *groups, name = table.split(".")
    parent: Any = document
    for group in groups:
        # a group is not written as a table of its own, only its members are
        parent = parent.setdefault(group, tomlkit.table(is_super_table=True))
    if keys is None:
        _remove(document, parent, name)
        return
    other = instead.rpartition(".")[2]
    is_new = name not in parent
    if is_copy := is_new and other in parent:
        parent[name] = _copied(parent[other])
    found = parent.setdefault(name, tomlkit.table())
    for key, value in keys.items():
        if isinstance(value, Mapping) or (key in found and _is_table(found[key])):
            _set_table(found, key, value)
        elif value is None:
            found.pop(key, None)
        else:
            found[key] = value
    if is_copy:
        found.add(tomlkit.nl())
    if is_new:
        _keep_heading(document, found)
    _remove(document, parent, other)


def _changed(tables: dict[str, Any], table: str, keys: Mapping[str, Any] | None, instead: str) -> dict[str, Any]:
    """Return the values that the file must have after a change, whichever way it is written."""
    *groups, name = table.split(".")
    parent = tables
    for group in groups:
        parent = parent.setdefault(group, {})
    before = parent.pop(instead.rpartition(".")[2], {}) if instead else {}
    if keys is None:
        parent.pop(name, None)
    else:
        new = {**before, **parent.get(name, {}), **keys}
        parent[name] = {key: value for key, value in new.items() if value is not None}
    return tables


def _without_empty(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return tables without those that are empty, which the last camera leaves."""
    return {name: table for name, table in tables.items() if table != {}}


def _write(path: Path, text: str) -> None:
    """Replace a file atomically and keep its permissions."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text.encode())
        settle(partial)
        partial.chmod(path.stat().st_mode & 0o777)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _remove(document: Any, parent: Any, name: str) -> None:
    """Remove a table, if there is one, but not the comments behind it."""
    if name in parent:
        _keep_comments(document, parent[name])
        del parent[name]


def _copied(table: Any) -> Any:
    """Return a copy of a table without the comments after its last key, which belong to the next table."""
    copied = copy.deepcopy(table)
    _take_following(copied)
    return copied


def _set_table(parent: Any, key: str, values: Mapping[str, Any] | None) -> None:
    """Write a table inside another one, a line for each of its values, or remove it; what follows stays behind it."""
    import tomlkit

    following = _take_following(parent) or [(None, tomlkit.nl())]
    parent.pop(key, None)
    if values is not None:
        parent[key] = tomlkit.table()
        for name, value in values.items():
            parent[key][name] = tomlkit.inline_table() if isinstance(value, Mapping) else value
            if isinstance(value, Mapping):
                parent[key][name].update(value)
    _end_of(parent).extend(following)


def _keep_comments(document: Any, table: Any) -> None:
    """Move the comments after a table's last key, which tomlkit reads as part of it, behind the table before."""
    from tomlkit.items import Null

    following = _take_following(table)
    tables = list(_tables(document.body))
    place = next((i for i, found in enumerate(tables) if found is table), 0)
    if place:
        tables[place - 1].value.body.extend(following)
    else:
        first = next(i for i, (key, item) in enumerate(document.body) if key is not None and hasattr(item, "is_table"))
        document.body[first:first] = [pair for pair in following if not isinstance(pair[1], Null)]


def _keep_heading(document: Any, table: Any) -> None:
    """Move the comment that stands directly above the next table, of which a new table has come in between."""
    import tomlkit

    tables = list(_tables(document.body))
    place = next((i for i, found in enumerate(tables) if found is table), 0)
    if not 0 < place < len(tables) - 1:
        return
    following = _take_following(tables[place - 1])
    blank = max((i for i, pair in enumerate(following) if _is_blank(pair)), default=-1)
    heading, before = following[blank + 1 :], following[: blank + 1]
    if heading:
        if before and "\n" in table.trivia.indent:
            # the new table brings a blank line of its own
            before.pop()
        end = _end_of(table)
        end.extend(heading if end and _is_blank(end[-1]) else [(None, tomlkit.nl()), *heading])
    _end_of(tables[place - 1]).extend(before)


def _is_blank(pair: Any) -> bool:
    return pair[0] is None and not pair[1].as_string().strip()


def _take_following(table: Any) -> list[Any]:
    """Remove and return the blank lines and comments after a table's last key, also where a table inside it has it."""
    body = _end_of(table)
    following: list[Any] = []
    while body and body[-1][0] is None:
        following.insert(0, body.pop())
    return following


def _end_of(table: Any) -> Any:
    """Return the list of items at whose end a table ends: its own, or that of the last table inside it."""
    body = table.value.body
    return _end_of(body[-1][1]) if body and _is_table(body[-1][1]) else body


def _is_table(item: Any) -> bool:
    from tomlkit.items import Table

    return isinstance(item, Table)


def _tables(body: Any) -> Iterator[Any]:
    """Yield the tables with keys of their own in the order of the file."""
    from tomlkit.items import Table

    for _, item in body:
        if isinstance(item, Table):
            if not item.is_super_table():
                yield item
            yield from _tables(item.value.body)
