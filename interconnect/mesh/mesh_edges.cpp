// SPDX-License-Identifier: Apache-2.0
// TLM-2.0 transactions as packets. Header flit of a memory transaction: {command, id, length, address}.
#include <algorithm>
#include <tuple>

#include <snnvp/interconnect/bus/mapped_access.h>
#include <snnvp/interconnect/mesh/mesh_trips.h>

namespace snnvp {
namespace {

constexpr std::uint32_t header_flits = 1;

}  // namespace

void Mesh::transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const auto from = static_cast<unsigned>(port);
  const BusMapping* mapping = decode_or_answer(
      map_, payload, delay, [this](unsigned j) -> auto& { return target(j); });
  if (mapping == nullptr) return;
  ++transactions_;
  bytes_ += payload.get_data_length();
  if (params_.targets[mapping->out_index].takes_packets && payload.is_write())
    post(from, *mapping, payload, delay);
  else
    access(from, *mapping, payload, delay);
}

/// A request packet, the access at the target's node, a response packet. A method process cannot wait: it pays the way through an empty
/// mesh, and sends nothing.
void Mesh::access(unsigned port, const BusMapping& mapping, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint32_t near = params_.initiators[port].node, far = params_.targets[mapping.out_index].node;
  const std::uint32_t data = data_flits(payload.get_data_length());
  const std::uint32_t request = header_flits + (payload.is_write() ? data : 0), response = header_flits + (payload.is_read() ? data : 0);
  const Address shift = shift_of(mapping);
  tlm::tlm_fw_transport_if<>& there = target(mapping.out_index);
  if (!is_thread()) {
    const Translated translated(payload, shift);
    delay += sc_time_of(unloaded(near, far, request));
    there.b_transport(payload, delay);
    delay += sc_time_of(unloaded(far, near, response));
    return;
  }
  const auto trip = [&](std::uint32_t from, std::uint32_t to, std::uint32_t flits, bool is_response) {
    Trip t;
    t.packet = {from, to, flits, port, 0};
    t.at = clock_.cycle_at(now_ps(delay));
    t.port = port;
    t.is_response = is_response;
    t.address = payload.get_address();
    return t;
  };
  Passage passage(*this);
  if (!passage.travel(trip(near, far, request, false))) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  delay = sc_core::SC_ZERO_TIME;
  {
    const Translated translated(payload, shift);
    there.b_transport(payload, delay);
  }
  // A reset takes the answer's packet away, not what it says: the access has been done, and an error would have changed nothing.
  static_cast<void>(passage.travel(trip(far, near, response, true)));
  delay = sc_core::SC_ZERO_TIME;
}

/// The packet is on its way when this returns: OK says that it was taken, the target's own answer comes too late for the writer and is
/// counted if it is an error. A thread waits while its node's queue is full.
void Mesh::post(unsigned port, const BusMapping& mapping, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (!is_packet_write(payload)) return;
  const std::uint32_t node = params_.initiators[port].node;
  const Bytes length = payload.get_data_length();
  const std::uint32_t flits = data_flits(length);
  if (params_.config.switching == mesh::Switching::vct && flits > params_.config.vc_buffer)
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  Trip trip;
  trip.posted = std::make_unique<Posted>();
  Posted& posted = *trip.posted;
  posted.port = mapping.out_index;
  posted.address = payload.get_address() + shift_of(mapping);
  posted.bytes.assign(payload.get_data_ptr(), payload.get_data_ptr() + length);
  const SpikeBurst* burst = nullptr;
  payload.get_extension(burst);
  posted.has_burst = burst != nullptr;
  if (burst != nullptr) posted.burst = *burst;
  trip.packet = {node, params_.targets[mapping.out_index].node, flits, burst != nullptr ? burst->flow : 0, 0};
  trip.port = port;
  trip.address = payload.get_address();
  while (is_thread() && writing_[node] + network_.queued(node) >= params_.source_queue) {
    if (delay != sc_core::SC_ZERO_TIME) {
      sc_core::wait(delay);
      delay = sc_core::SC_ZERO_TIME;
      continue;
    }
    ++writers_waiting_;
    sc_core::wait(room_);
    --writers_waiting_;
  }
  trip.at = clock_.cycle_at(now_ps(delay));
  ++spike_packets_;
  ++writing_[node];
  start(std::move(trip));
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Mesh::deliver_posted(unsigned port) {
  tlm::tlm_generic_payload payload;
  for (;;) {
    std::deque<std::unique_ptr<Posted>>& queue = delivered_[port];
    if (queue.empty()) {
      sc_core::wait(*delivered_events_[port]);
      continue;
    }
    if (queue.front()->arrived_ps > now_ps()) {
      sc_core::wait(sc_time_of(queue.front()->arrived_ps - now_ps()));
      continue;
    }
    const std::unique_ptr<Posted> posted = std::move(queue.front());
    queue.pop_front();
    make_packet_write(payload, posted->address, posted->bytes);
    if (posted->has_burst) payload.set_extension(&posted->burst);
    sc_core::sc_time delay;
    target(port).b_transport(payload, delay);
    if (posted->has_burst) payload.clear_extension(&posted->burst);
    if (!payload.is_response_ok()) ++failed_packets_;
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);  // the next one not before this one is done
    if (posted_waiting_ != 0) --posted_waiting_;               // a reset may have come
    network_.release_slots(params_.targets[port].node);
    arm(clock_.time_ps(clock_.cycle_at(now_ps())) + 1);
  }
}

