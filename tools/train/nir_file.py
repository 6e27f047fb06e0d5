# SPDX-License-Identifier: Apache-2.0
"""Writes and reads NIR files (HDF5) of feed-forward graphs, in the layout of the NIR reference library.

A network is a list of (name, node) in order, a node a dictionary with `type` and its parameters; edges join neighbours.
"""
import h5py
import numpy as np

WRITER_VERSION = "1.0.6"  # of the reference library whose layout this is


def write(path, nodes, metadata=None):
    names = [name for name, _ in nodes]
    graph = {
        "edges": list(zip(names[:-1], names[1:])),
        "metadata": metadata or {},
        "nodes": dict(nodes),
        "type": "NIRGraph",
    }

    def fill(group, values):
        for key, value in values.items():
            if isinstance(value, dict):
                if value:
                    fill(group.create_group(key), value)
            elif isinstance(value, str):
                group.create_dataset(key, data=value, dtype=h5py.string_dtype())
            elif isinstance(value, np.ndarray):
                group.create_dataset(key, data=value, compression="gzip")
            else:
                group.create_dataset(key, data=value)

    with h5py.File(path, "w") as file:
        file.create_dataset("version", data=WRITER_VERSION, dtype=h5py.string_dtype())
        fill(file.create_group("node"), graph)


def read(path):
    """(list of (name, node) from input to output, metadata). ValueError unless the graph is one chain."""
    with h5py.File(path, "r") as file:
        root = file["node"]
        edges = {a.decode(): b.decode() for a, b in root["edges"][()]}
        if len(edges) != len(root["edges"]) or len(set(edges.values())) != len(edges):
            raise ValueError(f"{path}: not a chain of nodes")
        metadata = {key: item[()] for key, item in root.get("metadata", {}).items()}
        stored = {name: {key: item[()] for key, item in group.items() if isinstance(item, h5py.Dataset)}
                  for name, group in root["nodes"].items()}
    for node in stored.values():
        node["type"] = node["type"].decode()
    (name,) = set(edges) - set(edges.values())
    order = [name]
    while order[-1] in edges:
        order.append(edges[order[-1]])
    if len(order) != len(stored):
        raise ValueError(f"{path}: nodes outside the chain")
    return [(name, stored[name]) for name in order], metadata


def input_node(shape):
    return {"type": "Input", "shape": np.array(shape, np.int64)}


def output_node(shape):
    return {"type": "Output", "shape": np.array(shape, np.int64)}


def conv2d(weight, input_shape, stride, padding):
    return {"type": "Conv2d", "input_shape": tuple(input_shape), "weight": weight, "stride": (stride, stride),
            "padding": (padding, padding), "dilation": (1, 1), "groups": 1, "bias": np.zeros(weight.shape[0], weight.dtype)}


def linear(weight):
    return {"type": "Linear", "weight": weight}


def flatten(shape):
    return {"type": "Flatten", "input_type": np.array(shape, np.int64), "start_dim": 0, "end_dim": -1}


def lif(shape, beta, threshold, dt):
    """Membrane factor `beta` per step and input gain 1 by forward Euler: tau = dt / (1 - beta), r = tau / dt."""
    full = lambda value: np.full(shape, value, np.float64)
    tau = dt / (1.0 - beta)
    return {"type": "LIF", "tau": full(tau), "r": full(tau / dt), "v_leak": full(0.0), "v_threshold": full(threshold), "v_reset": full(0.0)}
