// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/snap_edges.h>

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include <snnvp/interconnect/bus/mapped_access.h>
#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

/// {command, id, length, address} of a memory transaction: one flit of the default width.
constexpr Bits header_bits = 38;
/// Packets of an initiator that may be under way before its writer waits.
constexpr std::uint32_t most_writing = 16;
/// Cycles that the network may run ahead of the kernel.
constexpr Cycles most_ahead = 1 << 16;

/// Puts other data under a payload while a target sees it.
class OtherData {
public:
  OtherData(tlm::tlm_generic_payload& payload, std::uint8_t* data) : payload_(payload), data_(payload.get_data_ptr()) {
    payload.set_data_ptr(data);
  }
  ~OtherData() { payload_.set_data_ptr(data_); }
  OtherData(const OtherData&) = delete;
  OtherData& operator=(const OtherData&) = delete;

private:
  tlm::tlm_generic_payload& payload_;
  std::uint8_t* data_;
};

}  // namespace

/// A thread's wait for one message; lives on its stack, and leaves the lists on every path, a killed thread included.
class SnapEdges::Passage {
public:
  explicit Passage(SnapEdges& edges) : edges_(edges) {}
  ~Passage() {
    if (is_under_way_) edges_.trips_[slot_].passage = nullptr;
  }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  /// Sends a message and waits for it; `bytes` are those that arrived. False: a reset came.
  bool travel(Trip trip, std::vector<std::uint8_t>& bytes) {
    trip.passage = this;
    is_under_way_ = true;
    slot_ = edges_.start(std::move(trip));
    const std::uint64_t epoch = edges_.epoch_;
    sc_core::wait(arrived_);
    bytes = std::move(bytes_);
    return !is_lost_ && epoch == edges_.epoch_;  // a reset may have come while the arrival was certain
  }
  void arrives(std::vector<std::uint8_t> bytes, Picoseconds at) {
    is_under_way_ = false;
    bytes_ = std::move(bytes);
    arrived_.notify(sc_time_of(at - now_ps()));
  }
  void lose() {
    is_under_way_ = false;
    is_lost_ = true;
    arrived_.notify(sc_core::SC_ZERO_TIME);
  }

private:
  SnapEdges& edges_;
  std::uint32_t slot_ = 0;
  bool is_under_way_ = false, is_lost_ = false;
  std::vector<std::uint8_t> bytes_;
  sc_core::sc_event arrived_;
};

SnapEdges::SnapEdges(const snap::Config& config, const ClockDomain& clock, std::vector<IoPlace> initiators, std::vector<IoPlace> targets,
                     Out out)
    : config_(config),
      clock_(clock),
      initiators_(std::move(initiators)),
      targets_(std::move(targets)),
      out_(std::move(out)),
      network_(config),
      writing_(initiators_.size()),
      delivered_(targets_.size()) {
  for (unsigned j = 0; j < targets_.size(); ++j) {
    delivered_events_.push_back(std::make_unique<sc_core::sc_event>(fmt::format("delivered_{}", j).c_str()));
    if (targets_[j].takes_packets) sc_core::sc_spawn([this, j] { deliver(j); }, fmt::format("packets_{}", j).c_str());
  }
}

SnapEdges::~SnapEdges() = default;

void SnapEdges::map(const AddressWindow& window, const std::string& block) {
  if (window.out_index >= targets_.size())
    throw InputError(fmt::format("{} has no port out[{}]: it has {} towards targets", block, window.out_index, targets_.size()));
  map_.add(BusMapping(window));
}

void SnapEdges::transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const BusMapping* mapping = decode_or_answer(map_, payload, delay, out_);
  if (mapping == nullptr) return;
  ++transactions_;
  if (targets_[mapping->out_index].takes_packets && payload.is_write())
    post(static_cast<unsigned>(port), *mapping, payload, delay);
  else
    access(static_cast<unsigned>(port), *mapping, payload, delay);
}

