#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the networks that ship once more: the accuracy on held-out samples must come out within 1 %. Minutes; needs torch.

  retrain_test.py [shapes | digits | pi2 | held_out]...
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import needs

needs.module("numpy")
needs.module("h5py")

import nir_file

NETWORKS = os.path.join(needs.ROOT, "scenarios", "networks")


def run(script, *arguments):
    """Standard output of a script of tools/train."""
    result = subprocess.run([sys.executable, os.path.join(needs.TRAIN, script), *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return result.stdout


class Retrain(unittest.TestCase):
    def check_task(self, task):
        needs.module("torch")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "network.nir")
            run("train_snn.py", task, "--out", path)
            again = nir_file.read(path)[1]["held_out_accuracy"]
        shipped = nir_file.read(os.path.join(NETWORKS, task, "network.nir"))[1]["held_out_accuracy"]
        self.assertGreaterEqual(again, 0.95)
        self.assertLessEqual(abs(again - shipped), 0.01)

    def test_shapes(self):
        self.check_task("shapes")

    def test_digits(self):
        self.check_task("digits")

    def test_pi2(self):
        needs.module("torch")
        with tempfile.TemporaryDirectory() as folder:
            run("pi2_distill.py", "--hidden", "50", "--out", folder)
            for kind in ("relu_50", "pi2_50"):
                again, shipped = (self.accuracies(os.path.join(place, kind)) for place in (folder, os.path.join(NETWORKS, "digits_mlp")))
                for key, value in shipped.items():
                    self.assertLessEqual(abs(again[key] - value), 0.01, f"{kind} {key}")

    @staticmethod
    def accuracies(folder):
        with open(os.path.join(folder, "pi2.json")) as file:
            return json.load(file)["held_out_accuracy"]

    def test_held_out(self):
        for task in ("shapes", "digits"):
            run("heldout.py", os.path.join(NETWORKS, task), "--check")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + ["Retrain.test_" + name for name in sys.argv[1:]])
