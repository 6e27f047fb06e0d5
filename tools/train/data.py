# SPDX-License-Identifier: Apache-2.0
"""Training sets, made once and kept in a cache folder (default out/train), and the linear baselines of both tasks."""
import os

import numpy as np

import digits
import shapes

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.join(ROOT, "out", "train")


def _cached(name, make):
    path = os.path.join(CACHE, name + ".npz")
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
    packed, labels = _cached(f"shapes_{'held_out' if held_out else 'training'}_{count}", make)
    size = count * shapes.STEPS * 2 * shapes.SIZE**2
    return np.unpackbits(packed)[:size].reshape(count, shapes.STEPS, 2, shapes.SIZE, shapes.SIZE), labels


def digit_images(held_out, count):
    """(images uint8 [count][28][28], labels)."""
    return _cached(f"digits_{'held_out' if held_out else 'training'}_{count}", lambda: digits.split(held_out, count))


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
