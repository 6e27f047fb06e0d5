# SPDX-License-Identifier: Apache-2.0
"""An independent reading of what makes a trace good: Chrome's Trace Event Format as Perfetto imports it, and VCD (IEEE 1364-2005, 18).

`chrome_problems(bytes)` and `vcd_problems(text)` return sentences; none: the file is good. `Vcd` also reads the signals.
Times are whole picoseconds: microseconds are read as decimals, never as doubles.
"""
import decimal
import json
import math
import re

PHASES = set("XBEbneiCstfM")


def picoseconds(microseconds):
    """Exact, or ValueError."""
    scaled = decimal.Decimal(microseconds) * 1_000_000
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{microseconds} us is no whole number of picoseconds")
    return int(scaled)


def is_number(value):
    return isinstance(value, (int, decimal.Decimal)) and not isinstance(value, bool) and math.isfinite(value)


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def load(data):
    return json.loads(data.decode("utf-8"), parse_float=decimal.Decimal, parse_constant=refuse_constant)


def chrome_problems(data, most=20):
    try:
        trace = load(data)
    except (ValueError, UnicodeDecodeError) as error:
        return [f"no JSON: {error}"]
    problems = []
    events = trace.get("traceEvents") if isinstance(trace, dict) else None
    if not isinstance(events, list):
        return ["no list traceEvents"]
    if trace.get("displayTimeUnit") not in ("ns", "ms"):
        problems.append("displayTimeUnit is neither ns nor ms")
    good = []
    for n, event in enumerate(events):
        problem = event_problem(event)
        if problem:
            problems.append(f"event {n}: {problem}")
        else:
            good.append(event)
    problems += names(good) + order(good) + nesting(good) + pairs(good) + flows(good) + counters(good) + facts(trace, good)
    return problems[:most]


def event_problem(event):
    if not isinstance(event, dict):
        return "no object"
    if not isinstance(event.get("name"), str) or not event["name"]:
        return "no name"
    if event.get("ph") not in PHASES:
        return f"unknown phase {event.get('ph')}"
    for key in ("pid", "tid"):
        if not isinstance(event.get(key), int) or event[key] < 0:
            return f"{key} is no natural number"
    if event["ph"] == "M":
        return None if isinstance(event.get("args"), dict) else "metadata without args"
    for key in ("ts", "dur") if event["ph"] == "X" else ("ts",):
        if not is_number(event.get(key)):
            return f"{key} is no number"
        if event[key] < 0:
            return f"{key} is negative"
        try:
            event[key + "_ps"] = picoseconds(event[key])
        except ValueError as error:
            return str(error)
    if not isinstance(event.get("cat"), str) or not event["cat"]:
        return "no category"
    if event["ph"] == "i" and event.get("s") not in ("g", "p", "t"):
        return "an instant without a scope"
    if event["ph"] in "stfbne" and "id" not in event:
        return "no id"
    return None


def is_slice(event):
    return event["ph"] in "XBE"


def names(events):
    """Every process and every thread that shows something has one name; threads of a process have different ones."""
    problems, process, thread = [], {}, {}
    for e in (e for e in events if e["ph"] == "M"):
        if e["name"] == "process_name":
            if e["pid"] in process:
                problems.append(f"process {e['pid']} is named twice")
            process[e["pid"]] = e["args"].get("name")
        elif e["name"] == "thread_name":
            key = (e["pid"], e["args"].get("name"))
            if (e["pid"], e["tid"]) in thread or key in thread.values():
                problems.append(f"thread {e['tid']} of process {e['pid']} has no name of its own")
            thread[e["pid"], e["tid"]] = key
        elif e["name"] not in ("process_labels", "process_sort_index", "thread_sort_index"):
            problems.append(f"unknown metadata {e['name']}")
    if len(set(process.values())) != len(process):
        problems.append("two processes have one name")
    for pid in sorted({e["pid"] for e in events if e["ph"] != "M"} - set(process)):
        problems.append(f"process {pid} has no name")
    for key in sorted({(e["pid"], e["tid"]) for e in events if e["ph"] not in "MC"} - set(thread)):
        problems.append(f"thread {key[1]} of process {key[0]} has no name")
    return problems


def order(events):
    """In the file, times do not go back on any thread."""
    last, problems = {}, []
    for e in events:
        if e["ph"] == "M":
            continue
        key = e["pid"], e["tid"]
        if e["ts_ps"] < last.get(key, 0):
            problems.append(f"{e['name']} at {e['ts']} us comes after later events of its thread")
        last[key] = e["ts_ps"]
    return problems


