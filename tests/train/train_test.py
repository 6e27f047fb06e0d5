#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of tools/train and of the networks that ship with it. Needs numpy and h5py; says SKIPPED without them.

  train_test.py [CLASS[.TEST]]...
"""
import json
import os
import tempfile
import unittest

import needs

np = needs.module("numpy")
needs.module("h5py")

import digits
import evaluate
import heldout
import network_folder
import neurobench
import nir_file
import pi2
import reference
import shapes
from streams import Stream

NETWORKS = os.path.join(needs.ROOT, "scenarios", "networks")


class Data(unittest.TestCase):
    def test_random_streams_are_pinned(self):
        # splitmix64 seeded 0 gives these numbers (public test vector).
        raw = Stream.__new__(Stream)
        raw._key, raw._next = np.uint64(0), 1
        bits = (raw.uniform(3) * 2.0**53).astype(np.uint64)
        self.assertEqual([int(v) for v in bits], [v >> 11 for v in (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)])

    def test_streams_do_not_depend_on_how_they_are_drawn(self):
        a, b = Stream(3, "x", 1), Stream(3, "x", 1)
        self.assertTrue(np.array_equal(a.uniform(6), np.concatenate([b.uniform(2), b.uniform(4)])))
        self.assertNotEqual(Stream(3, "x", 2).uniform(), Stream(3, "x", 1).uniform())

    def test_held_out_samples_are_what_the_generator_gives(self):
        with open(os.path.join(NETWORKS, "shapes", "events.csv"), "rb") as file:
            shipped = file.read()
        self.assertTrue(shipped.startswith(heldout.make("shapes", 16)["events.csv"]))
        images, labels = digits.split(True, 20)
        with np.load(os.path.join(NETWORKS, "digits", "images.npz")) as stored:
            self.assertTrue(np.array_equal(stored["images"][:20], images))
        spikes, stored_labels = heldout.read(os.path.join(NETWORKS, "digits"))
        self.assertTrue(np.array_equal(spikes[19, :, 0], digits.spikes(images[19], True, 19)))
        self.assertTrue(np.array_equal(stored_labels[:20], labels))

    def test_held_out_samples_are_not_training_samples(self):
        self.assertFalse(np.array_equal(digits.split(True, 10)[0], digits.split(False, 10)[0]))
        self.assertFalse(np.array_equal(shapes.split(True, 1)[0][0], shapes.split(False, 1)[0][0]))

    def test_events_lie_on_the_sensor_and_in_their_window(self):
        spikes, labels = heldout.read(os.path.join(NETWORKS, "shapes"))
        self.assertEqual(spikes.shape, (120, 16, 2, 24, 24))
        self.assertTrue((np.bincount(labels) == 15).all())
        events = shapes.split(True, 2)[0][1]
        self.assertTrue((np.diff(events["t"]) >= 0).all())
        self.assertTrue(np.array_equal(shapes.frames(events), spikes[1]))


class Reference(unittest.TestCase):
    def test_lif_golden(self):
        """F1 of spec/formats.md."""
        x = np.zeros((1000, 1))
        steps = [6, 22, 27, 31, 32, 35, 37, 40, 41, *range(43, 54), *range(67, 79), 84, 85]
        self.assertEqual(len(steps), 34)
        x[[10 * k for k in steps]] = 1
        node = {"type": "LIF", "tau": 2.5e-3, "r": 1.0, "v_leak": 0.0, "v_threshold": 0.1, "v_reset": 0.0}
        spikes, v = reference._lif_float(node, x, 1e-4, "to_v_reset")
        self.assertEqual(np.nonzero(spikes[:, 0])[0].tolist(), [460, 510, 710, 760])
        golden = {60: 0.04, 61: 0.0384, 70: 0.02659330543966004, 220: 0.040058271644909584, 459: 0.06914553852998037, 460: 0,
                  509: 0.06650245269403895, 850: 0.07041641624112546, 999: 0.00016072655689599707}
        for step, value in golden.items():
            self.assertAlmostEqual(v[step, 0], value, delta=1e-12)
        self.assertAlmostEqual(v.max(), 0.09984425161346883, delta=1e-12)

    def test_integer_neuron_by_hand(self):
        node = nir_file.lif((1,), 0.875, 1.0, 1e-4)
        x = np.array([[-9], [0], [60], [60], [-40000], [0]])
        # scale 0.01: threshold 100. v: -9; -7.875 -> -7; -6.125 -> -6, +60 = 54; 47.25 -> 47, +60 = 107 fires; saturates at -32768;
        # -28672.
        spikes, v, saturated = reference._lif_integer(node, x, 1e-4, "to_v_reset", 0.01, 16, 0)
        self.assertEqual(v[:, 0].tolist(), [-9, -7, 54, 0, -32768, -28672])
        self.assertEqual(spikes[:, 0].tolist(), [0, 0, 0, 1, 0, 0])
        self.assertEqual(saturated, 1)
        v = reference._lif_integer(node, x, 1e-4, "subtract", 0.01, 16, 0)[1]
        self.assertEqual(v[3, 0], 107 - 100)
        # Four fraction bits: -9 is -144, then -126, -110.25 -> -110, +960 = 850.
        v = reference._lif_integer(node, x[:3], 1e-4, "to_v_reset", 0.01, 16, 4)[1]
        self.assertEqual(v[:, 0].tolist(), [-144, -126, 850])

    def test_convolution_is_the_sum_it_is_defined_as(self):
        draw = np.random.default_rng(1)
        for stride, padding, dilation, groups in ((1, 0, 1, 1), (2, 1, 1, 1), ((2, 1), (0, 2), (1, 2), 2)):
            x = draw.integers(0, 2, (2, 4, 7, 6))
            w = draw.integers(-3, 4, (6, 4 // groups, 3, 2))
            (sy, sx), (py, px), (dy, dx) = (np.broadcast_to(v, 2) for v in (stride, padding, dilation))
            out = reference.conv2d(w, x, stride, padding, dilation, groups)
            self.assertEqual(out.shape[2:], ((7 + 2 * py - 2 * dy - 1) // sy + 1, (6 + 2 * px - dx - 1) // sx + 1))
            for t, o, i, j in np.ndindex(*out.shape):
                total = 0
                for c, k, m in np.ndindex(*w.shape[1:]):
                    row, column = i * sy - py + k * dy, j * sx - px + m * dx
                    if 0 <= row < 7 and 0 <= column < 6:
                        total += w[o, c, k, m] * x[t, o // (6 // groups) * (4 // groups) + c, row, column]
                self.assertEqual(out[t, o, i, j], total)


class Folder(unittest.TestCase):
    def test_relu_network_by_hand(self):
        with tempfile.TemporaryDirectory() as folder:
            # Activations of 0.25 a unit: 0.5 * 0.1 / 0.25 = 0.2 units per sum, rounded half away from zero.
            network_folder.write_relu_network(folder, "hand", [np.array([[1, 2], [-3, 1]]), np.array([[5, 7]])], [0.1, 1.0], 0.5, [0.25])
            network = network_folder.FolderNetwork(folder)
            signals = network.run(np.array([[10, 20], [-1, 120], [127, 127]]))
        self.assertEqual(signals["fc1"].tolist(), [[50, -10], [239, 123], [381, -254]])
        self.assertEqual(signals["relu1"].tolist(), [[10, 0], [48, 25], [76, 0]])
        self.assertEqual(signals["output"].tolist(), [[50], [415], [380]])
        self.assertTrue(np.allclose(network.real_weights()[0], [[0.1, 0.2], [-0.3, 0.1]]))

    def test_spiking_network_equals_the_nir_reference(self):
        """A folder as `snnvp import` writes it, with fraction bits in its membranes."""
        draw = Stream(5, "folder")
        weight = draw.bell(3, 2, 3, 3)
        scale = np.abs(weight).max() / 127
        levels = np.rint(weight / scale).astype(np.int8)
        x = (draw.uniform(12, 2, 6, 6) < 0.3).astype(np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            nir_file.write(folder + "/n.nir", [
                ("input", nir_file.input_node((2, 6, 6))), ("conv", nir_file.conv2d(weight, (6, 6), 2, 1)),
                ("lif", nir_file.lif((3, 3, 3), 0.875, 1.0, 1e-4)), ("output", nir_file.output_node((3, 3, 3)))])
            np.save(folder + "/w.npy", levels)
            neuron = {"channels": 3, "model": "lif", "width_bits": 16, "threshold": int(16 / scale), "reset": "zero", "reset_value": 0,
                      "leak": "multiply", "leak_value": 57344, "bias": 0, "input_shift": 4}
            window = {"kernel": [3, 3], "stride": [2, 2], "pad_before": [1, 1], "pad_after": [1, 1], "dilation": [1, 1], "groups": 1}
            nodes = [{"name": "input", "op": "input", "out": [2, 6, 6]},
                     {"name": "conv", "op": "conv2d", "inputs": [{"from": "input"}], "out": [3, 3, 3], "params": window,
                      "weight": {"file": "w.npy", "scale": scale, "zero": 0}},
                     {"name": "lif", "op": "lif", "inputs": [{"from": "conv"}], "params": neuron},
                     {"name": "output", "op": "output", "inputs": [{"from": "lif"}]}]
            with open(folder + "/manifest.json", "w") as file:
                json.dump({"format": "snn-network-v1", "nodes": nodes}, file)
            mine = reference.Network(folder + "/n.nir", 8, 16, shifts={"lif": 4}).run(x)
            theirs = network_folder.FolderNetwork(folder).run(x)
        self.assertGreater(mine["lif"].sum(), 10)
        for signal in ("conv", "lif", "lif.v"):
            self.assertTrue(np.array_equal(mine[signal], theirs[signal]))


class NeuroBench(unittest.TestCase):
    def test_two_layers_by_hand(self):
        """Linear 3 -> 2 -> LIF -> linear 2 -> 2 -> LIF, one sample of 4 steps, every figure worked out by hand."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "network.nir")
            nir_file.write(path, [
                ("input", nir_file.input_node((3,))), ("fc1", nir_file.linear(np.array([[0.6, 0.0, 0.6], [0.0, 1.5, -0.5]]))),
                ("lif1", nir_file.lif((2,), 0.5, 1.0, 1e-4)), ("fc2", nir_file.linear(np.array([[2.0, 0.0], [0.0, 2.0]]))),
                ("lif2", nir_file.lif((2,), 0.5, 1.0, 1e-4)), ("output", nir_file.output_node((2,)))])
            network = reference.Network(path)
        x = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 0, 0]], np.uint8)
        # Membranes of lif1 after each step: (0.6, 0); (0.3 + 1.2 = 1.5 fires -> 0, -0.5); (0, -0.25 + 1.5 = 1.25 fires -> 0); (0, 0).
        # lif2 fires with each input spike: (0, 0); (fires, 0); (0, fires); (0, 0); its membranes stay 0.
        signals = network.run(x)
        self.assertEqual(signals["lif1"].tolist(), [[0, 0], [1, 0], [0, 1], [0, 0]])
        self.assertTrue(np.allclose(signals["lif1.v"], [[0.6, 0], [0, -0.5], [0, 0], [0, 0]]))
        result = neurobench.metrics(network, x[None], [0], 32, 32)
        self.assertEqual(result["ParameterCount"], 10)
        self.assertEqual(result["ConnectionSparsity"], 0.4)
        self.assertEqual(result["ActivationSparsity"], 1 - 4 / 16)
        # fc1: column sums of non-zero weights 1, 1, 2; steps 1, 1 + 2, 1, 0. fc2: one per spike.
        self.assertEqual(result["SynapticOperations"], {"Effective_MACs": 0, "Effective_ACs": 5 + 2, "Dense": 4 * (6 + 4)})
        # lif1: 2 at step 0, 2, 1, 0; lif2: 2 at step 0, then its stored membranes stay 0.
        self.assertEqual(result["MembraneUpdates"], (2 + 2 + 1 + 0) + 2)
        self.assertEqual(result["ClassificationAccuracy"], 1.0)  # a tie: the lowest class
        self.assertEqual(result["Footprint"], 10 * 4 + 4 * 4 + 2 * 2 * 4)

    def test_values_other_than_spikes_are_macs_and_padding_is_not_counted(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "network.nir")
            nir_file.write(path, [("input", nir_file.input_node((1, 3, 3))), ("conv", nir_file.conv2d(np.ones((1, 1, 3, 3)), (3, 3), 1, 1)),
                                  ("output", nir_file.output_node((1, 3, 3)))])
            network = reference.Network(path)
        node = network.layers()[1][2]
        # 3 x 3 outputs with padding 1 see 4, 6, 4, 6, 9, 6, 4, 6, 4 pixels.
        self.assertEqual(neurobench.synaptic_operations(network, node, np.full((1, 1, 3, 3), 2)), (49, 0, 49))
        self.assertEqual(neurobench.synaptic_operations(network, node, np.ones((1, 1, 3, 3), int)), (0, 49, 49))


