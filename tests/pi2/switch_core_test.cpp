// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include <snnvp/interconnect/switch/switch_core.h>
#include <snnvp/workloads/frames/inner_product.h>

using namespace snnvp;
using namespace snnvp::net;
using snnvp::pi2::SplitMix;

namespace {

/// Everything that leaves until nothing is under way.
std::vector<Departure> drain(SwitchCore& core, std::vector<std::uint32_t>* released = nullptr) {
  std::vector<Departure> out;
  std::vector<std::uint32_t> gone;
  core.advance(no_time - 1, out, gone);
  if (released) *released = gone;
  return out;
}

SwitchSettings one_to_one(unsigned inputs = 1, unsigned outputs = 1) {
  SwitchSettings s;
  s.inputs = inputs;
  s.outputs = outputs;
  for (unsigned i = 0; i < outputs; ++i) s.groups[i] = {i};
  s.ports.resize(outputs);
  return s;
}

/// Offers frames of 64 bytes at the given times to a port and returns when each started.
std::vector<Picoseconds> serve(OutputPort& port, const std::vector<std::pair<Picoseconds, unsigned>>& arrivals,
                               std::uint64_t* dropped = nullptr) {
  std::vector<Picoseconds> starts(arrivals.size(), no_time);
  std::size_t next = 0;
  Picoseconds now = 0;
  for (;;) {
    const Picoseconds arrival = next < arrivals.size() ? arrivals[next].first : no_time;
    const Picoseconds start = port.next_start(now);
    now = std::min(arrival, start);
    if (now == no_time) return starts;
    for (; next < arrivals.size() && arrivals[next].first == now; ++next) {
      QueuedFrame f;
      f.handle = static_cast<std::uint32_t>(next);
      f.bytes = 64;
      if (port.offer(f, arrivals[next].second, now) != Drop::none && dropped) ++*dropped;
    }
    if (const auto frame = port.start(now)) starts[frame->handle] = now;
  }
}

PortSettings at_rate(std::uint64_t bps) {
  PortSettings s;
  s.rate_bps = bps;
  return s;
}

double mean_wait(const std::vector<std::pair<Picoseconds, unsigned>>& arrivals, const std::vector<Picoseconds>& starts) {
  double sum = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) sum += static_cast<double>(starts[i] - arrivals[i].first);
  return sum / static_cast<double>(starts.size());
}

}  // namespace

