// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>

#include <snnvp/interconnect/d2d/d2d_core.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>

using namespace snnvp;

namespace {

D2dParams ucie(FlitFormat format, ReplayScheme replay = ReplayScheme::go_back_n) {
  D2dParams p;
  p.kind = LinkKind::ucie;
  p.ucie.flit = format;
  p.ucie.replay = replay;
  p.ucie.crc = CrcCheck::ideal;
  return p;
}

const std::uint8_t bytes[256] = {1, 2, 3, 4, 5, 6, 7, 8};

/// Sends `count` full flits a -> b as fast as they go; the cycle at which the last one is there.
Cycles stream(D2dCore& link, std::uint64_t count, std::vector<Cycles>* arrivals = nullptr) {
  Cycles last = 0;
  std::uint64_t sent = 0, next = 0;
  Cycles now = 0;
  while (next < count) {
    while (sent < count && link.queued(0, 0) < 4) link.push(0, 0, now, sent++, bytes, link.max_packet_bytes());
    const Cycles event = link.next_event();
    if (event == D2dCore::never) FAIL("the link stands still");
    now = std::max(now, event);
    link.advance(now, [&](const D2dDelivery& d) {
      if (d.tag != next) FAIL("packet " << d.tag << " instead of " << next);
      ++next;
      last = d.at;
      if (arrivals) arrivals->push_back(d.at);
    });
  }
  return last;
}

}  // namespace

TEST_CASE("chiplet.A1 one packet over the empty serial link takes 81 cycles", "[chiplet]") {
  D2dParams p;
  for (const unsigned size : {4U, 5U}) {
    D2dCore link(p);
    link.push(0, 0, 1000, 7, bytes, size);
    Cycles at = 0;
    link.advance(1000, [&](const D2dDelivery& d) { at = d.at; });
    CHECK(at == 1000 + 38 + 38 + 1 + 4);
    CHECK(link.next_event() == D2dCore::never);
  }
  // Lanes, actual size, parallel.
  const auto latency = [](const D2dParams& q, unsigned size) {
    D2dCore link(q);
    link.push(1, 0, 0, 0, bytes, size);
    Cycles at = 0;
    link.advance(100, [&](const D2dDelivery& d) { at = d.at; });
    return at;
  };
  p.fixed_slot = false;
  CHECK(latency(p, 4) == 30 + 30 + 5);
  CHECK(latency(p, 5) == 38 + 38 + 5);
  p.lanes = 16;
  CHECK(latency(p, 5) == 3 + 3 + 5);
  p.kind = LinkKind::parallel;
  CHECK(latency(p, 5) == 1 + 1 + 5);
}

TEST_CASE("chiplet.A2 the saturated serial link passes one packet per 38 cycles and direction", "[chiplet]") {
  D2dParams p;
  p.inputs[0] = 3;
  D2dCore link(p);
  for (std::uint64_t i = 0; i < 300; ++i) link.push(0, static_cast<unsigned>(i % 3), 0, i, bytes, 5);
  for (std::uint64_t i = 0; i < 100; ++i) link.push(1, 0, 0, i, bytes, 4);
  std::vector<Cycles> there, back;
  std::vector<std::uint64_t> order;
  link.advance(~Cycles{0} - 1, [&](const D2dDelivery& d) {
    (d.side == 0 ? there : back).push_back(d.at);
    if (d.side == 0) order.push_back(d.tag);
  });
  REQUIRE(there.size() == 300);
  REQUIRE(back.size() == 100);
  for (std::size_t i = 1; i < there.size(); ++i) CHECK(there[i] - there[i - 1] == 38);
  for (std::size_t i = 1; i < back.size(); ++i) CHECK(back[i] - back[i - 1] == 38);
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == i);  // round robin over three inputs
  CHECK(link.counts(0).wire_bits == 300 * 38);
}

TEST_CASE("chiplet.A10 a 64-byte flit takes 16 cycles, a stream one flit per 4", "[chiplet]") {
  D2dCore link(ucie(FlitFormat::raw64));
  std::vector<Cycles> arrivals;
  stream(link, 1000, &arrivals);
  CHECK(arrivals[0] == 16);
  for (std::size_t i = 1; i < arrivals.size(); ++i) CHECK(arrivals[i] - arrivals[i - 1] == 4);
  CHECK(link.flit_fill(0) == 1.0);
  // Other formats by their wire bits, kept as a fraction: 544 bits in 4.25 cycles, 2048 in 16.
  for (const auto format : {FlitFormat::f68, FlitFormat::f256}) {
    D2dCore other(ucie(format));
    const double flit = layout_of(format).bits() / 512.0 * 4;
    const Cycles last = stream(other, 1001, &arrivals);
    CHECK(static_cast<double>(last) == Approx(12 + 1001 * flit).margin(1.01));
  }
}

