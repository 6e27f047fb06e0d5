#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NeuroBench metrics of a network, straight from their definitions (version 2.3.0), in numpy.

  neurobench.py scenarios/networks/shapes [--bits 8] [--samples 20] [--json]

Runs the network of reference.py on held-out samples and counts on the recorded signals:

  Footprint            bytes of parameters and buffers: weights at `bits` each (float: 4 bytes), one threshold and one leak factor per
                       neuron node, one membrane per neuron, in the same precision classes as the run
  ParameterCount       number of weights
  ConnectionSparsity   zeros / weights of the connections, 4 digits
  ActivationSparsity   1 - nonzero / all outputs of spiking nodes, over neurons, steps, samples
  SynapticOperations   per sample and call (one step of one connection): inputs and weights set to 0 or 1, the layer run, outputs summed;
                       AC if every input of the call is -1, 0 or 1, else MAC; Dense: all inputs and weights 1. Zeros of the padding never count.
  MembraneUpdates      per sample: neurons at step 0, and from step 1 on neurons whose membrane after the step differs from before it
  ClassificationAccuracy
"""
import argparse
import json

import numpy as np

import heldout
import reference


def synaptic_operations(node, weight, x):
    """(effective MACs, effective ACs, dense) of a connection for the inputs x [T]... of one sample."""
    ones = (weight != 0).astype(np.int64)
    nonzero = (x != 0).astype(np.int64)
    per_call = reference.connect(node, ones, nonzero).reshape(len(x), -1).sum(axis=1)
    is_ac = np.isin(x, (-1, 0, 1)).reshape(len(x), -1).all(axis=1)
    dense = reference.connect(node, np.ones_like(ones), np.ones_like(nonzero)).sum()
    return int(per_call[~is_ac].sum()), int(per_call[is_ac].sum()), int(dense)


def membrane_updates(v):
    """Updates of membranes v [T]..., each after its step."""
    return int(v[0].size + (v[1:] != v[:-1]).sum())


def metrics(network, spikes, labels):
    """All metrics of one network (reference.Network) over samples [N][T]..."""
    connections = [(name, node) for name, node in network.nodes if reference.is_connection(node)]
    neurons = [name for name, node in network.nodes if node["type"] == "LIF"]
    weights = [network.weights[name] for name, _ in connections]
    parameters = sum(w.size for w in weights)
    zeros = sum(int((w == 0).sum()) for w in weights)
    macs = acs = dense = updates = active = outputs = correct = states = 0
    by_layer = {name: [0, 0] for name in neurons}
    for sample, label in zip(spikes, labels):
        signals = network.run(sample)
        before = network.nodes[0][0]
        for name, node in network.nodes:
            if reference.is_connection(node):
                counts = synaptic_operations(node, network.weights[name], signals[before])
                macs, acs, dense = macs + counts[0], acs + counts[1], dense + counts[2]
            before = name
        states = 0
        for name in neurons:
            by_layer[name][0] += int((signals[name] != 0).sum())
            by_layer[name][1] += signals[name].size
            updates += membrane_updates(signals[name + ".v"])
            states += signals[name + ".v"][0].size
        correct += int(signals[network.nodes[-1][0]].sum(axis=0).argmax() == label)
    active, outputs = (sum(pair[i] for pair in by_layer.values()) for i in (0, 1))
    count = len(labels)
    weight_bytes = network.bits / 8 if network.bits else 4
    state_bytes = network.width / 8 if network.bits else 4
    return {
        "Footprint": parameters * weight_bytes + states * state_bytes + len(neurons) * 2 * state_bytes,
        "ParameterCount": parameters,
        "ConnectionSparsity": round(zeros / parameters, 4),
        "ActivationSparsity": 1 - active / outputs,
        "ActivationSparsityByLayer": {name: 1 - a / n for name, (a, n) in by_layer.items()},
        "SynapticOperations": {"Effective_MACs": macs / count, "Effective_ACs": acs / count, "Dense": dense / count},
        "MembraneUpdates": updates / count,
        "ClassificationAccuracy": correct / count,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--bits", type=int, default=8, help="0: float")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--samples", type=int, help="default: all")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    spikes, labels = heldout.read(args.folder)
    network = reference.Network(f"{args.folder}/network.nir", args.bits or None, args.width)
    result = metrics(network, spikes[:args.samples], labels[:args.samples])
    if args.json:
        print(json.dumps(result))
        return
    for key, value in result.items():
        print(f"{key:<26}{json.dumps(value)}")


if __name__ == "__main__":
    main()
