// SPDX-License-Identifier: Apache-2.0
// pi^2 and the packet switch from the command line.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include <snnvp/workloads/frames/inner_product.h>

#include "../../support/process.h"

using namespace snnvp::test;
using nlohmann::json;

namespace {

const std::string root = SNNVP_SOURCE_DIR;

json run(const std::string& scenario, const std::vector<std::string>& settings = {}, int exit_code = 0, const std::string& out = {}) {
  std::vector<std::string> arguments{"run", scenario, "--quiet", "--json"};
  for (const std::string& s : settings) arguments.insert(arguments.end(), {"--set", s});
  if (!out.empty()) arguments.insert(arguments.end(), {"--out", out});
  const ProcessResult result = run_snnvp(arguments, root);
  INFO(result.err);
  REQUIRE(result.exit_code == exit_code);
  return exit_code <= 1 ? json::parse(result.out) : json{{"error", result.err}};
}

const std::string correlation = "scenarios/papers/pi2_correlation.yaml", shape = "scenarios/pi2_mnist_shape.yaml";

}  // namespace

TEST_CASE("pi2.B6 totals.correlation of the scenario rises to one peak near K = 100, then falls and flattens, every value is checked") {
  std::map<int, double> curve;
  for (const int k : {25, 100, 150, 200, 400}) {
    const json report = run(correlation, {"workload.k=" + std::to_string(k)});
    curve[k] = report["totals"]["correlation"];
    CHECK(report["status"] == "ok");
    CHECK(report["check"]["mismatches"] == 0);
    CHECK(report["check"]["compared"] == 100 * 50 + 4);
    CHECK(report["totals"]["causality_violations"] == 0);
    CHECK(report["totals"]["insertions"] == 100 * 4 * 784 * 50);
    CHECK(report["totals"]["accepted"] == 100 * 2 * 50 * k);
  }
  CHECK(curve[25] < curve[100]);
  CHECK(curve[100] > curve[150]);
  CHECK(curve[150] > curve[200]);
  CHECK(curve[200] == Approx(curve[400]).margin(1e-9));
  CHECK(curve[100] > 0.9);
}

TEST_CASE("pi2.B5 totals of the published network by shape, in every timing and by formula alone") {
  for (const std::vector<std::string>& settings : {std::vector<std::string>{},
                                                   {"platform.blocks.sw0.params.timing=ideal"},
                                                   {"platform.blocks.sw0.params.timing=link"},
                                                   {"platform.blocks.sw0.params.detail=analytic"}}) {
    const json totals = run(shape, settings)["totals"];
    CHECK(totals["frames_in"] == 1668);
    CHECK(totals["insertions"] == 158800);
    CHECK(totals["accepted"] == 14320);
    CHECK(totals["dropped"] == 144480);
    CHECK(totals["frames_out"] == 120);
    CHECK(totals["causality_violations"] == 0);
  }
}

TEST_CASE("pi2.B5 ResNet9 by formula: 1.5e9 insertions in no time, as published") {
  ScratchFolder folder;
  std::string text =
      "scenario: 1\nplatform:\n  blocks:\n    - { name: nic, kind: models.nic }\n    - name: sw0\n      kind: models.pi2\n      params:\n  "
      "      detail: analytic\n        layers:\n";
  const auto conv = [&](int in, int side, int out, int k) {
    text += "          - { type: conv, in: " + std::to_string(in) + ", height: " + std::to_string(side) +
            ", width: " + std::to_string(side) + ", kernel: 3, padding: 1, out: " + std::to_string(out) + ", K: " + std::to_string(k) +
            " }\n";
  };
  // Pools between them are software, so each block of equal size is its own run here; counts add up (the unit test sums all nine).
  conv(128, 16, 128, 35);
  conv(128, 16, 128, 35);
  conv(128, 16, 256, 60);
  text += "  links:\n    - { from: nic.out, to: sw0.in }\n    - { from: sw0.out, to: nic.in }\nworkload: { kind: pi2, samples: 1 }\n";
  const json totals = run(folder.write("resnet.yaml", text))["totals"];
  CHECK(totals["insertions"] == 2 * 150994944 + 301989888);
  CHECK(totals["accepted"] == 2 * (2 * 128 * 256 * 35) + 2 * 256 * 256 * 60);
}

TEST_CASE("pi2.B9 the error of real time falls as the time unit grows") {
  double last = 1;
  for (const char* unit : {"20 us", "1.1 ms", "100 ms"}) {
    const json totals = run(shape, {"platform.blocks.sw0.params.timing=link", "platform.blocks.sw0.params.switch.ports=1",
                                    std::string("platform.blocks.sw0.params.time_unit=") + unit})["totals"];
    CHECK(totals["order_error_u"].get<double>() < last / 5);
    last = totals["order_error_u"];
  }
  CHECK(last < 1e-5);
}

