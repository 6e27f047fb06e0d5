// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <array>
#include <cmath>

#include <snnvp/platform/base/random.h>

using namespace snnvp;

TEST_CASE("energy.E19 the draws of a constant are those of the page's nine test vectors", "[random]") {
  CHECK(fnv1a64("arithmetic.ops_28nm.add_16b") == 0xba64be8af09f4a46);
  CHECK(fnv1a64("noc.link_28nm.energy_per_bit_mm") == 0xafed187feb5c90ba);
  CHECK(fnv1a64("sram.corrections.leakage_lstp") == 0x82069a7b5cd622e3);
  struct Vector {
    const char* path;
    std::uint64_t i;
    double u;
  };
  const Vector vectors[] = {
      {"arithmetic.ops_28nm.add_16b", 0, 0.861576758664349},     {"arithmetic.ops_28nm.add_16b", 1, 0.763933268980055},
      {"arithmetic.ops_28nm.add_16b", 999, 0.502798617237500},   {"noc.link_28nm.energy_per_bit_mm", 0, 0.507032022089917},
      {"noc.link_28nm.energy_per_bit_mm", 1, 0.026300210983731}, {"noc.link_28nm.energy_per_bit_mm", 999, 0.926672295687049},
      {"sram.corrections.leakage_lstp", 0, 0.278508325106145},   {"sram.corrections.leakage_lstp", 1, 0.910466957657263},
      {"sram.corrections.leakage_lstp", 999, 0.487531860409143},
  };
  for (const Vector& v : vectors) CHECK(std::abs(draw_uniform(v.path, 1, v.i) - v.u) < 1e-12);
}

TEST_CASE("a random stream depends on its seed and name only", "[random]") {
  RandomStream a(1, "weights/conv2d_0"), b(1, "weights/conv2d_0"), other_name(1, "weights/conv2d_1"), other_seed(2, "weights/conv2d_0");
  const std::uint64_t first = a.next_u64();
  CHECK(b.next_u64() == first);
  CHECK(other_name.next_u64() != first);
  CHECK(other_seed.next_u64() != first);
}

TEST_CASE("random streams draw the same numbers on every host", "[random]") {
  RandomStream stream(1, "golden");
  CHECK(stream.next_u64() == 0xf1c9955aeeca701a);
  CHECK(stream.next_u64() == 0x590d02ab60396535);
  CHECK(stream.below(1000) == 214);
  CHECK(stream.next_int8() == -28);
}

TEST_CASE("uniform draws fill the unit interval evenly", "[random]") {
  RandomStream stream(7, "uniform");
  constexpr int draws = 100'000;
  double sum = 0;
  for (int i = 0; i < draws; ++i) {
    const double u = stream.uniform();
    REQUIRE((u >= 0 && u < 1));
    sum += u;
  }
  CHECK(std::abs(sum / draws - 0.5) < 0.005);  // five standard errors
}

TEST_CASE("below draws every value equally often", "[random]") {
  RandomStream stream(3, "below");
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) ++counts[stream.below(counts.size())];
  for (const int count : counts) CHECK(std::abs(count - 10'000) < 500);
  CHECK(stream.below(1) == 0);
  CHECK(stream.below(0) == 0);
  // Two thirds of all words are rejected here in the worst case: it must still end.
  for (int i = 0; i < 1000; ++i) CHECK(stream.below((std::uint64_t{1} << 63) + 1) <= std::uint64_t{1} << 63);
}

TEST_CASE("int8 draws cover -128 to 127", "[random]") {
  RandomStream stream(1, "int8");
  std::array<int, 256> counts{};
  for (int i = 0; i < 256'000; ++i) ++counts[static_cast<std::size_t>(stream.next_int8() + 128)];
  for (const int count : counts) CHECK(std::abs(count - 1000) < 200);
}

TEST_CASE("bernoulli draws meet their probability", "[random]") {
  RandomStream stream(1, "bernoulli");
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += stream.bernoulli(0.1);
  CHECK(std::abs(hits - 10'000) < 500);
  CHECK_FALSE(stream.bernoulli(0));
  CHECK(stream.bernoulli(1));
}
