#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Accuracy of a shipped network on its held-out samples, in float and in integers, from the definitions in reference.py.

  evaluate.py scenarios/networks/shapes
  evaluate.py scenarios/networks/digits --bits 4 --json
  evaluate.py scenarios/networks/shapes --folder IMPORTED      integer network as `snnvp import` wrote it, in its own integers

Needs numpy and h5py, not torch.
"""
import argparse
import json

import heldout
import network_folder
import reference


def evaluate(folder, bits=8, width=16, dt=reference.DT, reset="to_v_reset", samples=None, imported=None):
    """Figures of a folder with network.nir and held-out samples; `imported`: folder of an integer network to take instead of our own."""
    spikes, labels = heldout.read(folder)
    spikes, labels = spikes[:samples], labels[:samples]
    real = reference.Network(f"{folder}/network.nir", None, width, dt, reset)
    integer = network_folder.FolderNetwork(imported) if imported else reference.Network(f"{folder}/network.nir", bits, width, dt, reset)
    hits = {"float": 0, "integer": 0, "same_class": 0}
    differing = compared = spiked = ties = 0
    classes = []
    for sample, label in zip(spikes, labels):
        a, b = real.run(sample), integer.run(sample)
        counts = [signals[real.nodes[-1][0]].sum(axis=0) for signals in (a, b)]
        best = [int(c.argmax()) for c in counts]
        classes.append(best[1])
        ties += int((counts[1] == counts[1].max()).sum() > 1)
        hits["float"] += best[0] == label
        hits["integer"] += best[1] == label
        hits["same_class"] += best[0] == best[1]
        for name, node in real.nodes:
            if node["type"] == "LIF":
                differing += int((a[name] != b[name]).sum())
                compared += a[name].size
                spiked += int(b[name].sum())
    count = len(labels)
    return {"samples": count, "bits": bits, "float_accuracy": hits["float"] / count, "integer_accuracy": hits["integer"] / count,
            "same_class": hits["same_class"] / count, "spike_mismatch_rate": differing / compared, "spikes_per_sample": spiked / count,
            "ties": ties, "saturated": getattr(integer, "saturated", 0), "classes": classes}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="with network.nir and held-out samples")
    parser.add_argument("--bits", type=int, default=8)
    parser.add_argument("--width", type=int, default=16, help="bits of a membrane")
    parser.add_argument("--dt", type=float, default=reference.DT)
    parser.add_argument("--reset", choices=["to_v_reset", "subtract"], default="to_v_reset")
    parser.add_argument("--folder", dest="imported", help="integer network (snn-network-v1) to evaluate in place of our own quantisation")
    parser.add_argument("--samples", type=int, help="default: all")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = evaluate(args.folder, args.bits, args.width, args.dt, args.reset, args.samples, args.imported)
    if args.json:
        print(json.dumps(result))
        return
    print(f"{result['samples']} held-out samples")
    print(f"float accuracy       {result['float_accuracy']:.4f}")
    integer = "integer accuracy  " if args.imported else f"{args.bits}-bit accuracy    "
    print(f"{integer}   {result['integer_accuracy']:.4f}, {result['ties']} ties, {result['saturated']} saturated membranes")
    print(f"same class           {result['same_class']:.4f}")
    print(f"spike mismatch rate  {result['spike_mismatch_rate']:.6f}")
    print(f"spikes per sample    {result['spikes_per_sample']:.1f}")


if __name__ == "__main__":
    main()
