// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/interconnect/d2d/flit_link.h>

namespace snnvp {

/// A packet that arrives at the other die.
struct D2dDelivery {
  int side = 0;  ///< direction: 0 = a to b
  Cycles at = 0;
  std::uint64_t tag = 0;
  const std::uint8_t* data = nullptr;
  unsigned bytes = 0;
  unsigned bits = 0;        ///< it took on a serial wire; 8 x bytes in flits
  bool is_corrupt = false;  ///< bits of its flit are wrong and nobody noticed
  bool ends_flit = true;    ///< release() when this packet has been taken; every packet of a serial link
};

/// Counters of one direction; those of flits are zero on serial links.
struct D2dCounts : FlitCounts {
  std::uint64_t packets = 0;  ///< delivered
  Bits payload_bits = 0;      ///< bits of delivered packets
  Bits wire_bits = 0;         ///< sent: slots, or whole flits with headers, CRC, padding and replays
  Cycles busy_cycles = 0;     ///< wires taken
  std::uint64_t corrupt_packets = 0;
};

/// A die-to-die link between dies a and b without SystemC: inputs merged round robin, serialiser or flit adapter, both directions.
/// Cycles are those of the link's clock and never run backwards.
class D2dCore {
public:
  static constexpr Cycles never = FlitLink::never;

  /// InputError where d2d_problem() finds something.
  explicit D2dCore(const D2dParams& params);

  const D2dParams& params() const { return params_; }
  /// Largest packet in bytes.
  unsigned max_packet_bytes() const { return flits_ ? flits_->layout().payload : 4096; }
  /// Cycles that one packet of `bytes` occupies a serial link's wires.
  Cycles serial_cycles(unsigned bytes) const { return serial_cycles_of(emio_bits(params_, bytes)); }
  Cycles serial_cycles_of(unsigned bits) const;

  /// A packet of 1..max_packet_bytes() from die `side`, at its input `input`; `at` does not fall per input. `bits`: what it takes on a
  /// serial wire, else emio_bits().
  void push(int side, unsigned input, Cycles at, std::uint64_t tag, const std::uint8_t* data, unsigned bytes, unsigned bits = 0) {
    inputs_[side][input].push({at, tag, bytes, bits}, data);
  }
  /// Packets that wait at an input.
  std::size_t queued(int side, unsigned input) const { return inputs_[side][input].size(); }

  /// Cycle of the next thing that happens; `never` if nothing is under way.
  Cycles next_event() const;
  /// Does everything up to and including `until`. `sink(D2dDelivery)` is called in order of arrival, some cycles ahead of `at`.
  template <typename Sink>
  void advance(Cycles until, Sink&& sink);
  /// The die at the end of direction `side` has made room at cycle `at`: a D2dDelivery with ends_flit was taken. Unless
  /// auto_release is off, this happens by itself.
  void release(int side, Cycles at) {
    now_ = std::max(now_, at);
    flits_ ? flits_->release(side, at) : static_cast<void>(++serial_[side].released);
  }
  void set_auto_release(bool on) { auto_release_ = on; }

  bool is_idle() const;
  std::string waiting_for() const;
  D2dCounts counts(int side) const;
  /// Used payload bytes over all payload bytes of first transmissions; 1 for serial links without packets.
  double flit_fill(int side) const;
  const FlitLink* flits() const { return flits_.get(); }
  /// Bits that the wires of one direction can carry per cycle.
  double peak_bits_per_cycle() const;

private:
  struct Serial {
    Cycles busy_until = 0, receiver_busy_until = 0;
    std::uint64_t sent = 0, released = 0;
    Bits wire_bits = 0;
    Cycles busy_cycles = 0;
  };

  /// When the first waiting packet of a die can move on; `never` if none can.
  Cycles next_input(int side) const;
  Cycles next_serial(int side) const;
  int pick(int side, Cycles at);
  void merge(int side, Cycles now);
  D2dDelivery serialise(int side, Cycles now);
  void count_packet(const D2dDelivery& delivery);

  D2dParams params_;
  std::vector<PacketQueue> inputs_[2];
  unsigned last_input_[2] = {0, 0};
  std::unique_ptr<FlitLink> flits_;
  Serial serial_[2];
  bool auto_release_ = true;
  Cycles now_ = 0;  // nothing happens before it any more
  D2dCounts counts_[2];
};

template <typename Sink>
void D2dCore::advance(Cycles until, Sink&& sink) {
  if (flits_) {
    const auto take = [&](int side, Cycles at, const Flit& flit) {
      const bool is_corrupt = &flit == flits_->corrupted();
      const std::uint8_t* data = flit.payload.data();
      for (std::size_t i = 0; i < flit.packets.size(); ++i) {
        const PacketRef& packet = flit.packets[i];
        const D2dDelivery delivery{side, at, packet.tag, data, packet.bytes, 8 * packet.bytes, is_corrupt, i + 1 == flit.packets.size()};
        data += packet.bytes;
        count_packet(delivery);
        sink(delivery);
      }
      if (auto_release_) flits_->release(side, now_);
    };
    for (;;) {
      const Cycles now = next_event();
      if (now > until || now == never) return;
      now_ = now;
      for (int side = 0; side < 2; ++side) merge(side, now);
      flits_->advance(now, take);
    }
  }
  for (;;) {
    const Cycles a = next_serial(0), b = next_serial(1);
    const int side = b < a ? 1 : 0;
    const Cycles now = side == 1 ? b : a;
    if (now > until || now == never) return;
    now_ = now;
    const D2dDelivery delivery = serialise(side, now);
    count_packet(delivery);
    sink(delivery);
    inputs_[side][last_input_[side]].pop();
    if (auto_release_) ++serial_[side].released;
  }
}

}  // namespace snnvp