unsigned Mesh::debug(int, tlm::tlm_generic_payload& payload) {
  const BusMapping* mapping = map_.find(payload.get_address(), 1);
  return mapping == nullptr ? 0 : debug_through(*mapping, target(mapping->out_index), payload);
}

bool Mesh::direct(int port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const BusMapping* mapping = map_.find(payload.get_address(), 1);
  if (mapping != nullptr && params_.targets[mapping->out_index].takes_packets) mapping = nullptr;
  if (mapping == nullptr) return direct_through(map_, nullptr, nullptr, payload, dmi, sc_core::SC_ZERO_TIME);
  const std::uint32_t near = params_.initiators[static_cast<unsigned>(port)].node, far = params_.targets[mapping->out_index].node;
  const std::uint32_t word = data_flits(4);
  const Picoseconds way = unloaded(near, far, header_flits + (payload.is_write() ? word : 0)) +
                          unloaded(far, near, header_flits + (payload.is_write() ? 0 : word));
  return direct_through(map_, mapping, &target(mapping->out_index), payload, dmi, sc_time_of(way));
}

void Mesh::invalidate(int target, sc_dt::uint64 start, sc_dt::uint64 end) {
  invalidate_through(map_, static_cast<unsigned>(target), start, end, [this](Address first, Address last) {
    for (TargetSocket& socket : in)
      if (socket.get_base_port().get_interface() != nullptr) socket->invalidate_direct_mem_ptr(first, last);
  });
}

/// Time of a packet through an empty mesh.
Picoseconds Mesh::unloaded(std::uint32_t from, std::uint32_t to, std::uint32_t flits) const {
  const auto along = [this](unsigned a, unsigned b, unsigned size) {
    const unsigned d = a > b ? a - b : b - a;
    return params_.config.topology == mesh::Topology::torus ? std::min(d, size - d) : d;
  };
  const unsigned width = params_.config.width;
  const unsigned hops = along(from % width, to % width, width) + along(from / width, to / width, params_.config.height);
  return clock_.duration_ps(params_.config.zero_load(hops, flits));
}

std::uint32_t Mesh::start(Trip trip) {
  std::uint32_t slot = static_cast<std::uint32_t>(trips_.size());
  if (free_trips_.empty()) {
    trips_.emplace_back();
  } else {
    slot = free_trips_.back();
    free_trips_.pop_back();
  }
  trip.at = std::max(trip.at, network_.next_cycle());
  arm(clock_.time_ps(trip.at) + 1);
  trips_[slot] = std::move(trip);
  pending_.push_back(slot);
  return slot;
}

/// What is to be sent in a cycle goes in an order that does not depend on who asked first.
void Mesh::send_pending(Cycles cycle) {
  if (pending_.empty()) return;
  const auto due = std::partition(pending_.begin(), pending_.end(), [&](std::uint32_t slot) { return trips_[slot].at > cycle; });
  const auto rank = [this](std::uint32_t slot) {
    const Trip& t = trips_[slot];
    return std::make_tuple(t.at, t.packet.source, t.is_response, t.port, t.address, t.packet.flits);
  };
  std::stable_sort(due, pending_.end(), [&](std::uint32_t a, std::uint32_t b) { return rank(a) < rank(b); });
  for (auto it = due; it != pending_.end(); ++it) {
    Trip& trip = trips_[*it];
    trip.packet.tag = trip_mark | *it;
    network_.send(trip.packet, std::max(trip.at, network_.next_cycle()));
    if (trip.posted) --writing_[trip.packet.source];  // the network's queue counts it now
  }
  pending_.erase(due, pending_.end());
}

/// Deliveries that are certain now: whoever waits is told the time.
void Mesh::announce() {
  for (const mesh::Announcement& a : network_.announced()) {
    if (!is_trip(a.tag)) continue;
    const auto slot = static_cast<std::uint32_t>(a.tag & ~trip_mark);
    Trip& trip = trips_[slot];
    const Picoseconds at = std::max(clock_.time_ps(a.at), now_ps());
    if (trip.posted) {
      trip.posted->arrived_ps = at;
      ++posted_waiting_;
      delivered_events_[trip.posted->port]->notify(sc_time_of(at - now_ps()));
      delivered_[trip.posted->port].push_back(std::move(trip.posted));
    } else {
      network_.release_slots(trip.packet.destination);
      if (trip.passage != nullptr) trip.passage->arrives(at);
    }
    trip.passage = nullptr;
    free_trips_.push_back(slot);
  }
}

void Mesh::reset() {
  for (Trip& trip : trips_) {
    if (trip.passage != nullptr) trip.passage->lose();
    trip.passage = nullptr;
    trip.posted.reset();
  }
  trips_.clear();
  free_trips_.clear();
  pending_.clear();
  for (auto& queue : delivered_) queue.clear();
  posted_waiting_ = 0;
  std::fill(writing_.begin(), writing_.end(), 0);
  network_ = mesh::MeshNetwork(params_.config);
  network_.announce_deliveries(true);
  for (const Place& place : params_.targets)
    if (place.takes_packets) network_.limit_slots(place.node, params_.sink_queue);
  room_.notify(sc_core::SC_ZERO_TIME);
  transactions_ = bytes_ = spike_packets_ = failed_packets_ = 0;
  counted_since_ = now_ps();
}

}  // namespace snnvp
