// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/d2d/flit_link.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

constexpr const char* stream_names[2] = {"d2d/a_to_b", "d2d/b_to_a"};

std::size_t ring_size(const UcieParams& p) {
  std::size_t size = 16;
  while (size < p.retry_depth + p.tx_fifo + p.rx_fifo + 2) size *= 2;
  return size;
}

}  // namespace

FlitLink::FlitLink(const D2dParams& p)
    : params_(p.ucie),
      layout_(layout_of(p.ucie.flit)),
      flush_(p.flush_cycles),
      occupancy_(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(layout_.bits() * p.ucie.serdes_ratio + 0.5))),
      ack_every_(std::max<std::uint64_t>(1, std::min(p.ucie.ack_every, p.ucie.retry_depth / 2))),
      channels_{Channel(p.ucie.errors[0], layout_.bits(), p.seed, stream_names[0]),
                Channel(p.ucie.errors[1], layout_.bits(), p.seed, stream_names[1])} {
  for (Channel& c : channels_) {
    c.ring.resize(ring_size(params_));
    c.has.resize(c.ring.size());
    c.damaged.resize(c.ring.size());
  }
  const Cycles flit_cycles = ceil_div(occupancy_, ticks);
  // An answer is late after: the flits behind which it may queue, the way there, the wait for a flit to ride on, the way back.
  timeout_ = params_.timeout_cycles.value_or(
      2 * (2 * (adapter_cycles + check_cycles + 2 * flit_cycles) + params_.ack_cycles + ack_every_ * flit_cycles + replay_cycles));
}

bool FlitLink::has_room(int side, unsigned bytes) const {
  const Channel& c = channels_[side];
  if (c.has_open && flit_at(c, c.closed).used + bytes <= layout_.payload) return true;
  return c.closed + (c.has_open ? 1 : 0) - c.fresh < params_.tx_fifo;
}

void FlitLink::push(int side, Cycles now, std::uint64_t tag, unsigned bytes, const std::uint8_t* data) {
  now_ = std::max(now_, now * ticks);
  Channel& c = channels_[side];
  if (c.has_open && flit_at(c, c.closed).used + bytes > layout_.payload) close(side, now * ticks);
  Flit& flit = flit_at(c, c.closed);
  if (!c.has_open) {
    c.has_open = true;
    flit.seq = c.closed;
    flit.opened = now;
    flit.position = no_seq;
    flit.used = 0;
    flit.packets.clear();
  }
  std::memcpy(&flit.payload[flit.used], data, bytes);
  flit.used += bytes;
  flit.packets.push_back({now, tag, bytes});
  constexpr unsigned smallest_packet = 4;
  if (flit.used + smallest_packet > layout_.payload) close(side, now * ticks);
}

void FlitLink::close(int side, std::uint64_t tick) {
  Channel& c = channels_[side];
  Flit& flit = flit_at(c, c.closed);
  flit.ready = tick + (pack_cycles + adapter_cycles) * ticks;
  ++c.closed;
  c.has_open = false;
}

bool FlitLink::may_send_fresh(const Channel& c) const {
  if (c.fresh >= c.closed) return false;
  if (!layout_.is_protected()) return c.fresh - c.released < params_.rx_fifo;
  return c.fresh - c.base < params_.retry_depth && c.fresh - c.released < params_.retry_depth + params_.rx_fifo;
}

/// The next transmission as things stand, a go-back that is decided but not begun left aside.
FlitLink::Start FlitLink::plain_start(const Channel& c) const {
  Start best;
  const auto offer = [&](Start::Kind kind, std::uint64_t ready) {
    const std::uint64_t tick = std::max({c.wire_free, ready, now_});
    if (tick < best.tick) best = {kind, tick};
  };
  if (!c.resend.empty()) offer(Start::Kind::resend, c.resend_ready);
  if (c.next < c.fresh)
    offer(Start::Kind::data, c.replay_ready);
  else if (may_send_fresh(c))
    offer(Start::Kind::data, std::max(flit_at(c, c.fresh).ready, c.replay_ready));
  if (c.control_ready != no_tick) offer(Start::Kind::control, c.control_ready);
  return best;
}

FlitLink::Start FlitLink::next_start(int side) const {
  const Channel& c = channels_[side];
  const Start plain = plain_start(c);
  if (c.switch_to == no_seq || plain.tick <= c.drain_until) return plain;
  // The pipeline has drained before anything else starts: the replay comes first.
  return {Start::Kind::data, std::max(c.drain_until, c.wire_free) + replay_cycles * ticks};
}

