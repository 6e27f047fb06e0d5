#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Structure of the CMSIS-SVD 1.3 and IEEE 1685-2014 files that `snnvp regs` and `snnvp map` write, against `describe --json`.

The order of elements is that of the two schemas: a file with an element out of order is refused by the tools that read it.
"""
import functools
import json
import subprocess
import sys
import unittest
import xml.etree.ElementTree as xml

SNNVP = sys.argv.pop(1)
IPXACT = "{http://www.accellera.org/XMLSchema/IPXACT/1685-2014}"

ORDER = {
    "device": ["vendor", "name", "version", "description", "addressUnitBits", "width", "size", "peripherals"],
    "peripheral": ["name", "version", "description", "baseAddress", "size", "access", "addressBlock", "interrupt", "registers"],
    "addressBlock": ["offset", "size", "usage"],
    "interrupt": ["name", "description", "value"],
    "register": ["dim", "dimIncrement", "name", "description", "addressOffset", "size", "access", "resetValue", "resetMask",
                 "modifiedWriteValues", "writeConstraint", "readAction", "fields"],
    "field": ["name", "description", "bitRange", "access", "modifiedWriteValues", "writeConstraint", "readAction"],
    IPXACT + "component": [IPXACT + n for n in ("vendor", "library", "name", "version", "memoryMaps")],
    IPXACT + "memoryMap": [IPXACT + n for n in ("name", "description", "addressBlock", "addressUnitBits")],
    IPXACT + "addressBlock": [IPXACT + n for n in ("name", "description", "baseAddress", "range", "width", "usage", "register",
                                                   "registerFile")],
    IPXACT + "registerFile": [IPXACT + n for n in ("name", "description", "dim", "addressOffset", "range", "register")],
    IPXACT + "register": [IPXACT + n for n in ("name", "description", "dim", "addressOffset", "size", "access", "field")],
    IPXACT + "field": [IPXACT + n for n in ("name", "description", "bitOffset", "resets", "bitWidth", "access", "modifiedWriteValue",
                                            "writeValueConstraint", "readAction")],
}
UNORDERED = {IPXACT + "addressBlock": [IPXACT + "register", IPXACT + "registerFile"]}  # a choice: either may follow the other
SVD_ACCESS = {"ro": "read-only", "rc": "read-only", "wo": "write-only", "rw": "read-write", "w1c": "read-write", "w1s": "read-write"}
WRITES = {"w1c": "oneToClear", "w1s": "oneToSet"}


@functools.lru_cache(maxsize=None)
def run(*arguments):
    return subprocess.run([SNNVP, *arguments], check=True, capture_output=True, text=True).stdout


def kinds():
    return [k["kind"] for k in json.loads(run("list", "--json"))["kinds"]]


def described(kind):
    return json.loads(run("describe", kind, "--json"))["registers"]


class Exports(unittest.TestCase):
    def check_order(self, element):
        order = ORDER.get(element.tag)
        if order is not None:
            tags = [child.tag for child in element]
            for tag in tags:
                self.assertIn(tag, order, element.tag)
            free = UNORDERED.get(element.tag, [])
            places = [order.index(free[0]) if tag in free else order.index(tag) for tag in tags]
            self.assertEqual(places, sorted(places), element.tag)
        for child in element:
            self.check_order(child)

    def setUp(self):
        self.kinds = [kind for kind in kinds() if described(kind)]
        self.assertGreaterEqual(len(self.kinds), 7)

    def test_svd(self):
        for kind in self.kinds:
            with self.subTest(kind=kind):
                root = xml.fromstring(run("regs", kind, "--format", "svd").encode())
                self.assertEqual((root.tag, root.get("schemaVersion")), ("device", "1.3"))
                self.check_order(root)
                found = {}
                for peripheral in root.iter("peripheral"):
                    for register in peripheral.iter("register"):
                        name = register.findtext("name")
                        self.assertEqual(name.endswith("[%s]"), register.find("dim") is not None)
                        found[peripheral.findtext("name").lower(), name.replace("[%s]", "")] = register
                want = described(kind)
                self.assertEqual(len(found), len(want))
                for spec in want:
                    register = next(r for (bank, name), r in found.items()
                                    if name == spec["name"] and bank in (spec.get("bank"), kind.split(".")[-1]))
                    self.assertEqual(int(register.findtext("addressOffset"), 0), spec["offset"])
                    self.assertEqual(int(register.findtext("resetValue"), 0), spec["reset"])
                    self.assertEqual(register.findtext("access"), SVD_ACCESS[spec["access"]])
                    self.assertEqual(register.findtext("modifiedWriteValues"), WRITES.get(spec["access"]))
                    self.assertEqual(int(register.findtext("dim", "1")), spec.get("count", 1))
                    size, mask = int(register.findtext("size")), int(register.findtext("resetMask"), 0)
                    bits = 0
                    for field in register.iter("field"):
                        high, low = map(int, field.findtext("bitRange").strip("[]").split(":"))
                        self.assertTrue(low <= high < size)
                        own = (1 << high + 1) - (1 << low)
                        self.assertEqual(bits & own, 0, "fields share bits")
                        bits |= own
                    if bits:
                        self.assertEqual(bits, mask)

    def test_ipxact(self):
        for kind in self.kinds:
            with self.subTest(kind=kind):
                root = xml.fromstring(run("regs", kind, "--format", "ipxact").encode())
                self.assertEqual(root.tag, IPXACT + "component")
                self.check_order(root)
                vlnv = [root.findtext(IPXACT + n) for n in ("vendor", "library", "name", "version")]
                self.assertEqual(vlnv, ["snnvp", *kind.split("."), "1.0"])
                registers = list(root.iter(IPXACT + "register"))
                files = {id(r): f for f in root.iter(IPXACT + "registerFile") for r in f.iter(IPXACT + "register")}
                want = described(kind)
                self.assertEqual(sorted(r.findtext(IPXACT + "name") for r in registers), sorted(w["name"] for w in want))
                for spec in want:
                    register = next(r for r in registers if r.findtext(IPXACT + "name") == spec["name"])
                    place = files.get(id(register), register)
                    self.assertEqual(int(place.findtext(IPXACT + "addressOffset")), spec["offset"])
                    self.assertEqual(int(place.findtext(IPXACT + "dim", "1")), spec.get("count", 1))
                    fields = register.findall(IPXACT + "field")
                    self.assertTrue(fields)
                    reset = sum(int(f.find(f"{IPXACT}resets/{IPXACT}reset/{IPXACT}value").text) << int(f.findtext(IPXACT + "bitOffset"))
                                for f in fields)
                    self.assertEqual(reset, spec["reset"])
                    for field in fields:
                        self.assertEqual(field.findtext(IPXACT + "access"), SVD_ACCESS[spec["access"]])
                        self.assertEqual(field.findtext(IPXACT + "modifiedWriteValue"), WRITES.get(spec["access"]))

    def test_map_svd(self):
        root = xml.fromstring(run("map", "scenarios/quickstart.yaml", "--format", "svd").encode())
        self.check_order(root)
        bases = {p.findtext("name"): int(p.findtext("baseAddress"), 0) for p in root.iter("peripheral")}
        self.assertEqual(bases, {"SPIKEX": 0x10010000, "PROSPERITY": 0x10011000})


if __name__ == "__main__":
    unittest.main()
