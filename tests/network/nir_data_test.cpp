// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <hdf5.h>

#include <cmath>
#include <limits>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/formats/hdf5_tree.h>
#include <snnvp/workloads/formats/nir_data.h>

#include "nir_fixture.h"

using namespace snnvp;
using namespace snnvp::test;
using Catch::Matchers::Contains;

namespace {

Recording random_spikes(const std::string& node, double dt, std::uint64_t samples, std::uint64_t steps, std::uint64_t neurons,
                        double density) {
  Recording r;
  r.node = node, r.dt = dt, r.samples = samples, r.steps = steps, r.neurons = neurons;
  r.spikes = SpikeTensor("TC", {samples * steps, neurons});
  RandomStream random(7, node);
  for (std::uint64_t i = 0; i < r.spikes.bits(); ++i)
    if (random.bernoulli(density)) r.spikes.set(i);
  return r;
}

std::string problem(const std::string& file) {
  try {
    read_nir_data(file, 1e-4);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("formats.F7 spikes come back identical for every step length, as events and on a grid", "[nirdata]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/spikes.nir";
  for (const double dt : {1e-4, 1e-3, 1e-2})
    for (const bool grid : {false, true}) {
      const Recording written = random_spikes("lif", dt, 3, 1000, 5, 0.05);
      NirDataOptions options;
      options.grid = grid;
      write_nir_data(file, {written}, options);
      const std::vector<Recording> read = read_nir_data(file, dt);
      REQUIRE(read.size() == 1);
      CHECK(read[0].node == "lif");
      CHECK(read[0].observable == "spikes");
      CHECK(read[0].steps == 1000);
      CHECK(read[0].spikes == written.spikes);
    }
}

TEST_CASE("formats.F7 event times are (k + 1/2) dt, so that plain rounding down finds every step", "[nirdata]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/every.nir";
  Recording every;
  every.node = "n", every.dt = 1e-4, every.steps = 1000, every.neurons = 1;
  every.spikes = SpikeTensor("TC", {1000, 1});
  for (std::uint64_t k = 0; k < 1000; ++k) every.spikes.set(k);
  write_nir_data(file, {every});
  const Hdf5Item root = read_hdf5(file);
  const Hdf5Item& spikes = *root.child("nodes")->child("n")->child("observables")->child("spikes");
  CHECK(root.attribute("__type__")->strings[0] == "NIRGraphData");
  CHECK(spikes.attribute("__type__")->strings[0] == "EventData");
  CHECK(spikes.attribute("n_neurons")->numbers[0] == 1);
  const std::vector<double>& times = spikes.child("time")->numbers;
  REQUIRE(times.size() == 1000);
  bool exact = true;
  for (std::size_t k = 0; k < 1000; ++k)
    exact = exact && times[k] == (static_cast<double>(k) + 0.5) * 1e-4 && std::floor(times[k] / 1e-4) == static_cast<double>(k);
  CHECK(exact);
}

TEST_CASE("formats.F7 times at k dt, as other writers give them, fall into step k", "[nirdata]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/others.nir";
  {
    NirWriter w(file, {}, false);
    std::vector<double> idx, time;
    for (int k = 0; k < 1000; ++k) idx.push_back(0), time.push_back(std::stod(std::to_string(k * 1e-4)));  // decimal text
    idx.push_back(-1), time.push_back(std::numeric_limits<double>::infinity());                            // padding
    w.numbers("/nodes/n/observables/spikes/idx", {1, 1001}, idx, NirWriter::Number::i64);
    w.numbers("/nodes/n/observables/spikes/time", {1, 1001}, time);
    w.text_attribute("/", "__type__", "NIRGraphData");
    w.text_attribute("/nodes/n", "__type__", "NIRNodeData");
    w.text_attribute("/nodes/n/observables/spikes", "__type__", "EventData");
    w.number_attribute("/nodes/n/observables/spikes", "n_neurons", 1, NirWriter::Number::i64);
    w.number_attribute("/nodes/n/observables/spikes", "t_max", 1000 * 1e-4);
  }
  const std::vector<Recording> read = read_nir_data(file, 1e-4);
  REQUIRE(read.size() == 1);
  CHECK(read[0].steps == 1000);
  CHECK(read[0].spikes.count() == 1000);
}

TEST_CASE("formats.F7 nested, empty and graded recordings round-trip, flat names on request", "[nirdata]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/nested.nir";
  Recording v;
  v.node = "block/lif", v.observable = "v", v.dt = 1e-3, v.samples = 2, v.steps = 3, v.neurons = 2;
  for (int i = 0; i < 12; ++i) v.values.push_back(i * 0.25 - 1);
  const Recording silent = random_spikes("silent", 1e-3, 2, 10, 3, 0.0), spikes = random_spikes("block/lif", 1e-3, 2, 3, 2, 0.5);
  write_nir_data(file, {spikes, v, silent});
  const std::string first = slurp(file);
  const std::vector<Recording> read = read_nir_data(file, 1e-3);
  REQUIRE(read.size() == 3);
  CHECK(read[0].node == "block/lif");
  CHECK(read[0].spikes == spikes.spikes);
  CHECK(read[1].values == v.values);
  CHECK(read[1].dt == 1e-3);
  CHECK(read[2].spikes == silent.spikes);
  write_nir_data(file, {spikes, v, silent});
  CHECK(slurp(file) == first);
  NirDataOptions flat;
  flat.flat = true;
  write_nir_data(file, {spikes}, flat);
  CHECK(read_nir_data(file, 1e-3)[0].node == "block.lif");
}

TEST_CASE("formats.F7 broken recordings are refused", "[nirdata]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/bad.nir";
  const auto write = [&](double idx, double time, double neurons, double t_max) {
    NirWriter w(file, {}, false);
    w.numbers("/nodes/n/observables/spikes/idx", {1, 1}, {idx});
    w.numbers("/nodes/n/observables/spikes/time", {1, 1}, {time});
    w.text_attribute("/", "__type__", "NIRGraphData");
    w.text_attribute("/nodes/n", "__type__", "NIRNodeData");
    w.text_attribute("/nodes/n/observables/spikes", "__type__", "EventData");
    w.number_attribute("/nodes/n/observables/spikes", "n_neurons", neurons);
    w.number_attribute("/nodes/n/observables/spikes", "t_max", t_max);
  };
  write(0, 5e-4, 1, 1e-3);
  CHECK(problem(file) == "");
  write(4, 5e-4, 3, 1e-3);
  CHECK_THAT(problem(file), Contains("4 is no neuron of 3"));
  write(0, 2, 3, 1e-3);
  CHECK_THAT(problem(file), Contains("lies outside"));
  write(0, 0, 1e9, 1e9);
  CHECK_THAT(problem(file), Contains("too many"));
  write(0, 0, 0, 1e-3);
  CHECK_THAT(problem(file), Contains("n_neurons"));
  NirWriter(folder.path() + "/network.nir").group("/node");
  CHECK_THAT(problem(folder.path() + "/network.nir"), Contains("no NIRData file"));
}
