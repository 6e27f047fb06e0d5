#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An evaluator of points whose best ones are known: reads {id, params} lines, answers {id, values}.

usage: landscapes.py quadratic | rastrigin | schaffer | hostile KIND
"""
import json
import math
import os
import sys
import time


def quadratic(p):
    """Separable on integers and one word; least, 1, at x = (3, 17, 8), kind = ring."""
    return {"cost": 1 + (p["a"] - 3) ** 2 + 2 * (p["b"] - 17) ** 2 + 3 * (p["c"] - 8) ** 2
            + {"bus": 40, "mesh": 25, "ring": 0, "tree": 60}[p["kind"]]}


def rastrigin(p):
    """Many local optima, one at each whole number; least, 0, at (1, -2, 0)."""
    return {"cost": sum(z * z + 10 - 10 * math.cos(2 * math.pi * z) for z in (p["x"] - 1, p["y"] + 2, p["z"]))}


def schaffer(p):
    """Schaffer's first problem with a detour: the front is 0 <= x <= 2 with y = 0."""
    return {"left": p["x"] ** 2 + p["y"], "right": (p["x"] - 2) ** 2 + p["y"]}


def hostile(kind, line, request):
    """What an evaluator should not do, from the third question on."""
    if request["id"] < 2:
        return json.dumps({"id": request["id"], "values": {"cost": request["id"] + 1}})
    if kind == "dies":
        sys.exit(7)
    if kind == "killed":
        os.kill(os.getpid(), 9)
    if kind == "hangs":
        time.sleep(60)
    return {"garbage": "Traceback (most recent call last):", "other_id": '{"id": 12345, "values": {"cost": 1}}', "echo": line.strip(),
            "no_number": json.dumps({"id": request["id"], "values": {"cost": "low"}}), "nothing": json.dumps({"id": request["id"], "values": {}}),
            "array": "[1, 2]", "error": json.dumps({"id": request["id"], "error": "does not fit"})}[kind]


def main():
    # How often it was asked, for those who want to know that nothing is asked twice.
    log = os.environ.get("SNNVP_TEST_ASKED")
    for line in sys.stdin:
        request = json.loads(line)
        if log:
            with open(log, "a", encoding="utf-8") as f:
                f.write(json.dumps(request["params"]) + "\n")
        if sys.argv[1] == "hostile":
            print(hostile(sys.argv[2], line, request), flush=True)
            continue
        values = {"quadratic": quadratic, "rastrigin": rastrigin, "schaffer": schaffer}[sys.argv[1]](request["params"])
        print(json.dumps({"id": request["id"], "values": values}), flush=True)


if __name__ == "__main__":
    main()