TEST_CASE("pi2.B8 a backlogged credit-based queue has the wire share idle slope / rate, gap included") {
  for (const double share : {0.1, 0.25, 0.75}) {
    PortSettings s = at_rate(1'000'000'000);
    s.queues[0] = {Shaping::cbs, static_cast<std::uint64_t>(share * 1e9), 0, no_time};
    OutputPort port(s);
    const std::vector<Picoseconds> starts = serve(port, std::vector<std::pair<Picoseconds, unsigned>>(2000, {0, 0}));
    const double elapsed = static_cast<double>(starts.back() - starts.front());
    CHECK(1999.0 * static_cast<double>(port.wire_time(64)) / elapsed == Approx(share).epsilon(1e-3));
  }
}

TEST_CASE("pi2.B8 a credit-based queue that empties with positive credit restarts at 0, and never exceeds its bound") {
  // Strict priority above it keeps the shaped queue waiting, so that its credit grows.
  PortSettings s = at_rate(1'000'000'000);
  s.scheduler = Scheduler::strict;
  s.queues.resize(2);
  s.queues[1] = {Shaping::cbs, 500'000'000, 0, no_time};
  OutputPort port(s);
  const Picoseconds frame = port.wire_time(64);
  // The wire is busy with a frame of the lower queue when one shaped frame arrives: its credit has grown when it starts.
  const std::vector<Picoseconds> starts = serve(port, {{0, 0}, {1, 1}, {5 * frame, 1}});
  CHECK(starts[1] == frame);
  CHECK(starts[2] == 5 * frame);  // at once: credit 0 again, neither kept nor owed
  CHECK(port.credit(1) <= 0);

  // Leaky-bucket bound on any interval: bits <= slope * t + (high - low).
  SplitMix random(3);
  OutputPort loaded(s);
  std::vector<std::pair<Picoseconds, unsigned>> arrivals;
  Picoseconds t = 0;
  for (int i = 0; i < 4000; ++i) arrivals.push_back({t += random.next() % frame, static_cast<unsigned>(random.next() % 2)});
  const std::vector<Picoseconds> out = serve(loaded, arrivals);
  std::vector<Picoseconds> shaped;
  for (std::size_t i = 0; i < out.size(); ++i)
    if (arrivals[i].second == 1) shaped.push_back(out[i]);
  std::sort(shaped.begin(), shaped.end());
  const double slope = 0.5, bits = 8 * 84, high = 8 * (1522 + 20) * slope, low = -(1 - slope) * bits;
  for (std::size_t i = 0; i < shaped.size(); i += 7)
    for (std::size_t j = i + 1; j < std::min(shaped.size(), i + 200); ++j) {
      const double interval = static_cast<double>(shaped[j] + frame - shaped[i]) * 1e-3;  // ns = bits at 1 Gb/s
      REQUIRE(static_cast<double>(j - i + 1) * bits <= slope * interval + high - low + 1e-6);
    }
}

TEST_CASE(
    "pi2.B8 asynchronous shaping: a burst is spaced by len/CIR, a conforming flow never waits, too long a stay is a drop without tokens") {
  const double len = 672, cir = 1e9, r = len / cir;
  for (const int b : {1, 3, 8}) {
    AsyncShaper shaper(cir, b * len);
    double group = 0;
    for (int k = 1; k <= 30; ++k) CHECK(*shaper.eligible(0, len, group) == Approx(std::max(0, k - b) * r).margin(1e-18));
  }
  SplitMix random(4);
  AsyncShaper conforming(cir, len);
  double t = 0, group = 0;
  for (int i = 0; i < 1000; ++i) {
    CHECK(*conforming.eligible(t, len, group) == Approx(t).epsilon(1e-12));
    t += r * (1 + random.uniform()) + 1e-15;
  }
  const double most = 4.5 * r;
  AsyncShaper limited(cir, 2 * len, most);
  double limited_group = 0;
  int accepted = 0;
  for (int k = 1; k <= 20; ++k) {
    const auto e = limited.eligible(0, len, limited_group);
    CHECK(e.has_value() == (std::max(0, k - 2) * r <= most));
    accepted += e.has_value();
  }
  CHECK(accepted == 6);
  CHECK(*limited.eligible(6 * r, len, limited_group) == Approx(6 * r).epsilon(1e-12));  // tokens of the dropped ones are there
}

TEST_CASE("pi2.B8 asynchronous shaping equals the textbook leaky bucket on random traces") {
  SplitMix random(5);
  for (int trial = 0; trial < 50; ++trial) {
    const double len = 672, cir = 1e9, r = len / cir;
    const int b = 1 + static_cast<int>(random.next() % 6);
    AsyncShaper shaper(cir, b * len);
    double group = 0, t = 0, due = 0;  // generic cell rate algorithm: due = theoretical arrival time, tolerance (b-1) r
    std::vector<double> out;
    for (int i = 0; i < 400; ++i) {
      t += 1.5 * r * random.uniform() * random.uniform();
      const double expected = std::max({t, due - (b - 1) * r, out.empty() ? 0 : out.back()});
      due = std::max(due, expected) + r;
      const double got = *shaper.eligible(t, len, group);
      REQUIRE(got == Approx(expected).epsilon(1e-9));
      out.push_back(got);
    }
    for (std::size_t i = 0; i < out.size(); ++i)
      for (std::size_t j = i; j < out.size(); ++j)
        REQUIRE(static_cast<double>(j - i + 1) * len <= b * len + cir * (out[j] - out[i]) + 1e-3);
  }
}

TEST_CASE("pi2.B8 a shaped port releases frames at their eligibility times and drops those that would stay too long") {
  PortSettings s = at_rate(10'000'000'000);
  s.queues[0] = {Shaping::ats, 1'000'000'000, 2 * 672, no_time};
  OutputPort port(s);
  const auto starts = serve(port, std::vector<std::pair<Picoseconds, unsigned>>(6, {0, 0}));
  const Picoseconds r = 672'000, wire = port.wire_time(64);  // 672 ns at CIR; 67.2 ns on the wire
  CHECK(starts == std::vector<Picoseconds>{0, wire, r, 2 * r, 3 * r, 4 * r});
  s.queues[0].max_residence = 3 * r;
  OutputPort limited(s);
  std::uint64_t dropped = 0;
  serve(limited, std::vector<std::pair<Picoseconds, unsigned>>(20, {0, 0}), &dropped);
  CHECK(dropped == 15);
}

TEST_CASE("pi2.B13 the synapse mode of the shaper is arrival + delay in any order, the group rule is not") {
  SplitMix random(6);
  double group = 0;
  int moved = 0;
  for (int i = 0; i < 200; ++i) {
    const double arrival = random.uniform(), delay = random.uniform();
    CHECK(AsyncShaper::delay(arrival, delay) == arrival + delay);
    AsyncShaper fresh(672 / delay, 672);  // standard, one frame per window: no additive delay
    double own_group = 0;
    CHECK(*fresh.eligible(arrival, 672, own_group) == arrival);
    AsyncShaper grouped(672 / delay, 672);
    moved += *grouped.eligible(arrival, 672, group) != arrival;
  }
  CHECK(moved > 100);
}

TEST_CASE("pi2.B9 1,568 frames take 10.54 us through one port of 100 Gb/s") {
  SwitchCore core(one_to_one());
  const auto frame = make_spike_frame(FrameFormat::ethernet, {}, {});
  for (std::uint32_t i = 0; i < 1568; ++i) core.arrive(0, 0, frame.data(), frame.size(), i);
  const auto out = drain(core);
  REQUIRE(out.size() == 1568);
  CHECK(core.port(0).busy() == 1568 * 6720);
  CHECK(static_cast<double>(out.back().end - out.front().start) == Approx(10.54e6).epsilon(0.01));
  for (std::size_t i = 1; i < out.size(); ++i) CHECK(out[i].start == out[i - 1].end);
}

TEST_CASE("pi2.B14 N7 mean wait of M/D/1") {
  for (const auto& [rho, expected, tolerance] : {std::tuple{0.3, 0.2143, 0.02}, std::tuple{0.6, 0.75, 0.02}, std::tuple{0.9, 4.5, 0.05}}) {
    OutputPort port(at_rate(100'000'000'000));
    const double s = static_cast<double>(port.wire_time(64));
    SplitMix random(7);
    std::vector<std::pair<Picoseconds, unsigned>> arrivals;
    double t = 0;
    for (int i = 0; i < 1'000'000; ++i) arrivals.push_back({static_cast<Picoseconds>(t -= std::log(1 - random.uniform()) * s / rho), 0});
    CHECK(mean_wait(arrivals, serve(port, arrivals)) / s == Approx(expected).epsilon(tolerance));
  }
}

TEST_CASE("pi2.B14 N8 mean wait of Geo/D/1") {
  for (const auto& [p, s, expected] : {std::tuple{0.1, 4u, 1.0}, std::tuple{0.2, 4u, 6.0}, std::tuple{0.05, 16u, 30.0}}) {
    PortSettings settings = at_rate(672'000'000'000 / s);  // 672 bits in s cycles of 1 ns
    OutputPort port(settings);
    REQUIRE(port.wire_time(64) == s * 1000);
    SplitMix random(8);
    std::vector<std::pair<Picoseconds, unsigned>> arrivals;
    for (Picoseconds cycle = 0; arrivals.size() < 400'000; ++cycle)
      if (random.uniform() < p) arrivals.push_back({cycle * 1000, 0});
    CHECK(mean_wait(arrivals, serve(port, arrivals)) / 1000 == Approx(expected).epsilon(0.03));
  }
}

TEST_CASE("pi2.B14 N9 mean wait of a slotted output queue, through a whole switch") {
  for (const auto& [n, p, expected] : {std::tuple{4u, 0.5, 0.375}, std::tuple{16u, 0.8, 1.875}}) {
    SwitchSettings s = one_to_one(n, n);
    s.pipeline = 0;
    SwitchCore core(s);
    const Picoseconds slot = core.port(0).wire_time(64);
    SplitMix random(9);
    std::vector<std::vector<std::uint8_t>> frames;
    for (unsigned i = 0; i < n; ++i) frames.push_back(make_frame({i, 0}, 64));
    std::vector<Departure> out;
    std::vector<std::uint32_t> released;
    for (Picoseconds k = 0; k < (n == 4 ? 60'000u : 20'000u); ++k) {
      for (unsigned i = 0; i < n; ++i)
        if (random.uniform() < p) core.arrive(i, k * slot, frames[random.next() % n].data(), 64, 0);
      core.advance(k * slot, out, released);
      out.clear();
    }
    drain(core);
    double residence = 0, frames_out = 0;
    for (unsigned i = 0; i < n; ++i) {
      residence += static_cast<double>(core.port(i).statistics().residence);
      frames_out += static_cast<double>(core.port(i).statistics().left);
    }
    CHECK(residence / frames_out / static_cast<double>(slot) == Approx(expected).epsilon(0.03));
    CHECK(core.imbalance().empty());
  }
}

TEST_CASE("pi2.B14 N10 N11 Little's law and conservation hold exactly with loss, jitter, multicast, finite buffers and all schedulers") {
  for (const Scheduler scheduler : {Scheduler::fifo, Scheduler::strict, Scheduler::rr}) {
    SwitchSettings s = one_to_one(4, 4);
    s.groups[10] = {0, 1, 2, 3};
    s.groups[11] = {1, 3};
    s.loss = 0.05;
    s.jitter = 3000;
    s.name = "sw";
    for (PortSettings& port : s.ports) {
      port.scheduler = scheduler;
      port.queues.resize(3);
      port.queues[1] = {Shaping::cbs, 30'000'000'000, 0, no_time};
      port.queues[2] = {Shaping::ats, 20'000'000'000, 1344, 200'000};
      port.buffer = 640;
    }
    SwitchCore core(s);
    SplitMix random(10);
    const unsigned groups[] = {0, 1, 2, 3, 10, 11, 12};  // 12 is unknown
    std::vector<Departure> out;
    std::vector<std::uint32_t> released;
    Picoseconds t = 0;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      t += random.next() % 6000;
      const auto frame = make_frame({groups[random.next() % 7], static_cast<std::uint8_t>(random.next() % 8)}, 64 + random.next() % 200);
      const Bytes length = i % 500 == 0 ? 20 : frame.size();  // sometimes cut short
      core.arrive(static_cast<unsigned>(random.next() % 4), t, frame.data(), length, i);
      core.advance(t, out, released);
      REQUIRE(core.imbalance().empty());
    }
    core.advance(no_time - 1, out, released);
    CHECK(core.imbalance().empty());
    CHECK(core.in_flight() == 0);
    const SwitchCounts& c = core.counts();
    CHECK(c.in + c.copies == c.out + c.dropped());
    CHECK(c.out == out.size());
    CHECK(c.dropped() == released.size());
    for (const std::uint64_t cause : {c.dropped_unknown, c.dropped_malformed, c.dropped_loss, c.dropped_buffer, c.dropped_residence})
      CHECK(cause > 0);
  }
}

TEST_CASE("pi2.B14 N12 a frame takes ceil(bits / width) cycles, and events cost more than a bitmap above density 1 / address bits") {
  PortSettings s = at_rate(64'000'000'000);  // 64 bits per ns
  s.overhead = 0;
  OutputPort port(s);
  for (const Bytes bytes : {1u, 7u, 8u, 9u, 64u, 100u}) CHECK(port.wire_time(bytes) == (bytes * 8 * 1000 + 63) / 64);
  const std::uint64_t neurons = 4096, address_bits = 32;
  const std::uint64_t crossover = neurons / address_bits;
  const auto events = [&](std::uint64_t spikes) { return spikes * port.wire_time(frame_bytes(FrameFormat::aer)); };
  CHECK(events(crossover) == port.wire_time(neurons / 8));
  CHECK(events(crossover + 1) > port.wire_time(neurons / 8));
  CHECK(events(crossover - 1) < port.wire_time(neurons / 8));
}

TEST_CASE("pi2 a finite buffer drops exactly the excess, and nothing else is lost") {
  for (const unsigned room : {1u, 10u, 100u}) {
    SwitchSettings s = one_to_one(200, 1);
    s.ports[0].buffer = room * 64;
    SwitchCore core(s);
    const auto frame = make_spike_frame(FrameFormat::ethernet, {}, {});
    for (unsigned i = 0; i < 200; ++i) core.arrive(i, 0, frame.data(), frame.size(), i);  // all reach the queue at once
    std::vector<std::uint32_t> released;
    const auto out = drain(core, &released);
    CHECK(out.size() == room);
    CHECK(core.counts().dropped_buffer == 200 - room);
    CHECK(released.size() == 200 - room);
    CHECK(core.imbalance().empty());
  }
}

TEST_CASE("pi2 a cut-through switch waits for the header, store-and-forward for the frame, and so does a slower input") {
  SwitchSettings s = one_to_one();
  const auto frame = make_frame({0, 0}, 1500);
  const auto start_of = [&](const SwitchSettings& settings) {
    SwitchCore core(settings);
    core.arrive(0, 1000, frame.data(), frame.size(), 0);
    return drain(core).front().start;
  };
  CHECK(start_of(s) == 1000 + 26 * 80 + 500'000);
  s.cut_through = false;
  CHECK(start_of(s) == 1000 + 1508 * 80 + 500'000);
  s.cut_through = true;
  s.input_bps = 50'000'000'000;  // the output would run dry
  CHECK(start_of(s) == 1000 + 1508 * 160 + 500'000);
}

TEST_CASE("pi2 strict priority overtakes, round robin takes turns, fifo keeps the order") {
  const std::vector<std::pair<Picoseconds, unsigned>> arrivals{{0, 0}, {1, 0}, {2, 0}, {3, 1}, {4, 1}, {5, 1}};
  const auto order = [&](Scheduler scheduler) {
    PortSettings s;
    s.scheduler = scheduler;
    s.queues.resize(2);
    OutputPort port(s);
    const auto starts = serve(port, arrivals);
    std::vector<int> by_start{0, 1, 2, 3, 4, 5};
    std::sort(by_start.begin(), by_start.end(),
              [&](int a, int b) { return starts[static_cast<std::size_t>(a)] < starts[static_cast<std::size_t>(b)]; });
    return by_start;
  };
  CHECK(order(Scheduler::fifo) == std::vector<int>{0, 1, 2, 3, 4, 5});
  CHECK(order(Scheduler::strict) == std::vector<int>{0, 3, 4, 5, 1, 2});
  CHECK(order(Scheduler::rr) == std::vector<int>{0, 3, 1, 4, 2, 5});
}

TEST_CASE("pi2 a time-aware gate opens by the local clock: its error shifts departures, whole frames only") {
  PortSettings s;
  s.gate_cycle = 100'000;
  s.gate_open = 10'000;  // one frame of 6,720 ps
  OutputPort port(s);
  CHECK(serve(port, {{0, 0}, {0, 0}, {103'000, 0}, {104'000, 0}}) == std::vector<Picoseconds>{0, 100'000, 200'000, 300'000});
  s.clock_offset = -2'500;  // late by 2.5 ns
  OutputPort late(s);
  CHECK(serve(late, {{0, 0}, {0, 0}}) == std::vector<Picoseconds>{2'500, 102'500});
}

TEST_CASE("pi2 spike frames keep what they carry in each format, and other bytes are refused") {
  for (const FrameFormat format : {FrameFormat::ethernet, FrameFormat::noc, FrameFormat::aer}) {
    const auto bytes = make_spike_frame(format, {0x1234, 3}, {7, true, 200, 123456});
    CHECK(bytes.size() == frame_bytes(format));
    SpikeBody body;
    REQUIRE(parse_spike(format, bytes.data(), bytes.size(), body));
    CHECK(body.neuron == 123456);
    CHECK(body.minus);
    FrameHeader header;
    REQUIRE(parse_header(format, bytes.data(), bytes.size(), header));
    if (format != FrameFormat::aer) {
      CHECK(body.layer == 7);
      CHECK(body.window == 200);
      CHECK(header.group == 0x1234);
      CHECK(header.priority == 3);
    }
    CHECK_FALSE(parse_spike(format, bytes.data(), bytes.size() - 1, body));
  }
  auto foreign = make_spike_frame(FrameFormat::ethernet, {}, {});
  foreign[0] = 0;
  SpikeBody body;
  CHECK_FALSE(parse_spike(FrameFormat::ethernet, foreign.data(), foreign.size(), body));
  CHECK(frame_bytes(FrameFormat::ethernet) + wire_overhead(FrameFormat::ethernet) == 84);
}
