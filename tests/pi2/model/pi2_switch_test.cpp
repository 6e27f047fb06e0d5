// SPDX-License-Identifier: Apache-2.0
// models.pi2, models.nic and interconnect.switch in a kernel: frames over sockets, registers.
#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <memory>

#include <snnvp/interconnect/switch/switch.h>
#include <snnvp/models/nic/nic.h>
#include <snnvp/models/pi2/pi2.h>
#include <snnvp/platform/tlm/sc_time.h>
#include <snnvp/workloads/frames/inner_product.h>

#include "../../support/fresh_kernel.h"
#include "../../support/script.h"

using namespace snnvp;
using namespace snnvp::test;

namespace {

constexpr Picoseconds tau = 1'000'000'000;

std::uint32_t read32(InitiatorPort& port, Address at) {
  std::uint8_t b[4] = {};
  sc_core::sc_time delay;
  REQUIRE(port.read(at, b, 4, delay) == tlm::TLM_OK_RESPONSE);
  return b[0] | b[1] << 8 | b[2] << 16 | static_cast<std::uint32_t>(b[3]) << 24;
}

void write32(InitiatorPort& port, Address at, std::uint32_t v) {
  const std::uint8_t b[4] = {static_cast<std::uint8_t>(v), static_cast<std::uint8_t>(v >> 8), static_cast<std::uint8_t>(v >> 16),
                             static_cast<std::uint8_t>(v >> 24)};
  sc_core::sc_time delay;
  REQUIRE(port.write(at, b, 4, delay) == tlm::TLM_OK_RESPONSE);
}

std::uint64_t read64(InitiatorPort& port, Address at) { return read32(port, at) | std::uint64_t{read32(port, at + 4)} << 32; }

Pi2LayerRequest layer(std::uint32_t in, std::uint32_t out, std::uint32_t k, pi2::SplitMix& random, double std) {
  Pi2LayerRequest r;
  r.in_channels = in, r.out_channels = out, r.k = k, r.weight_bits = 4;
  r.weights = pi2::normal_weights(random, in, out, std);
  return r;
}

/// Two layers, calibrated on the samples, in one block.
pi2::Network small_network(const std::vector<std::vector<double>>& samples) {
  pi2::SplitMix random(31);
  pi2::NetworkSettings settings;
  settings.rules.timeout = 20;
  pi2::Network network(settings);
  network.set_layers({layer(30, 12, 8, random, 0.1), layer(12, 4, 5, random, 0.02)}, 1, 1);
  network.calibrate(samples);
  return network;
}

std::vector<std::vector<double>> draw_samples(int n) {
  pi2::SplitMix random(32);
  std::vector<std::vector<double>> samples;
  for (int i = 0; i < n; ++i) samples.push_back(pi2::sparse_inputs(random, 30, 0.5));
  return samples;
}

Pi2Switch::Params params_of(const pi2::Network& network, pi2::Timing timing) {
  Pi2Switch::Params p;
  p.network = network.settings();
  p.layers = network.layers();
  p.fabric.time_unit = tau;
  p.fabric.timing = timing;
  p.fabric.ports = 8;
  return p;
}

std::vector<StationFrame> frames_of(const std::vector<double>& x, std::uint16_t window, Picoseconds start, std::uint8_t first_layer = 0,
                                    bool has_ideal = true) {
  std::vector<StationFrame> frames;
  for (std::uint32_t i = 0; i < x.size(); ++i)
    for (const bool minus : {false, true}) {
      const double u = minus ? 1 - x[i] : 1 + x[i];
      StationFrame f;
      f.at = start + static_cast<Picoseconds>(std::llround(u * static_cast<double>(tau)));
      f.bytes = net::make_spike_frame(net::FrameFormat::ethernet, {}, {first_layer, minus, window, i});
      f.note = {f.at, has_ideal, u};
      frames.push_back(f);
    }
  return frames;
}

struct Received {
  std::map<std::pair<std::uint16_t, std::uint32_t>, double> values;  ///< by window and neuron
  std::uint64_t frames = 0;
  void operator()(const std::vector<std::uint8_t>& bytes, double u) {
    net::SpikeBody body;
    REQUIRE(net::parse_spike(net::FrameFormat::ethernet, bytes.data(), bytes.size(), body));
    values[{body.window, body.neuron}] += (body.minus ? -0.5 : 0.5) * u;
    ++frames;
  }
};

}  // namespace

