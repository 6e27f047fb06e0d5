// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>

#include <hdf5.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/formats/hdf5_tree.h>
#include <snnvp/workloads/network/quantise.h>

#include "nir_fixture.h"

using namespace snnvp;
using namespace snnvp::test;
using Catch::Matchers::Contains;

namespace {

/// The one-neuron network of the LIF golden (spec/formats.md 12).
std::string write_lif_golden(const ScratchFolder& folder) {
  const std::string file = folder.path() + "/lif.nir";
  NirWriter nir(file);
  nir.input("input", {1});
  nir.linear("fc", {1, 1}, {1});
  nir.param_node("lif", "LIF", {1}, {{"tau", 2.5e-3}, {"r", 1}, {"v_leak", 0}, {"v_threshold", 0.1}, {"v_reset", 0}});
  nir.output("output", {1});
  nir.graph("/node", {{"input", "fc"}, {"fc", "lif"}, {"lif", "output"}});
  return file;
}

NetworkSample lif_golden_input() {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ones;
  std::vector<std::uint64_t> k{6, 22, 27, 31, 32, 35, 37, 40, 41, 84, 85};
  for (std::uint64_t i = 43; i <= 53; ++i) k.push_back(i);
  for (std::uint64_t i = 67; i <= 78; ++i) k.push_back(i);
  for (const std::uint64_t i : k) ones.emplace_back(10 * i, 0);
  return spike_sample(1000, 1, ones);
}

}  // namespace

TEST_CASE("formats.F1 the LIF golden spikes at its four steps and has the listed potentials", "[nir]") {
  const ScratchFolder folder;
  const NirImport import = import_nir(write_lif_golden(folder), nir_options());
  const auto traces = simulate_float(import.graph, lif_golden_input());
  const FloatTrace& lif = traces[static_cast<std::size_t>(import.graph.find("lif"))];
  std::vector<std::uint64_t> spikes;
  double most = 0;
  for (std::uint64_t t = 0; t < 1000; ++t) {
    if (lif.output[t] != 0) spikes.push_back(t);
    most = std::max(most, lif.membrane[t]);
  }
  CHECK(spikes == std::vector<std::uint64_t>{460, 510, 710, 760});
  const std::pair<std::size_t, double> expected[] = {{60, 0.04},
                                                     {61, 0.0384},
                                                     {70, 0.02659330543966004},
                                                     {220, 0.040058271644909584},
                                                     {459, 0.06914553852998037},
                                                     {460, 0},
                                                     {509, 0.06650245269403895},
                                                     {850, 0.07041641624112546},
                                                     {999, 0.00016072655689599707}};
  for (const auto& [step, v] : expected) CHECK(std::abs(lif.membrane[step] - v) <= 1e-12);
  CHECK(std::abs(most - 0.09984425161346883) <= 1e-12);
}

TEST_CASE("formats.F1 the quantised LIF golden spikes at the same steps", "[nir]") {
  const ScratchFolder folder;
  const NirImport import = import_nir(write_lif_golden(folder), nir_options());
  const Quantised q = quantise(import.graph, {}, {lif_golden_input()});
  IntegerSimulation simulation(q.network);
  const auto traces = simulation.run(lif_golden_input());
  const auto lif = static_cast<std::size_t>(q.network.find("lif"));
  std::vector<std::uint64_t> spikes;
  for (std::uint64_t t = 0; t < 1000; ++t)
    if (traces[lif].spikes.at(t)) spikes.push_back(t);
  CHECK(spikes == std::vector<std::uint64_t>{460, 510, 710, 760});
}