def nesting(events):
    """A slice lies inside another one of its thread or outside of it."""
    problems, threads = [], {}
    for e in events:
        if e["ph"] == "X":
            threads.setdefault((e["pid"], e["tid"]), []).append((e["ts_ps"], e["ts_ps"] + e["dur_ps"], e["name"]))
    for key, slices in threads.items():
        slices.sort(key=lambda s: (s[0], -s[1]))
        stack = []
        for start, end, name in slices:
            while stack and stack[-1] <= start:
                stack.pop()
            if stack and end > stack[-1]:
                problems.append(f"thread {key}: {name} at {start} ps overlaps the one before without lying inside it")
            stack.append(end)
    return problems


def pairs(events):
    problems, begun, asynchronous = [], {}, {}
    for e in events:
        if e["ph"] == "B":
            begun.setdefault((e["pid"], e["tid"]), []).append(e)
        elif e["ph"] == "E":
            if not begun.get((e["pid"], e["tid"])):
                problems.append(f"an end at {e['ts']} us without a begin")
            else:
                begun[e["pid"], e["tid"]].pop()
        elif e["ph"] in "bne":
            key = e["cat"], e["id"]
            if (e["ph"] == "b") == (key in asynchronous):
                problems.append(f"asynchronous {key} does not begin once and end once")
            asynchronous[key] = True
            if e["ph"] == "e":
                del asynchronous[key]
    problems += [f"{e['name']} never ends" for stack in begun.values() for e in stack]
    return problems + [f"asynchronous {key} never ends" for key in asynchronous]


def flows(events):
    """An arrow starts once, ends once, goes forward in time, and is tied to slices."""
    problems, arrows, slices = [], {}, {}
    for e in events:
        if e["ph"] == "X":
            slices.setdefault((e["pid"], e["tid"]), []).append((e["ts_ps"], e["ts_ps"] + e["dur_ps"]))
        if e["ph"] in "stf":
            arrows.setdefault((e["cat"], e["name"], e["id"]), []).append(e)
    import bisect
    for spans in slices.values():
        spans.sort()
    for key, steps in arrows.items():
        form = "".join(e["ph"] for e in sorted(steps, key=lambda e: e["ts_ps"]))
        in_file = "".join(e["ph"] for e in steps)
        if not re.fullmatch("st*f", in_file) or sorted(form) != sorted(in_file):
            problems.append(f"flow {key}: {in_file} is no arrow")
        if [e["ts_ps"] for e in steps] != sorted(e["ts_ps"] for e in steps):
            problems.append(f"flow {key} goes back in time")
        for e in steps:
            spans = slices.get((e["pid"], e["tid"]), [])
            at = bisect.bisect_right(spans, (e["ts_ps"], math.inf)) - 1
            if at < 0 or not any(s <= e["ts_ps"] <= t for s, t in spans[max(0, at - 64):at + 1]):
                problems.append(f"flow {key}: no slice at {e['ts']} us")
            if e["ph"] == "f" and e.get("bp") != "e":
                problems.append(f"flow {key} ends at the next slice, not at this one")
    return problems


def counters(events):
    problems, last = [], {}
    for e in (e for e in events if e["ph"] == "C"):
        args = e.get("args")
        if not isinstance(args, dict) or not args or not all(is_number(v) for v in args.values()):
            problems.append(f"counter {e['name']} at {e['ts']} us is no number")
        key = e["pid"], e["name"]
        if e["ts_ps"] <= last.get(key, -1):
            problems.append(f"counter {e['name']} has two values at one time")
        last[key] = e["ts_ps"]
    points = sum(e["ph"] == "C" for e in events)
    return problems + ([f"{points} counter points"] if points > 10_000 else [])


def facts(trace, events):
    """What the file says of itself: the window, and what is missing."""
    other = trace.get("otherData")
    if not isinstance(other, dict) or not all(k in other for k in ("scenario_hash", "window_ps", "events", "dropped")):
        return ["otherData does not tell hash, window, events and dropped"]
    first, last = other["window_ps"]
    problems = []
    shown = [e for e in events if e["ph"] != "M"]
    for e in shown:
        if e["ts_ps"] < first or e["ts_ps"] + e.get("dur_ps", 0) > last:
            problems.append(f"{e['name']} at {e['ts']} us lies outside the window")
    if other["events"] != len(shown):
        problems.append(f"{len(shown)} events, the file says {other['events']}")
    stops = [e for e in shown if e["name"].startswith("recording stopped")]
    if (other["dropped"] != 0) != (len(stops) == 1):
        problems.append("what was dropped is not said where recording stopped")
    return problems