FlitLink::Event FlitLink::next() const {
  Event best;
  const auto offer = [&](std::uint64_t tick, What what, int side) {
    if (tick < best.tick) best = {tick, what, side};
  };
  for (int side = 0; side < 2; ++side) {
    const Channel& c = channels_[side];
    if (!c.flights.empty()) offer(c.flights.front().check, What::check, side);
    if (c.has_open) offer((flit_at(c, c.closed).opened + flush_) * ticks, What::flush, side);
    offer(next_start(side).tick, What::start, side);
    if (c.timer != no_tick) offer(c.timer, What::timeout, side);
  }
  return best;
}

Cycles FlitLink::next_event() const {
  const std::uint64_t tick = next().tick;
  return tick == no_tick ? never : ceil_div(tick, ticks);
}

void FlitLink::run(const Event& event) {
  Channel& c = channels_[event.side];
  switch (event.what) {
    case What::flush: return close(event.side, event.tick);
    case What::start: return start(event.side, event.tick);
    case What::check: return check(event.side);
    case What::timeout:
      ++c.counts.timeouts;
      if (params_.replay == ReplayScheme::go_back_n) {
        begin_replay(c, c.base, event.tick);
      } else if (std::find(c.resend.begin(), c.resend.end(), c.base) == c.resend.end()) {
        c.resend.push_front(c.base);
        c.resend_ready = event.tick + replay_cycles * ticks;
      }
      return restart_timer(c, event.tick);
  }
}

void FlitLink::start(int side, std::uint64_t tick) {
  Channel& c = channels_[side];
  const Start plain = plain_start(c);
  if (c.switch_to != no_seq && plain.tick > c.drain_until) {
    c.next = std::max(c.switch_to, c.base);
    c.switch_to = no_seq;
    c.mark_next = true;
    c.replay_ready = tick;
    if (c.next < c.fresh) return transmit(side, tick, c.next++);
    c.mark_next = false;  // all of it has been acknowledged meanwhile
    return;
  }
  switch (plain.kind) {
    case Start::Kind::data:
      if (c.next == c.fresh) ++c.fresh;
      return transmit(side, tick, c.next++);
    case Start::Kind::resend: {
      const std::uint64_t seq = c.resend.front();
      c.resend.pop_front();
      if (seq >= c.base) transmit(side, tick, seq);
      return;
    }
    case Start::Kind::control: return transmit(side, tick, no_seq);
    case Start::Kind::nothing: return;
  }
}

void FlitLink::transmit(int side, std::uint64_t tick, std::uint64_t seq) {
  Channel& c = channels_[side];
  Channel& other = channels_[1 - side];
  Flight flight;
  flight.seq = seq;
  flight.position = c.position++;
  flight.is_marked = c.mark_next;
  c.mark_next = false;
  if (layout_.is_protected()) {
    flight.control.ack = other.expected;
    if (!c.naks.empty() && c.naks.front().ready <= tick) flight.control.nak = c.naks.front().what, c.naks.pop_front();
    other.unacknowledged = 0;
    c.ack_by = no_tick;
    c.control_ready = c.naks.empty() ? no_tick : c.naks.front().ready;
  }
  const std::uint64_t end = tick + occupancy_;
  flight.check = ceil_div(end, ticks) * ticks + check_cycles * ticks;
  c.wire_free = end;
  c.counts.wire_ticks += occupancy_;
  if (seq == no_seq) {
    ++c.counts.control_flits;
    c.counts.nop_bytes += layout_.payload;
  } else {
    Flit& flit = flit_at(c, seq);
    const bool is_first = flit.position == no_seq;
    flit.position = flight.position;
    c.counts.nop_bytes += layout_.payload - flit.used;
    if (is_first) {
      ++c.counts.flits;
      c.counts.packet_bytes += flit.used;
    } else {
      ++c.counts.replayed;
    }
    if (layout_.is_protected() && (seq == c.base || c.timer == no_tick)) restart_timer(c, end);
  }
  draw_errors(c, flight, seq);
  c.flights.push_back(std::move(flight));
}

