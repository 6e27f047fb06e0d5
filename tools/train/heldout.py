#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The held-out samples that ship with a network: writes them, reads them, and checks that the generator still gives the same bytes.

  heldout.py scenarios/networks/shapes --write
  heldout.py scenarios/networks/digits --check

shapes  events.csv: t,x,y,p (us), one recording; sample i is the window of 1600 us that starts at 1600 i us. labels.csv: one label a line.
digits  spikes.npz: `spikes` uint8 [sample][step][1][28][28]; images.npz: `images` uint8 [sample][28][28], the same drawings in
        grey levels; labels.npy: int64. calibration.npz: `images` of the first 100 training samples, for tools that calibrate.

Needs numpy alone.
"""
import argparse
import io
import os
import sys
import zipfile

import numpy as np

import digits
import shapes

SAMPLES = {"shapes": 120, "digits": 200}
CALIBRATION = 100
_WINDOW_US = shapes.STEPS * shapes.STEP_US


def _npy(array):
    out = io.BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return out.getvalue()


def npz(**arrays):
    """Bytes of an npz file without time stamps; the same arrays give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, _npy(array), zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def make(task, count=None):
    """{file name: bytes} of the first held-out samples of a task; by default as many as ship."""
    count = count or SAMPLES[task]
    if task == "shapes":
        events, labels = shapes.split(True, count)
        rows = [f"{t + i * _WINDOW_US},{x},{y},{p}\n" for i, sample in enumerate(events) for t, x, y, p in sample.tolist()]
        return {"events.csv": ("t,x,y,p\n" + "".join(rows)).encode(),
                "labels.csv": ("label\n" + "".join(f"{v}\n" for v in labels)).encode()}
    images, labels = digits.split(True, count)
    spikes = np.array([digits.spikes(image, True, i) for i, image in enumerate(images)])[:, :, None]
    return {"spikes.npz": npz(spikes=spikes), "images.npz": npz(images=images), "labels.npy": _npy(labels.astype(np.int64)),
            "calibration.npz": npz(images=digits.split(False, CALIBRATION)[0])}


def read(folder):
    """(spikes uint8 [sample][step][channel][y][x], labels) of a shipped folder."""
    if os.path.exists(os.path.join(folder, "spikes.npz")):
        with np.load(os.path.join(folder, "spikes.npz")) as stored:
            return stored["spikes"], np.load(os.path.join(folder, "labels.npy"))
    labels = np.loadtxt(os.path.join(folder, "labels.csv"), np.int64, skiprows=1, ndmin=1)
    t, x, y, p = np.loadtxt(os.path.join(folder, "events.csv"), np.int64, delimiter=",", skiprows=1, unpack=True)
    spikes = np.zeros((len(labels) * shapes.STEPS, 2, shapes.SIZE, shapes.SIZE), np.uint8)
    spikes[t // shapes.STEP_US, p, y, x] = 1
    return spikes.reshape(len(labels), shapes.STEPS, 2, shapes.SIZE, shapes.SIZE), labels


def same(stored, made):
    """Equal bytes, except that another zlib may compress npz members differently: there the arrays count."""
    if stored == made:
        return True
    try:
        with np.load(io.BytesIO(stored)) as a, np.load(io.BytesIO(made)) as b:
            return a.files == b.files and all(a[k].dtype == b[k].dtype and np.array_equal(a[k], b[k]) for k in a.files)
    except (ValueError, AttributeError, TypeError, OSError):
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="its last name is the task: shapes or digits")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true")
    action.add_argument("--check", action="store_true", help="exit code 1 if a file differs from what the generator gives")
    args = parser.parse_args()
    task = os.path.basename(os.path.abspath(args.folder))
    if task not in SAMPLES:
        parser.error(f"{args.folder}: the folder must be called shapes or digits")
    bad = []
    for name, content in make(task).items():
        path = os.path.join(args.folder, name)
        if args.write:
            os.makedirs(args.folder, exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
            continue
        with open(path, "rb") as file:
            if not same(file.read(), content):
                bad.append(name)
    if bad:
        print(f"{task}: {', '.join(bad)} differ from what the generator gives", file=sys.stderr)
    elif args.check:
        print(f"{task}: {SAMPLES[task]} held-out samples, as the generator gives them")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
