#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NeuroBench metrics of a network, straight from their definitions (version 2.3.0), in numpy.

  neurobench.py scenarios/networks/shapes [--bits 8] [--samples 20] [--json]
  neurobench.py scenarios/networks/shapes --folder IMPORTED      integer network as `snnvp import` wrote it

Runs a network on held-out samples and counts on the recorded signals:

  Footprint            bytes of parameters and buffers: weights of `bits` each; membranes, and a threshold and a leak factor per
                       neuron node, of `width` bits each (float: 32 and 32)
  ParameterCount       number of weights
  ConnectionSparsity   zeros / weights of the connections, 4 digits
  ActivationSparsity   1 - nonzero / all outputs of spiking nodes, over neurons, steps, samples
  SynapticOperations   per sample and call (one step of one connection): inputs and weights set to 0 or 1, the layer run, outputs
                       summed; AC if every input of the call is -1, 0 or 1, else MAC; Dense: all inputs and weights 1. Zeros of the
                       padding never count
  MembraneUpdates      per sample: neurons at step 0, and from step 1 on neurons whose membrane after the step differs from before it
  ClassificationAccuracy
"""
import argparse
import json

import numpy as np

import heldout
import network_folder
import reference


def synaptic_operations(network, node, x):
    """(effective MACs, effective ACs, dense) of a connection for the inputs x [T]... of one sample."""
    ones = (network.weight_of(node) != 0).astype(np.int64)
    nonzero = (x != 0).astype(np.int64)
    per_call = network.connect(node, ones, nonzero).reshape(len(x), -1).sum(axis=1)
    is_ac = np.isin(x, (-1, 0, 1)).reshape(len(x), -1).all(axis=1)
    dense = network.connect(node, np.ones_like(ones), np.ones_like(nonzero)).sum()
    return int(per_call[~is_ac].sum()), int(per_call[is_ac].sum()), int(dense)


def membrane_updates(v):
    """Updates of membranes v [T]..., each after its step."""
    return int(v[0].size + (v[1:] != v[:-1]).sum())


def metrics(network, spikes, labels, weight_bits, width):
    """All metrics of a network (reference.Network or network_folder.FolderNetwork) over samples [N][T]..."""
    layers = network.layers()
    weights = [network.weight_of(node) for _, kind, node in layers if kind == "connection"]
    parameters = sum(w.size for w in weights)
    zeros = sum(int((w == 0).sum()) for w in weights)
    operations, updates, correct, states = np.zeros(3, np.int64), 0, 0, 0
    by_layer = {name: [0, 0] for name, kind, _ in layers if kind == "neuron"}
    for sample, label in zip(spikes, labels):
        signals = network.run(sample)
        states = 0
        for (before, _, _), (name, kind, node) in zip(layers, layers[1:]):
            if kind == "connection":
                operations += synaptic_operations(network, node, signals[before])
            elif kind == "neuron":
                by_layer[name][0] += int((signals[name] != 0).sum())
                by_layer[name][1] += signals[name].size
                updates += membrane_updates(signals[name + ".v"])
                states += signals[name][0].size
        correct += int(signals[layers[-1][0]].sum(axis=0).argmax() == label)
    active, outputs = (sum(pair[i] for pair in by_layer.values()) for i in (0, 1))
    count = len(labels)
    macs, acs, dense = (operations / count).tolist()
    return {
        "Footprint": (parameters * weight_bits + (states + 2 * len(by_layer)) * width) / 8,
        "ParameterCount": parameters,
        "ConnectionSparsity": round(zeros / parameters, 4),
        "ActivationSparsity": 1 - active / outputs,
        "ActivationSparsityByLayer": {name: 1 - a / n for name, (a, n) in by_layer.items()},
        "SynapticOperations": {"Effective_MACs": macs, "Effective_ACs": acs, "Dense": dense},
        "MembraneUpdates": updates / count,
        "ClassificationAccuracy": correct / count,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="with network.nir and held-out samples")
    parser.add_argument("--folder", dest="imported", help="integer network (snn-network-v1) in place of our own quantisation")
    parser.add_argument("--bits", type=int, default=8, help="0: float")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--samples", type=int, help="default: all")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    spikes, labels = heldout.read(args.folder)
    if args.imported:
        network = network_folder.FolderNetwork(args.imported)
    else:
        network = reference.Network(f"{args.folder}/network.nir", args.bits or None, args.width)
    result = metrics(network, spikes[:args.samples], labels[:args.samples], args.bits or 32, args.width if args.bits else 32)
    if args.json:
        print(json.dumps(result))
        return
    for key, value in result.items():
        print(f"{key:<26}{json.dumps(value)}")


if __name__ == "__main__":
    main()