TEST_CASE("pi2 frames through sockets give the closed form, one window after the other, with a kernel event or two per window") {
  FreshKernel kernel;
  const auto samples = draw_samples(5);
  const pi2::Network network = small_network(samples);
  Pi2Switch::Params params = params_of(network, pi2::Timing::ideal);
  params.has_registers = false;
  Pi2Switch block("sw", params);
  Nic nic("nic", 1, 1);
  sc_core::sc_signal<bool> irq("irq_signal");
  block.irq(irq);
  nic.out[0].bind(block.in[0]);
  block.out[0].bind(nic.in[0]);
  Received got;
  nic.on_frame([&](unsigned, Picoseconds, const std::vector<std::uint8_t>& bytes, const FrameNote& note) { got(bytes, note.ideal); });
  for (std::uint16_t w = 0; w < 5; ++w) {
    const Picoseconds start = w * 30 * tau;
    nic.send_frames(frames_of(samples[w], w, start));
    block.open_window(w, start);
    sc_core::sc_start(sc_time_of(30 * tau));
  }
  CHECK(got.frames == 5 * 8);
  for (std::uint16_t w = 0; w < 5; ++w) {
    const std::vector<double> expected = network.values(samples[w]).back();
    for (std::uint32_t j = 0; j < 4; ++j) CHECK(got.values.at({w, j}) == Approx(expected[j]).margin(1e-12));
  }
  CHECK(block.pi2_totals().insertions == 5 * (4 * 30 * 12 + 4 * 12 * 4));
  CHECK(block.pi2_totals().accepted == 5 * (2 * 12 * 8 + 2 * 4 * 5));
  CHECK(block.is_idle());
  CHECK(sc_core::sc_delta_count() < 150);  // not one per frame: 300 frames came in
}

TEST_CASE("pi2 a network over two switches with a packet switch between computes what it computes in one") {
  FreshKernel kernel;
  const auto samples = draw_samples(1);
  const pi2::Network network = small_network(samples);
  Pi2Switch::Params first = params_of(network, pi2::Timing::ideal), second = first;
  first.layers = {network.layers()[0]};
  second.layers = {network.layers()[1]};
  second.first_layer = 1;
  second.network.offset_in = *network.layers()[0].offset_out;
  second.network.gain_in = *network.layers()[0].scale_d;
  first.has_registers = second.has_registers = false;
  PacketSwitch::Params between;
  between.has_registers = false;
  between.core.inputs = between.core.outputs = 1;
  between.core.groups[0] = {0};
  between.core.ports.resize(1);
  between.core.name = "mid";
  Nic nic("nic", 1, 1);
  Pi2Switch a("a", first), b("b", second);
  PacketSwitch mid("mid", between);
  sc_core::sc_signal<bool> i0("i0"), i1("i1"), i2("i2");
  a.irq(i0), b.irq(i1), mid.irq(i2);
  nic.out[0].bind(a.in[0]);
  a.out[0].bind(mid.in[0]);
  mid.out[0].bind(b.in[0]);
  b.out[0].bind(nic.in[0]);
  Received got;
  nic.on_frame([&](unsigned, Picoseconds, const std::vector<std::uint8_t>& bytes, const FrameNote& note) { got(bytes, note.ideal); });
  a.open_window(0, 0);
  b.open_window(0, 0);
  nic.send_frames(frames_of(samples[0], 0, 0));
  sc_core::sc_start(sc_time_of(30 * tau));
  CHECK(got.frames == 8);
  const std::vector<double> expected = network.values(samples[0]).back();
  for (std::uint32_t j = 0; j < 4; ++j) CHECK(got.values.at({0, j}) == Approx(expected[j]).margin(1e-9));
  CHECK(mid.core().counts().in == 24);
  CHECK(mid.core().counts().out == 24);
  CHECK(mid.core().imbalance().empty());
}

