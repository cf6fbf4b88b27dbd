"""From a config to the plan of a run.

    camera.* ──► detect ──► (stage.*) ──► (landmarks) ──► emotion ──► (stage.*) ──► (alerts) ──► overlay ──► outputs
                                                                                        └──► outputs without pixels

A stage is named after its table. Outputs that read no pixels do not wait for the overlay, and without an output that
reads pixels there is no overlay.
"""

import os
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import Path
from typing import Any, get_args

from msgspec.structs import replace

from pipeline.config.alone import refuse_shared
from pipeline.config.config import Config, Fleet, Options, load_config
from pipeline.config.fitting import refuse_misfits
from pipeline.config.keys import digest
from pipeline.config.options import REQUIRED, Problems, read_table, stage_keys, struct_keys
from pipeline.config.plan import Node, Pixels, Plan, Role, RunnerKeys
from pipeline.config.reach import check_directory, check_hosts, check_key
from pipeline.config.registry import OPTIONAL, OUTPUTS, ROLES, SOURCES, STAGES, resolve
from pipeline.config.tables.alerts import alert_options, check_names
from pipeline.config.tables.arrangement import GROUP, POSITION, check_arrangement
from pipeline.config.tables.privacy import least_faces, protect_detect, protect_few, protect_output, protect_overlay
from pipeline.config.tables.webcam import check_webcam
from pipeline.config.tables.zones import ZONES, read_zones
from pipeline.errors import ConfigError, EmobotError
from pipeline.foreign import contained, shown

RUNNER_DEFAULTS: dict[str, Options] = {
    "detect": {"workers": 0},
    "landmarks": {"workers": 0},
    "emotion": {"batch": 64, "max_wait_ms": 2.0},
}
"""Default runner keys by stage. Emotion batches the faces of all cameras; 2 ms is a tenth of a frame's latency."""
CAMERAS_PER_WORKER = 8
"""Live cameras per worker process; one uses up to a tenth of a core, a recording a whole one."""

BOX = "box"
"""Option of an output that names this machine."""
HISTORY = "history"
"""Option of an output that can show a history."""


def load_plan(path: Path) -> Plan:
    """Read a config file and link its stages.

    Raises:
        ConfigError: One line per mistake in it.
    """
    problems = Problems()
    with contained(f"tables that can be planned in {path}"):
        return build_plan(load_config(path, problems), str(path), problems)


def build_plan(config: Config, where: str = "config", problems: Problems | None = None) -> Plan:
    """Check every stage's options and link the stages.

    Args:
        config: The tables.
        where: Name of the file, for the messages.
        problems: Earlier mistakes, reported together with new ones.

    Raises:
        ConfigError: One line per mistake.
    """
    problems = Problems() if problems is None else problems
    for group, tables in (("camera", config.camera), ("output", config.output)):
        # a box of a fleet gets its cameras later
        if not tables and not (group == "camera" and config.fleet):
            problems.add(group, f"expected at least one table [{group}.NAME], found none")
    # check paused cameras too: a mistake is reported when it is made, not when the camera resumes
    sources = [
        (_source(name, table, enabled, problems), enabled)
        for name, table in config.camera.items()
        for enabled in (_enabled(name, table, problems),)
    ]
    drawn = {name: read_zones(name, table, problems) for name, table in config.camera.items()}
    zones = {name: shapes for name, shapes in drawn.items() if shapes}
    _check_stalls((camera for camera, _ in sources if camera), config.run.hang_s, problems)
    found = [node for name, table in config.output.items() if (node := _output(name, table, problems))]
    check_names(config, found, problems)
    check_webcam(config, found, problems)
    outputs = _tell_history([protect_output(config.privacy, node, problems) for node in found])
    if config.fleet:
        outputs = [_tell_box(config.fleet, node, problems) for node in outputs]
    shown = tuple(node.name for node in outputs if node.pixels != "none")
    others = tuple(node.name for node in outputs if node.pixels == "none")
    trunk = _trunk(config, bool(shown), problems)
    refuse_misfits(trunk, problems)
    played = [camera for camera, _ in sources if camera]
    refuse_shared([*played, *trunk, *found], list(config.camera), config.metrics.listen, problems)
    problems.raise_if_any(where)
    names = [node.name for node in trunk]
    before_overlay = names.index("overlay") - 1 if "overlay" in names else len(names) - 1
    nodes = [replace(camera, to=(names[0],)) for camera, enabled in sources if camera and enabled]
    for i, node in enumerate(trunk):
        to = tuple(names[i + 1 : i + 2])
        to += others if i == before_overlay else ()
        to += shown if i == len(trunk) - 1 else ()
        nodes.append(replace(node, to=to, least_faces=least_faces(config.privacy)))
    paused = tuple(name for name, (_, enabled) in zip(config.camera, sources, strict=True) if not enabled)
    expected = config.fleet.capacity if config.fleet else 0
    counted = _count_workers([*nodes, *outputs], config.run.jobs, expected)
    plan = Plan(
        nodes=tuple(counted), zones=zones, paused=paused, run=config.run, metrics=config.metrics, log=config.log
    )
    check_hosts(plan, problems)
    problems.raise_if_any(where)
    check_key(plan, problems)
    check_directory(plan, problems)
    problems.raise_if_any(where)
    return plan