TEST_CASE("formats.F2 a file's tree is read exactly, whatever types and storage its writer chose", "[nir]") {
  const ScratchFolder folder;
  using Number = NirWriter::Number;
  for (const NirWriter::Style style : {NirWriter::Style{Number::f32, false, false}, NirWriter::Style{Number::f64, true, false},
                                       NirWriter::Style{Number::f64, false, true}, NirWriter::Style{Number::f32, true, true}}) {
    const std::string file = folder.path() + "/tree.nir";
    NirWriter nir(file, style);
    nir.text("/node/nodes/lif/type", "LIF");
    nir.numbers("/node/nodes/lif/tau", {2}, {0.5, 0.75}, Number::f32);
    nir.numbers("/node/nodes/lif/r", {2}, {1, 2}, Number::f64);
    nir.scalar("/node/nodes/lif/v_leak", 3, Number::i64);
    nir.booleans("/node/metadata/flags", {3}, {1, 0, 1});
    nir.text("/node/metadata/deep/note", "gr\xC3\xBC\xC3\x9F");
    nir.graph("/node", {});
    nir.text_attribute("/node", "written by", "a test");
    H5Fflush(nir.id(), H5F_SCOPE_GLOBAL);
    const Hdf5Item root = read_hdf5(file);
    REQUIRE(root.children.size() == 2);
    CHECK(root.child("version")->strings == std::vector<std::string>{"0.2.0"});
    const Hdf5Item& node = *root.child("node");
    CHECK(node.attribute("written by")->strings == std::vector<std::string>{"a test"});
    CHECK(node.child("type")->shape.empty());
    CHECK(node.child("edges")->kind == Hdf5Item::Kind::numbers);
    CHECK(node.child("edges")->shape == std::vector<std::uint64_t>{0});
    CHECK(node.child("metadata")->child("flags")->numbers == std::vector<double>{1, 0, 1});
    CHECK(node.child("metadata")->child("deep")->child("note")->strings == std::vector<std::string>{"gr\xC3\xBC\xC3\x9F"});
    const Hdf5Item& lif = *node.child("nodes")->child("lif");
    REQUIRE(lif.children.size() == 4);
    CHECK(lif.child("tau")->numbers == std::vector<double>{0.5, 0.75});
    CHECK(lif.child("r")->shape == std::vector<std::uint64_t>{2});
    CHECK(lif.child("v_leak")->shape.empty());
    CHECK(lif.child("v_leak")->numbers == std::vector<double>{3});
  }
}