TEST_CASE("pi2 firmware programs a network through the registers: the same values, counters, interrupt") {
  FreshKernel kernel;
  const auto samples = draw_samples(1);
  const pi2::Network network = small_network(samples);
  Pi2Switch::Params params = params_of(network, pi2::Timing::ideal);
  params.layers.clear();
  Pi2Switch block("sw", params);
  Nic nic("nic", 1, 1);
  sc_core::sc_signal<bool> irq("irq_signal");
  block.irq(irq);
  nic.out[0].bind(block.in[0]);
  block.out[0].bind(nic.in[0]);
  Received got;
  nic.on_frame([&](unsigned, Picoseconds, const std::vector<std::uint8_t>& bytes, const FrameNote& note) { got(bytes, note.ideal); });
  bool done = false;
  Script script("script", [&](InitiatorPort& port) {
    CHECK(read32(port, 0x00) == 0x534E5650);
    write32(port, 0x08, 1);  // nothing programmed yet
    CHECK((read32(port, 0x0C) & 6) == 2);
    write32(port, 0x88, 2);
    double gain = 1;
    for (std::uint32_t l = 0; l < 2; ++l) {
      const Pi2LayerRequest& r = network.layers()[l];
      const pi2::Quantised q = pi2::quantise(r.weights, 4);
      write32(port, 0x9C, l);
      write32(port, 0xA0, r.in_channels);
      write32(port, 0xA4, r.out_channels);
      write32(port, 0xA8, r.k);
      write32(port, 0xAC, static_cast<std::uint32_t>(std::llround(*r.mk * 65536)));
      write32(port, 0xB4, static_cast<std::uint32_t>(std::llround(*r.scale_d * 65536)));
      write32(port, 0xB8, static_cast<std::uint32_t>(std::llround(*r.offset_out * 65536)));
      write32(port, 0xC0, 4);
      write32(port, 0xC8, static_cast<std::uint32_t>(std::llround(q.unit * gain * 16777216)));
      write32(port, 0x94, 0);
      for (const std::int16_t level : q.levels) write32(port, 0x98, static_cast<std::uint16_t>(level));
      CHECK(read32(port, 0x94) == q.levels.size());
      write32(port, 0x94, 1);
      CHECK(static_cast<std::int16_t>(read32(port, 0x98)) == q.levels[1]);
      gain = *r.scale_d;
    }
    write32(port, 0x9C, 1);
    write32(port, 0xA8, 999);  // K beyond the events
    write32(port, 0x08, 1);
    CHECK((read32(port, 0x0C) & 2) == 2);
    CHECK((read32(port, 0x14) & 2) == 2);
    write32(port, 0xA8, 5);
    write32(port, 0x08, 1);
    CHECK((read32(port, 0x0C) & 6) == 4);
    write32(port, 0x14, 3);
    write32(port, 0x10, 1);
    nic.send_frames(frames_of(samples[0], 7, now_ps()));
    while (!irq.read()) sc_core::wait(irq.value_changed_event());
    CHECK(read64(port, 0x100) == 60 + 24);
    CHECK(read64(port, 0x108) == 4 * 30 * 12 + 4 * 12 * 4);
    CHECK(read64(port, 0x110) == 2 * 12 * 8 + 2 * 4 * 5);
    CHECK(read64(port, 0x108) - read64(port, 0x110) == read64(port, 0x118));
    CHECK(read64(port, 0x120) == 24 + 8);
    write32(port, 0x08, 4);
    CHECK(read64(port, 0x100) == 0);
    done = true;
  });
  script.out.bind(*block.regs);
  sc_core::sc_start(sc_time_of(100 * tau));
  CHECK(done);
  const std::vector<double> expected = network.values(samples[0]).back();
  // Registers hold Mk, d and offset in Q16.16.
  for (std::uint32_t j = 0; j < 4; ++j) CHECK(got.values.at({7, j}) == Approx(expected[j]).margin(1e-3));
}