class Networks(unittest.TestCase):
    def check(self, task, samples=None):
        result = evaluate.evaluate(os.path.join(NETWORKS, task), samples=samples)
        self.assertGreaterEqual(result["float_accuracy"], 0.95)
        self.assertGreaterEqual(result["integer_accuracy"], 0.95)
        self.assertEqual(result["saturated"], 0)
        self.assertGreaterEqual(result["same_class"], 0.97)

    def test_shapes(self):
        self.check("shapes")

    def test_digits(self):
        self.check("digits")

    def test_files_are_nir_and_small(self):
        for task, types in (("shapes", "Input Conv2d LIF Conv2d LIF Flatten Linear LIF Output"),
                            ("digits", "Input Flatten Linear LIF Linear LIF Output")):
            path = os.path.join(NETWORKS, task, "network.nir")
            self.assertLess(os.path.getsize(path), 1 << 20)
            nodes, _ = nir_file.read(path)
            self.assertEqual([node["type"] for _, node in nodes], types.split())
            for _, node in nodes:
                self.assertFalse(np.any(node.get("bias", 0)))
                if node["type"] == "LIF":  # input gain 1 and a factor of 1 - 2^-3 a step
                    self.assertTrue(np.allclose(1e-4 / node["tau"], 0.125) and np.allclose(1e-4 / node["tau"] * node["r"], 1))


