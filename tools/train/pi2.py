# SPDX-License-Identifier: Apache-2.0
"""The pi^2 neuron and a chain of fully connected pi^2 layers, in numpy, from the definition (spec of models.pi2, section 4).

A value x is a pair of arrival times t+ = relu(Toff + x), t- = relu(Toff - x); a weight w a pair of delays d+ = relu(w),
d- = relu(-w) (the one-sided code). Of the two queues of a neuron,

  Z+ = {t+ + d+} u {t- + d-},  Z- = {t+ + d-} u {t- + d+},

the K smallest count: T+- = Mk + mean of the K smallest; the neuron's value is y = relu(T- - T+). The pair unit sends it on
as t+- = Toff' +- d y, and the weights of the next layer are multiplied by the same d.
"""
import math

import numpy as np


def queues(t_plus, t_minus, weight):
    """Events [2 N_in][N_out] of both queues for one sample; weight [N_in][N_out]."""
    slow, fast = np.maximum(weight, 0.0), np.maximum(-weight, 0.0)
    plus, minus = t_plus[:, None], t_minus[:, None]
    return np.concatenate([plus + slow, minus + fast]), np.concatenate([plus + fast, minus + slow])


def k_mean(events, k):
    """(mean of the K smallest, the K-th smallest), along axis 0."""
    k = min(k, len(events))
    smallest = np.partition(events, k - 1, axis=0)[:k]
    return smallest.mean(axis=0), smallest[k - 1]


def encode(x, offset):
    return np.maximum(offset + x, 0.0), np.maximum(offset - x, 0.0)


class Layer:
    """weight [N_in][N_out]; after calibrate(): mk, scale (d) and offset (Toff')."""

    def __init__(self, weight, k):
        self.weight, self.k = np.asarray(weight, np.float64), k
        self.mk, self.scale, self.offset = 0.0, 1.0, 0.0

    def means(self, x, offset, gain):
        """(K-means of both queues, larger of the two K-th events), each [samples][N_out]; gain is d of the layer before."""
        plus, minus, last = [], [], []
        for row in x:
            z_plus, z_minus = queues(*encode(row, offset), self.weight * gain)
            (a, last_a), (b, last_b) = k_mean(z_plus, self.k), k_mean(z_minus, self.k)
            plus.append(a), minus.append(b), last.append(np.maximum(last_a, last_b))
        return np.array(plus), np.array(minus), np.array(last)

    def calibrate(self, means, inp_scale, margin):
        """Mk, d and Toff' of a sample of means(), section 4.5: no neuron fires before its K-th event, no frame leaves before its time."""
        plus, minus, last = means
        lowest, latest = np.minimum(plus, minus).min(), last.max()
        self.mk = 0.0 if self.k == 1 else latest - lowest + margin
        y = np.maximum(minus - plus, 0.0)
        self.scale = inp_scale / (2.0 * (y.max() - y.min()))
        self.offset = self.mk + max(plus.max(), minus.max()) + y.max() * self.scale + margin
        self.offset = math.ceil(self.offset * 10.0) / 10.0  # rounded up, so that no frame is due before its neuron knows both times


class Pi2Network:
    """Fully connected pi^2 layers. `first_offset`: Toff of the inputs, at least their largest value."""

    def __init__(self, weights, ks, first_offset=1.0):
        self.layers = [Layer(weight, k) for weight, k in zip(weights, ks)]
        self.first_offset = first_offset

    def calibrate(self, x, inp_scale=2.3, margin=0.05):
        self.run(x, inp_scale, margin)

    def run(self, x, inp_scale=None, margin=0.0):
        """Values y of the last layer [samples][N_out], and the number of neurons that would fire before their K-th event."""
        offset, gain, early = self.first_offset, 1.0, 0
        for layer in self.layers:
            means = layer.means(x, offset, gain)
            if inp_scale:
                layer.calibrate(means, inp_scale, margin)
            plus, minus, last = means
            early += int((last > layer.mk + np.minimum(plus, minus)).sum())
            y = np.maximum(minus - plus, 0.0)
            x, offset, gain = layer.scale * y, layer.offset, layer.scale
        return y, early


def quantise(weight, bits):
    """Symmetric levels of a whole tensor, section 4.6: (levels, units per level)."""
    levels = (1 << (bits - 1)) - 1
    scale = np.abs(weight).max() / levels
    return np.rint(weight / scale).astype(np.int8 if bits <= 8 else np.int16), float(scale)


def correlation(weight, x, k, first_offset=1.0):
    """Mean over samples of the Pearson correlation, over the neurons, of T- - T+ with w x."""
    plus, minus, _ = Layer(weight, k).means(x, first_offset, 1.0)
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(minus - plus, x @ weight)]))