void FlitLink::draw_errors(Channel& c, Flight& flight, std::uint64_t seq) {
  const std::vector<std::uint64_t>& forced = params_.bad_flits[&c - channels_];
  if (c.bad_index < forced.size() && forced[c.bad_index] == flight.position) {
    ++c.bad_index;
    flight.is_bad = true;
    return;
  }
  if (layout_.is_protected() && params_.crc == CrcCheck::ideal) {
    flight.is_bad = c.errors.next_is_bad();
    return;
  }
  if (!c.errors.next()) return;
  const std::vector<unsigned>& flipped = c.errors.flipped();
  if (layout_.is_protected() && !passes_crc(c, flight, seq, flipped)) {
    flight.is_bad = true;
    return;
  }
  if (layout_.is_protected()) ++c.counts.crc_escapes;
  flight.flipped = flipped;
}

/// The bytes of a flit on the wire: header {sequence, acknowledgement} and payload with a CRC behind each part.
std::vector<std::uint8_t> FlitLink::wire_image(const Channel& c, const Flight& flight, std::uint64_t seq) const {
  std::vector<std::uint8_t> image;
  image.reserve(layout_.bytes());
  if (layout_.header != 0) {
    image.push_back(static_cast<std::uint8_t>(seq));
    image.push_back(static_cast<std::uint8_t>(flight.control.ack));
  }
  const unsigned parts = layout_.crc / 2;
  std::size_t part_start = 0;
  for (unsigned i = 0; i < layout_.payload; ++i) {
    const Flit* flit = seq == no_seq ? nullptr : &flit_at(c, seq);
    image.push_back(flit != nullptr && i < flit->used ? flit->payload[i] : 0);
    const bool ends_part = i + 1 == layout_.payload || (parts == 2 && image.size() == 126);
    if (parts == 0 || !ends_part) continue;
    const std::uint16_t crc = crc16(&image[part_start], image.size() - part_start);
    image.push_back(static_cast<std::uint8_t>(crc >> 8));
    image.push_back(static_cast<std::uint8_t>(crc));
    part_start = image.size();
  }
  return image;
}

bool FlitLink::passes_crc(const Channel& c, const Flight& flight, std::uint64_t seq, const std::vector<unsigned>& flipped) const {
  std::vector<std::uint8_t> image = wire_image(c, flight, seq);
  for (const unsigned bit : flipped) image[bit / 8] = static_cast<std::uint8_t>(image[bit / 8] ^ 0x80U >> bit % 8);
  const std::size_t part = layout_.crc == 4 ? 128 : layout_.bytes();
  for (std::size_t at = 0; at < image.size(); at += part)
    if (crc16(&image[at], part) != 0) return false;  // a message followed by its CRC leaves none
  return true;
}

void FlitLink::check(int side) {
  Channel& c = channels_[side];
  Flight flight = std::move(c.flights.front());
  c.flights.pop_front();
  if (flight.is_marked) c.is_waiting = false;
  if (flight.is_bad) {
    ++c.counts.bad_flits;
    if (params_.replay == ReplayScheme::selective)
      send_nak(c, flight.position, flight.check);
    else if (!c.is_waiting)
      send_nak(c, c.expected, flight.check), c.is_waiting = true;
    return;
  }
  take_control(1 - side, flight.control, flight.check);
  if (flight.seq != no_seq) take_data(side, flight);
}

void FlitLink::take_data(int side, Flight& flight) {
  Channel& c = channels_[side];
  const std::size_t slot = flight.seq & (c.ring.size() - 1);
  if (flight.seq < c.expected || c.has[slot]) return acknowledge(c, flight.check, true);  // twice: the sender missed an acknowledgement
  if (flight.seq > c.expected && params_.replay == ReplayScheme::go_back_n) return;
  c.has[slot] = 1;
  if (!flight.flipped.empty() || !c.damaged[slot].empty()) c.damaged[slot] = std::move(flight.flipped);
  if (flight.seq != c.expected) return;
  c.is_waiting = false;
  deliver_ = side;
  deliver_at_ = flight.check / ticks + unpack_cycles;
}