TEST_CASE("pi2.B9 1,568 frames on one port of 100 Gb/s take 10.54 us, through a switch and real sockets") {
  ScratchFolder folder;
  const std::string file = folder.write("port.yaml",
                                        "scenario: 1\nplatform:\n  blocks:\n    - { name: nic, kind: models.nic }\n"
                                        "    - { name: sw, kind: interconnect.switch, params: { groups: [ { group: 0, ports: [0] } ] } }\n"
                                        "  links:\n    - { from: nic.out, to: sw.in }\n    - { from: sw.out, to: nic.in }\n"
                                        "workload: { kind: frames, flows: [ { frames: 1568 } ] }\n");
  const json report = run(file);
  CHECK(report["totals"]["frames_received"] == 1568);
  CHECK(report["totals"]["last_arrival_us"].get<double>() == Approx(10.54 + 0.5).epsilon(0.01));
}

TEST_CASE("pi2.B10 power is linear in N, f, frame bits and pJ per bit, the published points come out, every curve has a label") {
  ScratchFolder folder;
  run("scenarios/papers/pi2_scaling.yaml", {}, 0, folder.path() + "/out");
  std::istringstream csv(slurp(folder.path() + "/out/scaling.csv"));
  std::map<std::vector<std::string>, double> power;
  std::string line;
  std::getline(csv, line);
  CHECK(line.rfind("curve,label,neurons,rate_hz,frame_bits,pj_per_bit,fan_out,queue_pj,power_w,eta_strict,eta_pi2", 0) == 0);
  int published = 0, model = 0;
  while (std::getline(csv, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    REQUIRE(cells.size() >= 11);
    CHECK((cells[1] == "model" || cells[1] == "published"));
    ++(cells[1] == "model" ? model : published);
    power[{cells.begin(), cells.begin() + 8}] = std::stod(cells[8]);
    if (cells[1] != "model") continue;
    CHECK(std::stod(cells[9]) >= 0);
    CHECK(std::stod(cells[10]) <= 1 + 1e-9);
    CHECK(std::stod(cells[10]) >= std::stod(cells[9]) - 1e-6);
  }
  CHECK(model == 4 * 2 * 3 * 7 * 3 * 3);
  CHECK(published > 50);
  const auto at = [&](const char* n, const char* f, const char* bits, const char* curve, const char* pj, const char* fan, const char* q) {
    return power.at({curve, "model", n, f, bits, pj, fan, q});
  };
  CHECK(at("1e+11", "1", "672", "pi2_tomahawk5", "8.8", "0", "1") == Approx(591).epsilon(1e-3));
  CHECK(at("1e+11", "10", "64", "pi2_tomahawk5", "8.8", "0", "1") == Approx(563).epsilon(1e-3));
  CHECK(at("1e+11", "1", "64", "pi2_0.5pJ", "0.5", "0", "1") == Approx(3.2).epsilon(1e-3));
  CHECK(at("1e+11", "1", "672", "pi2_5.5pJ", "5.5", "0", "1") == Approx(370).epsilon(2e-3));
  CHECK(at("1e+11", "10", "672", "pi2_tomahawk5", "8.8", "0", "1") ==
        Approx(10 * at("1e+11", "1", "672", "pi2_tomahawk5", "8.8", "0", "1")).epsilon(1e-5));
  CHECK(at("1e+11", "1", "672", "pi2_tomahawk5", "8.8", "0", "1") ==
        Approx(100 * at("1e+09", "1", "672", "pi2_tomahawk5", "8.8", "0", "1")).epsilon(1e-5));
  CHECK(at("1e+11", "1", "672", "pi2_tomahawk5", "8.8", "10000", "1") - at("1e+11", "1", "672", "pi2_tomahawk5", "8.8", "0", "1") ==
        Approx(1000).epsilon(1e-4));
}

TEST_CASE("pi2 energy is counts times prices, and the prices are the block's own") {
  const json report = run(shape);
  double expected = 1668 * 672 * 8.8 + 158800 * 1.0 + 14320 * 0.1 + 60 * 0.2;
  CHECK(report["energy"]["by_block"]["sw0"]["total_j"].get<double>() == Approx(expected * 1e-12).epsilon(1e-9));
  const json cheaper = run(shape, {"platform.blocks.sw0.params.energy.e_queue_pj=0"});
  CHECK(cheaper["energy"]["by_block"]["sw0"]["total_j"].get<double>() == Approx((expected - 158800) * 1e-12).epsilon(1e-9));
}

TEST_CASE("pi2 two switches with a packet switch between give the values of one, checked against the closed form") {
  ScratchFolder folder;
  const std::string params = "timing: ideal, neuron: { timeout: 20 }";
  const std::string file =
      folder.write("two.yaml",
                   "scenario: 1\nplatform:\n  blocks:\n    - { name: nic, kind: models.nic }\n"
                   "    - { name: a, kind: models.pi2, params: { " +
                       params +
                       ", layers: [ { in: 60, out: 14, K: 12 } ] } }\n"
                       "    - { name: b, kind: models.pi2, params: { " +
                       params +
                       ", first_layer: 1, layers: [ { in: 14, out: 5, K: 6 } ] } }\n"
                       "    - { name: sw, kind: interconnect.switch, params: { groups: [ { group: 0, ports: [0] } ] } }\n"
                       "  links:\n    - { from: nic.out, to: a.in }\n    - { from: a.out, to: sw.in }\n    - { from: sw.out, to: b.in }\n  "
                       "  - { from: b.out, to: nic.in }\n"
                       "workload: { kind: pi2, samples: 5, calibration: 5 }\n");
  const json report = run(file);
  CHECK(report["check"]["compared"] == 5 * 5 + 4);
  CHECK(report["check"]["mismatches"] == 0);
  CHECK(report["totals"]["frames_in"] == 5 * (120 + 28));
}

TEST_CASE("pi2 convolutions run through sockets and equal the closed form, frames of all formats do") {
  ScratchFolder folder;
  for (const char* format : {"ethernet", "noc", "aer"}) {
    const std::string file = folder.write(
        "conv.yaml",
        "scenario: 1\nplatform:\n  blocks:\n    - { name: nic, kind: models.nic }\n    - name: a\n      kind: models.pi2\n      params:\n  "
        "      timing: ideal\n"
        "        neuron: { timeout: 40 }\n        switch: { format: " +
            std::string(format) +
            ", frame_bytes: null }\n"
            "        layers:\n          - { type: conv, in: 1, height: 12, width: 12, kernel: 3, stride: 2, padding: 1, out: 4, K: 6 }\n"
            "          - { type: conv, in: 4, height: 6, width: 6, kernel: 3, out: 3, K: 20 }\n          - { in: 48, out: 5, K: 12 }\n"
            "  links:\n    - { from: nic.out, to: a.in }\n    - { from: a.out, to: nic.in }\n"
            "workload: { kind: pi2, samples: 3, calibration: 3, weight_std: 0.1, p_zero: 0.5 }\n");
    const json report = run(file);
    CHECK(report["check"]["compared"] == 3 * 5 + 4);
    CHECK(report["check"]["mismatches"] == 0);
  }
}

TEST_CASE("pi2 impairments are seeded and degrade gently, equal runs give equal bytes") {
  const std::vector<std::string> settings{"platform.blocks.sw0.params.impair={ jitter_std: 0.01, loss: 0.05, sync_std: 0.01, seed: 3 }",
                                          "workload.samples=3"};
  const json a = run(shape, settings), b = run(shape, settings);
  CHECK(a == b);
  CHECK(a["blocks"][1]["stats"]["frames_lost"].get<int>() > 100);
  std::vector<std::string> other = settings;
  other[0] = "platform.blocks.sw0.params.impair={ jitter_std: 0.01, loss: 0.05, sync_std: 0.01, seed: 4 }";
  CHECK(run(shape, other)["blocks"][1]["stats"]["frames_lost"] != a["blocks"][1]["stats"]["frames_lost"]);
}

TEST_CASE("pi2 a network folder is mapped and calibrated, without calibration it is not what was trained") {
  // A fully connected network that tells which of four quarters of an image is brightest: weights by hand, so no training is needed.
  ScratchFolder folder;
  const std::filesystem::path net = std::filesystem::path(folder.path()) / "net";
  std::filesystem::create_directory(net);
  const auto npy = [&](const std::string& name, const std::string& type, const std::string& dims, const std::string& bytes) {
    std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + dims + "), }";
    while ((10 + header.size() + 1) % 64 != 0) header += ' ';
    header += '\n';
    std::string text = "\x93NUMPY";
    text += '\x01', text += '\0', text += static_cast<char>(header.size() & 0xFF), text += static_cast<char>(header.size() >> 8);
    folder.write(name, text + header + bytes);
  };
  std::string w1, w2;
  for (int o = 0; o < 16; ++o)
    for (int i = 0; i < 64; ++i) w1 += static_cast<char>(i / 16 == o / 4 ? 40 + o % 4 * 5 : -15);
  for (int o = 0; o < 4; ++o)
    for (int i = 0; i < 16; ++i) w2 += static_cast<char>(i / 4 == o ? 60 : -20);
  npy("net/w1.npy", "|i1", "16, 64", w1);
  npy("net/w2.npy", "|i1", "4, 16", w2);
  folder.write("net/manifest.json", R"({"format": "snn-network-v1", "name": "quarters", "nodes": [
    {"name": "input", "op": "input", "out": [64]},
    {"name": "fc1", "op": "linear", "inputs": [{"from": "input", "delay": 0}], "in": [64], "out": [16], "weight": {"file": "w1.npy", "scale": 0.004, "zero": 0}},
    {"name": "relu1", "op": "relu", "inputs": [{"from": "fc1", "delay": 0}], "in": [16], "out": [16]},
    {"name": "fc2", "op": "linear", "inputs": [{"from": "relu1", "delay": 0}], "in": [16], "out": [4], "weight": {"file": "w2.npy", "scale": 0.004, "zero": 0}},
    {"name": "output", "op": "output", "inputs": [{"from": "fc2", "delay": 0}], "in": [4], "out": [4]}]})");
  snnvp::pi2::SplitMix random(5);
  std::string images, labels;
  for (int s = 0; s < 60; ++s) {
    const int bright = static_cast<int>(random.next() % 4);
    for (int i = 0; i < 64; ++i) {
      const double p = i / 16 == bright ? 0.6 : 0.25;
      images += static_cast<char>(random.uniform() < p ? static_cast<int>(80 + random.next() % 170) : 0);
    }
    labels += static_cast<char>(bright);
    labels += std::string(7, '\0');
  }
  npy("images.npy", "|u1", "60, 8, 8", images);
  npy("labels.npy", "<i8", "60,", labels);
  const std::string head =
      "scenario: 1\nplatform:\n  blocks:\n    - { name: nic, kind: models.nic }\n    - { name: sw0, kind: models.pi2, params: { timing: "
      "ideal, neuron: { timeout: 40 } } }\n"
      "  links:\n    - { from: nic.out, to: sw0.in }\n    - { from: sw0.out, to: nic.in }\nworkload: { kind: pi2, network: net, inputs: "
      "images.npy, labels: labels.npy, samples: 60";
  const json report = run(folder.write("net.yaml", head + ", ks: [24, 8] }\n"), {}, 0, folder.path() + "/out");
  CHECK(report["check"]["mismatches"] == 0);
  const json& totals = report["totals"];
  CHECK(totals["accuracy_float"].get<double>() > 0.9);
  CHECK(totals["accuracy"].get<double>() >= totals["accuracy_float"].get<double>() - 0.1);
  CHECK(totals["accuracy"] == totals["accuracy_predicted"]);
  CHECK(totals["accuracy_uncalibrated"].get<double>() < totals["accuracy"].get<double>());
  const json& layers = report["pi2"]["layers"];
  REQUIRE(layers.size() == 2);
  CHECK(layers[0]["correlation"].get<double>() > 0.8);
  CHECK(layers[0]["drop_rate"].get<double>() == Approx(1 - 24.0 / 128));
  CHECK(layers[0]["saturation"].get<double>() == 0);
  CHECK(slurp(folder.path() + "/out/pi2_layers.csv").rfind("layer,inputs,outputs", 0) == 0);

  // What cannot be mapped is refused by name.
  folder.write("net/manifest.json", R"({"format": "snn-network-v1", "nodes": [{"name": "input", "op": "input", "out": [64]},
    {"name": "pool", "op": "max_pool2d", "inputs": [{"from": "input"}]}]})");
  const json refused = run(folder.path() + "/net.yaml", {}, 2);
  CHECK(refused["error"].get<std::string>().find("max_pool2d") != std::string::npos);
  for (const char* bad : {"{", "[]", R"({"format": "snn-network-v1"})", R"({"format": "other", "nodes": []})",
                          R"({"format": "snn-network-v1", "nodes": [{"name": "a", "op": "input", "out": [64]},
    {"name": "l", "op": "linear", "inputs": [{"from": "a"}], "in": [64], "out": [4000000000000], "weight": {"file": "../w1.npy"}}]})"}) {
    folder.write("net/manifest.json", bad);
    run(folder.path() + "/net.yaml", {}, 2);
  }
}

