# SPDX-License-Identifier: Apache-2.0
"""A part of a trace as SVG: the rows of some blocks, as a viewer shows them."""
import json
import re
import subprocess
import tempfile

COLOURS = {"job": "#57606a", "stage": "#d9541e", "link": "#4a90c4", "bus": "#3d8f5f", "irq": "#8250df", "chain": "#8c959f"}
LEFT, WIDTH, ROW, TOP = 250, 540, 17, 62


def rows_of(trace):
    """[(process, thread, category, [(start, end)] in us)] in the order of the file, overflow rows left out."""
    process = {e["pid"]: e["args"]["name"] for e in trace["traceEvents"] if e["name"] == "process_name"}
    thread = {(e["pid"], e["tid"]): e["args"]["name"] for e in trace["traceEvents"] if e["name"] == "thread_name"}
    rows = {key: [] for key in thread}
    category = {}
    for e in trace["traceEvents"]:
        if e["ph"] == "X":
            rows[e["pid"], e["tid"]].append((e["ts"], e["ts"] + e["dur"]))
            category[e["pid"], e["tid"]] = e["cat"]
    return [(process[key[0]], name, category.get(key, ""), rows[key]) for key, name in thread.items()
            if rows[key] and not re.search(r" \(\d+\)$", name)]


def merged(slices, least):
    """Slices with less than `least` between them are one bar: thousands of them are a few pixels."""
    bars = []
    for start, end in sorted(slices):
        if bars and start - bars[-1][1] < least:
            bars[-1][1] = max(bars[-1][1], end)
        else:
            bars.append([start, end])
    return bars


def trace_picture(root, program, scenario, window, wanted):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([*program, "run", scenario, "--quiet", "--trace", file.name, "--set", f"run.trace.window={window}"], cwd=root,
                       check=True, stdout=subprocess.DEVNULL)
        trace = json.load(open(file.name, encoding="utf-8"))
    first, last = (t / 1e6 for t in trace["otherData"]["window_ps"])
    rows = sorted((row for row in rows_of(trace) if row[0] in wanted), key=lambda row: wanted.index(row[0]))
    scale = WIDTH / (last - first)
    height = TOP + sum(ROW for _ in rows) + 14 * len({r[0] for r in rows}) + 34
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="820" height="{height}" viewBox="0 0 820 {height}" role="img" font-family="sans-serif" font-size="12">',
           "<title>Part of a trace: what an engine, the bus and the memory do at the same time</title>",
           f'<rect width="820" height="{height}" rx="8" fill="#ffffff" stroke="#d0d7de"/>',
           f'<text x="20" y="28" font-size="15" font-weight="bold" fill="#1f2328">{scenario}, {first:g} to {last:g} us</text>']
    y, process = TOP, None
    for name, thread, category, slices in rows:
        if name != process:
            y += 14
            out.append(f'<text x="20" y="{y}" font-weight="bold" fill="#1f2328">{name}</text>')
            process = name
            y += 2
        out.append(f'<text x="{LEFT - 10}" y="{y + 12}" text-anchor="end" fill="#1f2328">{thread.replace("<", "&lt;").replace(">", "&gt;")}</text>')
        for start, end in merged(slices, 0.6 / scale):
            out.append(f'<rect x="{LEFT + (start - first) * scale:.1f}" y="{y + 2}" width="{max(0.7, (end - start) * scale):.1f}" height="{ROW - 5}" '
                       f'fill="{COLOURS.get(category, "#8c959f")}"/>')
        y += ROW
    out.append(f'<text x="20" y="{height - 12}" fill="#57606a">Drawn by tools/docs/generate from the trace of that run.</text>')
    return "\n".join([*out, "</svg>", ""])