/// A request, the access at the target's tile with the bytes that came, a response. A method process cannot wait: it pays the way through
/// an empty package, and sends nothing.
void SnapEdges::access(unsigned port, const BusMapping& mapping, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const snap::Tile near = initiators_[port].tile, far = targets_[mapping.out_index].tile;
  const unsigned length = payload.get_data_length();
  std::uint8_t* data = payload.get_data_ptr();
  const Address shift = shift_of(mapping);
  tlm::tlm_fw_transport_if<>& there = out_(mapping.out_index);
  if (!is_thread()) {
    const Translated translated(payload, shift);
    delay += sc_time_of(clock_.duration_ps(network_.unloaded(near, far, header_bits, payload.is_write() ? length : 0)));
    there.b_transport(payload, delay);
    payload.set_dmi_allowed(false);
    delay += sc_time_of(clock_.duration_ps(network_.unloaded(far, near, header_bits, payload.is_read() ? length : 0)));
    return;
  }
  const auto trip = [&](snap::Tile from, snap::Tile to, bool has_data, bool is_response) {
    Trip t;
    t.from = from, t.to = to;
    t.header_bits = header_bits;
    if (has_data) t.bytes.assign(data, data + length);
    t.at = clock_.cycle_at(now_ps(delay));
    t.port = port;
    t.is_response = is_response;
    t.address = payload.get_address();
    return t;
  };
  Passage passage(*this);
  std::vector<std::uint8_t> bytes;
  if (!passage.travel(trip(near, far, payload.is_write(), false), bytes))
    return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  delay = sc_core::SC_ZERO_TIME;
  const bool is_read = payload.is_read();
  if (is_read) bytes.assign(data, data + length);  // lanes that are off keep what the initiator had there
  {
    const Translated translated(payload, shift);
    const OtherData other(payload, bytes.data());
    there.b_transport(payload, delay);
  }
  payload.set_dmi_allowed(false);  // not through here
  Trip answer = trip(far, near, false, true);
  if (is_read) answer.bytes = bytes;
  // After a reset the initiator's data are as they were.
  if (!passage.travel(std::move(answer), bytes)) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (is_read && payload.is_response_ok()) std::copy(bytes.begin(), bytes.end(), data);
  delay = sc_core::SC_ZERO_TIME;
}

/// The packet is on its way when this returns: OK says that it was taken; the target's own answer is counted if it is an error.
void SnapEdges::post(unsigned port, const BusMapping& mapping, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!is_packet_write(payload)) return;
  while (is_thread() && writing_[port] >= most_writing) {
    if (delay != sc_core::SC_ZERO_TIME) {
      sc_core::wait(delay);
      delay = sc_core::SC_ZERO_TIME;
    } else {
      sc_core::wait(room_);
    }
  }
  Trip trip;
  trip.from = initiators_[port].tile, trip.to = targets_[mapping.out_index].tile;
  trip.bytes.assign(payload.get_data_ptr(), payload.get_data_ptr() + payload.get_data_length());
  trip.at = clock_.cycle_at(now_ps(delay));
  trip.port = port;
  trip.address = payload.get_address();
  trip.posted = std::make_unique<Posted>();
  trip.posted->port = mapping.out_index;
  trip.posted->address = payload.get_address() + shift_of(mapping);
  const SpikeBurst* burst = nullptr;
  payload.get_extension(burst);
  trip.posted->has_burst = burst != nullptr;
  if (burst != nullptr) trip.posted->burst = *burst;
  ++spike_packets_, ++posted_, ++writing_[port];
  start(std::move(trip));
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

/// Packets for one port, one after the other.
void SnapEdges::deliver(unsigned port) {
  tlm::tlm_generic_payload payload;
  for (;;) {
    auto& queue = delivered_[port];
    if (queue.empty()) {
      sc_core::wait(*delivered_events_[port]);
      continue;
    }
    if (queue.front()->at > now_ps()) {
      sc_core::wait(sc_time_of(queue.front()->at - now_ps()));
      continue;
    }
    const std::uint64_t epoch = epoch_;
    const std::unique_ptr<Posted> posted = std::move(queue.front());
    queue.pop_front();
    make_packet_write(payload, posted->address, posted->bytes);
    if (posted->has_burst) payload.set_extension(&posted->burst);
    sc_core::sc_time delay;
    out_(port).b_transport(payload, delay);
    if (posted->has_burst) payload.clear_extension(&posted->burst);
    failed_packets_ += !payload.is_response_ok();
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    if (epoch == epoch_) --posted_;
  }
}

unsigned SnapEdges::debug(tlm::tlm_generic_payload& payload) {
  const BusMapping* mapping = map_.find(payload.get_address(), 1);
  return mapping == nullptr ? 0 : debug_through(*mapping, out_(mapping->out_index), payload);
}

