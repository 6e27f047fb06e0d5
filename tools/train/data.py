#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Training sets, made once and kept in out/train. Run as a program it prints the linear baselines of both tasks."""
import hashlib
import os

import numpy as np

import digits
import shapes
import streams

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.join(ROOT, "out", "train")


def _cached(generator, held_out, count, make):
    """Arrays that make() gives, kept in a file whose name follows from the generator's source."""
    source = hashlib.sha256()
    for module in (generator, streams):
        with open(module.__file__, "rb") as file:
            source.update(file.read())
    part = "held_out" if held_out else "training"
    path = os.path.join(CACHE, f"{generator.__name__}_{part}_{count}_{source.hexdigest()[:8]}.npz")
    if os.path.exists(path):
        with np.load(path) as stored:
            return [stored[key] for key in stored.files]
    arrays = make()
    os.makedirs(CACHE, exist_ok=True)
    part = f"{path}.{os.getpid()}.npz"
    np.savez_compressed(part, *arrays)
    os.replace(part, path)
    return arrays


def shape_frames(held_out, count):
    """(spikes uint8 [count][steps][2][24][24], labels)."""
    def make():
        events, labels = shapes.split(held_out, count)
        return [np.packbits(np.array([shapes.frames(e) for e in events])), labels]
    packed, labels = _cached(shapes, held_out, count, make)
    size = count * shapes.STEPS * 2 * shapes.SIZE**2
    return np.unpackbits(packed)[:size].reshape(count, shapes.STEPS, 2, shapes.SIZE, shapes.SIZE), labels


def digit_images(held_out, count):
    """(images uint8 [count][28][28], labels)."""
    return _cached(digits, held_out, count, lambda: digits.split(held_out, count))


def digit_spikes(images, held_out, first=0):
    """(spikes uint8 [count][steps][28][28]) of samples first, first + 1, ... of a split."""
    return np.array([digits.spikes(image, held_out, first + i) for i, image in enumerate(images)])


def linear_baseline(train, train_labels, test, test_labels, ridge):
    """Accuracy of a linear classifier (ridge regression on one-hot labels) on flattened samples: what the task gives away."""
    mean = train.mean(axis=0)
    x, y = train - mean, np.eye(train_labels.max() + 1)[train_labels]
    weight = np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ (y - y.mean(axis=0)))
    scores = (test - mean) @ weight + y.mean(axis=0)
    return float((scores.argmax(axis=1) == test_labels).mean())


def main():
    events, labels = shape_frames(False, 8000)
    test, test_labels = shape_frames(True, 2000)
    for bins, ridge in ((1, 30), (4, 300)):
        def flat(spikes):
            return spikes.reshape(len(spikes), bins, -1, 2 * shapes.SIZE**2).sum(axis=2, dtype=np.float64).reshape(len(spikes), -1)
        score = linear_baseline(flat(events[:7000]), labels[:7000], flat(test), test_labels, ridge)
        print(f"shapes, events in {bins} window(s) of time: {score:.4f}")
    images, labels = digit_images(False, 10000)
    test, test_labels = digit_images(True, 2000)
    flat = lambda x: x.reshape(len(x), -1) / 255
    print(f"digits, grey levels: {linear_baseline(flat(images[:9000]), labels[:9000], flat(test), test_labels, 100):.4f}")


if __name__ == "__main__":
    main()