TEST_CASE("formats.F2 every node type of NIR imports from old and new layouts", "[nir]") {
  const ScratchFolder folder;
  using Number = NirWriter::Number;
  const std::vector<std::pair<std::string, std::function<void(NirWriter&, const Shape&)>>> neurons{
      {"LIF",
       [](NirWriter& w, const Shape& s) {
         w.param_node("n", "LIF", s, {{"tau", 1e-3}, {"r", 1}, {"v_leak", 0.1}, {"v_threshold", 1}});
       }},
      {"IF",
       [](NirWriter& w, const Shape& s) {
         w.param_node("n", "IF", s, {{"r", 1}, {"v_threshold", 1}, {"v_reset", 0}});
       }},
      {"I",
       [](NirWriter& w, const Shape& s) {
         w.param_node("n", "I", s, {{"r", 1}});
       }},
      {"LI",
       [](NirWriter& w, const Shape& s) {
         w.param_node("n", "LI", s, {{"tau", 1e-3}, {"r", 1}, {"v_leak", 0}});
       }},
      {"CubaLI",
       [](NirWriter& w, const Shape& s) {
         w.param_node("n", "CubaLI", s, {{"tau_syn", 1e-3}, {"tau_mem", 2e-3}, {"r", 1}, {"v_leak", 0}, {"w_in", 1}});
       }},
      {"CubaLIF",
       [](NirWriter& w, const Shape& s) {
         w.param_node("n", "CubaLIF", s, {{"tau_syn", 1e-3}, {"tau_mem", 2e-3}, {"r", 1}, {"v_leak", 0}, {"v_threshold", 1}});
       }},
      {"Threshold",
       [](NirWriter& w, const Shape& s) {
         w.param_node("n", "Threshold", s, {{"threshold", 0.5}});
       }},
      {"Scale",
       [](NirWriter& w, const Shape& s) {
         w.param_node("n", "Scale", s, {{"scale", 2}});
       }},
      {"Delay", [](NirWriter& w, const Shape& s) {
         w.param_node("n", "Delay", s, {{"delay", 3e-4}});
       }}};
  for (const auto& [type, write] : neurons)
    for (const Shape& params : {Shape{}, Shape{1}, Shape{4}}) {  // scalars are what older files hold
      const NirWriter::Style style{params.empty() ? Number::f64 : Number::f32, params.size() == 1, params.empty()};
      const std::string file = folder.path() + "/" + type + ".nir";
      NirWriter nir(file, style, !params.empty());
      nir.input("input", {4});
      write(nir, params);
      nir.output("output", {4});
      nir.graph("/node", {{"input", "n"}, {"n", "output"}});
      H5Fflush(nir.id(), H5F_SCOPE_GLOBAL);
      INFO(type);
      const NirImport import = import_nir(file, nir_options());
      CHECK(row_of(import, "n").verdict == ImportVerdict::mapped);
      CHECK(row_of(import, "n").type == type);
      CHECK(node_of(import.graph, "n").out == Shape{4});
      CHECK(quantise(import.graph, {}).network.nodes.size() == 3);
    }
  const std::string file = folder.path() + "/spatial.nir";
  NirWriter nir(file, {Number::f32, true, false});
  nir.input("input", {1, 8, 8});
  nir.conv("conv", {2, 1, 3, 3}, std::vector<double>(18, 0.1), {0, 0}, {{1, 1}, {1, 1}, {1, 1}, 1, {8, 8}});
  nir.pool("sum", "SumPool2d", 2, 2);
  nir.pool("avg", "AvgPool2d", 2, 2);
  nir.text("/node/nodes/flat/type", "Flatten");
  nir.scalar("/node/nodes/flat/start_dim", 0, Number::i64);
  nir.scalar("/node/nodes/flat/end_dim", -1, Number::i64);
  nir.numbers("/node/nodes/flat/input_type", {3}, {2, 2, 2}, Number::i64);
  nir.affine("fc", {3, 8}, std::vector<double>(24, 0.25), {0.5, 0, -0.5});
  nir.output("output", {3});
  nir.graph("/node", {{"input", "conv"}, {"conv", "sum"}, {"sum", "avg"}, {"avg", "flat"}, {"flat", "fc"}, {"fc", "output"}});
  H5Fflush(nir.id(), H5F_SCOPE_GLOBAL);
  const NirImport import = import_nir(file, nir_options());
  CHECK(row_of(import, "flat").shape == "8");
  CHECK(quantise(import.graph, {}).network.nodes.size() == 7);
}

TEST_CASE("formats.F4 shapes are those of PyTorch", "[nir]") {
  const ScratchFolder folder;
  struct Case {
    Shape in, weight;
    NirWriter::Conv conv;
    Shape out;
  };
  // Sizes as torch.nn.Conv2d and Conv1d give them.
  std::vector<Case> cases;
  cases.push_back({{1, 28, 20}, {4, 1, 3, 5}, {}, {4, 26, 16}});
  cases.push_back({{4, 12, 12}, {6, 2, 3, 3}, {{1}, {1}, {1}, 2}, {6, 12, 12}});
  cases.push_back({{1, 15, 15}, {2, 1, 3, 3}, {{1, 1}, {0, 0}, {2, 2}}, {2, 11, 11}});
  cases.push_back({{2, 34, 33}, {3, 2, 5, 4}, {{2, 3}, {1, 2}, {1, 2}}, {3, 16, 11}});
  cases.push_back({{1, 10, 9}, {1, 1, 4, 3}, {{1}, {}, {1}, 1, {}, "same"}, {1, 10, 9}});
  cases.push_back({{1, 10, 9}, {1, 1, 4, 3}, {{2}, {}, {1}, 1, {}, "valid"}, {1, 4, 4}});
  cases.push_back({{3, 50}, {8, 3, 7}, {{2}, {3}, {1}}, {8, 25}});
  cases.push_back({{4, 30}, {4, 1, 3}, {{1}, {0}, {4}, 4}, {4, 22}});
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& c = cases[i];
    const std::string file = folder.path() + "/shape" + std::to_string(i) + ".nir";
    NirWriter nir(file);
    nir.input("input", c.in);
    nir.conv("n", c.weight, std::vector<double>(elements_of(c.weight), 0.5), std::vector<double>(c.weight[0], 0.0), c.conv);
    nir.graph("/node", {{"input", "n"}});
    H5Fflush(nir.id(), H5F_SCOPE_GLOBAL);
    INFO("case " << i);
    const NirImport import = import_nir(file, nir_options());
    CHECK(node_of(import.graph, "n").out == c.out);
    CHECK(node_of(import.graph, "output_n").out == c.out);
  }
}