/// Packets have no pointers: no DMI through a package. The refusal is for all that the map shows there.
bool SnapEdges::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const Address address = payload.get_address();
  const BusMapping* mapping = map_.find(address, 1);
  const AddressRange range = mapping == nullptr ? map_.hole_around(address) : AddressRange{mapping->base, mapping->last()};
  dmi.init();
  dmi.set_start_address(range.start);
  dmi.set_end_address(range.end);
  return false;
}

std::uint32_t SnapEdges::start(Trip trip) {
  std::uint32_t slot = static_cast<std::uint32_t>(trips_.size());
  if (free_.empty()) {
    trips_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  arm(std::max(clock_.time_ps(trip.at), now_ps()) + 1);
  trips_[slot] = std::move(trip);
  pending_.push_back(slot);
  return slot;
}

/// What is to be sent in a cycle goes in an order that does not depend on who asked first.
void SnapEdges::send_pending(Cycles cycle) {
  const auto due = std::partition(pending_.begin(), pending_.end(), [&](std::uint32_t slot) { return trips_[slot].at > cycle; });
  const auto rank = [this](std::uint32_t slot) {
    const Trip& t = trips_[slot];
    return std::make_tuple(t.at, t.from, !t.is_response, t.port, t.address, t.bytes.size());
  };
  std::stable_sort(due, pending_.end(), [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); });
  for (auto it = due; it != pending_.end(); ++it) {
    Trip& t = trips_[*it];
    network_.send(*it, t.from, t.to, t.header_bits, std::move(t.bytes), cycle);
  }
  pending_.erase(due, pending_.end());
}

// A cycle is processed 1 ps after its edge: all that is sent in it has been asked for by then. While the kernel has nothing else due, the
// network runs ahead, but never beyond an arrival: whoever waited for it may send then.
void SnapEdges::advance() {
  armed_ = 0;
  const Picoseconds now = now_ps(), quiet = ps_of(sc_core::sc_time_to_pending_activity());
  Picoseconds limit = std::min(now + std::min(quiet, Picoseconds{1} << 62), clock_.time_ps(clock_.cycle_at(now) + most_ahead));
  limit = std::max(limit, now);
  for (;;) {
    Cycles next = network_.next_event();
    for (const std::uint32_t slot : pending_) next = std::min(next, trips_[slot].at);
    if (next == snap::EdgeNetwork::never) return;
    const Picoseconds at = clock_.time_ps(next) + 1;
    if (at > limit) return arm(at);
    send_pending(next);
    if (network_.next_event() > next) continue;
    network_.advance();
    for (snap::EdgeNetwork::Message& message : network_.arrived()) {
      Trip& trip = trips_[message.id];
      const Picoseconds then = std::max(clock_.time_ps(message.at), now);
      if (trip.posted) {
        trip.posted->at = then;
        trip.posted->bytes = std::move(message.bytes);
        --writing_[trip.port];
        const unsigned port = trip.posted->port;
        delivered_[port].push_back(std::move(trip.posted));
        delivered_events_[port]->notify(sc_time_of(then - now));
        room_.notify(sc_time_of(then - now));
      } else if (trip.passage != nullptr) {
        trip.passage->arrives(std::move(message.bytes), then);
      }
      trip.passage = nullptr;
      free_.push_back(static_cast<std::uint32_t>(message.id));
      limit = std::min(limit, std::max(now, then));
    }
    network_.arrived().clear();
  }
}

void SnapEdges::arm(Picoseconds at) {
  if (armed_ != 0 && armed_ <= at) return;
  armed_ = at;
  wake_.notify(sc_time_of(at > now_ps() ? at - now_ps() : 0));
}

void SnapEdges::reset() {
  ++epoch_;
  for (Trip& trip : trips_) {
    if (trip.passage != nullptr) trip.passage->lose();
    trip.passage = nullptr;
  }
  trips_.clear(), free_.clear(), pending_.clear();
  for (auto& queue : delivered_) queue.clear();
  std::fill(writing_.begin(), writing_.end(), 0);
  network_ = snap::EdgeNetwork(config_);
  posted_ = transactions_ = spike_packets_ = failed_packets_ = 0;
  room_.notify(sc_core::SC_ZERO_TIME);
}

std::string SnapEdges::waiting_for() const {
  if (is_idle()) return {};
  return fmt::format("{} messages not yet sent, {} packets under way or not yet taken by their ports", pending_.size(), posted_);
}

}  // namespace snnvp
