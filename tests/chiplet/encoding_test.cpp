// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/encoding/activation_code.h>
#include <snnvp/workloads/encoding/encoding.h>
#include <snnvp/workloads/encoding/expected_bits.h>
#include <snnvp/workloads/encoding/packets.h>
#include <snnvp/workloads/spikes/generators.h>

using namespace snnvp;

namespace {

SpikeTensor draw(std::uint64_t steps, std::uint64_t neurons, double rate, std::uint64_t seed = 1) {
  return bernoulli_spikes({"TC", {steps, neurons}, rate, seed, "chiplet"});
}

/// A row of the table in spec/chiplet.md 4.3: bits per neuron and window, T 8, N 256, h 26.
struct TableRow {
  double p, aer30, aer38, baer, bitmap, rice;
  unsigned k;
  double ttfs, rate, entropy;
};
const TableRow table[] = {
    {0.005, 1.20, 1.52, 0.91, 6.37, 0.90, 6, 1.18, 4.10, 0.36}, {0.01, 2.40, 3.04, 1.39, 8.14, 1.35, 5, 2.32, 4.10, 0.65},
    {0.02, 4.80, 6.08, 2.09, 8.76, 1.90, 5, 4.48, 4.10, 1.13},  {0.033, 7.92, 10.03, 2.92, 8.81, 2.45, 4, 7.06, 4.10, 1.67},
    {0.05, 12.0, 15.2, 4.01, 8.81, 3.09, 4, 10.1, 4.10, 2.29},  {0.1, 24.0, 30.4, 7.21, 8.81, 4.58, 3, 17.1, 4.10, 3.75},
    {0.2, 48.0, 60.8, 13.6, 8.81, 6.69, 2, 25.0, 4.10, 5.78},   {0.5, 120, 152, 32.8, 8.81, 8.78, 0, 29.9, 4.10, 8.00},
};

const Encoding lossless[] = {Encoding::aer, Encoding::baer, Encoding::bitmap, Encoding::rle, Encoding::delta};

/// Cost per neuron of one step at rate p, for the break-even points.
double cost(Encoding e, double p, unsigned packet_bits = 30, unsigned steps = 8) {
  EncodingSpec spec;
  spec.packet_bits = packet_bits;
  return expected_bits(e, spec, {p, steps, 0});
}

double crossing(Encoding a, Encoding b, double lo, double hi, unsigned packet_bits = 30) {
  return break_even([&](double p) { return cost(a, p, packet_bits); }, [&](double p) { return cost(b, p, packet_bits); }, lo, hi);
}

}  // namespace

TEST_CASE("chiplet.A4 bits of every encoding meet the table on a million neurons", "[chiplet]") {
  constexpr std::uint64_t neurons = 1'000'000;
  for (const TableRow& row : table) {
    const SpikeTensor spikes = draw(8, neurons, row.p);
    EncodingSpec spec;
    spec.tune(row.p);
    INFO("p = " << row.p);
    CHECK(spec.rice_k == row.k);
    const double tolerance = row.p <= 0.005 ? 0.03 : 0.02;
    const auto near = [&](Encoding e, double expected) {
      const double bits = static_cast<double>(encoded_bits(e, spec, spikes.view())) / neurons;
      INFO(encoding_name(e) << ": " << bits << " bits, expected " << expected);
      CHECK(std::fabs(bits / expected - 1) <= tolerance);
      CHECK(expected_bits(e, spec, {row.p, 8, 0}) == Approx(expected).epsilon(0.006));  // the table's three digits
    };
    near(Encoding::aer, row.aer30);
    near(Encoding::baer, row.baer);
    near(Encoding::bitmap, row.bitmap);
    near(Encoding::rle, row.rice);
    near(Encoding::ttfs, row.ttfs);
    near(Encoding::rate, row.rate);
    near(Encoding::act, 38);
    spec.act_bits = 32;
    near(Encoding::act, 152);
    spec.packet_bits = 38;
    near(Encoding::aer, row.aer38);
    CHECK(entropy_bits({row.p, 8, 0}) == Approx(row.entropy).margin(0.006));
  }
}

