# SPDX-License-Identifier: Apache-2.0
"""Task "shapes": an event camera of 24 x 24 pixels looks at one moving shape. All data is generated.

Eight classes: {disc, square, triangle, cross} x {to the right, to the left}; class = 2 * shape + (moves left).
A sample lasts 1.6 ms, 16 steps of 100 us. Place, size, rotation, speed, slant of the path and contrast vary, and the
shape is as often darker than the background as brighter: the polarity of its leading edge does not tell where it goes.

The sensor follows the usual model of an event camera: a pixel remembers a log intensity and sends an event each time
the intensity has moved by its contrast threshold, stamped by linear interpolation between two rendered pictures.
Thresholds differ from pixel to pixel; there are noise events, and hot pixels.
"""
import numpy as np

from streams import Stream, rotation

SIZE = 24
STEPS = 16
STEP_US = 100
SHAPES = ("disc", "square", "triangle", "cross")
CLASSES = tuple(f"{shape}-{way}" for shape in SHAPES for way in ("right", "left"))

_PICTURES = 64  # rendered pictures per sample, 25 us apart
_THRESHOLD = 0.45
_HELD_OUT_SEED, _TRAINING_SEED = 20, 10
EVENT = np.dtype([("t", "<i4"), ("x", "<i2"), ("y", "<i2"), ("p", "<i1")])


def _coverage(shape, u, v, radius):
    """Share of a pixel that a shape of this radius covers, at coordinates relative to its centre: a soft edge, 1 pixel wide."""
    if shape == "disc":
        distance = np.sqrt(u * u + v * v) - radius
    elif shape == "square":
        distance = np.maximum(np.abs(u), np.abs(v)) - 0.88 * radius
    elif shape == "triangle":  # one corner up; edges at 60 degrees
        distance = np.maximum(v - 0.62 * radius, 0.8660254037844386 * np.abs(u) - 0.5 * v - 0.62 * radius)
    else:
        bar, arm = 0.36 * radius, 1.12 * radius
        distance = np.minimum(np.maximum(np.abs(u) - arm, np.abs(v) - bar), np.maximum(np.abs(u) - bar, np.abs(v) - arm))
    return np.minimum(np.maximum(0.5 - distance, 0.0), 1.0)


def sample(label, stream):
    """Events of one sample, sorted by time."""
    shape, left = SHAPES[label // 2], label % 2
    radius = stream.between(4.4, 5.8)
    cos, sin = rotation(stream.between(-0.11, 0.11))  # up to 12.5 degrees
    path = stream.between(7.0, 11.0)
    slant = stream.between(-0.3, 0.3)
    centre = stream.between(-2.2, 2.2, 2) + (SIZE - 1) / 2
    contrast = stream.between(0.7, 1.0) * (1 if stream.uniform() < 0.5 else -1)
    threshold = _THRESHOLD * (1.0 + 0.1 * stream.bell(SIZE, SIZE))
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)

    memory = None
    events = []
    interval = STEPS * STEP_US // _PICTURES
    for picture in range(_PICTURES + 1):
        way = (picture / _PICTURES - 0.5) * (-path if left else path)
        du, dv = x - (centre[0] + way), y - (centre[1] + slant * way)
        level = contrast * _coverage(shape, cos * du + sin * dv, cos * dv - sin * du, radius)
        if memory is None:
            memory = level.copy()  # the sensor has settled before the sample starts
            previous = level
            continue
        while True:
            change = level - memory
            fired = np.abs(change) >= threshold
            if not fired.any():
                break
            ys, xs = np.nonzero(fired)
            sign = np.where(change[fired] > 0, 1.0, -1.0)
            memory[fired] += sign * threshold[fired]
            move = level[fired] - previous[fired]
            part = (memory[fired] - previous[fired]) / np.where(move == 0, 1.0, move)
            t = (picture - 1 + np.minimum(np.maximum(part, 0.0), 0.999)) * interval
            events += zip(t.astype(np.int64).tolist(), xs.tolist(), ys.tolist(), (sign > 0).astype(int).tolist())
        previous = level
    for _ in range(8 + stream.integer(33)):  # background activity
        events.append((stream.integer(STEPS * STEP_US), stream.integer(SIZE), stream.integer(SIZE), stream.integer(2)))
    if stream.uniform() < 0.5:  # a hot pixel
        x, y = stream.integer(SIZE), stream.integer(SIZE)
        events += [(stream.integer(STEPS * STEP_US), x, y, 1) for _ in range(10)]
    return np.array(sorted(events), EVENT)


def split(held_out, count, first=0):
    """`count` samples as (list of event arrays, labels). Training and held-out samples come from different streams."""
    name, seed = ("held-out", _HELD_OUT_SEED) if held_out else ("training", _TRAINING_SEED)
    labels = np.arange(first, first + count) % len(CLASSES)
    return [sample(int(label), Stream(seed, "shapes", name, first + i)) for i, label in enumerate(labels)], labels


def frames(events):
    """Binary input of the network [STEPS][polarity][y][x], uint8: one or more events of a pixel in a step are one spike."""
    out = np.zeros((STEPS, 2, SIZE, SIZE), np.uint8)
    out[events["t"] // STEP_US, events["p"], events["y"], events["x"]] = 1
    return out
