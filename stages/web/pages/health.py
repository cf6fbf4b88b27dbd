"""The run's health: the state of each camera and the time of each stage."""

from collections.abc import Sequence

from fastapi import Request
from nicegui import ui

from stages.web.counters import StageNumbers
from stages.web.pages.layout import Tag, page_of
from stages.web.pages.parts import Reason, State
from stages.web.site import Site
from stages.web.visitor import Reader

RENEW_S = 2.0


def add(site: Site) -> None:
    """Register the page."""

    @ui.page("/health")
    def health(request: Request) -> None:
        with page_of(site, request, "health") as reader:
            Tag("h1", text=reader("health_title"))
            with Tag("section", "card", aria_labelledby="cameras"):
                Tag("h2", text=reader("cameras"), id="cameras")
                cameras = _table(
                    [reader(key) for key in ("camera", "state", "why", "rate", "size", "drops", "load_shedding")]
                )
            with Tag("section", "card", aria_labelledby="stages"):
                Tag("h2", text=reader("stages"), id="stages")
                if not site.counters.available:
                    Tag("p", "muted", reader("no_metrics"))
                keys = ("stage", "frames_in", "frames_out", "drops", "service", "service95", "age50", "restarts")
                stages = _table([reader(key) for key in keys])
        rows: dict[str, list[Tag]] = {}
        lines: dict[str, Tag] = {}
        states: dict[str, State] = {}
        reasons: dict[str, Reason] = {}

        def row(table: Tag, name: str, columns: int) -> list[Tag]:
            if name not in rows:
                with table, Tag("tr") as lines[name]:
                    Tag("th", text=name, scope="row")
                    rows[name] = [Tag("td") for _ in range(columns)]
            return rows[name]

        def renew() -> None:
            counted = site.counters.read()
            for gone in states.keys() - set(site.board.names()):
                del rows[gone], states[gone], reasons[gone]
                lines.pop(gone).delete()
            for name in site.board.names():
                if now := site.now(name):
                    cells = row(cameras, f"{name}", 6)
                    if name not in states:
                        with cells[0]:
                            states[name] = State(reader)
                        with cells[1]:
                            reasons[name] = Reason("why")
                    states[name].show(now)
                    size = f"{now.width}\N{MULTIPLICATION SIGN}{now.height}" if now.width else ""
                    rate = reader("fps", fps=reader.tenths(now.fps)) if now.state == "live" else ""
                    level = reader(f"shedding_{now.saving}") if now.state == "live" else ""
                    _fill(cells[2:], (rate, size, str(counted.dropped.get(name, 0)), level))
                    reasons[name].show(*reader.fault(now.fault, now.error))
            for name in sorted(counted.stages, key=_place):
                _fill(row(stages, f"[{name}]", 7), _cells(reader, counted.stages[name]))

        renew()
        ui.timer(RENEW_S, renew, immediate=False)


def _table(heads: Sequence[str]) -> Tag:
    with Tag("div", "scroll", tabindex="0", role="group", aria_label=heads[0]), Tag("table"):
        with Tag("thead"), Tag("tr"):
            for head in heads:
                Tag("th", text=head, scope="col")
        return Tag("tbody")


def _fill(cells: Sequence[Tag], texts: Sequence[str]) -> None:
    for cell, text in zip(cells, texts, strict=True):
        cell.text = text


def _place(stage: str) -> tuple[int, str]:
    """Return a stage's position in the pipeline, as far as its name tells."""
    ways = ("camera", "detect", "emotion", "stage", "overlay", "output")
    kind = stage.partition(".")[0]
    return ways.index(kind) if kind in ways else len(ways), stage


def _cells(reader: Reader, numbers: StageNumbers) -> tuple[str, ...]:
    def ms(value: float) -> str:
        return f"{reader.tenths(value)} ms" if value else ""

    counts = (numbers.frames_in, numbers.frames_out, numbers.dropped)
    service = (ms(numbers.service_ms(0.5)), ms(numbers.service_ms(0.95))) if numbers.service else ("", "")
    age = ms(numbers.age_ms(0.5)) if numbers.ages else ""
    return (*map(str, counts), *service, age, str(numbers.restarts))
