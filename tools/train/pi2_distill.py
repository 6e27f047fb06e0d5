#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a ReLU network for the digits, and the same network with the pi^2 switch model in the loop.

  pi2_distill.py --hidden 50 --out scenarios/networks/digits_mlp

1. Teacher: ReLU network 784-N-10 without biases.
2. Student: starts from the teacher's weights; forward, each layer is the pi^2 neuron (K earliest events, one-sided delays);
   backward, each of the K selected events has gradient 1/K. Loss: half distillation (temperature 5), half cross-entropy.
3. Both are evaluated with the numpy model of pi2.py, which shares no code with the training.

Needs torch. Equal seeds give equal weights on one machine. The best epoch is chosen on validation samples.
"""
import argparse
import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import data
import network_folder
import pi2

TRAIN, VALID, HELD_OUT = 9000, 1000, 2000
INP_SCALE = 2.3  # spread of the next layer's arrival times, twice the largest value
GAIN = 30.0  # c of the software layers: y = c (T- - T+); the fabric has c = 1, which divides the next layer's weights by c


class KMean(torch.autograd.Function):
    """Mean of the K smallest along the last axis; gradient 1/K to each of them."""

    @staticmethod
    def forward(ctx, events, k):
        values, index = torch.topk(events, k, dim=-1, largest=False, sorted=False)
        ctx.save_for_backward(index)
        ctx.shape, ctx.k = events.shape, k
        return values.mean(-1)

    @staticmethod
    def backward(ctx, grad):
        (index,) = ctx.saved_tensors
        out = torch.zeros(ctx.shape, dtype=grad.dtype)
        return out.scatter_(-1, index, (grad / ctx.k)[..., None].expand(index.shape).contiguous()), None


def pi2_layer(x, weight, k):
    """T- - T+ for x [B][N_in], weight [N_out][N_in]. Shift invariance: Toff is 0 here, and no input clips."""
    slow, fast = weight.clamp(min=0), (-weight).clamp(min=0)
    x = x[:, None]
    plus = KMean.apply(torch.cat([x + slow, fast - x], -1), k)
    minus = KMean.apply(torch.cat([x + fast, slow - x], -1), k)
    return minus - plus


def pi2_input_layer(x, weight, k):
    """The same for inputs >= 0 of which at least K are 0, as in an image, and much faster.

    Each zero input has one undelayed event at Toff, so the K smallest are the events before Toff, filled up with events at Toff;
    and only t- of a positive input can be before Toff. With events measured from Toff: min(d - x, 0).
    """
    active = int((x > 0).sum(1).max())
    assert int((x == 0).sum(1).min()) >= k, "K exceeds the number of zero inputs"
    value, index = torch.topk(x, active, dim=1, sorted=False)
    w = weight.t()[index].transpose(1, 2)  # [B][N_out][active]
    pad = max(0, k - active)

    def mean(delay):
        events = (delay - value[:, None]).clamp(max=0)
        return KMean.apply(functional.pad(events, (0, pad)) if pad else events, k)

    return mean(w.clamp(min=0)) - mean((-w).clamp(min=0))


class Mlp(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(784, hidden, bias=False)
        self.fc2 = nn.Linear(hidden, 10, bias=False)

    def forward(self, x):
        return self.fc2(functional.relu(self.fc1(x)))


class Pi2Mlp(nn.Module):
    def __init__(self, teacher, ks):
        super().__init__()
        self.w1, self.w2 = nn.Parameter(teacher.fc1.weight.detach().clone()), nn.Parameter(teacher.fc2.weight.detach().clone())
        self.ks = ks

    def forward(self, x):
        y = functional.relu(GAIN * pi2_input_layer(x, self.w1, self.ks[0]))
        # A leak instead of the output's relu, so that silent outputs learn; the class that is meant must still be positive.
        return functional.leaky_relu(GAIN * pi2_layer(y, self.w2, self.ks[1]), 0.1)

    def weights(self):
        """Weights [N_in][N_out] for y = relu(T- - T+)."""
        return [self.w1.detach().numpy().T, self.w2.detach().numpy().T / GAIN]


def accuracy(net, x, labels):
    with torch.no_grad():
        scores = torch.cat([net(part) for part in x.split(100)])
    return float((scores.argmax(1) == labels).float().mean())


def moved(x, random):
    """Pictures moved by up to a pixel, so that a network sees more than the training set has."""
    padded = functional.pad(x.view(-1, 28, 28), (1, 1, 1, 1))
    return torch.stack([image[i:i + 28, j:j + 28] for image, (i, j) in zip(padded, random.integers(0, 3, (len(x), 2)))]).view(-1, 784)


def fit(net, train, valid, epochs, batch, rate, loss_of, seed, log, name):
    order = np.random.default_rng(seed)
    x, labels = train
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=epochs * (len(x) // batch), pct_start=0.15)
    best, state = -1.0, None
    for epoch in range(epochs):
        start, total, shuffled = time.monotonic(), 0.0, torch.from_numpy(order.permutation(len(x)))
        for index in shuffled.split(batch):
            if len(index) < batch:
                break
            pictures = moved(x[index], order)
            loss = loss_of(net(pictures), pictures, labels[index])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss)
        score = accuracy(net, *valid)
        log(f"{name}, epoch {epoch + 1}/{epochs}: loss {total / (len(x) // batch):.3f}, validation {score:.4f}, "
            f"{time.monotonic() - start:.0f} s")
        if score >= best:
            best, state = score, {key: value.clone() for key, value in net.state_dict().items()}
    net.load_state_dict(state)


def fabric_accuracy(weights, ks, calibration, x, labels):
    net = pi2.Pi2Network(weights, ks)
    net.calibrate(calibration, INP_SCALE)
    y, early = net.run(x)
    return float((y.argmax(axis=1) == labels).mean()), early


def distillation(teacher, temperature=5.0, share=0.5):
    def loss(scores, x, labels):
        with torch.no_grad():
            wanted = functional.log_softmax(teacher(x) / temperature, 1)
        soft = functional.kl_div(functional.log_softmax(scores / temperature, 1), wanted, reduction="batchmean", log_target=True)
        return share * temperature**2 * soft + (1 - share) * functional.cross_entropy(scores, labels)
    return loss


def write(folder, name, weights, x, facts):
    """Network folder of weights [N_in][N_out], with what the pi^2 mapping needs beside it (pi2.json)."""
    levels, scales = zip(*[pi2.quantise(w, 8) for w in weights])
    hidden = np.maximum(x @ (levels[0] * scales[0]), 0.0)
    relu_scale = float(np.quantile(hidden, 0.9999)) / 127
    network_folder.write_relu_network(folder, name, [level.T for level in levels], scales, 1 / 127, [relu_scale])
    with open(os.path.join(folder, "pi2.json"), "w") as file:
        json.dump(facts, file, indent=2)
        file.write("\n")
    return [level * scale for level, scale in zip(levels, scales)]


def relu_accuracy(weights, x, labels):
    return float((np.maximum(x @ weights[0], 0.0) @ weights[1]).argmax(axis=1).__eq__(labels).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, default=50)
    parser.add_argument("--k", type=int, nargs=2, default=[140, 16], metavar=("K1", "K2"))
    parser.add_argument("--epochs", type=int, default=16, help="of the student")
    parser.add_argument("--rate", type=float, default=6e-3, help="largest learning rate of the student")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--measure", type=int, default=1000, help="held-out samples for the numpy model, which is slow")
    parser.add_argument("--out", required=True, help="folder to write: relu_N and pi2_N")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    log = lambda text: print(text, file=sys.stderr, flush=True)

    images, labels = data.digit_images(False, TRAIN + VALID)
    x = torch.from_numpy(images.reshape(len(images), -1).astype(np.float32) / 255)
    y = torch.from_numpy(labels.astype(np.int64))
    train, valid = (x[:TRAIN], y[:TRAIN]), (x[TRAIN:], y[TRAIN:])
    test_images, test_labels = data.digit_images(True, HELD_OUT)
    test, test_labels = test_images[:args.measure].reshape(-1, 784) / 255.0, test_labels[:args.measure]

    teacher = Mlp(args.hidden)
    plain = lambda scores, _, labels: functional.cross_entropy(scores, labels)
    fit(teacher, train, valid, 25, 64, 3e-3, plain, args.seed, log, "teacher")
    student = Pi2Mlp(teacher, args.k)
    fit(student, train, valid, args.epochs, 64, args.rate, distillation(teacher), args.seed + 1, log, "student")

    # The numpy model, which shares no code with the layers above, on held-out samples; calibrated on training samples.
    calibration = x[:500].double().numpy()
    relu = [teacher.fc1.weight.detach().numpy().T, teacher.fc2.weight.detach().numpy().T]
    float_accuracy = relu_accuracy(relu, test, test_labels)
    print(f"float ReLU network                {float_accuracy:.4f} of {len(test)} held-out samples")
    facts = {"weight_code": "one_sided", "sign": 1, "first_offset": 1.0, "k": args.k, "inp_scale": INP_SCALE, "held_out_samples": len(test)}
    written = write(os.path.join(args.out, f"relu_{args.hidden}"), f"digits-relu-{args.hidden}", relu, calibration,
                    {**facts, "gain": GAIN, "held_out_accuracy": {"float": float_accuracy}})
    print(f"ReLU network, 8-bit weights       {relu_accuracy(written, test, test_labels):.4f}")
    score, early = fabric_accuracy([relu[0], relu[1] / GAIN], args.k, calibration, test, test_labels)
    print(f"its weights in pi^2               {score:.4f}, {early} early firings")
    scores = {}
    for bits in (0, 8, 4):
        weights = [w if bits == 0 else np.multiply(*pi2.quantise(w, bits)) for w in student.weights()]
        score, early = fabric_accuracy(weights, args.k, calibration, test, test_labels)
        scores[f"{bits}_bit" if bits else "float"] = score
        print(f"trained in the loop, {f'{bits}-bit' if bits else 'float':<12} {score:.4f}, {early} early firings")
    write(os.path.join(args.out, f"pi2_{args.hidden}"), f"digits-pi2-{args.hidden}", student.weights(), calibration,
          {**facts, "gain": 1.0, "held_out_accuracy": {**scores, "relu_teacher": float_accuracy}})


if __name__ == "__main__":
    main()
