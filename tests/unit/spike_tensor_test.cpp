// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/spikes/layout.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

using namespace snnvp;

namespace {

SpikeTensor random_tensor(std::string axes, std::vector<std::uint64_t> shape, const char* stream) {
  SpikeTensor tensor(std::move(axes), std::move(shape));
  RandomStream random(1, stream);
  for (std::uint64_t i = 0; i < tensor.bits(); ++i)
    if (random.bernoulli(0.3)) tensor.set(i);
  return tensor;
}

}  // namespace

TEST_CASE("bit i of a spike tensor is bit i mod 8 of byte i div 8", "[spikes]") {
  SpikeTensor tensor("TC", {2, 7});
  tensor.set(0);
  tensor.set(9);
  tensor.set(13);
  CHECK(tensor.byte_size() == 2);
  CHECK(tensor.data()[0] == 0x01);
  CHECK(tensor.data()[1] == 0x22);
  tensor.set(9, false);
  CHECK(tensor.data()[1] == 0x20);
  CHECK(tensor.count() == 2);
}

TEST_CASE("runs of packed bits equal the bits read one by one", "[spikes]") {
  const SpikeTensor tensor = random_tensor("TC", {3, 67}, "runs");
  for (std::uint64_t first = 0; first < tensor.bits(); ++first)
    for (const unsigned count : {1U, 7U, 16U, 57U}) {
      std::uint64_t expected = 0;
      for (unsigned b = 0; b < count && first + b < tensor.bits(); ++b) expected |= std::uint64_t{tensor.at(first + b)} << b;
      REQUIRE(packed_bits(tensor.data(), first, count) == expected);
    }
}

TEST_CASE("the number of ones is right for every length", "[spikes]") {
  const SpikeTensor tensor = random_tensor("TC", {1, 300}, "count");
  std::uint64_t ones = 0;
  for (std::uint64_t length = 0; length <= 300; ++length) {
    REQUIRE(count_ones(tensor.data(), length) == ones);
    if (length < 300) ones += tensor.at(length);
  }
  CHECK(tensor.view().count() == ones);
  CHECK(tensor.density() == Approx(static_cast<double>(ones) / 300));
}

TEST_CASE("spikes survive the way over one byte per spike", "[spikes]") {
  const SpikeTensor tensor = random_tensor("TLC", {2, 3, 5}, "bytes");
  CHECK(SpikeTensor::from_bytes("TLC", {2, 3, 5}, tensor.to_bytes().data()) == tensor);
  CHECK(SpikeTensor::from_packed("TLC", {2, 3, 5}, tensor.data(), tensor.byte_size()) == tensor);
  CHECK(SpikeTensor::from_packed("TLD", {2, 3, 5}, tensor.data(), tensor.byte_size()) != tensor);
}

TEST_CASE("packed bytes of a wrong size or with stray padding bits are refused", "[spikes]") {
  const std::uint8_t bytes[] = {0xFF, 0x07};
  CHECK(SpikeTensor::from_packed("TC", {1, 11}, bytes, 2).count() == 11);
  CHECK_THROWS_WITH(SpikeTensor::from_packed("TC", {1, 10}, bytes, 2), "the unused bits of the last packed byte are not all zero");
  CHECK_THROWS_WITH(SpikeTensor::from_packed("TC", {1, 17}, bytes, 2), "2 packed bytes, but 17 bits need 3");
}

TEST_CASE("a tensor too large for memory is refused before it is allocated", "[spikes]") {
  CHECK_THROWS_AS(SpikeTensor("TC", {std::uint64_t{1} << 33, 2}), InputError);
  CHECK_THROWS_AS(SpikeTensor("TCHW", {1U << 31, 1U << 31, 1U << 31, 1U << 31}), InputError);
  CHECK(SpikeTensor("TC", {std::uint64_t{1} << 63, 0}).bits() == 0);
}

TEST_CASE("permuting axes moves each spike and permuting back restores it", "[spikes]") {
  const SpikeTensor tensor = random_tensor("TCHW", {2, 3, 4, 5}, "permute");
  const SpikeTensor channels_last = permuted(tensor.view(), "THWC");
  CHECK(channels_last.shape() == std::vector<std::uint64_t>{2, 4, 5, 3});
  const auto at = [](std::uint64_t t, std::uint64_t c, std::uint64_t y, std::uint64_t x) { return ((t * 3 + c) * 4 + y) * 5 + x; };
  for (std::uint64_t i = 0; i < channels_last.bits(); ++i)
    REQUIRE(channels_last.at(i) == tensor.at(at(i / 60, i % 3, i / 15 % 4, i / 3 % 5)));
  CHECK(permuted(channels_last.view(), "TCHW") == tensor);
  CHECK_THROWS_WITH(permuted(tensor.view(), "TCH"), "axes TCHW cannot be put in the order TCH");
}

TEST_CASE("numpy's default packing pads each run along the last axis", "[spikes]") {
  SpikeTensor tensor("TC", {2, 10});
  tensor.set(0);   // row 0, column 0: the high bit of the first byte
  tensor.set(9);   // row 0, column 9
  tensor.set(12);  // row 1, column 2
  CHECK(pack_big_last_axis(tensor.view()) == std::vector<std::uint8_t>{0x80, 0x40, 0x20, 0x00});
  const SpikeTensor random = random_tensor("TCHW", {2, 3, 4, 13}, "big");
  const std::vector<std::uint8_t> bytes = pack_big_last_axis(random.view());
  CHECK(bytes.size() == big_last_axis_bytes(random.shape()));
  CHECK(unpack_big_last_axis("TCHW", random.shape(), bytes.data(), bytes.size()) == random);
  const std::uint8_t stray[] = {0x00, 0x20, 0x00, 0x00};
  CHECK_THROWS_AS(unpack_big_last_axis("TC", {2, 10}, stray, 4), InputError);
  CHECK_THROWS_AS(unpack_big_last_axis("TC", {2, 10}, stray, 3), InputError);
}
