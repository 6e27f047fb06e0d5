# SPDX-License-Identifier: Apache-2.0
"""Network folders `snn-network-v1` (manifest.json and npy files): writes dense ReLU networks, evaluates chains of nodes.

NIR has no ReLU, so the ReLU networks ship as such folders: int8 weights with a scale, int8 activations. The evaluation is the
integer arithmetic of the format, written a second time in numpy, for whatever `snnvp import` writes of a feed-forward network.
"""
import json
import os

import numpy as np

import reference


def _divide(values, shift):
    """values / 2^shift, halves away from zero."""
    if shift == 0:
        return values
    half = 1 << (shift - 1)
    return np.where(values < 0, -((-values + half) >> shift), (values + half) >> shift)


def multiplier_of(ratio):
    """(multiplier, shift) with multiplier / 2^shift close to the ratio and multiplier below 2^20."""
    shift = 0
    while ratio * (1 << (shift + 1)) < (1 << 20) - 1 and shift < 40:
        shift += 1
    return round(ratio * (1 << shift)), shift


def write_relu_network(folder, name, levels, scales, input_scale, relu_scales):
    """A chain input -> (linear -> relu) ... -> linear -> output. levels: int8 weights [N_out][N_in]; scales: real value of one level;
    relu_scales: real value of one unit of each activation."""
    os.makedirs(folder, exist_ok=True)
    nodes = []

    def add(name, op, sizes, signals, scale, **more):
        inputs = {"inputs": [{"from": nodes[-1]["name"], "delay": 0}]} if nodes else {}
        nodes.append({"name": name, "op": op, **inputs, "in": [sizes[0]], "out": [sizes[1]], "input_signal": signals[0],
                      "signal": signals[1], "scale": scale, **more})

    add("input", "input", [levels[0].shape[1]] * 2, ("int8", "int8"), input_scale)
    into = input_scale
    for i, (level, scale) in enumerate(zip(levels, scales)):
        outputs, inputs = level.shape
        file = f"fc{i + 1}.weight.npy"
        np.save(os.path.join(folder, file), np.ascontiguousarray(level, np.int8))
        add(f"fc{i + 1}", "linear", [inputs, outputs], ("int8", "int32"), into * scale, weight={"file": file, "scale": scale, "zero": 0})
        if i < len(relu_scales):
            multiplier, shift = multiplier_of(into * scale / relu_scales[i])
            into = relu_scales[i]
            add(f"relu{i + 1}", "relu", [outputs] * 2, ("int32", "int8"), into, params={"multiplier": multiplier, "shift": shift})
    add("output", "output", [outputs] * 2, ("int32", "int32"), nodes[-1]["scale"])
    manifest = {"format": "snn-network-v1", "name": name, "dt": 1e-4, "reset": "to_v_reset", "if_gain": 1.0, "bits": 8, "nodes": nodes}
    with open(os.path.join(folder, "manifest.json"), "w") as file:
        json.dump(manifest, file, indent=2)
        file.write("\n")


