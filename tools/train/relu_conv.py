#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a small ReLU network with convolutions, a residual connection and a pool for the digits, and writes its integer folder.

  relu_conv.py --out scenarios/networks/digits_conv

input 1x28x28 - conv 3x3/2 (8, bias) - relu - [conv 3x3 (8, bias) + skip] - relu - sum pool 2x2 - linear 392-10 (bias). numpy alone:
gradients are written out. Equal seeds give equal weights on one machine. Training is in float; weights become int8 and activations
int8 of at most 127 afterwards, with ranges taken from training samples.
"""
import argparse
import json
import os
import sys

import numpy as np

import data
import network_folder

TRAIN, VALID = 2700, 300
CHANNELS, CLASSES = 8, 10


def columns(x, stride):
    """Windows of 3 x 3 with one row of padding: [B][C*9][H'*W'] of x [B][C][H][W]."""
    b, c, h, w = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    oh, ow = (h - 1) // stride + 1, (w - 1) // stride + 1
    taps = [padded[:, :, ky:ky + stride * oh:stride, kx:kx + stride * ow:stride][:, :, :oh, :ow] for ky in range(3) for kx in range(3)]
    return np.stack(taps, 2).reshape(b, c * 9, oh * ow)


def scatter(grad, shape, stride):
    """The transpose of columns()."""
    b, c, h, w = shape
    oh, ow = (h - 1) // stride + 1, (w - 1) // stride + 1
    padded = np.zeros((b, c, h + 2, w + 2), grad.dtype)
    grad = grad.reshape(b, c, 9, oh, ow)
    for k in range(9):
        padded[:, :, k // 3:k // 3 + stride * oh:stride, k % 3:k % 3 + stride * ow:stride][:, :, :oh, :ow] += grad[:, :, k]
    return padded[:, :, 1:-1, 1:-1]


def forward(p, x):
    """Scores, and what the gradients need."""
    a = columns(x, 2)
    u1 = np.einsum("ok,bkn->bon", p["w1"], a) + p["b1"][:, None]
    y1 = np.maximum(u1, 0)
    b = columns(y1.reshape(len(x), CHANNELS, 14, 14), 1)
    u2 = np.einsum("ok,bkn->bon", p["w2"], b) + p["b2"][:, None] + y1
    y2 = np.maximum(u2, 0)
    pool = y2.reshape(len(x), CHANNELS, 7, 2, 7, 2).sum((3, 5)).reshape(len(x), -1)
    return pool @ p["w3"].T + p["b3"], (a, u1, y1, b, u2, y2, pool)


def gradients(p, x, labels):
    scores, (a, u1, y1, b, u2, _, pool) = forward(p, x)
    e = np.exp(scores - scores.max(1, keepdims=True))
    soft = e / e.sum(1, keepdims=True)
    loss = -np.log(soft[np.arange(len(x)), labels] + 1e-9).mean()
    d = soft
    d[np.arange(len(x)), labels] -= 1
    d /= len(x)
    g = {"w3": d.T @ pool, "b3": d.sum(0)}
    d = (d @ p["w3"]).reshape(len(x), CHANNELS, 7, 1, 7, 1)
    d = np.broadcast_to(d, (len(x), CHANNELS, 7, 2, 7, 2)).reshape(len(x), CHANNELS, -1) * (u2 > 0)
    g["w2"], g["b2"] = np.einsum("bon,bkn->ok", d, b), d.sum((0, 2))
    d1 = scatter(np.einsum("ok,bon->bkn", p["w2"], d), (len(x), CHANNELS, 14, 14), 1).reshape(len(x), CHANNELS, -1) + d
    d1 = d1 * (u1 > 0)
    g["w1"], g["b1"] = np.einsum("bon,bkn->ok", d1, a), d1.sum((0, 2))
    return loss, g


def accuracy(p, x, labels):
    return float((np.concatenate([forward(p, x[i:i + 100])[0] for i in range(0, len(x), 100)]).argmax(1) == labels).mean())


def train(x, labels, epochs, rate, seed):
    random = np.random.default_rng(seed)
    p = {"w1": random.normal(0, (2 / 9) ** 0.5, (CHANNELS, 9)), "b1": np.zeros(CHANNELS),
         "w2": random.normal(0, (1 / (9 * CHANNELS)) ** 0.5, (CHANNELS, 9 * CHANNELS)), "b2": np.zeros(CHANNELS),
         "w3": random.normal(0, 0.02, (CLASSES, CHANNELS * 49)), "b3": np.zeros(CLASSES)}
    p = {k: v.astype(np.float32) for k, v in p.items()}
    m, s = {k: np.zeros_like(v) for k, v in p.items()}, {k: np.zeros_like(v) for k, v in p.items()}
    best, kept, step, batch = -1.0, None, 0, 50
    for epoch in range(epochs):
        order, total = random.permutation(TRAIN), 0.0
        for i in range(0, TRAIN, batch):
            loss, g = gradients(p, x[order[i:i + batch]], labels[order[i:i + batch]])
            total, step = total + loss, step + 1
            now = rate * (1 - step * batch / (epochs * TRAIN))
            for k in p:
                m[k] = 0.9 * m[k] + 0.1 * g[k]
                s[k] = 0.999 * s[k] + 0.001 * g[k] ** 2
                p[k] -= (now * (m[k] / (1 - 0.9**step)) / (np.sqrt(s[k] / (1 - 0.999**step)) + 1e-8)).astype(np.float32)
        score = accuracy(p, x[TRAIN:], labels[TRAIN:])
        print(f"epoch {epoch + 1}/{epochs}: loss {total * batch / TRAIN:.3f}, validation {score:.4f}", file=sys.stderr, flush=True)
        if score >= best:
            best, kept = score, {k: v.copy() for k, v in p.items()}
    return kept


def levels_of(w):
    scale = float(np.abs(w).max()) / 127
    return np.clip(np.rint(w / scale), -127, 127).astype(np.int8), scale


def write(folder, p, x):
    """Integers: y = scale * level. The skip joins in the unit of the second convolution's sums."""
    os.makedirs(folder, exist_ok=True)
    _, (_, _, y1, _, _, y2, pool) = forward(p, x)
    s0, s1, s2 = 1 / 127, float(np.quantile(y1, 0.9999)) / 127, float(np.quantile(y2, 0.9999)) / 127
    s3 = float(np.quantile(pool, 0.9999)) / 127
    (l1, k1), (l2, k2), (l3, k3) = levels_of(p["w1"]), levels_of(p["w2"]), levels_of(p["w3"])
    nodes = []

    def add(name, op, sources, shapes, signals, scale, **more):
        edges = [{"from": source, "delay": 0, **({} if ratio is None else dict(zip(("multiplier", "shift"), network_folder.multiplier_of(ratio))))}
                 for source, ratio in sources]
        nodes.append({"name": name, "op": op, **({"inputs": edges} if edges else {}), "in": shapes[0], "out": shapes[1],
                      "input_signal": signals[0], "signal": signals[1], "scale": scale, **more})

    def weights(name, level, scale, shape, bias, unit):
        np.save(os.path.join(folder, f"{name}.weight.npy"), np.ascontiguousarray(level.reshape(shape)))
        np.save(os.path.join(folder, f"{name}.bias.npy"), np.rint(bias / unit).astype(np.int32))
        return {"weight": {"file": f"{name}.weight.npy", "scale": scale, "zero": 0}, "bias": {"file": f"{name}.bias.npy"}}

    def window(kernel, stride, padding):
        return {"params": {"kernel": [kernel] * 2, "stride": [stride] * 2, "pad_before": [padding] * 2, "pad_after": [padding] * 2,
                           "dilation": [1, 1], "groups": 1}}

    def relu(ratio):
        multiplier, shift = network_folder.multiplier_of(ratio)
        return {"params": {"multiplier": multiplier, "shift": shift}}

    image, map_, small = [1, 28, 28], [CHANNELS, 14, 14], [CHANNELS, 7, 7]
    add("input", "input", [], (image, image), ("int8", "int8"), 255 * s0)  # samples are pixels 0..255
    add("conv1", "conv2d", [("input", None)], (image, map_), ("int8", "int32"), s0 * k1, **window(3, 2, 1),
        **weights("conv1", l1, k1 / 255, (CHANNELS, 1, 3, 3), p["b1"], s0 * k1))
    add("relu1", "relu", [("conv1", None)], (map_, map_), ("int32", "int8"), s1, **relu(s0 * k1 / s1))
    add("conv2", "conv2d", [("relu1", None)], (map_, map_), ("int8", "int32"), s1 * k2, **window(3, 1, 1),
        **weights("conv2", l2, k2, (CHANNELS, CHANNELS, 3, 3), p["b2"], s1 * k2))
    add("add", "add", [("conv2", None), ("relu1", 1 / k2)], (map_, map_), ("int32", "int32"), s1 * k2)
    add("relu2", "relu", [("add", None)], (map_, map_), ("int32", "int8"), s2, **relu(s1 * k2 / s2))
    add("pool", "sum_pool2d", [("relu2", None)], (map_, small), ("int8", "int32"), s2, **window(2, 2, 0))
    add("flatten", "flatten", [("pool", None)], (small, [CHANNELS * 49]), ("int32", "int32"), s2)
    add("fc", "linear", [("flatten", s2 / s3)], ([CHANNELS * 49], [CLASSES]), ("int8", "int32"), s3 * k3,
        **weights("fc", l3, k3, (CLASSES, CHANNELS * 49), p["b3"], s3 * k3))
    add("output", "output", [("fc", None)], ([CLASSES], [CLASSES]), ("int32", "int32"), s3 * k3)
    manifest = {"format": "snn-network-v1", "name": "digits-conv", "dt": 1e-4, "reset": "to_v_reset", "if_gain": 1.0, "bits": 8,
                "nodes": nodes}
    with open(os.path.join(folder, "manifest.json"), "w") as file:
        json.dump(manifest, file, indent=1)
        file.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, default=5e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True, help="folder to write")
    args = parser.parse_args()
    images, labels = data.digit_images(False, TRAIN + VALID)
    x = (images[:, None] / 255).astype(np.float32)
    p = train(x, labels.astype(np.int64), args.epochs, args.rate, args.seed)
    write(args.out, p, x[:500])
    folder = os.path.join(data.ROOT, "scenarios", "networks", "digits")
    with np.load(os.path.join(folder, "images.npz")) as stored:
        held_out = (stored["images"][:, None] / 255).astype(np.float32)
    print(f"held out, float: {accuracy(p, held_out, np.load(os.path.join(folder, 'labels.npy'))):.4f}")


if __name__ == "__main__":
    main()