TEST_CASE("pi2 a program that asks for layers without measure is refused, and takes no memory of the host") {
  FreshKernel kernel;
  Pi2Switch::Params params = params_of(small_network(draw_samples(1)), pi2::Timing::ideal);
  params.layers.clear();
  Pi2Switch block("sw", params);
  Nic nic("nic", 1, 1);
  sc_core::sc_signal<bool> irq("irq_signal");
  block.irq(irq);
  nic.out[0].bind(block.in[0]);
  block.out[0].bind(nic.in[0]);
  bool done = false;
  Script script("script", [&](InitiatorPort& port) {
    write32(port, 0x88, 255);
    for (std::uint32_t l = 0; l < 255; ++l) {
      write32(port, 0x9C, l);
      write32(port, 0xA0, 1 << 13);
      write32(port, 0xA4, l % 2 == 0 ? 1 << 13 : 0xFFFFFFFF);
    }
    CHECK((read32(port, 0x0C) & 2) == 2);
    write32(port, 0x88, 200);
    write32(port, 0x88, 255);
    write32(port, 0x08, 1);
    CHECK((read32(port, 0x0C) & 6) == 2);
    write32(port, 0x88, 1);
    write32(port, 0x9C, 0);
    write32(port, 0xA0, 3);
    write32(port, 0xA4, 2);
    CHECK(read32(port, 0xA4) == 2);
    CHECK((read32(port, 0x0C) & 2) == 0);
    done = true;
  });
  script.out.bind(*block.regs);
  sc_core::sc_start(sc_time_of(100 * tau));
  CHECK(done);
}