def lanes(data):
    """{process: {thread: [(start, end, name, args)]}} of a good trace, overflow lanes `NAME (2)` with their track."""
    trace = load(data)
    process = {e["pid"]: e["args"]["name"] for e in trace["traceEvents"] if e["name"] == "process_name"}
    thread = {(e["pid"], e["tid"]): e["args"]["name"] for e in trace["traceEvents"] if e["name"] == "thread_name"}
    found = {}
    for e in trace["traceEvents"]:
        if e["ph"] == "X":
            track = re.sub(r" \(\d+\)$", "", thread[e["pid"], e["tid"]])
            start = picoseconds(e["ts"])
            found.setdefault(process[e["pid"]], {}).setdefault(track, []).append(
                (start, start + picoseconds(e["dur"]), e["name"], e.get("args", {})))
    return found


def curves(data):
    """{(process, counter): [(time, value)]} of a good trace, values as floats."""
    trace = load(data)
    process = {e["pid"]: e["args"]["name"] for e in trace["traceEvents"] if e["name"] == "process_name"}
    found = {}
    for e in trace["traceEvents"]:
        if e["ph"] == "C":
            (value,) = e["args"].values()
            found.setdefault((process[e["pid"]], e["name"]), []).append((picoseconds(e["ts"]), float(value)))
    return found


def integral(points, end):
    """Of a curve that holds each value until the next, over time in picoseconds."""
    return sum(value * (until - start) for (start, value), (until, _) in zip(points, points[1:] + [(end, None)]))


class Vcd:
    """Signals of a value change dump: {(scope, name): [(time, value)]}, values as text. ValueError if the file is none."""

    def __init__(self, text):
        head, separator, body = text.partition("$enddefinitions $end\n")
        if not separator:
            raise ValueError("no $enddefinitions")
        if "$timescale 1 ps $end" not in head:
            raise ValueError("no timescale of 1 ps")
        self.types, self.signals, self.end = {}, {}, None
        scope, by_code = [], {}
        for line in head.splitlines():
            words = line.split()
            if words[:1] == ["$scope"]:
                if len(words) != 4 or words[1] != "module":
                    raise ValueError(f"bad scope: {line}")
                scope.append(words[2])
            elif words[:1] == ["$upscope"]:
                scope.pop()
            elif words[:1] == ["$var"]:
                _, form, _width, code, name, last = words
                key = "/".join(scope[1:]), name
                if last != "$end" or key in self.signals or code in by_code or not re.fullmatch(r"[A-Za-z_]\w*", name):
                    raise ValueError(f"bad variable: {line}")
                by_code[code] = key
                self.types[key], self.signals[key] = form, []
        if scope:
            raise ValueError("a scope is not closed")
        now, dumped = None, False
        for line in body.splitlines():
            if line.startswith("#"):
                if now is not None and int(line[1:]) <= now:
                    raise ValueError(f"time goes back at {line}")
                now = int(line[1:])
            elif line in ("$dumpvars", "$end"):
                dumped = True
            elif now is None or not dumped:
                raise ValueError(f"a value before its time: {line}")
            else:
                match = re.fullmatch(r"([01xz])(\S+)|b([01]+) (\S+)|r(\S+) (\S+)", line)
                if not match:
                    raise ValueError(f"no value change: {line}")
                code = match[2] or match[4] or match[6]
                if code not in by_code:
                    raise ValueError(f"unknown signal in {line}")
                key = by_code[code]
                wanted = {"wire": 1, "event": 1, "integer": 3, "real": 5}[self.types[key]]
                if match[wanted] is None:
                    raise ValueError(f"a {self.types[key]} cannot be {line}")
                values = self.signals[key]
                if values and values[-1][0] == now and self.types[key] != "event":
                    raise ValueError(f"{key} changes twice at {now} ps")
                if values and self.types[key] == "wire" and values[-1][1] == match[1]:
                    raise ValueError(f"{key} does not change at {now} ps")
                values.append((now, match[wanted]))
        self.end = now
        for key, values in self.signals.items():
            if self.types[key] != "event" and not values:
                raise ValueError(f"{key} has no first value")

    def high_time(self, scope, name):
        """Picoseconds a wire is 1."""
        return self.integral(scope, name)

    def integral(self, scope, name):
        """Of a wire or a depth over time, in picoseconds."""
        values = self.signals[scope, name]
        base = 2
        total = 0
        for (start, value), (end, _) in zip(values, values[1:] + [(self.end, None)]):
            total += int(value, base) * (end - start)
        return total


def vcd_problems(text):
    try:
        Vcd(text)
    except (ValueError, KeyError, IndexError) as error:
        return [str(error)]
    return []
