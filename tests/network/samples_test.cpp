// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cstring>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/formats/nir_data.h>
#include <snnvp/workloads/formats/npy.h>
#include <snnvp/workloads/formats/npz.h>
#include <snnvp/workloads/formats/samples.h>

#include "nir_fixture.h"

using namespace snnvp;
using namespace snnvp::test;
using Catch::Matchers::Contains;

namespace {

EventBinning binning(const Shape& shape, std::uint64_t steps) {
  EventBinning b;
  b.shape = shape, b.steps = steps;
  return b;
}

/// Bits of sample i, as text.
std::string bits(const SampleSet& set, std::uint64_t i) {
  const NetworkSample sample = set.sample(i);
  std::string text;
  for (std::uint64_t n = 0; n < sample.inputs[0].spikes.bits(); ++n) text += sample.inputs[0].spikes.at(n) ? '1' : '0';
  return text;
}

std::string problem(const std::string& file, const EventBinning& b) {
  try {
    const SampleSet set(file, b);
    for (std::uint64_t i = 0; i < set.size(); ++i) set.sample(i);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("events fall into windows, steps and channels", "[samples]") {
  const ScratchFolder folder;
  // 2 steps of 100 us; columns out of order, a byte-order mark, CRLF, a blank line
  const std::string file =
      folder.write("e.csv", "\xEF\xBB\xBFx,p,t,y\r\n0,1,0,0\r\n1,0,99,0\r\n\r\n1,1,100,0\r\n0,-1,250,0\r\n0,1,799,0\r\n");
  const SampleSet set(file, binning({2, 1, 2}, 2));
  REQUIRE(set.size() == 4);
  CHECK(bits(set, 0) == "01100001");  // step 0: channel 0 pixel 1, channel 1 pixel 0; step 1: channel 1 pixel 1
  CHECK(bits(set, 1) == "10000000");
  CHECK(bits(set, 2) == "00000000");
  CHECK(bits(set, 3) == "00000010");
  CHECK(set.notices().empty());
}

TEST_CASE("unsorted events are sorted, with a notice, and give the same samples", "[samples]") {
  const ScratchFolder folder;
  const SampleSet sorted(folder.write("a.csv", "t,x,y,p\n5,0,0,1\n150,1,0,0\n450,0,0,1\n"), binning({2, 1, 2}, 2));
  const SampleSet mixed(folder.write("b.csv", "t,x,y,p\n450,0,0,1\n5,0,0,1\n150,1,0,0\n"), binning({2, 1, 2}, 2));
  REQUIRE(mixed.size() == sorted.size());
  CHECK_THAT(mixed.notices().at(0), Contains("not in order"));
  for (std::uint64_t i = 0; i < 3; ++i) CHECK(bits(mixed, i) == bits(sorted, i));
}

TEST_CASE("polarity and duplicates are merged, signed or counted as asked", "[samples]") {
  const ScratchFolder folder;
  const std::string file = folder.write("e.csv", "t,x,y,p\n0,0,0,1\n1,0,0,1\n2,1,0,0\n");
  EventBinning b = binning({1, 1, 2}, 1);
  b.polarity = EventBinning::Polarity::merge;
  CHECK(bits(SampleSet(file, b), 0) == "11");
  b.duplicate = EventBinning::Duplicate::count;
  CHECK(SampleSet(file, b).sample(0).inputs[0].values == std::vector<double>{2, 1});
  b.polarity = EventBinning::Polarity::sign;
  CHECK(SampleSet(file, b).sample(0).inputs[0].values == std::vector<double>{2, -1});
  b.duplicate = EventBinning::Duplicate::one;
  CHECK(SampleSet(file, b).sample(0).inputs[0].values == std::vector<double>{1, -1});
  b.polarity = EventBinning::Polarity::channels;
  CHECK_THAT(problem(file, b), Contains("the input has 1 channels"));
}

TEST_CASE("neuron,timestep files count in steps", "[samples]") {
  const ScratchFolder folder;
  const SampleSet set(folder.write("n.csv", "neuron,timestep\n2,0\n0,1\n1,2\n"), binning({3}, 2));
  REQUIRE(set.size() == 2);
  CHECK(bits(set, 0) == "001100");
  CHECK(bits(set, 1) == "010000");
}

TEST_CASE("samples come from npy, npz, packed bits, structured events and NIRData alike", "[samples]") {
  const ScratchFolder folder;
  const auto path = [&](const char* name) { return folder.path() + "/" + name; };
  const std::uint8_t raw[] = {1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1};  // 2 samples, 2 steps, 3 values
  NpyArray plain = NpyArray::of({NpyType::Kind::unsigned_integer, 1}, {2, 2, 3});
  std::memcpy(plain.data.data(), raw, sizeof raw);
  write_npy(path("plain.npy"), plain);
  write_npz(path("named.npz"), {{"labels", NpyArray::of({NpyType::Kind::unsigned_integer, 1}, {2})}, {"spikes", plain}}, true);
  NpyArray packed = NpyArray::of({NpyType::Kind::unsigned_integer, 1}, {2, 1});
  packed.data = {0b011001, 0b111000};
  write_npy(path("packed.npy"), packed);
  Recording recording;
  recording.node = "input", recording.samples = 2, recording.steps = 2, recording.neurons = 3;
  recording.spikes = SpikeTensor::from_bytes("TC", {4, 3}, raw);
  write_nir_data(path("data.nir"), {recording});
  for (const char* name : {"plain.npy", "named.npz", "packed.npy", "data.nir"}) {
    INFO(name);
    const SampleSet set(path(name), binning({3}, 2));
    REQUIRE(set.size() == 2);
    CHECK(set.steps() == 2);
    CHECK(bits(set, 0) == "100110");
    CHECK(bits(set, 1) == "000111");
  }
  CHECK_THAT(problem(path("plain.npy"), binning({4}, 2)), Contains("has the shape (2, 2, 3)"));
  CHECK_THAT(problem(path("data.nir"), binning({4}, 2)), Contains("3 neurons, the input takes 4"));
}

TEST_CASE("faults in event files name file and line", "[samples]") {
  const ScratchFolder folder;
  const EventBinning b = binning({2, 4, 4}, 2);
  const auto told = [&](const std::string& text) { return problem(folder.write("bad.csv", text), b); };
  CHECK_THAT(told(""), Contains("bad.csv: empty"));
  CHECK_THAT(told("t,x,y\n1,2,3\n"), Contains("bad.csv:1: there is no column p"));
  CHECK_THAT(told("t,x,y,p\n1,2,3\n"), Contains("bad.csv:2: 3 columns, the first line names 4"));
  CHECK_THAT(told("t,x,y,p\n1,2,3,1\n1.5,2,3,1\n"), Contains("bad.csv:3: '1.5' is not a whole number"));
  CHECK_THAT(told("t,x,y,p\n-1,2,3,1\n"), Contains("a time of -1"));
  CHECK_THAT(told("t,x,y,p\n1,2,3,7\n"), Contains("a polarity of 7"));
  CHECK_THAT(told("t,x,y,p\n1,9,3,1\n"), Contains("sample 0: an event at x 9, y 3 lies outside 4 x 4 pixels"));
  CHECK_THAT(told("t,x,y,p\n99999999999999,1,1,1\n"), Contains("lies beyond"));
  CHECK_THAT(problem(folder.path() + "/x.pickle", b), Contains("come as .csv, .npy, .npz or NIRData"));
}

TEST_CASE("labels are read from npy and CSV", "[samples]") {
  const ScratchFolder folder;
  CHECK(read_labels(folder.write("a.csv", "3\n1\n2\n")) == std::vector<std::uint32_t>{3, 1, 2});
  CHECK(read_labels(folder.write("b.csv", "sample,label\r\n0,7\r\n1,4\r\n")) == std::vector<std::uint32_t>{7, 4});
  CHECK_THROWS_WITH(read_labels(folder.write("c.csv", "label\ncat\n")), Contains("c.csv:2: 'cat' is no class"));
  NpyArray array = NpyArray::of({NpyType::Kind::signed_integer, 8}, {2});
  array.data[0] = 5, array.data[8] = 9;
  write_npy(folder.path() + "/l.npy", array);
  CHECK(read_labels(folder.path() + "/l.npy") == std::vector<std::uint32_t>{5, 9});
}

TEST_CASE("a sample's read touches only its window of a sorted file", "[samples]") {
  const ScratchFolder folder;
  std::string text = "t,x,y,p\n";
  for (int i = 0; i < 20000; ++i) text += std::to_string(10 * i) + "," + std::to_string(i % 4) + ",0,1\n";
  const SampleSet set(folder.write("long.csv", text), binning({2, 1, 4}, 4));
  REQUIRE(set.size() == 500);
  CHECK(set.sample(499).inputs[0].spikes.count() == 16);
  CHECK(set.sample(0).inputs[0].spikes.count() == 16);
}