const Flit& FlitLink::received(int side) {
  Channel& c = channels_[side];
  const std::size_t slot = c.expected & (c.ring.size() - 1);
  if (c.damaged[slot].empty()) return c.ring[slot];
  ++c.counts.corrupt_flits;
  corrupted_ = c.ring[slot];
  for (const unsigned bit : c.damaged[slot]) {
    // Wire byte to payload byte: the header stands first, the first CRC of f256 in the middle; their damage does not matter here.
    unsigned byte = bit / 8;
    if (byte < layout_.header) continue;
    byte -= layout_.header;
    if (layout_.crc == 4 && byte >= 124) {
      if (byte < 126) continue;
      byte -= 2;
    }
    if (byte < layout_.payload) corrupted_.payload[byte] = static_cast<std::uint8_t>(corrupted_.payload[byte] ^ 0x80U >> bit % 8);
  }
  c.damaged[slot].clear();
  return corrupted_;
}

/// The sink has taken the flit at `expected`; the next one may have been waiting in the reorder buffer.
void FlitLink::flit_delivered(Channel& c) {
  const std::size_t mask = c.ring.size() - 1;
  c.has[c.expected & mask] = 0;
  ++c.expected;
  ++c.counts.delivered;
  if (layout_.is_protected()) acknowledge(c, (deliver_at_ - unpack_cycles) * ticks, false);
  if (!layout_.is_protected()) c.base = c.expected;
  if (!c.has[c.expected & mask]) deliver_ = none;
}

/// The receiver of `c` wants its deliveries acknowledged: by the next flit the other way, or by one of its own in due time.
void FlitLink::acknowledge(Channel& c, std::uint64_t tick, bool is_urgent) {
  Channel& back = channels_[1 - (&c - channels_)];
  ++c.unacknowledged;
  if (back.ack_by == no_tick) back.ack_by = tick + params_.ack_cycles * ticks;
  if (is_urgent || c.unacknowledged >= ack_every_) back.ack_by = std::min(back.ack_by, tick);
  const std::uint64_t ready = back.ack_by + adapter_cycles * ticks;
  back.control_ready = std::min(back.control_ready, ready);
}

void FlitLink::send_nak(Channel& c, std::uint64_t what, std::uint64_t tick) {
  Channel& back = channels_[1 - (&c - channels_)];
  ++c.counts.naks;
  back.naks.push_back({what, tick + adapter_cycles * ticks});
  back.control_ready = std::min(back.control_ready, back.naks.back().ready);
}

/// What the flit says about direction `side`, to its sender.
void FlitLink::take_control(int side, const Control& control, std::uint64_t tick) {
  if (!layout_.is_protected()) return;
  Channel& c = channels_[side];
  if (control.ack > c.base) {
    c.base = control.ack;
    c.next = std::max(c.next, c.base);
    if (c.switch_to != no_seq && c.switch_to < c.base) c.switch_to = c.base;
    restart_timer(c, tick);
  }
  if (control.nak == no_seq) return;
  if (params_.replay == ReplayScheme::go_back_n) {
    if (control.nak >= c.base && control.nak < c.fresh) begin_replay(c, control.nak, tick);
    return;
  }
  for (std::uint64_t seq = c.base; seq < c.fresh; ++seq) {
    if (flit_at(c, seq).position != control.nak) continue;
    if (std::find(c.resend.begin(), c.resend.end(), seq) != c.resend.end()) return;
    if (c.resend.empty()) c.resend_ready = std::max(c.resend_ready, tick + replay_cycles * ticks);
    return c.resend.push_back(seq);
  }
}

void FlitLink::begin_replay(Channel& c, std::uint64_t seq, std::uint64_t tick) {
  c.switch_to = seq;
  c.drain_until = tick + adapter_cycles * ticks;
}

void FlitLink::restart_timer(Channel& c, std::uint64_t tick) { c.timer = c.base < c.fresh ? tick + timeout_ * ticks : no_tick; }

bool FlitLink::is_idle() const {
  return std::all_of(std::begin(channels_), std::end(channels_),
                     [](const Channel& c) { return !c.has_open && c.base == c.closed && c.flights.empty() && c.control_ready == no_tick; });
}

std::string FlitLink::waiting_for() const {
  std::string text;
  for (int side = 0; side < 2; ++side) {
    const Channel& c = channels_[side];
    if (!c.has_open && c.base == c.closed && c.flights.empty()) continue;
    text += fmt::format("{}{}: {} flits to be sent, {} unacknowledged, {} on the wires", text.empty() ? "" : "; ",
                        side == 0 ? "a to b" : "b to a", c.closed - c.fresh + (c.has_open ? 1 : 0), c.fresh - c.base, c.flights.size());
  }
  return text;
}

}  // namespace snnvp
