// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <snnvp/interconnect/d2d/bit_errors.h>
#include <snnvp/interconnect/d2d/d2d_params.h>
#include <snnvp/interconnect/d2d/packet_queue.h>

namespace snnvp {

/// A flit as the sender keeps it until it is acknowledged.
struct Flit {
  std::uint64_t seq = 0;       ///< on the wire modulo 256
  Cycles opened = 0;           ///< when its first packet came
  std::uint64_t ready = 0;     ///< first wire tick it can start at
  std::uint64_t position = 0;  ///< wire position of its last transmission
  unsigned used = 0;           ///< payload bytes taken
  std::vector<PacketRef> packets;
  std::array<std::uint8_t, 256> payload{};
};

/// Counters of one direction.
struct FlitCounts {
  std::uint64_t flits = 0;          ///< with data, first transmissions
  std::uint64_t replayed = 0;       ///< with data, sent again
  std::uint64_t control_flits = 0;  ///< without data, for an acknowledgement
  std::uint64_t packet_bytes = 0;   ///< in first transmissions
  std::uint64_t nop_bytes = 0;      ///< payload bytes that held no packet, all transmissions
  std::uint64_t bad_flits = 0;      ///< damaged on the wires, noticed
  std::uint64_t crc_escapes = 0;    ///< damaged on the wires, taken for good by the CRC
  std::uint64_t corrupt_flits = 0;  ///< delivered with wrong bits: escapes, and raw64 without a CRC
  std::uint64_t naks = 0;           ///< sent by the receiver of this direction
  std::uint64_t timeouts = 0;       ///< of the sender of this direction
  std::uint64_t delivered = 0;      ///< flits given to the die
  std::uint64_t wire_ticks = 0;     ///< 1/512 cycles in which the wires were taken
};

/// A pair of UCIe-style adapters and the wires between them, both directions: packing with flush, FDI-like pipeline, sequence
/// numbers, CRC, acknowledgements that ride on the other direction's flits, go-back-N or selective replay, reply time-out.
/// An event-driven machine in integer ticks of 1/512 cycle; idle costs nothing.
///
/// Protocol (spec/chiplet.md 4.7; what it leaves open is our choice, README): a receiver that sees a bad flit sends a NAK.
/// Go-back-N: it discards everything until the replay, whose first flit the framing marks outside the CRC. Selective: the NAK names
/// the wire position, which framing preserves, and later flits wait in a reorder buffer.
class FlitLink {
public:
  static constexpr std::uint64_t ticks = 512;  ///< per cycle
  static constexpr Cycles never = ~Cycles{0};
  // Stages in cycles (spec/chiplet.md 5.3): pack 1, FDI 1, then adapter 2 + CRC 2 + serdes 1; serdes 1 + retry 1, then unpack 1,
  // FDI 1, protocol 1.
  static constexpr Cycles pack_cycles = 2, adapter_cycles = 5, check_cycles = 2, unpack_cycles = 3;
  static constexpr Cycles replay_cycles = 4;  ///< 1 for the replay decision, 3 for the retry buffer

  /// `params` without d2d_problem().
  explicit FlitLink(const D2dParams& params);

  /// Wire ticks of one flit.
  std::uint64_t flit_ticks() const { return occupancy_; }
  const FlitLayout& layout() const { return layout_; }

  /// Is there room for a packet of `bytes` from die `side` without another flit leaving first?
  bool has_room(int side, unsigned bytes) const;
  /// Takes a packet at cycle `now`, not before earlier ones; 1 <= bytes <= payload, has_room() holds.
  void push(int side, Cycles now, std::uint64_t tag, unsigned bytes, const std::uint8_t* data);
  /// The receiver at the end of direction `side` has emptied a flit of its FIFO, at cycle `at`.
  void release(int side, Cycles at) {
    ++channels_[side].released;
    now_ = std::max(now_, at * ticks);
  }

  /// When the next thing happens; `never` if nothing is under way.
  Cycles next_event() const;
  /// Does everything up to and including cycle `until`. `sink(side, at, flit)` gets each flit in order at its check; its packets
  /// are with the other die at cycle `at`.
  template <typename Sink>
  void advance(Cycles until, Sink&& sink) {
    for (;;) {
      const Event event = next();
      if (event.tick == no_tick || event.tick > until * ticks) return;
      now_ = event.tick;
      run(event);
      while (deliver_ != none) {
        const int side = deliver_;
        sink(side, deliver_at_, received(side));
        flit_delivered(channels_[side]);
      }
    }
  }