TEST_CASE("formats.F5 beta comes back exactly through tau, r and dt, with an input gain of 1", "[nir]") {
  for (const double beta : {0.5, 0.9, 0.95, 0.99}) {
    const double dt = 1e-4, tau = dt / (1 - beta), r = tau / dt;
    CHECK(1 - dt / tau == beta);
    CHECK((dt / tau) * r == 1);
    GraphNode lif;
    lif.name = "lif", lif.op = NodeOp::lif, lif.declared = {1};
    lif.tau = scalar_param(tau), lif.r = scalar_param(r), lif.v_leak = scalar_param(0), lif.v_threshold = scalar_param(1),
    lif.v_reset = scalar_param(0);
    GraphNode input, output;
    input.name = "input", input.declared = {1};
    output.name = "output", output.op = NodeOp::output;
    NetworkGraph graph;
    graph.nodes = {input, lif, output};
    graph.edges = {{0, 1}, {1, 2}};
    Diagnostics diagnostics;
    infer_shapes(graph, diagnostics);
    REQUIRE(!diagnostics.has_errors());
    const Quantised q = quantise(graph, {});
    CHECK(q.network.nodes[1].neuron.leak_value == std::lround(beta * 65536));
  }
}

TEST_CASE("formats.F6 the gain of IF nodes is 1 for r = 1 and for r = 1/dt, and mixed files ask", "[nir]") {
  const ScratchFolder folder;
  const auto write = [&](double r1, double r2) {
    const std::string file = folder.path() + "/if.nir";
    NirWriter nir(file);
    nir.input("input", {1});
    nir.param_node("a", "IF", {1}, {{"r", r1}, {"v_threshold", 0.5}});
    nir.param_node("b", "I", {1}, {{"r", r2}});
    nir.graph("/node", {{"input", "a"}, {"a", "b"}});
    return file;
  };
  for (const double r : {1.0, 1e4}) {
    const NetworkGraph graph = import_nir(write(r, r), nir_options()).graph;
    CHECK(graph.if_gain * r == 1);
    const auto traces = simulate_float(graph, spike_sample(3, 1, {{1, 0}}));
    CHECK(traces[static_cast<std::size_t>(graph.find("b"))].membrane == std::vector<double>{0, 1, 1});
  }
  CHECK_THAT(import_problem(write(1, 1e4)), Contains("--if-gain r adds"));
  NirOptions chosen = nir_options();
  chosen.if_gain = NirOptions::IfGain::r_dt;
  CHECK(import_nir(write(1, 1e4), chosen).graph.if_gain == 1e-4);
}