TEST_CASE(
    "pi2.B11 the shipped digit network: calibration makes it work, training with the switch in the loop brings it within 1 % of float") {
  const std::string networks = root + "/scenarios/networks/";
  if (!std::filesystem::exists(networks + "digits_mlp/pi2_50/manifest.json")) {
    std::puts("SKIPPED: scenarios/networks/digits_mlp is absent");
    return;
  }
  ScratchFolder folder;
  const auto digits = [&](const std::string& network, const std::string& more) {
    return run(
        folder.write("digits.yaml",
                     "scenario: 1\nplatform:\n  blocks:\n    - { name: nic, kind: models.nic }\n    - { name: sw0, kind: models.pi2, "
                     "params: { timing: ideal } }\n  links:\n    - { from: nic.out, to: sw0.in }\n    - { from: sw0.out, to: nic.in }\n"
                     "workload: { kind: pi2, network: " +
                         networks + "digits_mlp/" + network + ", inputs: " + networks + "digits/images.npz, labels: " + networks +
                         "digits/labels.npy, calibration_inputs: " + networks + "digits/calibration.npz, samples: 200, calibration: 100" +
                         more + " }\n"));
  };
  const json relu = digits("relu_50", "")["totals"], distilled = digits("pi2_50", "");
  const double floating = relu["accuracy_float"];
  CHECK(floating > 0.95);
  CHECK(relu["accuracy_uncalibrated"].get<double>() < 0.5);
  CHECK(relu["accuracy"].get<double>() > 0.85);
  CHECK(distilled["check"]["mismatches"] == 0);
  // K as trained, and the best of a small sweep around it.
  const double as_trained = distilled["totals"]["accuracy"];
  const double fewer = digits("pi2_50", ", ks: [140, 12]")["totals"]["accuracy"],
               more = digits("pi2_50", ", ks: [160, 16]")["totals"]["accuracy"];
  CHECK(as_trained >= floating - 0.02 - 1e-9);
  CHECK(std::max({as_trained, fewer, more}) >= floating - 0.01 - 1e-9);
  CHECK(distilled["totals"]["accuracy_predicted"] == distilled["totals"]["accuracy"]);
  CHECK(digits("pi2_50", ", weight_bits: 4")["totals"]["accuracy"].get<double>() >= floating - 0.03);
}