TEST_CASE("chiplet.A4 break-even points of the encodings", "[chiplet]") {
  // AER against ACT: T p = 1.267 ceil(b / 8), or ceil(b / 8) with packets of equal size.
  for (const unsigned act_bits : {8U, 16U, 32U})
    for (const unsigned packet_bits : {30U, 38U}) {
      EncodingSpec spec;
      spec.act_bits = act_bits;
      spec.packet_bits = packet_bits;
      const double at = break_even(
          [&](double tp) {
            return expected_bits(Encoding::aer, spec, {tp / 8, 8, 0});
          },
          [&](double tp) {
            return expected_bits(Encoding::act, spec, {tp / 8, 8, 0});
          },
          0.1, 7.9);
      CHECK(at == Approx((packet_bits == 30 ? 38.0 / 30 : 1.0) * (act_bits / 8)).epsilon(1e-6));
    }
  CHECK(crossing(Encoding::aer, Encoding::bitmap, 0.01, 0.2) == Approx(0.0367).epsilon(0.002));
  CHECK(crossing(Encoding::aer, Encoding::bitmap, 0.01, 0.2, 38) == Approx(0.0290).epsilon(0.002));
  CHECK(crossing(Encoding::baer, Encoding::bitmap, 0.05, 0.5) == Approx(0.125).epsilon(1e-3));
  CHECK(crossing(Encoding::baer, Encoding::aer, 1e-4, 0.01) == Approx(0.00135).epsilon(0.005));
  CHECK(break_even(
            expected_rice_bits_unbounded, [](double) { return 8.0; }, 0.001, 0.1) == Approx(0.0108).epsilon(0.005));
  CHECK(break_even([](double p) { return cost(Encoding::baer, p); }, [](double) { return 38.0; }, 0.1, 0.9) ==
        Approx(0.581).epsilon(0.002));
  CHECK(8 * crossing(Encoding::rate, Encoding::aer, 0.012, 0.1) == Approx(0.137).epsilon(0.005));
  // Spiking pays against an equivalent quantised network below a few percent (arXiv 2409.08290: 5.7 % at T = 5, energy).
  const double versus_act = break_even([](double p) { return cost(Encoding::aer, p, 38, 5); }, [](double) { return 38.0; }, 0.001, 0.9);
  CHECK(versus_act > 0.057 / 10);
  CHECK(versus_act < 0.057 * 10);
}