def history_paths(nodes: Iterable[Node]) -> list[str]:
    """Return the files in which outputs keep the history."""
    default = stage_default(OUTPUTS["history"], "path")
    return [node.options.get("path", default) for node in nodes if node.use == OUTPUTS["history"]]


def stage_default(use: str, option: str) -> Any:
    """Return the default of a stage's option; None without such an option or default."""
    key = stage_keys(resolve(use)).get(option)
    return None if key is None or key.default is REQUIRED else key.default


def _check_stalls(cameras: Iterable[Node], hang_s: float, problems: Problems) -> None:
    """Refuse a camera whose `stall_s` is not below `hang_s`: its silent process would be killed."""
    defaults: dict[str, Any] = {}
    for node in cameras:
        if node.use not in defaults:
            defaults[node.use] = stage_default(node.use, "stall_s")
        stall_s = node.options.get("stall_s", defaults[node.use])
        if isinstance(stall_s, int | float) and stall_s >= hang_s:
            problems.add(node.name, f"stall_s: expected less than hang_s in [run], {hang_s:g}, found {stall_s:g}")


def _tell_history(outputs: Sequence[Node]) -> list[Node]:
    """Set the option `history` of outputs to the run's history file, if there is exactly one on this machine."""
    paths = history_paths(node for node in outputs if not node.keys.host)
    if len(paths) != 1:
        return list(outputs)
    return [
        replace(node, options={HISTORY: paths[0], **node.options}) if HISTORY in stage_keys(resolve(node.use)) else node
        for node in outputs
    ]


def _tell_box(fleet: Fleet, node: Node, problems: Problems) -> Node:
    """Set the option `box` of an output to this box's name."""
    if node.keys.host:
        problems.add(node.name, "host: expected an output on this machine: the leases of [fleet] end here")
    if fleet.box and BOX in stage_keys(resolve(node.use)) and not node.options.get(BOX):
        return replace(node, options={**node.options, BOX: fleet.box})
    return node


