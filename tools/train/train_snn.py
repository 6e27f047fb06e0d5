#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a spiking network of this project and writes it as NIR.

  train_snn.py shapes --out network.nir
  train_snn.py digits --out network.nir

Surrogate gradients through time: forward, a neuron is exactly NIR's LIF with forward Euler and a hard reset
(v += (dt/tau) ((v_leak - v) + r x), spike if v > threshold, then v = 0); backward, the step is a fast sigmoid. The class is the
output neuron with most spikes. Needs torch (Debian: python3-torch). Equal seeds give equal weights on one machine.
"""
import argparse
import os
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import data
import digits
import nir_file
import shapes

DT = 1e-4         # s, the step of a network that says nothing else
BETA = 0.875      # membrane factor per step, 1 - 2^-3
THRESHOLD = 1.0
VALIDATION_DRAW = 65535  # stands for the epoch where spikes are drawn for validation


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, over):
        ctx.save_for_backward(over)
        return (over > 0).to(over.dtype)

    @staticmethod
    def backward(ctx, grad):
        (over,) = ctx.saved_tensors
        return grad / (1.0 + 4.0 * over.abs()) ** 2


def lif(inputs):
    """Spikes [T][B]... of LIF neurons driven by inputs of the same shape."""
    v, out = torch.zeros_like(inputs[0]), []
    for x in inputs:
        v = v + (1.0 - BETA) * (-v + x / (1.0 - BETA))
        spike = Spike.apply(v - THRESHOLD)
        v = v * (1.0 - spike.detach())
        out.append(spike)
    return torch.stack(out)


def per_step(layer, spikes):
    """Applies a layer without state to all steps at once."""
    return layer(spikes.flatten(0, 1)).unflatten(0, spikes.shape[:2])


class ShapesNet(nn.Module):
    """24 x 24 x 2 -> conv 8, stride 2 -> LIF -> conv 16, stride 2 -> LIF -> linear 8 -> LIF.

    No biases, and strides instead of pools: every connection sees spikes.
    """

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 8, 3, stride=2, padding=1, bias=False)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False)
        self.fc = nn.Linear(16 * 6 * 6, len(shapes.CLASSES), bias=False)
        for layer, gain in ((self.conv1, 3.0), (self.conv2, 2.5), (self.fc, 1.5)):
            layer.weight.data *= gain

    def forward(self, x):
        a = lif(per_step(self.conv1, x))
        b = lif(per_step(self.conv2, a))
        return lif(per_step(self.fc, b.flatten(2))), (a, b)

    def nodes(self):
        w = {name: value.detach().numpy() for name, value in self.named_parameters()}
        neurons = lambda *shape: nir_file.lif(shape, BETA, THRESHOLD, DT)
        return [("input", nir_file.input_node((2, 24, 24))), ("conv1", nir_file.conv2d(w["conv1.weight"], (24, 24), 2, 1)),
                ("lif1", neurons(8, 12, 12)), ("conv2", nir_file.conv2d(w["conv2.weight"], (12, 12), 2, 1)), ("lif2", neurons(16, 6, 6)),
                ("flatten", nir_file.flatten((16, 6, 6))), ("fc", nir_file.linear(w["fc.weight"])), ("lif3", neurons(8)),
                ("output", nir_file.output_node((8,)))]


class DigitsNet(nn.Module):
    """784 -> 96 -> LIF -> 10 -> LIF, without biases."""

    hidden = 96

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, self.hidden, bias=False)
        self.fc2 = nn.Linear(self.hidden, 10, bias=False)
        self.fc1.weight.data *= 2.0
        self.fc2.weight.data *= 1.5

    def forward(self, x):
        a = lif(per_step(self.fc1, x.flatten(2)))
        return lif(per_step(self.fc2, a)), (a,)

    def nodes(self):
        w = {name: value.detach().numpy() for name, value in self.named_parameters()}
        neurons = lambda *shape: nir_file.lif(shape, BETA, THRESHOLD, DT)
        return [("input", nir_file.input_node((1, 28, 28))), ("flatten", nir_file.flatten((1, 28, 28))),
                ("fc1", nir_file.linear(w["fc1.weight"])), ("lif1", neurons(self.hidden)),
                ("fc2", nir_file.linear(w["fc2.weight"])), ("lif2", neurons(10)), ("output", nir_file.output_node((10,)))]


class ShapesTask:
    steps = shapes.STEPS
    train_count, valid_count, epochs, rate, net = 7000, 1000, 12, 5e-3, ShapesNet
    activity = 0.5  # weight of the mean firing rate in the loss

    def load(self):
        self.frames, self.labels = data.shape_frames(False, self.train_count + self.valid_count)

    def batch(self, index, epoch):
        return self.frames[index]

    def held_out(self, count):
        return data.shape_frames(True, count)


class DigitsTask:
    steps = digits.STEPS
    train_count, valid_count, epochs, rate, net = 9000, 1000, 14, 3e-3, DigitsNet
    activity = 0.2

    def load(self):
        self.images, self.labels = data.digit_images(False, self.train_count + self.valid_count)

    def batch(self, index, epoch):
        # Fresh spikes in every epoch, from the same rate; in training the drawing is moved by up to a pixel.
        random = np.random.default_rng([11, epoch, int(index[0])])
        images = self.images[index]
        if epoch != VALIDATION_DRAW:
            padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
            images = np.stack([image[y:y + 28, x:x + 28] for image, (y, x) in zip(padded, random.integers(0, 3, (len(index), 2)))])
        return (random.random((len(index), digits.STEPS, 28, 28), np.float32) * 255 < digits.PEAK_RATE * images[:, None]).astype(np.uint8)

    def held_out(self, count):
        images, labels = data.digit_images(True, count)
        return data.digit_spikes(images, True), labels


def to_steps(batch):
    """[B][T]... uint8 -> [T][B]... float."""
    return torch.from_numpy(np.ascontiguousarray(np.swapaxes(batch, 0, 1))).float()


def accuracy(net, fetch, labels):
    correct = 0
    with torch.no_grad():
        for first in range(0, len(labels), 250):
            index = np.arange(first, min(first + 250, len(labels)))
            counts = net(to_steps(fetch(index)))[0].sum(0).numpy()
            correct += int((counts.argmax(axis=1) == labels[index]).sum())
    return correct / len(labels)


def train(task, seed, epochs, log):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    task.load()
    net = task.net()
    order = np.random.default_rng(seed)
    steps = epochs * (task.train_count // 64)
    optimiser = torch.optim.Adam(net.parameters(), lr=task.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, task.rate, total_steps=steps, pct_start=0.15)
    validation = np.arange(task.train_count, task.train_count + task.valid_count)
    best, state = -1.0, None
    for epoch in range(epochs):
        start, total = time.monotonic(), 0.0
        shuffled = order.permutation(task.train_count)
        for first in range(0, task.train_count - 63, 64):
            index = shuffled[first:first + 64]
            out, hidden = net(to_steps(task.batch(index, epoch)))
            target = torch.from_numpy(task.labels[index].astype(np.int64))
            loss = functional.cross_entropy(out.sum(0), target) + task.activity * sum(h.mean() for h in hidden)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss)
        valid = accuracy(net, lambda i: task.batch(validation[i], VALIDATION_DRAW), task.labels[validation])
        log(f"epoch {epoch + 1}/{epochs}: loss {total / (task.train_count // 64):.3f}, validation {valid:.4f}, "
            f"rates {' '.join(f'{float(h.mean()):.3f}' for h in hidden)}, {time.monotonic() - start:.0f} s")
        if valid >= best:  # chosen on validation samples, never on held-out ones
            best, state = valid, {key: value.clone() for key, value in net.state_dict().items()}
    net.load_state_dict(state)
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["shapes", "digits"])
    parser.add_argument("--out", required=True, help="NIR file to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, help="default: enough")
    parser.add_argument("--held-out", type=int, default=2000, help="held-out samples to measure with (more than ship)")
    args = parser.parse_args()
    task = ShapesTask() if args.task == "shapes" else DigitsTask()
    log = lambda text: print(text, file=sys.stderr, flush=True)
    net = train(task, args.seed, args.epochs or task.epochs, log)
    samples, labels = task.held_out(args.held_out)
    held_out = accuracy(net, lambda i: samples[i], labels)
    print(f"held-out accuracy {held_out:.4f} of {len(labels)} samples")
    # For people and for tests; nothing needs it to run the network.
    metadata = {"task": f"{args.task} (generated data)", "dt": DT, "reset": "to_v_reset", "steps": task.steps,
                "held_out_accuracy": held_out}
    part = f"{args.out}.{os.getpid()}.tmp"
    nir_file.write(part, net.nodes(), metadata)
    os.replace(part, args.out)


if __name__ == "__main__":
    main()
