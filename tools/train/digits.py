# SPDX-License-Identifier: Apache-2.0
"""Task "digits": drawings of the digits 0 to 9 on 28 x 28 pixels, made to look handwritten. All data is generated.

Each digit has one to three ways to be written, a few pen strokes through given points. A sample moves every point,
bends the paper (a coarse random displacement field), scales, shears, turns and shifts the drawing, chooses the pen's
width and pressure, adds specks, a stray stroke and noise, and is centred by its centre of mass. Spikes are rate coded:
a pixel of grey level g (0 to 1) fires in each of 16 steps with probability g / 2.
"""
import numpy as np

from streams import Stream, rotation

SIZE = 28
STEPS = 16
PEAK_RATE = 0.5
CLASSES = tuple("0123456789")
_HELD_OUT_SEED, _TRAINING_SEED = 21, 11

# Strokes in a box of 0..1 by 0..1 (y down); a stroke is a smooth curve through its points.
# A point that is repeated makes a corner.
_STYLES = {
    0: [["50,0 15,15 5,50 15,85 50,100 85,85 95,50 85,15 50,0"]],
    1: [["50,0 50,50 50,100"],
        ["25,22 55,0 55,0 55,50 55,100"],
        ["25,22 55,0 55,0 55,50 55,100", "25,100 85,100"]],
    2: [["10,25 25,5 55,0 85,12 88,35 60,62 8,100 8,100 50,100 95,98"],
        ["10,25 25,5 55,0 85,12 85,40 50,75 20,97 12,85 30,80 60,95 95,95"]],
    3: [["10,12 40,0 80,10 82,35 45,47 45,47 85,58 90,82 55,100 8,88"],
        ["10,0 50,0 88,0 88,0 45,40 45,40 85,52 90,80 55,100 8,90"]],
    4: [["65,0 35,35 5,68 5,68 50,68 98,68", "70,35 70,70 70,100"],
        ["20,0 12,30 12,52 12,52 45,55 80,50", "80,0 78,50 75,100"]],
    5: [["85,0 50,0 20,0 20,0 15,42 15,42 55,35 90,55 85,85 50,100 8,88"],
        ["20,0 18,22 15,45 15,45 60,38 90,62 75,92 40,100 8,88", "20,0 55,2 90,0"]],
    6: [["75,0 35,20 10,60 20,92 55,100 88,80 75,55 40,52 14,72"]],
    7: [["8,3 50,3 92,3 92,3 60,45 35,100"],
        ["8,3 50,3 92,3 92,3 60,45 35,100", "30,48 55,50 80,47"]],
    8: [["50,48 18,28 30,4 60,0 85,18 50,48 15,75 30,98 65,100 88,78 50,48"],
        ["80,15 50,0 20,18 48,45 85,70 70,96 35,100 12,78 45,50 78,28 80,15"]],
    9: [["85,30 60,55 25,45 15,22 40,2 75,5 85,30 85,30 82,65 70,100"],
        ["85,25 60,50 25,45 15,22 40,2 75,5 85,25 88,60 70,92 30,98"]],
}


def _control_points(text):
    return np.array([[float(v) / 100 for v in pair.split(",")] for pair in text.split()])


STYLES = {digit: [[_control_points(stroke) for stroke in style] for style in styles] for digit, styles in _STYLES.items()}
_PER_SPAN = 5  # straight pieces per span of a curve


def _curve(points):
    """Catmull-Rom curve through the points, as a line of straight pieces."""
    p = np.concatenate([points[:1], points, points[-1:]])
    pieces = [points[:1]]
    for i in range(len(points) - 1):
        a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
        if (b == c).all():
            continue
        # The tangent at a repeated point would round the corner: it points along the span instead.
        start = (c - a) * 0.5 if (a != b).any() else (c - b) * 0.5
        end = (d - b) * 0.5 if (d != c).any() else (c - b) * 0.5
        for k in range(1, _PER_SPAN + 1):
            s = k / _PER_SPAN
            s2, s3 = s * s, s * s * s
            pieces.append(((2 * s3 - 3 * s2 + 1) * b + (s3 - 2 * s2 + s) * start + (3 * s2 - 2 * s3) * c + (s3 - s2) * end)[None])
    return np.concatenate(pieces)


def _bend(points, field):
    """Moves points by a displacement field on a grid of 4 x 4 over the box, interpolated bilinearly."""
    at = np.minimum(np.maximum(points, 0.0), 0.999) * 3.0
    cell = at.astype(np.int64)
    fx, fy = (at - cell)[:, :1], (at - cell)[:, 1:]
    x, y = cell[:, 0], cell[:, 1]
    return points + (field[x, y] * (1 - fx) * (1 - fy) + field[x + 1, y] * fx * (1 - fy) +
                     field[x, y + 1] * (1 - fx) * fy + field[x + 1, y + 1] * fx * fy)


