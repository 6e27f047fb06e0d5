# SPDX-License-Identifier: Apache-2.0
"""A spiking network from its definition, in numpy: in float and in integers. Shares no code with the C++ golden model.

Float is NIR with forward Euler, in doubles, per step and node (dt and the reset are not in a file, they are chosen):

  LIF    v += (dt/tau) ((v_leak - v) + r x);   spike if v > v_threshold;   then v = v_reset (to_v_reset) or v - (v_threshold - v_reset)

Integer, with B-bit weights and a membrane of W bits:

  scale  s = max|w| / (2^(B-1) - 1) of the whole tensor;  k = round(w / s), half to even
  leak   v = v q / 65536 rounded to zero, q = round(65536 (1 - dt/tau))
  input  v = v + 2^h (sum of k over the inputs that spiked), saturated to W bits; h fraction bits, 0 unless asked for
  spike  v > th, strictly, with th = floor(2^h threshold / s);  then v = 0, or v - th

The input gain (dt/tau) r must be 1 and v_leak and v_reset 0 there, as in the networks that ship.
Spikes are arrays [T][...] of 0 and 1; a convolution or linear node holds the sums of one step at a time.
"""
import math

import numpy as np

import nir_file

DT = 1e-4


def conv2d(weight, x, stride, padding, dilation, groups):
    """Sums [T][Cout][y][x], straight from the definition: one shifted product per kernel position."""
    (sy, sx), (py, px), (dy, dx) = (np.broadcast_to(np.asarray(v), 2) for v in (stride, padding, dilation))
    cout, cin, ky, kx = weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (py, py), (px, px)))
    height = (x.shape[2] - dy * (ky - 1) - 1) // sy + 1
    width = (x.shape[3] - dx * (kx - 1) - 1) // sx + 1
    out = np.zeros((x.shape[0], cout, height, width), weight.dtype)
    per_group = cout // groups
    for group in range(groups):
        part = x[:, group * cin:(group + 1) * cin]
        for i in range(ky):
            for j in range(kx):
                seen = part[:, :, i * dy:i * dy + (height - 1) * sy + 1:sy, j * dx:j * dx + (width - 1) * sx + 1:sx]
                w = weight[group * per_group:(group + 1) * per_group, :, i, j]
                out[:, group * per_group:(group + 1) * per_group] += np.einsum("oc,tcyx->toyx", w, seen.astype(weight.dtype))
    return out


def is_connection(node):
    return node["type"] in ("Conv2d", "Linear")


def _lif_float(node, x, dt, reset):
    p = {key: np.asarray(node[key], np.float64) for key in ("tau", "r", "v_leak", "v_threshold")}
    v_reset = np.asarray(node.get("v_reset", 0.0), np.float64)
    v, spikes, membranes = np.zeros(x.shape[1:]), np.zeros(x.shape, np.uint8), np.zeros(x.shape)
    for t in range(len(x)):
        v = v + (dt / p["tau"]) * ((p["v_leak"] - v) + p["r"] * x[t])
        fired = v > p["v_threshold"]
        v = np.where(fired, v_reset if reset == "to_v_reset" else v - (p["v_threshold"] - v_reset), v)
        spikes[t], membranes[t] = fired, v
    return spikes, membranes


def leaked(v, factor):
    """v factor / 65536, rounded to zero."""
    product = v * factor
    return np.where(product < 0, -(-product >> 16), product >> 16)


def _only(values, what):
    first = float(np.asarray(values).flat[0])
    if not np.allclose(values, first, rtol=1e-9, atol=0):
        raise ValueError(f"{what} differs between neurons")
    return first


def _lif_integer(node, x, dt, reset, scale, width, shift):
    ratio = dt / _only(node["tau"], "tau")
    if abs(ratio * _only(node["r"], "r") - 1) > 1e-9 or _only(node["v_leak"], "v_leak") != 0 or np.any(node.get("v_reset", 0)):
        raise ValueError("the integer neuron has input gain 1 and rests at 0")
    factor = round(65536 * (1 - ratio))
    threshold = math.floor(_only(node["v_threshold"], "v_threshold") / scale * (1 << shift))
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    v, spikes, membranes = np.zeros(x.shape[1:], np.int64), np.zeros(x.shape, np.uint8), np.zeros(x.shape, np.int64)
    saturated = 0
    for t in range(len(x)):
        v = leaked(v, factor)
        wanted = v + (x[t] << shift)
        v = np.clip(wanted, low, high)
        saturated += int((wanted != v).sum())
        fired = v > threshold
        v = np.where(fired, 0 if reset == "to_v_reset" else np.clip(v - threshold, low, high), v)
        spikes[t], membranes[t] = fired, v
    return spikes, membranes, saturated


class Network:
    """A chain of NIR nodes. bits = None: float; else the integer model with weights of so many bits.

    shifts: {neuron node: fraction bits of its membrane}.
    """

    def __init__(self, path, bits=None, width=16, dt=DT, reset="to_v_reset", shifts=None):
        self.nodes, self.metadata = nir_file.read(path)
        self.bits, self.width, self.dt, self.reset = bits, width, dt, reset
        self.weights, self.scales, self.shifts = {}, {}, shifts or {}
        for name, node in self.nodes:
            if not is_connection(node):
                continue
            if np.any(node.get("bias", 0)):
                raise ValueError(f"{name}: biases are not part of this reference")
            weight = np.asarray(node["weight"], np.float64)
            if bits:
                self.scales[name] = np.abs(weight).max() / ((1 << (bits - 1)) - 1)
                weight = np.rint(weight / self.scales[name]).astype(np.int64)
            self.weights[name] = weight
        self.saturated = 0

    def input_shape(self):
        return tuple(int(v) for v in self.nodes[0][1]["shape"])

    def layers(self):
        """[(name, kind, node)] in order; kind is connection, neuron or other."""
        return [(name, "connection" if is_connection(node) else "neuron" if node["type"] == "LIF" else "other", dict(node, name=name))
                for name, node in self.nodes]

    def weight_of(self, node):
        return self.weights[node["name"]]

    @staticmethod
    def connect(node, weight, x):
        """Sums of a connection for the inputs of all steps, with this weight in place of the node's."""
        if node["type"] == "Conv2d":
            return conv2d(weight, x, node["stride"], node["padding"], node["dilation"], int(node["groups"]))
        return x.astype(weight.dtype) @ weight.T

    def run(self, spikes):
        """All signals of one sample [T][...]: {node: array}; `<node>.v` are the membranes after the reset."""
        signals, x, scale = {}, spikes.reshape(len(spikes), *self.input_shape()), 1.0
        for name, node in self.nodes:
            kind = node["type"]
            if is_connection(node):
                x, scale = self.connect(node, self.weights[name], x), self.scales.get(name, 1.0)
            elif kind == "LIF" and self.bits:
                x, signals[name + ".v"], saturated = _lif_integer(node, x, self.dt, self.reset, scale, self.width,
                                                                      self.shifts.get(name, 0))
                self.saturated += saturated
            elif kind == "LIF":
                x, signals[name + ".v"] = _lif_float(node, x, self.dt, self.reset)
            elif kind == "Flatten":
                x = x.reshape(len(x), -1)
            elif kind not in ("Input", "Output"):
                raise ValueError(f"{name}: nodes of type {kind} are not part of this reference")
            signals[name] = x
        return signals

    def classify(self, spikes):
        """Class with most output spikes; the lowest of equals."""
        return int(self.run(spikes)[self.nodes[-1][0]].sum(axis=0).argmax())