  bool is_idle() const;
  /// What a busy link waits for, in words.
  std::string waiting_for() const;
  const FlitCounts& counts(int side) const { return channels_[side].counts; }
  /// What a corrupt flit is delivered as: the sink can tell it by its address.
  const Flit* corrupted() const { return &corrupted_; }
  double flit_error_probability(int side) const { return channels_[side].errors.flit_error_probability(); }
  Cycles timeout_cycles() const { return timeout_; }

private:
  static constexpr std::uint64_t no_tick = ~std::uint64_t{0};
  static constexpr int none = -1;
  static constexpr std::uint64_t no_seq = ~std::uint64_t{0};

  /// What a flit says about the other direction.
  struct Control {
    std::uint64_t ack = 0;
    std::uint64_t nak = no_seq;  // go-back-N: sequence number; selective: wire position
  };
  struct Flight {
    std::uint64_t check = 0;  // tick
    std::uint64_t seq = no_seq;
    std::uint64_t position = 0;
    Control control;
    bool is_marked = false, is_bad = false;
    std::vector<unsigned> flipped;  // bits of a flit that passes although damaged
  };
  struct Nak {
    std::uint64_t what = 0, ready = 0;  // ready: tick at which it can be on the wires
  };
  struct Channel {
    Channel(const BitErrors& e, unsigned bits, std::uint64_t seed, const char* name) : errors(e, bits, seed, name) {}

    BitErrorSource errors;
    // sender
    std::vector<Flit> ring;  // by seq
    std::uint64_t base = 0, fresh = 0, closed = 0,
                  next = 0;  // oldest unacknowledged; first never sent; first not closed; go-back-N's place
    bool has_open = false;
    std::uint64_t wire_free = 0, position = 0, replay_ready = 0;
    std::uint64_t switch_to = no_seq, drain_until = 0;
    bool mark_next = false;
    std::deque<std::uint64_t> resend;  // selective
    std::uint64_t resend_ready = 0;
    std::uint64_t timer = no_tick;
    std::uint64_t released = 0, bad_index = 0;
    std::deque<Flight> flights;
    // receiver
    std::uint64_t expected = 0;
    bool is_waiting = false;
    std::vector<std::uint8_t> has;               // by seq: arrived, not delivered
    std::vector<std::vector<unsigned>> damaged;  // by seq: flipped bits
    std::deque<Nak> naks;                        // to be sent in this direction
    std::uint64_t unacknowledged = 0, ack_by = no_tick, control_ready = no_tick;
    FlitCounts counts;
  };
  enum class What { flush, start, check, timeout };
  struct Event {
    std::uint64_t tick = no_tick;
    What what = What::start;
    int side = 0;
  };
  struct Start {
    enum class Kind { nothing, data, resend, control } kind = Kind::nothing;
    std::uint64_t tick = no_tick;
  };

  Flit& flit_at(Channel& c, std::uint64_t seq) { return c.ring[seq & (c.ring.size() - 1)]; }
  const Flit& flit_at(const Channel& c, std::uint64_t seq) const { return c.ring[seq & (c.ring.size() - 1)]; }
  Event next() const;
  void run(const Event& event);
  Start next_start(int side) const;
  Start plain_start(const Channel& c) const;
  bool may_send_fresh(const Channel& c) const;
  void close(int side, std::uint64_t tick);
  void start(int side, std::uint64_t tick);
  void transmit(int side, std::uint64_t tick, std::uint64_t seq);
  void draw_errors(Channel& c, Flight& flight, std::uint64_t seq);
  bool passes_crc(const Channel& c, const Flight& flight, std::uint64_t seq, const std::vector<unsigned>& flipped) const;
  std::vector<std::uint8_t> wire_image(const Channel& c, const Flight& flight, std::uint64_t seq) const;
  void check(int side);
  void take_control(int side, const Control& control, std::uint64_t tick);
  void take_data(int side, Flight& flight);
  void send_nak(Channel& c, std::uint64_t what, std::uint64_t tick);
  void acknowledge(Channel& c, std::uint64_t tick, bool is_urgent);
  void begin_replay(Channel& c, std::uint64_t seq, std::uint64_t tick);
  void restart_timer(Channel& c, std::uint64_t tick);
  const Flit& received(int side);
  void flit_delivered(Channel& c);

  UcieParams params_;
  FlitLayout layout_;
  Cycles flush_;
  std::uint64_t occupancy_;
  Cycles timeout_ = 0;
  std::uint64_t ack_every_;
  Channel channels_[2];
  std::uint64_t now_ = 0;  // tick; nothing happens before it any more
  Flit corrupted_;         // copy of a flit that is delivered with wrong bits
  int deliver_ = none;
  Cycles deliver_at_ = 0;
};

}  // namespace snnvp