def _distance(lines):
    """Distance of each pixel's centre to the nearest of the lines, in pixels."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64).reshape(2, -1, 1)
    a = np.concatenate([line[:-1] for line in lines])
    b = np.concatenate([line[1:] for line in lines])
    abx, aby = b[:, 0] - a[:, 0], b[:, 1] - a[:, 1]
    along = ((x - a[:, 0]) * abx + (y - a[:, 1]) * aby) / (abx * abx + aby * aby + 1e-12)
    along = np.minimum(np.maximum(along, 0.0), 1.0)
    dx, dy = a[:, 0] + along * abx - x, a[:, 1] + along * aby - y
    return np.sqrt((dx * dx + dy * dy).min(axis=1)).reshape(SIZE, SIZE)


def _centred(image):
    """Shifts by whole pixels so that the centre of mass comes to the middle; what leaves the picture is lost."""
    weight = image.astype(np.int64)
    total, across = int(weight.sum()), np.arange(SIZE)
    out = np.zeros_like(image)
    dx, dy = ((total * (SIZE - 1) - 2 * int((weight.sum(axis=axis) * across).sum()) + total) // (2 * total) for axis in (0, 1))
    out[max(dy, 0):SIZE + min(dy, 0), max(dx, 0):SIZE + min(dx, 0)] = image[max(-dy, 0):SIZE - max(dy, 0), max(-dx, 0):SIZE - max(dx, 0)]
    return out


def sample(label, stream):
    """Grey levels of one drawing, uint8 [28][28]."""
    style = STYLES[label][stream.integer(len(STYLES[label]))]
    field = 0.055 * stream.bell(4, 4, 2)
    slant = stream.between(-0.35, 0.25)
    cos, sin = rotation(stream.between(-0.12, 0.12))
    height = stream.between(15.0, 21.0)
    width = height * stream.between(0.5, 0.9)
    shift = (SIZE - 1) / 2 + stream.between(-2.5, 2.5, 2)
    lines = []
    for points in style:
        repeated = np.concatenate([[False], (points[1:] == points[:-1]).all(axis=1)])
        moved = points + 0.035 * stream.bell(*points.shape)
        moved[repeated] = moved[np.nonzero(repeated)[0] - 1]
        line = _bend(_curve(moved), field) - 0.5
        x, y = line[:, 0] * width - slant * line[:, 1] * height, line[:, 1] * height
        lines.append(np.stack([cos * x - sin * y + shift[0], sin * x + cos * y + shift[1]], axis=1))
    pen = stream.between(0.55, 1.5)
    ink = np.minimum(np.maximum(pen + 0.6 - _distance(lines), 0.0) / 1.2, 1.0) * stream.between(0.7, 1.0)
    if stream.uniform() < 0.3:  # a stray stroke
        start = stream.between(0.0, SIZE - 1.0, 2)
        stray = [np.stack([start, start + stream.between(-6.0, 6.0, 2)])]
        ink = np.maximum(ink, 0.8 * np.minimum(np.maximum(1.0 - _distance(stray), 0.0), 1.0))
    specks = stream.uniform(SIZE, SIZE) < 0.01
    ink = np.where(specks, np.maximum(ink, stream.uniform(SIZE, SIZE)), ink)
    grain = np.where(ink > 0.0, 0.08 * stream.bell(SIZE, SIZE), 0.0)
    level = np.minimum(np.maximum(ink + grain, 0.0), 1.0)
    return _centred((level * 255.0 + 0.5).astype(np.uint8))


def split(held_out, count, first=0):
    """`count` samples as (images uint8 [count][28][28], labels). Training and held-out samples come from different streams."""
    name, seed = ("held-out", _HELD_OUT_SEED) if held_out else ("training", _TRAINING_SEED)
    labels = np.arange(first, first + count) % 10
    images = [sample(int(label), Stream(seed, "digits", name, first + i)) for i, label in enumerate(labels)]
    return np.array(images).reshape(-1, SIZE, SIZE), labels


def spikes(image, held_out, index):
    """Rate code of sample `index` of a split, uint8 [STEPS][28][28]."""
    name, seed = ("held-out", _HELD_OUT_SEED) if held_out else ("training", _TRAINING_SEED)
    draw = Stream(seed, "digits", name, index, "spikes").uniform(STEPS, SIZE, SIZE)
    return (draw * 255.0 < PEAK_RATE * image).astype(np.uint8)