def _count_workers(nodes: Sequence[Node], jobs: int, expected: int = 0) -> list[Node]:
    """Set the number of workers of each stage, also where the config leaves it open; `expected` cameras will come."""
    cameras = sum(node.role == "source" for node in nodes) + expected
    wanted = min(cameras, jobs or ceil(cameras / CAMERAS_PER_WORKER), len(os.sched_getaffinity(0)) // 2)
    # another machine would count its own cores, and then expect other ports
    alone = not any(node.keys.host for node in nodes)
    return [replace(node, workers=node.keys.workers or (max(1, wanted) if alone else 1)) for node in nodes]


def _trunk(config: Config, overlay: bool, problems: Problems) -> list[Node]:
    """Return the filters that every frame passes, in order."""
    trunk = _after("camera", config, problems)
    overlay_table = protect_overlay(config.privacy, config.overlay, problems)
    tables = {"detect": config.detect, "landmarks": config.landmarks, "emotion": config.emotion}
    for name, table in {**tables, "overlay": overlay_table}.items():
        if table is None:
            continue
        if name == "overlay":
            alerts = alert_options(config, problems)
            raising = _node("alerts", OPTIONAL["alerts"], alerts, "filter", problems, check=False) if alerts else None
            trunk += [protect_few(config.privacy, raising, problems)] if raising else []
            if raising and raising.keys.workers != 1:
                problems.add("alerts", f"workers: expected 1, which knows all cameras, found {raising.keys.workers}")
        node = _node(name, (STAGES | OPTIONAL)[name], table, "filter", problems)
        if node and (name != "overlay" or overlay):
            trunk.append(protect_detect(config.privacy, node, problems) if name == "detect" else node)
        trunk += _after(name, config, problems)
    for name, table in config.stage.items():
        anchors = ["camera", *STAGES, *(other for other in config.stage if other != name)]
        if name in anchors[: 1 + len(STAGES)]:
            problems.add(f"stage.{name}", "expected another name than camera, detect, emotion and overlay")
        elif table.get("after") not in anchors:
            expected = f"expected one of {', '.join(anchors)}"
            problems.add(f"stage.{name}", f"after: {expected}, found {shown(table.get('after'))}")
        elif f"stage.{name}" not in {node.name for node in trunk} and not problems:
            problems.add(f"stage.{name}", "after: expected a way back to camera, found stages that follow each other")
    return trunk


def _after(anchor: str, config: Config, problems: Problems) -> list[Node]:
    """Return the user's stages behind this one, each followed by those behind it."""
    nodes: list[Node] = []
    for name, table in config.stage.items():
        if table.get("after") == anchor and name not in ("camera", *STAGES):
            options = {key: value for key, value in table.items() if key != "after"}
            node = _node(f"stage.{name}", "", options, "filter", problems)
            nodes += [node] if node else []
            nodes += _after(name, config, problems)
    return nodes


def _enabled(name: str, table: Options, problems: Problems) -> bool:
    """Return whether a camera is enabled; a paused one keeps its table."""
    enabled = table.get("enabled", True)
    if not isinstance(enabled, bool):
        problems.add(f"camera.{name}", f"enabled: expected true or false, found {shown(enabled)}")
    return bool(enabled)


def _source(name: str, table: Options, enabled: bool, problems: Problems) -> Node | None:
    source = table.get("source")
    by_name = SOURCES.get(source) if isinstance(source, str) else None
    # a source that is chosen by name, such as "demo", has no option `source`
    check_arrangement(name, table, problems)
    without = {"enabled", ZONES, GROUP, POSITION, *(["source"] if by_name else [])}
    options = {key: value for key, value in table.items() if key not in without}
    return _node(f"camera.{name}", by_name or SOURCES["*"], options, "source", problems, check=enabled)


def _output(name: str, table: Options, problems: Problems) -> Node | None:
    kind = table.get("kind")
    if "use" not in table and not (isinstance(kind, str) and kind in OUTPUTS):
        problems.add(f"output.{name}", f"kind: expected one of {', '.join(OUTPUTS)}, found {shown(kind)}")
        return None
    options = {key: value for key, value in table.items() if key != "kind"}
    return _node(f"output.{name}", OUTPUTS.get(str(kind), ""), options, "sink", problems)


def _node(name: str, use: str, table: Options, role: Role, problems: Problems, *, check: bool = True) -> Node | None:
    """Return a stage; with `check` its options are checked against this machine, for example whether files exist."""
    use = str(table.get("use", use))
    # a camera's name is that of its table
    fixed = {"name": name.partition(".")[2]} if role == "source" else {}
    try:
        with contained(f"a class of a stage in {use}"):
            stage = resolve(use)
            if (known := ROLES.get(use, role)) != role:
                raise ConfigError(f"expected a {role}, found {use}, which is a {known}")
            options, pixels = stage_keys(stage), stage.pixels
            if not fixed.keys() <= options.keys():
                raise ConfigError(f"expected the keyword parameter name in {use}, found none")
            exclusive = role != "filter" or bool(stage.exclusive)
            if pixels not in get_args(Pixels):
                raise ConfigError(f"expected pixels to be one of {', '.join(get_args(Pixels))} in {use}")
    except EmobotError as error:
        problems.add(name, f"use: {error}")
        return None
    runner = struct_keys(RunnerKeys) if role != "source" else {}
    # a stage's own option of the same name wins: RTSP's `host` is the address it listens on
    runner = {key: value for key, value in runner.items() if key not in options}
    keys_of_table = {key: value for key, value in {**options, **runner}.items() if key not in fixed}
    try:
        with contained(f"options that can be checked in {use}"):
            values = read_table(name, {k: v for k, v in table.items() if k != "use"}, keys_of_table, problems) | fixed
    except ConfigError as error:
        problems.add(name, str(error))
        return None
    own: dict[str, Any] = {key: value for key, value in values.items() if key in options}
    keys = RUNNER_DEFAULTS.get(name, {}) | {key: value for key, value in values.items() if key in runner}
    if check and all(option in own or key.default is not REQUIRED for option, key in options.items()):
        try:
            with contained("options that work together"):
                stage.check(**own)
        except EmobotError as error:
            problems.add(name, str(error))
    try:
        with contained(f"files of options in {use}"):
            files = digest(map(str, stage.files(**own)))
    except EmobotError as error:
        problems.add(name, str(error))
        return None
    return Node(
        name=name,
        use=use,
        role=role,
        pixels=pixels,
        exclusive=exclusive,
        options=own,
        files=files,
        keys=RunnerKeys(**keys),
    )