TEST_CASE("formats.F3 each fault of a file is one clear sentence", "[nir]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/bad.nir";
  const auto problem = [&](const std::function<void(NirWriter&)>& write) {
    {
      NirWriter nir(file);
      write(nir);
    }
    return import_problem(file);
  };
  const auto ends = [](NirWriter& nir) {
    nir.input("input", {1, 6, 6});
    nir.output("output", {1, 6, 6});
  };
  CHECK_THAT(problem([&](NirWriter& w) {
               ends(w);
               w.lif("lif1", {1}, 1e-3, 1, 1);
               w.graph("/node", {{"input", "lif"}, {"lif1", "output"}});
             }),
             Contains("/node/edges: edge 0 (input -> lif): there is no node 'lif'") &&
                 Contains("did you mean lif1? --rename lif=lif1 repairs it"));
  CHECK_THAT(problem([&](NirWriter& w) {
               ends(w);
               w.text("/node/nodes/n/type", "Conv2d");
               w.numbers("/node/nodes/n/bias", {1}, {0});
               w.graph("/node", {{"input", "n"}, {"n", "output"}});
             }),
             Contains("/node/nodes/n/weight: missing dataset"));
  CHECK_THAT(problem([&](NirWriter& w) {
               ends(w);
               w.affine("a", {1, 1}, {1}, {0});
               w.affine("b", {1, 1}, {1}, {0});
               w.graph("/node", {{"input", "a"}, {"a", "b"}, {"b", "a"}, {"b", "output"}});
             }),
             Contains("the nodes 'a', 'b' form a cycle that holds no state"));
  CHECK_THAT(problem([&](NirWriter& w) {
               ends(w);
               w.lif("n", {1}, 1e-3, 1, 1);
               w.graph("/node", {{"input", "n"}, {"n", "output"}, {"input", "n"}});
             }),
             Contains("edge 2 (input -> n) is listed twice"));
  CHECK_THAT(problem([&](NirWriter& w) {
               ends(w);
               w.lif("n", {1}, 1e-3, 1, 1);
               w.text("/node/type", "NIRGraph");
             }),
             Contains("/node/edges: missing dataset"));
  // Sound files with nodes that cannot be run: a row, not an exception.
  {
    NirWriter w(file);
    ends(w);
    w.conv("same", {1, 1, 3, 3}, std::vector<double>(9, 1.0), {0}, {{2}, {}, {1}, 1, {}, "same"});
    w.text("/node/nodes/attention/type", "SpikingAttention");
    w.graph("/node", {{"input", "same"}, {"same", "attention"}, {"attention", "output"}});
  }
  const NirImport import = import_nir(file, nir_options());
  CHECK(row_of(import, "same").verdict == ImportVerdict::refused);
  CHECK_THAT(row_of(import, "same").reason, Contains("stride above 1"));
  CHECK(row_of(import, "attention").verdict == ImportVerdict::refused);
  CHECK_THAT(row_of(import, "attention").reason, Contains("no node type 'SpikingAttention'"));
  CHECK(row_of(import, "input").verdict == ImportVerdict::mapped);
}

TEST_CASE("formats.F3 a dataset compressed with lzf is told to be saved with gzip", "[nir]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/lzf.nir";
  // A stand-in with the number of h5py's filter: it is enough to write a file that claims it.
  const H5Z_class2_t lzf{H5Z_CLASS_T_VERS,
                         32000,
                         1,
                         1,
                         "lzf",
                         nullptr,
                         nullptr,
                         [](unsigned, std::size_t, const unsigned[], std::size_t bytes, std::size_t*, void**) { return bytes; }};
  H5Zregister(&lzf);
  {
    NirWriter nir(file);
    nir.input("input", {1});
    nir.text("/node/nodes/n/type", "Linear");
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t size[2] = {1, 1};
    H5Pset_chunk(plist, 2, size);
    H5Pset_filter(plist, 32000, 0, 0, nullptr);
    const hid_t space = H5Screate_simple(2, size, nullptr);
    const hid_t set = H5Dcreate2(nir.id(), "/node/nodes/n/weight", H5T_IEEE_F64LE, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    const double one = 1;
    H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &one);
    H5Dclose(set), H5Sclose(space), H5Pclose(plist);
    nir.graph("/node", {{"input", "n"}});
  }
  H5Zunregister(32000);
  CHECK_THAT(import_problem(file), Contains("/node/nodes/n/weight") && Contains("lzf") && Contains("re-save it with gzip"));
}