TEST_CASE("chiplet.A11 the fill of flits under Poisson arrivals", "[chiplet]") {
  // l x flush = 0.4, 16 packets of 4 bytes a flit: (1 + 0.4) / 16.
  D2dCore link(ucie(FlitFormat::raw64));
  RandomStream random(1, "poisson");
  const double rate = 0.4 / 8;
  double time = 0;
  for (int i = 0; i < 200'000; ++i) {
    time += -std::log1p(-random.uniform()) / rate;
    link.push(0, 0, static_cast<Cycles>(time), 0, bytes, 4);
  }
  link.advance(~Cycles{0} - 1, [](const D2dDelivery&) {});
  CHECK(link.counts(0).packets == 200'000);
  CHECK(link.flit_fill(0) == Approx(0.0875).epsilon(0.05));
  const D2dCounts c = link.counts(0);
  CHECK(c.nop_bytes + c.packet_bytes == 64 * c.flits);
}

TEST_CASE("chiplet.A14 CRC vectors, and what the CRC finds", "[chiplet]") {
  const char* digits = "123456789";
  CHECK(crc16(reinterpret_cast<const std::uint8_t*>(digits), 9) == 0xFEE8);
  std::uint8_t block[64];
  for (unsigned i = 0; i < 64; ++i) block[i] = static_cast<std::uint8_t>(i);
  CHECK(crc16(block, 64) == 0x41DD);
  std::memset(block, 0, sizeof block);
  CHECK(crc16(block, 64) == 0);
  // A burst of up to 16 bits never escapes; bursts of 24 bits do, about one in 2^16.
  D2dParams p = ucie(FlitFormat::f68);
  p.ucie.crc = CrcCheck::real;
  p.ucie.errors[0].burst_rate = 2e-4;
  p.ucie.errors[0].burst_bits = 16;
  D2dCore link(p);
  stream(link, 20'000);
  CHECK(link.counts(0).bad_flits > 1000);
  CHECK(link.counts(0).crc_escapes == 0);
}

namespace {

/// R of spec/chiplet.md 8.1: from the end of a bad flit to the start of its replay, in flit times, measured on one damaged flit.
double measured_distance(FlitFormat format) {
  D2dParams p = ucie(format);
  std::vector<Cycles> clean, damaged;
  D2dCore undisturbed(p);
  stream(undisturbed, 400, &clean);
  p.ucie.bad_flits[0] = {200};
  D2dCore disturbed(p);
  stream(disturbed, 400, &damaged);
  const double flit = static_cast<double>(disturbed.flits()->flit_ticks()) / FlitLink::ticks;
  return static_cast<double>(damaged.back() - clean.back()) / flit - 1;  // an error costs R + 1 flit times
}

}  // namespace

TEST_CASE("chiplet.A9 goodput of go-back-N and of selective replay follows theory", "[chiplet]") {
  for (const auto format : {FlitFormat::f68, FlitFormat::f256}) {
    const double distance = measured_distance(format);
    // (check 2 + adapter 5 + flit + check 2 + pipeline 5 drained + 4), whole flits in the drain
    CHECK(distance > 1);
    CHECK(distance < 8);
    const double at_1e3 = 1 - std::pow(1 - 1e-3, layout_of(format).bits());  // 42 % and 87 % of the flits
    for (const double q : {0.001, 0.01, 0.05, 0.2, 0.4, at_1e3}) {
      for (const auto scheme : {ReplayScheme::go_back_n, ReplayScheme::selective}) {
        D2dParams p = ucie(format, scheme);
        p.ucie.errors[0].ber = 1 - std::pow(1 - q, 1.0 / layout_of(format).bits());
        p.ucie.retry_depth = 128;
        p.ucie.ack_every = 8;
        D2dCore link(p);
        CHECK(link.flits()->flit_error_probability(0) == Approx(q));
        const std::uint64_t count = q > 0.8 ? 5'000 : 40'000;
        const double flit = static_cast<double>(link.flits()->flit_ticks()) / FlitLink::ticks;
        const double goodput = static_cast<double>(count) * flit / static_cast<double>(stream(link, count));
        const double theory = scheme == ReplayScheme::go_back_n ? (1 - q) / (1 + q * distance) : 1 - q;
        INFO((scheme == ReplayScheme::selective ? "selective" : "go-back-N") << " q " << q << " R " << distance << " flit " << flit);
        CHECK(goodput == Approx(theory).epsilon(0.05));
      }
    }
  }
}

namespace {

/// `count` full flits of numbered flows both ways under errors both ways: nothing lost, doubled, reordered or changed.
void no_loss(const D2dParams& p, std::uint64_t count) {
  D2dCore link(p);
  constexpr unsigned flows = 5;
  std::uint64_t sent[2] = {}, received[2] = {}, next[2][flows] = {}, given[2][flows] = {};
  RandomStream random(5, "flows");
  Cycles now = 0;
  bool is_right = true;
  const unsigned size = link.max_packet_bytes();
  std::uint8_t data[256] = {};
  while (received[0] < count || received[1] < count / 16) {
    for (int side = 0; side < 2; ++side)
      while (sent[side] < (side == 0 ? count : count / 16) && link.queued(side, 0) < 16) {
        const auto flow = random.below(flows);
        const std::uint64_t number = given[side][flow]++;
        std::memcpy(data, &number, 8);
        data[8] = static_cast<std::uint8_t>(flow);
        data[size - 1] = static_cast<std::uint8_t>(number * 7 + flow);
        link.push(side, 0, now, flow, data, size);
        ++sent[side];
      }
    const Cycles event = link.next_event();
    if (event == D2dCore::never) FAIL("the link stands still");
    now = std::max(now, event) + 50;
    link.advance(now, [&](const D2dDelivery& d) {
      std::uint64_t number = 0;
      std::memcpy(&number, d.data, 8);
      ++received[d.side];
      is_right = is_right && number == next[d.side][d.tag]++ && d.data[8] == d.tag &&
                 d.data[size - 1] == static_cast<std::uint8_t>(number * 7 + d.tag) && !d.is_corrupt;
    });
  }
  CHECK(is_right);
  CHECK(received[0] == count);
  CHECK(received[1] == count / 16);
  for (std::uint64_t i = 0; i < 10'000'000 && link.next_event() != D2dCore::never; ++i)
    link.advance(link.next_event(), [](const D2dDelivery&) { FAIL("a packet came twice"); });
  CHECK(link.is_idle());
  for (int side = 0; side < 2; ++side) {
    const D2dCounts c = link.counts(side);
    CHECK(c.delivered == c.flits);
    CHECK(c.crc_escapes == 0);
  }
}

/// Both protected formats, both schemes. `go_back_f256`: flits of the one combination that takes long at 1e-3, where each flit of
/// 2048 bits is damaged with 87 % and go-back-N sends it 290 times.
void no_loss_at(double ber, std::uint64_t count, std::uint64_t go_back_f256) {
  for (const auto format : {FlitFormat::f68, FlitFormat::f256})
    for (const auto scheme : {ReplayScheme::go_back_n, ReplayScheme::selective}) {
      D2dParams p = ucie(format, scheme);
      p.ucie.errors[0].ber = p.ucie.errors[1].ber = ber;
      INFO("ber " << ber << (format == FlitFormat::f68 ? " f68" : " f256")
                  << (scheme == ReplayScheme::selective ? " selective" : " go-back-N"));
      no_loss(p, format == FlitFormat::f256 && scheme == ReplayScheme::go_back_n ? go_back_f256 : count);
    }
}

constexpr std::uint64_t million = 1'000'000;

}  // namespace

TEST_CASE("no packet is lost, doubled or reordered in a million flits without errors", "[chiplet]") { no_loss_at(0, million, million); }
TEST_CASE("no packet is lost, doubled or reordered in a million flits at bit error rates of 1e-6 and 1e-4", "[chiplet]") {
  no_loss_at(1e-6, million, million);
  no_loss_at(1e-4, million, million);
}
TEST_CASE("no packet is lost, doubled or reordered at a bit error rate of 1e-3", "[chiplet]") { no_loss_at(1e-3, 100'000, 5'000); }
TEST_CASE("no packet is lost, doubled or reordered in a million flits at a bit error rate of 1e-3", "[.][slow]") {
  no_loss_at(1e-3, million, million);  // a minute and a half
}

TEST_CASE("bursts and tiny retry buffers lose nothing either", "[chiplet]") {
  for (const unsigned depth : {1U, 2U, 5U, 128U})
    for (const auto scheme : {ReplayScheme::go_back_n, ReplayScheme::selective}) {
      D2dParams p = ucie(FlitFormat::f68, scheme);
      p.ucie.retry_depth = depth;
      p.ucie.errors[0] = {1e-5, 1e-4, 40};
      p.ucie.errors[1] = {0, 3e-4, 100};
      INFO("depth " << depth);
      no_loss(p, 5000);
    }
}

TEST_CASE("a real 16-bit CRC lets a few damaged flits through, and they are counted", "[chiplet]") {
  D2dParams p = ucie(FlitFormat::f68, ReplayScheme::selective);
  p.ucie.crc = CrcCheck::real;
  p.ucie.errors[0].ber = 1e-2;  // more errors a flit, more escapes: a shorter test
  p.ucie.retry_depth = 128;
  D2dCore link(p);
  stream(link, 3000);
  const D2dCounts c = link.counts(0);
  CHECK(c.crc_escapes > 0);
  CHECK(c.crc_escapes < 100);
  CHECK(c.corrupt_flits <= c.crc_escapes);
  CHECK(c.corrupt_packets == c.corrupt_flits);
}

TEST_CASE("raw flits have no CRC: damage arrives, is counted and changes the data", "[chiplet]") {
  D2dParams p = ucie(FlitFormat::raw64);
  p.ucie.errors[0].ber = 1e-4;
  D2dCore link(p);
  std::uint64_t changed = 0, corrupt = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    link.push(0, 0, i * 4, i, bytes, 64);
    link.advance(i * 4, [&](const D2dDelivery& d) {
      changed += std::memcmp(d.data, bytes, 64) != 0;
      corrupt += d.is_corrupt;
    });
  }
  CHECK(corrupt > 800);
  CHECK(changed == corrupt);
  CHECK(link.counts(0).corrupt_flits == corrupt);
  CHECK(link.counts(0).bad_flits == 0);
}

TEST_CASE("errors fall where independent bits would put them", "[chiplet]") {
  BitErrorSource source({0.01, 0, 0}, 100, 3, "test");
  std::uint64_t bad = 0, flips = 0, at[100] = {};
  for (int i = 0; i < 100'000; ++i)
    if (source.next()) {
      ++bad;
      flips += source.flipped().size();
      for (const unsigned bit : source.flipped()) ++at[bit];
    }
  CHECK(static_cast<double>(bad) / 1e5 == Approx(1 - std::pow(0.99, 100)).epsilon(0.01));
  CHECK(static_cast<double>(flips) / 1e5 == Approx(1.0).epsilon(0.01));
  for (const std::uint64_t n : at) CHECK(static_cast<double>(n) == Approx(1000).epsilon(0.2));
}

TEST_CASE("a receiver that does not empty its FIFO stops the sender, and nothing is lost", "[chiplet]") {
  for (const auto kind : {LinkKind::emio_serial, LinkKind::ucie}) {
    D2dParams p = ucie(FlitFormat::raw64);
    p.kind = kind;
    p.ucie.rx_fifo = 3;
    D2dCore link(p);
    link.set_auto_release(false);
    for (std::uint64_t i = 0; i < 50; ++i) link.push(0, 0, 0, i, bytes, kind == LinkKind::ucie ? 64 : 5);
    std::uint64_t got = 0;
    Cycles last = 0;
    const auto sink = [&](const D2dDelivery& d) {
      CHECK(d.tag == got++);
      CHECK(d.at >= last);
      last = d.at;
    };
    link.advance(100'000, sink);
    CHECK(got == 3);
    for (std::uint64_t i = 3; i < 50; ++i) {
      link.release(0, 100'000 + 1000 * i);
      link.advance(100'999 + 1000 * i, sink);
      CHECK(got == i + 1);
      CHECK(last >= 100'000 + 1000 * i);
    }
  }
}

TEST_CASE("impossible links are refused", "[chiplet]") {
  D2dParams p;
  p.lanes = 0;
  CHECK_THROWS_AS(D2dCore(p), InputError);
  p = ucie(FlitFormat::f68);
  p.ucie.retry_depth = 129;
  CHECK_THROWS_AS(D2dCore(p), InputError);
  p = ucie(FlitFormat::f68);
  p.ucie.errors[1].ber = 0.9;
  CHECK_THROWS_AS(D2dCore(p), InputError);
}
