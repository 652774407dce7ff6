"""Charts as data, and as PNG where matplotlib is there.

matplotlib is imported when the first picture is asked for, and used through its objects: pyplot would keep
figures and choose a window system. The same chart gives the same bytes.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from graphrisk.errors import ConfigError, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES = (6.4, 4.4)
DOTS_PER_INCH = 110
_COLOURS = ("#a60f20", "#2f6db3", "#7b4fa3", "#1f8a68")
_FAINT = "#667085"  # of dashes


class Look(StrEnum):
    LINE = "line"
    DOTS = "dots"  # joined by a line
    DASHES = "dashes"


@dataclass(frozen=True, slots=True)
class Series:
    """points: (x, y), finite."""

    name: str
    points: tuple[tuple[float, float], ...]
    look: Look = Look.LINE


@dataclass(frozen=True, slots=True)
class Bar:
    """value with its interval, from 0 to 1; NaN leaves the bar out."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over 0..1 upwards, or bars beside each other if there are any. stem: of the file's name."""

    stem: str
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...] = ()
    bars: tuple[Bar, ...] = ()


def require_matplotlib() -> None:
    """Raises ConfigError where it is missing."""
    try:
        import matplotlib  # noqa: F401, PLC0415 - an extra, and slow
    except ImportError as error:
        raise ConfigError(
            "figures need matplotlib, which is not installed",
            where="--html",
            remedy="pip install 'graphrisk[plots]'",
        ) from error


def draw_png(chart: Chart) -> bytes:
    """Raises ConfigError without matplotlib."""
    require_matplotlib()
    from matplotlib import rc_context  # noqa: PLC0415 - an extra, and slow
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    # A dollar in a name from data is no formula
    with rc_context({"text.parse_math": False, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(_shown(chart.title), fontsize=11)
        axes.set_xlabel(_shown(chart.x_label))
        axes.set_ylabel(_shown(chart.y_label))
        axes.grid(visible=True, alpha=0.3)
        if chart.bars:
            _draw_bars(axes, chart.bars)
        else:
            _draw_lines(axes, chart.series)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def _draw_lines(axes: Axes, every: tuple[Series, ...]) -> None:
    styles = {Look.LINE: ("-", ""), Look.DOTS: ("-", "o"), Look.DASHES: ("--", "")}
    for series, colour in zip(every, _COLOURS * (len(every) // len(_COLOURS) + 1), strict=False):
        line, marker = styles[series.look]
        x, y = [p[0] for p in series.points], [p[1] for p in series.points]
        shade = _FAINT if series.look is Look.DASHES else colour
        axes.plot(x, y, line, marker=marker, markersize=4, color=shade, label=_shown(series.name))
    axes.set_ylim(-0.02, 1.02)
    if every:
        axes.legend(loc="best", fontsize=8)


def _draw_bars(axes: Axes, bars: tuple[Bar, ...]) -> None:
    """The first on top."""
    places = range(len(bars))
    told = [(place, bar) for place, bar in zip(places, bars, strict=True) if math.isfinite(bar.value)]
    for place, bar in told:
        axes.barh(place, bar.value, color=_COLOURS[1], height=0.6)
        if math.isfinite(bar.low) and math.isfinite(bar.high):
            axes.plot([bar.low, bar.high], [place, place], color="#1d2433", linewidth=1.5)
    axes.set_yticks(list(places), [_shown(bar.name) for bar in bars])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.02)


def _shown(text: str) -> str:
    """In ASCII: what the font lacks would be an empty box."""
    return printable(text).encode("ascii", "backslashreplace").decode("ascii")