class Pi2(unittest.TestCase):
    def check_network(self, hidden):
        """Trained with the switch model in the loop: within 1 % of the ReLU network it started from."""
        relu, switch = (network_folder.FolderNetwork(os.path.join(NETWORKS, "digits_mlp", f"{kind}_{hidden}")) for kind in ("relu", "pi2"))
        with open(os.path.join(switch.folder, "pi2.json")) as file:
            facts = json.load(file)
        load = lambda name: np.load(os.path.join(NETWORKS, "digits", name))
        labels, images = load("labels.npy"), load("images.npz")["images"].reshape(200, 784) / 255
        first, second = (w.T for w in relu.real_weights())
        float_accuracy = ((np.maximum(images @ first, 0) @ second).argmax(axis=1) == labels).mean()
        integer_accuracy = np.mean([relu.classify(np.rint(x * 127)[None]) == label for x, label in zip(images, labels)])
        net = pi2.Pi2Network([w.T for w in switch.real_weights()], facts["k"], facts["first_offset"])
        net.calibrate(load("calibration.npz")["images"].reshape(-1, 784) / 255, facts["inp_scale"])
        accuracy = (net.run(images)[0].argmax(axis=1) == labels).mean()
        self.assertGreaterEqual(accuracy, float_accuracy - 0.01)
        self.assertGreaterEqual(integer_accuracy, float_accuracy - 0.01)
        self.assertGreaterEqual(float_accuracy, 0.95)
        self.assertGreaterEqual(facts["held_out_accuracy"]["8_bit"], facts["held_out_accuracy"]["relu_teacher"] - 0.01)

    def test_network_50(self):
        self.check_network(50)

    def test_network_100(self):
        self.check_network(100)

    def test_golden_neuron(self):
        """The single-neuron test of spec/pi2.md 4.5: neuron 4, queue Z-."""
        arrivals = np.array([2.9207, 3.0252, 2.7418, 2.7726, 2.9233, 3.0191, 3.0516, 3.0417, 2.8022, 3.0460, 2.8184, 2.8061, 2.8297, 2.5582,
                             2.7522, 3.0556])
        levels = np.array([1, 0, 1, 2, 0, 0, 0, 0, 2, 0, 0, 2, 2, 3, 2, 0])
        mean, last = pi2.k_mean((arrivals + 0.0344086 + levels * 0.1117413)[:, None], 16)
        self.assertAlmostEqual(mean[0], 3.02444, delta=1e-4)
        self.assertAlmostEqual(last[0], 3.0900, delta=1e-4)
        self.assertAlmostEqual(mean[0] + 0.4695003, 3.4939, delta=1e-4)

    def test_k_times_y_is_constant_once_all_early_events_count(self):
        draw = Stream(42, "plateau")
        weight = 0.05 * draw.bell(784, 10)
        x = np.where(draw.uniform(784) < 0.81, 0.0, draw.uniform(784))
        y = {k: k * np.subtract(*[pi2.k_mean(z, k)[0] for z in pi2.queues(*pi2.encode(x, 1.0), weight)][::-1]) for k in (200, 600)}
        self.assertLess(np.abs(y[200] - y[600]).max(), 1e-9)

    def test_a_calibrated_neuron_never_fires_early(self):
        draw = Stream(7, "calibration")
        net = pi2.Pi2Network([0.1 * draw.bell(40, 12), 0.3 * draw.bell(12, 5)], [20, 6])
        x = draw.uniform(30, 40)
        net.calibrate(x)
        self.assertEqual(net.run(x)[1], 0)
        net.layers[0].mk /= 8
        self.assertGreater(net.run(x)[1], 0)


if __name__ == "__main__":
    unittest.main()