TEST_CASE("chiplet.A4 groups of other sizes and the gaps' unbounded expectation", "[chiplet]") {
  for (const unsigned group : {64U, 1024U}) {
    EncodingSpec spec;
    spec.group = group;
    spec.tune(0.033);
    const SpikeTensor spikes = draw(8, 262'144, 0.033);
    for (const Encoding e : {Encoding::baer, Encoding::bitmap, Encoding::rle, Encoding::rate})
      CHECK(static_cast<double>(encoded_bits(e, spec, spikes.view())) / 262'144 ==
            Approx(expected_bits(e, spec, {0.033, 8, 0})).epsilon(0.02));
    // Crossover of bundled and bitmap = 1 / address bits.
    EncodingSpec plain;
    plain.group = group;
    const double at = break_even(
        [&](double p) {
          return expected_bits(Encoding::baer, plain, {p, 8, 0});
        },
        [&](double p) {
          return expected_bits(Encoding::bitmap, plain, {p, 8, 0});
        },
        0.05, 0.5);
    CHECK(at == Approx(group == 64 ? 1.0 / 6 : 0.1).epsilon(0.002));
  }
  const auto excess = [](double p, unsigned group) {  // of p G(p) N over the exact expectation with the same k
    const unsigned k = best_rice_k(p, group);
    const double run = std::pow(1 - p, std::pow(2.0, k));
    return 1 - expected_rice_bits(p, group, k) / (p * group * (k + 1 + run / (1 - run)));
  };
  CHECK(excess(0.5, 256) == Approx(0.003).margin(0.002));
  CHECK(excess(0.005, 256) > 0.03);
}

TEST_CASE("chiplet.A4 delta doubles the traffic of independent steps and pays for correlated ones", "[chiplet]") {
  EncodingSpec spec;
  spec.delta_inner = Encoding::aer;
  const SpikeTensor spikes = draw(8, 100'000, 0.05);
  const double plain = static_cast<double>(encoded_bits(Encoding::aer, spec, spikes.view()));
  const double delta = static_cast<double>(encoded_bits(Encoding::delta, spec, spikes.view()));
  CHECK(delta / plain == Approx((1 + 7 * 2 * 0.95) / 8).epsilon(0.02));
  // A train that never changes: only the first step is sent. It pays above rho = 1 - 1 / (2 q).
  SpikeTensor still("TC", {8, 1000});
  for (std::uint64_t t = 0; t < 8; ++t)
    for (std::uint64_t n = 0; n < 1000; n += 20) still.set(t * 1000 + n);
  CHECK(encoded_bits(Encoding::delta, spec, still.view()) * 8 == encoded_bits(Encoding::aer, spec, still.view()));
  const double rho = break_even(
      [&](double r) {
        return expected_bits(Encoding::delta, spec, {0.05, 8, r});
      },
      [&](double) {
        return expected_bits(Encoding::aer, spec, {0.05, 8, 0});
      },
      0.01, 0.99);
  CHECK(rho == Approx(1 - 1 / (2 * 0.95)).epsilon(1e-6));
}

TEST_CASE("chiplet.A13 a Rice code with k = 0 never needs more than the bitmap", "[chiplet]") {
  RandomStream random(3, "chiplet.A13");
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t size = 8 + random.below(249);
    SpikeTensor group = draw(1, size, random.uniform() * random.uniform(), static_cast<std::uint64_t>(i));
    if (i % 50 == 0)
      for (std::uint64_t n = 0; n < size; ++n) group.set(n, i % 100 == 0);
    EncodingSpec spec;  // rice_k 0
    CHECK(encoded_bits(Encoding::rle, spec, group.view()) <= encoded_bits(Encoding::bitmap, spec, group.view()));
  }
}

TEST_CASE("chiplet.A16 every lossless encoder and its decoder give the spikes back", "[chiplet]") {
  RandomStream random(7, "chiplet.A16");
  for (int i = 0; i < 120; ++i) {
    const std::uint64_t steps = 1 + random.below(16), neurons = 1 + random.below(1500);
    const double rate = i % 10 == 0 ? (i % 20 == 0 ? 0.0 : 1.0) : std::pow(random.uniform(), 3);
    const SpikeTensor spikes = i % 3 == 0 ? clustered_spikes({"TC", {steps, neurons}, rate, static_cast<std::uint64_t>(i), "A16"})
                                          : draw(steps, neurons, rate, static_cast<std::uint64_t>(i));
    EncodingSpec spec;
    spec.group = static_cast<unsigned>(8 + random.below(1017));
    spec.packet_bits = random.below(2) ? 30 : 38;
    spec.header_bits = spec.group <= 256 && random.below(2) ? 34 : 26;
    spec.rice_k = static_cast<unsigned>(random.below(12));
    spec.rice_k_delta = static_cast<unsigned>(random.below(12));
    spec.delta_inner = lossless[random.below(4)];
    for (const Encoding e : lossless) {
      const BitStream stream = encode(e, spec, spikes.view());
      INFO(encoding_name(e) << " " << steps << " x " << neurons << " rate " << rate << " group " << spec.group);
      CHECK(decode(e, spec, stream, steps, neurons) == spikes);
      CHECK(stream.bits() == encoded_bits(e, spec, spikes.view()));
      CHECK(stream.packet_bits().size() == encoded_packets(e, spec, spikes.view()));
    }
    const BitStream automatic = encode_auto(spec, spikes.view());
    CHECK(decode_auto(spec, automatic, steps, neurons) == spikes);
    CHECK(automatic.bits() == auto_code_bits + encoded_bits(cheapest(spec, spikes.view()), spec, spikes.view()));
    for (const Encoding e : lossless) CHECK(automatic.bits() <= auto_code_bits + encoded_bits(e, spec, spikes.view()));
  }
}

TEST_CASE("chiplet.A16 rate keeps every count, ttfs every first spike, and the loss is told", "[chiplet]") {
  const SpikeTensor spikes = draw(8, 5000, 0.1);
  EncodingSpec spec;
  const SpikeTensor counted = decode(Encoding::rate, spec, encode(Encoding::rate, spec, spikes.view()), 8, 5000);
  const EncodingLoss rate = loss_between(spikes.view(), counted.view());
  CHECK(rate.count_error == 0);
  CHECK(rate.spikes_out == rate.spikes_in);
  CHECK(rate.changed > 0);
  CHECK(decode(Encoding::act, spec, encode(Encoding::act, spec, spikes.view()), 8, 5000) == counted);

  const SpikeTensor first = decode(Encoding::ttfs, spec, encode(Encoding::ttfs, spec, spikes.view()), 8, 5000);
  const EncodingLoss ttfs = loss_between(spikes.view(), first.view());
  std::uint64_t firing = 0;
  for (std::uint64_t n = 0; n < 5000; ++n) {
    std::uint64_t t = 0;
    while (t < 8 && !spikes.at(t * 5000 + n)) ++t;
    firing += t < 8;
    for (std::uint64_t s = 0; s < 8; ++s) CHECK(first.at(s * 5000 + n) == (s == t));
  }
  CHECK(ttfs.spikes_out == firing);
  CHECK(ttfs.count_error == ttfs.spikes_in - firing);
  CHECK(ttfs.changed == ttfs.count_error);
  CHECK(encoded_bits(Encoding::ttfs, spec, spikes.view()) == 30 * firing);
}

TEST_CASE("chiplet.A16 dense values of 8, 16 and 32 bits come back", "[chiplet]") {
  RandomStream random(9, "values");
  for (const unsigned bits : {1U, 8U, 12U, 16U, 32U}) {
    EncodingSpec spec;
    spec.act_bits = bits;
    std::vector<std::uint32_t> values(777);
    for (std::uint32_t& v : values) v = static_cast<std::uint32_t>(random.next_u64() >> (64 - bits));
    const BitStream stream = encode_values(spec, values);
    CHECK(stream.bits() == 777 * ceil_div(bits, 8) * 38);
    CHECK(decode_values(spec, stream, 777) == values);
  }
}

TEST_CASE("packets hold their fields bit by bit, with and without a type", "[chiplet]") {
  const SpikePacket spike{-3, 255, 0xa5, 0x9};
  CHECK(to_bits(spike) == (std::uint64_t{0x1fd} << 21 | std::uint64_t{0xff} << 12 | 0xa5 << 4 | 0x9));
  const ActPacket act{255, -256, 0x12, 0xf, 0x80};
  CHECK(to_bits(act) == (std::uint64_t{0xff} << 29 | std::uint64_t{0x100} << 20 | 0x12 << 12 | 0xf << 8 | 0x80));
  for (int dx = -256; dx <= 255; dx += 7)
    for (int dy = -256; dy <= 255; dy += 5) {
      const SpikePacket back = spike_of(to_bits(SpikePacket{dx, dy, 200, 3}));
      CHECK((back.dx == dx && back.dy == dy && back.axon == 200 && back.tick == 3));
    }
  CHECK(act_of(to_bits(act)).payload == 0x80);
  for (const PacketType type : {PacketType::spike, PacketType::act, PacketType::end_of_window}) {
    const std::uint64_t bits = type == PacketType::act ? to_bits(act) : to_bits(spike);
    const TypedPacket packet = typed(type, bits);
    CHECK(packet.size == (type == PacketType::act ? 5 : 4));
    CHECK(type_of(packet) == type);
    CHECK(bits_of(packet) == bits);
  }
}

TEST_CASE("damaged streams and impossible windows are refused", "[chiplet]") {
  EncodingSpec spec;
  const SpikeTensor spikes = draw(8, 600, 0.05);
  const BitStream stream = encode(Encoding::baer, spec, spikes.view());
  CHECK_THROWS_AS(decode(Encoding::rle, spec, stream, 8, 600), InputError);   // format field
  CHECK_THROWS_AS(decode(Encoding::baer, spec, stream, 8, 300), InputError);  // no such group
  CHECK_THROWS_AS(decode(Encoding::baer, spec, stream, 4, 600), InputError);  // no such step
  CHECK(encoding_problem(Encoding::aer, spec, 17, 10).find("tick") != std::string::npos);
  CHECK(encoding_problem(Encoding::rate, spec, 32, 10).empty());
  CHECK_FALSE(encoding_problem(Encoding::bitmap, spec, 8, 0).empty());
  spec.group = 4;
  CHECK_FALSE(encoding_problem(Encoding::bitmap, spec, 8, 10).empty());
  spec.group = 1024;
  spec.header_bits = 34;
  CHECK_FALSE(encoding_problem(Encoding::baer, spec, 8, 10).empty());
  RandomStream random(11, "damage");
  spec = {};
  for (int i = 0; i < 2000; ++i) {  // no damage crashes the decoder
    BitStream noise;
    for (std::uint64_t p = random.below(6); p > 0; --p) {
      for (std::uint64_t n = random.below(20); n > 0; --n) noise.put(random.next_u64(), static_cast<unsigned>(random.below(65)));
      noise.end_packet();
    }
    for (unsigned e = 0; e < 8; ++e) try {
        decode(static_cast<Encoding>(e), spec, noise, 8, 600);
      } catch (const InputError&) {
      }
    try {
      decode_auto(spec, noise, 8, 600);
    } catch (const InputError&) {
    }
  }
}

TEST_CASE("the rate code rounds T x / x_max half up and spreads the spikes evenly", "[chiplet]") {
  for (const std::uint32_t steps : {1U, 5U, 8U, 32U})
    for (const std::uint32_t x_max : {1U, 127U, 255U}) {
      const ActivationCoding coding{ActivationCode::rate, steps, x_max};
      for (std::uint32_t x = 0; x <= x_max + 3; ++x) {
        const std::uint32_t spikes = spikes_of(coding, x);
        const double exact = static_cast<double>(std::min(x, x_max)) * steps / x_max;
        const auto count = static_cast<std::uint32_t>(__builtin_popcount(spikes));
        CHECK(count == static_cast<std::uint32_t>(std::floor(exact + 0.5)));
        CHECK(count == graded_count(coding, x));
        for (std::uint32_t t = 1; t < steps; ++t) {  // never more than one from the straight line
          const double line = exact * t / steps;
          CHECK(std::fabs(__builtin_popcount(spikes & ((1U << t) - 1)) - line) <= 1);
        }
        CHECK(std::fabs(static_cast<double>(through(coding, x)) - std::min(x, x_max)) <= x_max / (2.0 * steps) + 0.5);
      }
    }
}

TEST_CASE("ttfs sends early what is large and nothing for zero", "[chiplet]") {
  const ActivationCoding coding{ActivationCode::ttfs, 8, 255};
  CHECK(spikes_of(coding, 0) == 0);
  CHECK(spikes_of(coding, 255) == 1);
  CHECK(spikes_of(coding, 1) == 1U << 7);
  CHECK(through(coding, 255) == 255);
  CHECK(through(coding, 0) == 0);
  for (std::uint32_t x = 0; x < 255; ++x) CHECK(through(coding, x) <= through(coding, x + 1));
  for (std::uint32_t x = 0; x <= 255; ++x) CHECK(std::abs(static_cast<int>(through(coding, x)) - static_cast<int>(x)) <= 19);
}