TEST_CASE("pi2 wrong input is told with place and what is allowed") {
  const auto error = [](const std::string& scenario, const std::string& setting) {
    return run(scenario, {setting}, 2)["error"].get<std::string>();
  };
  CHECK(error(shape, "platform.blocks.sw0.params.layers[0].K=1569").find("1..1568") != std::string::npos);
  CHECK(error(shape, "platform.blocks.sw0.params.layers[1].in=51").find("51 inputs") != std::string::npos);
  CHECK(error(shape, "platform.blocks.sw0.params.timings=full").find("did you mean timing") != std::string::npos);
  CHECK(error(shape, "platform.blocks.sw0.params.synapse={ tick: 0.001, buckets: 10 }").find("buckets") != std::string::npos);
  CHECK(error(correlation, "workload.k=0").find("workload.k") != std::string::npos);
  CHECK(error(correlation, "workload.k=2000").find("K = 2000") != std::string::npos);
  CHECK(error("scenarios/switch_fabric.yaml", "platform.blocks.leaf.params.groups[0].ports=[5]").find("no output port 5") !=
        std::string::npos);
  CHECK(error("scenarios/switch_fabric.yaml", "workload.flows[0].port=3").find("flows[0].port") != std::string::npos);
  CHECK(error(shape, "platform.blocks.sw0.params.layers[0].weights=nowhere.csv").find("nowhere.csv") != std::string::npos);
  CHECK(error("scenarios/papers/pi2_scaling.yaml", "workload.switches=[tomahawk9]").find("tomahawk9") != std::string::npos);
}

TEST_CASE("pi2 the switch topology conserves frames and drops exactly what its buffer cannot hold") {
  const json report = run("scenarios/switch_fabric.yaml");
  std::uint64_t dropped = 0;
  for (const json& block : report["blocks"]) {
    if (block["kind"] != "interconnect.switch") continue;
    const json& s = block["stats"];
    const auto n = [&](const char* name) { return s[name].is_null() ? std::uint64_t{0} : s[name].get<std::uint64_t>(); };
    CHECK(n("frames_in") + n("copies") == n("frames_out") + n("in_flight") + n("dropped_unknown") + n("dropped_malformed") +
                                              n("dropped_loss") + n("dropped_buffer") + n("dropped_residence"));
    dropped += n("dropped_buffer");
  }
  CHECK(dropped > 0);
  CHECK(report["totals"]["frames_received"].get<std::uint64_t>() + dropped == 200 * 2 + 1000);
}
