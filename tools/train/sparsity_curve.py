#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Learnt sparsity at a die edge: trains the digit network 784-50-10 with a price on the spikes of its hidden layer and writes the curve.

  sparsity_curve.py --out scenarios/networks/digits_mlp/sparsity.csv

loss = cross-entropy + lambda * mean over hidden neurons of their rate, where the rate is the value over the largest one that the code can
say (x_max, held fixed at 4). The hidden layer is what crosses: it is evaluated behind the rate code with T = 8 steps, round(T x / x_max)
spikes, and so are the rate and the accuracy of the rows lambda,rate,accuracy. Training sees the same rounding with a straight-through
gradient. numpy alone; equal seeds give equal rows on one machine.
"""
import argparse
import sys

import numpy as np

import data

TRAIN, HELD_OUT, HIDDEN, T, X_MAX = 3000, 1000, 50, 8, 4.0
LAMBDAS = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0)


def coded(h):
    """The hidden values behind the code: multiples of x_max / T."""
    return np.minimum(np.floor(T * h / X_MAX + 0.5), T) * (X_MAX / T)


def forward(p, x):
    h = np.maximum(x @ p["w1"] + p["b1"], 0)
    return coded(h) @ p["w2"] + p["b2"], h


def measure(p, x, labels):
    scores, h = forward(p, x)
    return float((coded(h) / X_MAX).mean()), float((scores.argmax(1) == labels).mean())


def train(x, labels, price, epochs, seed):
    random = np.random.default_rng(seed)
    p = {"w1": random.normal(0, (2 / 784) ** 0.5, (784, HIDDEN)), "b1": np.zeros(HIDDEN),
         "w2": random.normal(0, (1 / HIDDEN) ** 0.5, (HIDDEN, 10)), "b2": np.zeros(10)}
    p = {k: v.astype(np.float32) for k, v in p.items()}
    m, s = {k: np.zeros_like(v) for k, v in p.items()}, {k: np.zeros_like(v) for k, v in p.items()}
    step, batch = 0, 50
    for _ in range(epochs):
        order = random.permutation(TRAIN)
        for i in range(0, TRAIN, batch):
            now, wanted = x[order[i:i + batch]], labels[order[i:i + batch]]
            scores, h = forward(p, now)
            e = np.exp(scores - scores.max(1, keepdims=True))
            d = e / e.sum(1, keepdims=True)
            d[np.arange(batch), wanted] -= 1
            d /= batch
            dh = (d @ p["w2"].T + price / (X_MAX * HIDDEN * batch)) * ((h > 0) & (h < X_MAX))
            g = {"w2": coded(h).T @ d, "b2": d.sum(0), "w1": now.T @ dh, "b1": dh.sum(0)}
            step += 1
            rate = 3e-3 * (1 - step * batch / (epochs * TRAIN + batch))
            for k in p:
                m[k] = 0.9 * m[k] + 0.1 * g[k]
                s[k] = 0.999 * s[k] + 0.001 * g[k] ** 2
                p[k] -= (rate * (m[k] / (1 - 0.9**step)) / (np.sqrt(s[k] / (1 - 0.999**step)) + 1e-8)).astype(np.float32)
    return p


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True, help="CSV to write")
    args = parser.parse_args()
    images, labels = data.digit_images(False, TRAIN)
    x, labels = (images.reshape(len(images), -1) / 255).astype(np.float32), labels.astype(np.int64)
    test, test_labels = data.digit_images(True, HELD_OUT)
    held_out, held_out_labels = (test.reshape(len(test), -1) / 255).astype(np.float32), test_labels.astype(np.int64)
    with open(args.out, "w") as file:
        file.write("# hidden layer of 784-50-10 on generated digits, rate code with T = 8; tools/train/sparsity_curve.py\n")
        file.write("lambda,rate,accuracy\n")
        for price in LAMBDAS:
            rate, accuracy = measure(train(x, labels, price, args.epochs, args.seed), held_out, held_out_labels)
            print(f"lambda {price}: rate {rate:.4f}, accuracy {accuracy:.4f}", file=sys.stderr, flush=True)
            file.write(f"{price:g},{rate:.5f},{accuracy:.4f}\n")


if __name__ == "__main__":
    main()