class FolderNetwork:
    """The integer network of a folder; ValueError if it is not one chain of nodes known here."""

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "manifest.json")) as file:
            manifest = json.load(file)
        if manifest["format"] != "snn-network-v1":
            raise ValueError(f"{folder}: not snn-network-v1")
        self.nodes, last = [], None
        by_name = {node["name"]: node for node in manifest["nodes"]}
        following = {}
        for node in manifest["nodes"]:
            if node["op"] == "input":
                continue
            (edge,) = node["inputs"]
            if edge.get("delay", 0) or edge.get("multiplier", 1) != 1 or edge["from"] in following:
                raise ValueError(f"{folder}: {node['name']} is not part of a plain chain")
            following[edge["from"]] = node["name"]
        (last,) = [node["name"] for node in manifest["nodes"] if node["op"] == "input"]
        while last:
            self.nodes.append(by_name[last])
            last = following.get(last)
        for node in self.nodes:
            if "weight" in node:
                node["levels"] = np.load(os.path.join(folder, node["weight"]["file"])).astype(np.int64)
            for part in (node, node.get("params", {})):
                for key in ("bias", "scale", "threshold", "leak_value", "reset_value", "multiplier"):
                    if isinstance(part.get(key), dict):
                        part[key] = np.load(os.path.join(folder, part[key]["file"]))

    def input_shape(self):
        return tuple(self.nodes[0]["out"])

    def layers(self):
        """[(name, kind, node)] in order; kind is connection, neuron or other."""
        kinds = {"linear": "connection", "conv2d": "connection", "lif": "neuron", "if": "neuron"}
        return [(node["name"], kinds.get(node["op"], "other"), node) for node in self.nodes]

    def weight_of(self, node):
        return node["levels"]

    @staticmethod
    def connect(node, weight, x):
        """Sums of a connection for the inputs of all steps, with this weight in place of the node's."""
        if node["op"] == "linear":
            return x.reshape(len(x), -1) @ weight.T
        p = node["params"]
        if p["pad_before"] != p["pad_after"]:
            raise ValueError(f"{node['name']}: uneven padding is not part of this reference")
        return reference.conv2d(weight, x, p["stride"], p["pad_before"], p["dilation"], p["groups"])

    @staticmethod
    def _spread(value, shape):
        """A scalar, or one value per leading axis or per element, over a shape."""
        value = np.asarray(value, np.int64)
        if value.size == 1:
            return value.reshape(())
        return np.repeat(value, int(np.prod(shape)) // value.size).reshape(shape)

    def _neuron(self, node, x):
        p, shape = node["params"], x.shape[1:]
        spiking = node["op"] in ("lif", "if", "threshold")
        value = {key: self._spread(p.get(key, 0), shape) for key in ("threshold", "leak_value", "bias", "reset_value")}
        low, high = -(1 << (p["width_bits"] - 1)), (1 << (p["width_bits"] - 1)) - 1
        v, out, membranes = np.zeros(shape, np.int64), np.zeros(x.shape, np.int64), np.zeros(x.shape, np.int64)
        for t in range(len(x)):
            if p["leak"] == "multiply":
                v = reference.leaked(v, value["leak_value"])
            elif p["leak"] == "subtract":
                v = v - value["leak_value"]
            v = np.clip(v + (x[t] << p["input_shift"]) + value["bias"], low, high)
            if spiking:
                fired = v > value["threshold"]
                after = value["reset_value"] if p["reset"] == "zero" else v - (value["threshold"] - value["reset_value"])
                v = np.where(fired, np.clip(after, low, high), v)
                out[t] = fired
            else:
                out[t] = v
            membranes[t] = v
        return out, membranes

    def run(self, x):
        """All signals of one sample of integers [T][...]: {node: array}, `<node>.v` for membranes after the reset."""
        signals, x = {}, x.astype(np.int64).reshape(len(x), *self.input_shape())
        for node in self.nodes:
            op, p = node["op"], node.get("params", {})
            if op in ("linear", "conv2d"):
                x = self.connect(node, node["levels"], x)
                if "bias" in node:
                    x = x + self._spread(node["bias"], x.shape[1:])
            elif op == "relu":
                x = np.clip(_divide(x * self._spread(p["multiplier"], x.shape[1:]), p["shift"]), 0, 127)
            elif op in ("lif", "if", "li", "integrator", "threshold"):
                x, signals[node["name"] + ".v"] = self._neuron(node, x)
            elif op == "flatten":
                x = x.reshape(len(x), -1)
            elif op not in ("input", "output"):
                raise ValueError(f"{node['name']}: {op} is not part of this reference")
            signals[node["name"]] = x
        return signals

    def classify(self, x):
        """Class with the largest sum over time of the output (a spike count, for spikes); the lowest of equals."""
        return int(self.run(x)[self.nodes[-1]["name"]].sum(axis=0).argmax())

    def real_weights(self):
        """Weights [N_out][N_in] or [Cout][Cin][K][K] in real numbers, in order."""
        out = []
        for node in self.nodes:
            if "levels" in node:
                scale = np.asarray(node["weight"]["scale"], np.float64).reshape(-1)
                out.append(node["levels"] * scale.reshape(-1, *[1] * (node["levels"].ndim - 1)))
        return out