TEST_CASE("pi2 bytes that are no frame, reads, lanes and wrong addresses are refused, whatever stands in them") {
  FreshKernel kernel;
  const pi2::Network network = small_network(draw_samples(1));
  Pi2Switch::Params params = params_of(network, pi2::Timing::full);
  params.has_registers = false;
  params.outputs = 0;
  Pi2Switch block("sw", params);
  sc_core::sc_signal<bool> irq("irq_signal");
  block.irq(irq);
  pi2::SplitMix random(33);
  Script script("script", [&](InitiatorPort& port) {
    sc_core::sc_time delay;
    std::vector<std::uint8_t> bytes(64);
    for (int i = 0; i < 2000; ++i) {
      bytes = net::make_spike_frame(net::FrameFormat::ethernet, {},
                                    {static_cast<std::uint8_t>(random.next() % 4), false, static_cast<std::uint16_t>(random.next()),
                                     static_cast<std::uint32_t>(random.next() % 64)});
      for (int flips = static_cast<int>(random.next() % 4); flips > 0; --flips)
        bytes[random.next() % bytes.size()] = static_cast<std::uint8_t>(random.next());
      bytes.resize(1 + random.next() % 64);
      const auto status = port.write(0, bytes.data(), bytes.size(), delay);
      CHECK((status == tlm::TLM_OK_RESPONSE || status == tlm::TLM_GENERIC_ERROR_RESPONSE));
    }
    CHECK(port.read(0, bytes.data(), 4, delay) == tlm::TLM_COMMAND_ERROR_RESPONSE);
    CHECK(port.write(64, bytes.data(), 4, delay) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(port.debug_write(0, bytes.data(), 4) == 0);
  });
  script.out.bind(block.in[0]);
  sc_core::sc_start(sc_time_of(1000 * tau));
  CHECK(script.is_done());
}

TEST_CASE("pi2 the packet switch is programmed by registers: table, shaper, buffer, counters, drop interrupt") {
  FreshKernel kernel;
  PacketSwitch::Params params;
  params.core.inputs = 1;
  params.core.outputs = 2;
  params.core.ports.resize(2);
  params.core.name = "sw";
  PacketSwitch sw("sw", params);
  Nic nic("nic", 2, 1);
  sc_core::sc_signal<bool> irq("irq_signal");
  sw.irq(irq);
  nic.out[0].bind(sw.in[0]);
  sw.out[0].bind(nic.in[0]);
  sw.out[1].bind(nic.in[1]);
  std::vector<unsigned> ports;
  std::vector<Picoseconds> times;
  nic.on_frame([&](unsigned port, Picoseconds at, const std::vector<std::uint8_t>&, const FrameNote&) {
    ports.push_back(port), times.push_back(at);
  });
  const auto burst = [&](std::uint32_t group, unsigned n) {
    std::vector<StationFrame> frames(n);
    for (StationFrame& f : frames) f.at = now_ps(), f.bytes = net::make_frame({group, 0}, 64);
    nic.send_frames(std::move(frames));
  };
  Script script("script", [&](InitiatorPort& port) {
    CHECK(read32(port, 0x80) == 1);
    CHECK(read32(port, 0x84) == 2);
    write32(port, 0x10, 2);
    burst(5, 1);  // unknown
    sc_core::wait(sc_time_of(1'000'000));
    CHECK(irq.read());
    CHECK(ports.empty());
    CHECK(read64(port, 0x118) == 1);
    write32(port, 0x14, 2);
    write32(port, 0x94, 5);
    write32(port, 0x9C, 3);  // both ports
    CHECK(read32(port, 0x9C) == 3);
    write32(port, 0x9C, 4);  // there is no port 2
    CHECK((read32(port, 0x0C) & 2) == 2);
    burst(5, 1);
    sc_core::wait(sc_time_of(1'000'000));
    CHECK(ports == std::vector<unsigned>{0, 1});
    CHECK(read64(port, 0x108) == 1);
    CHECK_FALSE(irq.read());

    write32(port, 0x9C, 1);
    write32(port, 0xA0, 0);
    write32(port, 0xB0, 1);  // credit-based at a tenth
    write32(port, 0xB4, 10'000'000);
    CHECK(read32(port, 0xB4) == 10'000'000);
    times.clear();
    burst(5, 20);
    sc_core::wait(sc_time_of(10'000'000));
    REQUIRE(times.size() == 20);
    CHECK(static_cast<double>(times.back() - times.front()) == Approx(19 * 67'200.0).epsilon(1e-3));

    write32(port, 0xB0, 1);
    write32(port, 0xAC, 128);  // room for two
    burst(5, 20);
    sc_core::wait(sc_time_of(10'000'000));
    CHECK(read64(port, 0x120) > 0);
    CHECK(read64(port, 0x100) == read64(port, 0x110) + read64(port, 0x118) - read64(port, 0x108));
    write32(port, 0x08, 4);
    CHECK(read64(port, 0x100) == 0);
    write32(port, 0x94, 5);          // selectors are back at 0
    CHECK(read32(port, 0x9C) == 1);  // the table stays
    write32(port, 0x9C, 0);
    CHECK(read32(port, 0x9C) == 0);
  });
  script.out.bind(*sw.regs);
  sc_core::sc_start(sc_time_of(100'000'000));
  CHECK(script.is_done());
}

TEST_CASE("pi2 any TLM-2.0 target can receive frames, one that waits too") {
  struct Slow : sc_core::sc_module {
    tlm_utils::simple_target_socket<Slow> in;
    unsigned got = 0;
    explicit Slow(const sc_core::sc_module_name& name) : sc_module(name), in("in") { in.register_b_transport(this, &Slow::transport); }
    void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
      sc_core::wait(delay + sc_time_of(50'000));
      delay = sc_core::SC_ZERO_TIME;
      ++got;
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
  };
  FreshKernel kernel;
  PacketSwitch::Params params;
  params.has_registers = false;
  params.core.flood_unknown = true;
  params.core.ports.resize(1);
  params.core.name = "sw";
  PacketSwitch sw("sw", params);
  Nic nic("nic", 0, 1);
  Slow slow("slow");
  sc_core::sc_signal<bool> irq("irq_signal");
  sw.irq(irq);
  nic.out[0].bind(sw.in[0]);
  sw.out[0].bind(slow.in);
  std::vector<StationFrame> frames(10);
  for (StationFrame& f : frames) f.bytes = net::make_frame({0, 0}, 64);
  nic.send_frames(std::move(frames));
  sc_core::sc_start(sc_time_of(10'000'000));
  CHECK(slow.got == 10);
  CHECK(sw.core().counts().out == 10);
}
