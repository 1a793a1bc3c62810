"""From measured times to tables: ratios within a round, their spread, Markdown, and its place in a file."""

import dataclasses
import math
import statistics


@dataclasses.dataclass(frozen=True)
class Spread:
    """The median of some numbers, the smallest and the largest."""

    median: float
    low: float
    high: float

    def __str__(self):
        return f"{number(self.median)} ({number(self.low)}-{number(self.high)})"


def spread(values):
    return Spread(statistics.median(values), min(values), max(values))


def number(value):
    """Three digits, and no more of them behind the point than that."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{2 if value < 10 else 1}f}"


def ratios(theirs, ours):
    """The spread of their times over ours, round by round: what ran within seconds is compared, for the
    clock drifts by more than programs differ. Each is a list with a time, or None, per round."""
    pairs = [(t, o) for t, o in zip(theirs, ours, strict=True) if t is not None and o is not None]
    return spread([t / o for t, o in pairs]) if pairs else None


def same_loss(theirs, ours, tolerance):
    """Whether two losses agree; what is no finite number agrees with nothing."""
    return math.isfinite(ours) and abs(theirs - ours) <= tolerance * abs(ours)


def table(corner, columns, rows):
    """Markdown. `rows` are (name, cells); a cell that is None is shown as a dash."""
    lines = ["| " + " | ".join([corner, *columns]) + " |", "|" + "---|" * (len(columns) + 1)]
    for name, cells in rows:
        lines.append("| " + " | ".join([name, *("-" if c is None else str(c) for c in cells)]) + " |")
    return lines


def times_table(results, ours):
    """Rows: workloads. Columns: our microseconds, then each program's ratio to it, and the smallest ratio
    of a peer. `results`: {workload: {program: [microseconds per round]}}."""
    others = []
    for programs in results.values():
        others += [name for name in programs if name != ours and name not in others]
    rows = []
    for workload, programs in results.items():
        cells = [ratios(programs[name], programs[ours]) if name in programs else None for name in others]
        rows.append((workload, [spread([t for t in programs[ours] if t is not None]), *cells]))
    return table("net / mini-batch", [f"{ours}, us", *(f"{name} / {ours}" for name in others)], rows)


def put_between(text, begin, end, lines):
    """`text` with what stands between the lines `begin` and `end` replaced. Raises ValueError where they
    are not there, each once and in this order."""
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"'{begin}' and '{end}' must stand in the text once each")
    head, rest = text.split(begin)
    return head + begin + "\n" + "\n".join(lines) + "\n" + end + rest.split(end)[1]
