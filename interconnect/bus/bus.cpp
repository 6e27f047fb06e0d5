// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/bus/bus.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/interconnect/bus/mapped_access.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/tlm/quick_time.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

/// A request's time in arbitration: it leaves the lists on every path, a killed thread included, so that nobody
/// waits for it.
class Bus::Stay {
public:
  Stay(Bus& bus, Request& request) : bus_(bus), request_(request) { bus.pending_.push_back(&request); }
  ~Stay() { bus_.leave(request_); }
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;

private:
  Bus& bus_;
  Request& request_;
};

Bus::Bus(const sc_core::sc_module_name& name, const Params& params, const ClockDomain& clock)
    : sc_module(name),
      in("in", params.initiators, [this](const char* port, std::size_t i) { return new TargetSocket(port, *this, static_cast<int>(i)); }),
      out("out", params.targets),
      params_(params),
      clock_(clock),
      arbiter_(params.initiator_names, params.initiators),
      kernel_time_(sc_core::sc_time_stamp()),
      hop_time_(sc_time_of(clock.duration_ps(params.hop_cycles))),
      routes_(params.initiators) {
  for (Bytes length = 0; length <= word_bytes; ++length)
    word_times_[length] = clock.duration_ps(params.hop_cycles + bus_beats(length, params.width_bytes));
  for (unsigned j = 0; j < params.targets; ++j) out[j].register_invalidate_direct_mem_ptr(this, &Bus::invalidate, static_cast<int>(j));
}

Bus::TargetSocket::TargetSocket(const char* name, Bus& bus, int port) : DirectSocket(name), bus_(bus), port_(port) {
  register_b_transport(&bus, &Bus::transport, port);
  register_transport_dbg(&bus, &Bus::debug, port);
  register_get_direct_mem_ptr(&bus, &Bus::direct, port);
}

void Bus::TargetSocket::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) { bus_.transport(port_, payload, delay); }

WordRoute Bus::TargetSocket::word_route(Address address, Bytes length) { return bus_.word_route(port_, address, length); }

void Bus::map(const AddressWindow& window) {
  if (window.out_index >= params_.targets)
    throw InputError(fmt::format("{} has no port out[{}]: it has {} towards targets", name(), window.out_index, params_.targets));
  map_.add(BusMapping(window));
  std::fill(routes_.begin(), routes_.end(), Route());  // the entries moved
}

inline const Bus::Route* Bus::decode(int port, Address address, Bytes span) {
  const Route& last = routes_[static_cast<std::size_t>(port)];
  const Address inside = address - last.base;
  return inside < last.size && span <= last.size - inside ? &last : look_up(port, address, span);
}

const Bus::Route* Bus::look_up(int port, Address address, Bytes span) {
  const BusMapping* mapping = map_.find(address, span);
  if (mapping == nullptr) return nullptr;
  Route& route = routes_[static_cast<std::size_t>(port)];
  tlm::tlm_fw_transport_if<>* target = out[mapping->out_index].operator->();
  route = {mapping, mapping->base, mapping->size, mapping->offset - mapping->base, target, target};
  return &route;
}

void Bus::transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Bytes length = payload.get_data_length();
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    const Route* route = look_up(port, payload.get_address(), 1);
    if (route == nullptr) return payload.set_response_status(tlm::TLM_OK_RESPONSE);
    const Translated translated(payload, route->shift);  // its extensions may mean something there
    return route->target->b_transport(payload, delay);
  }
  if (is_malformed(payload)) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  const Route* route = decode(port, payload.get_address(), span_of(payload));
  if (route == nullptr) return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  ++transactions_;
  bytes_ += length;
  if (length <= word_bytes && !params_.arbitrate_words)
    word(*route, payload, delay);
  else
    burst(port, *route, payload, delay);
}

// Words slip in between bursts: they pay the way, but neither wait nor make others wait.
inline void Bus::word(const Route& route, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Picoseconds least = ps_of(kernel_time_) + ps_of(delay) + word_times_[payload.get_data_length()];
  delay += hop_time_;
  {
    const Translated translated(payload, route.shift);
    route.timed->b_transport(payload, delay);
  }
  const Picoseconds now = ps_of(kernel_time_);  // a foreign target may have waited
  if (now + ps_of(delay) < least) delay = quick_time_of(least - now);
}

/// What word() does, for all words of one size in the window of an address. A window that leads to something else than a port of ours, or
/// whose words are arbitrated, has no shortcut.
WordRoute Bus::word_route(int port, Address address, Bytes length) {
  const Route* way = look_up(port, address, length);
  if (way == nullptr) return {};
  auto* target = dynamic_cast<DirectTarget*>(way->target);
  WordRoute route = target != nullptr ? target->word_route(address + way->shift, length) : WordRoute{};
  const bool is_usable = route.region != nullptr && route.at_bus == nullptr && !params_.arbitrate_words && way->shift % length == 0;
  AddressRange visible;
  Address skipped = 0;
  if (!is_usable || route.size == 0 || !visible_range(*way->mapping, {route.first, route.first + (route.size - 1)}, visible, skipped)) {
    route = {};
    route.first = way->base;
    route.size = way->size;
    return route;
  }
  route.first = ceil_div(visible.start, length) * length;
  const Address end = (visible.end + 1) & ~(length - 1);
  route.size = end > route.first ? end - route.first : 0;
  route.shift += way->shift;
  route.ahead += ps_of(hop_time_);
  route.least = word_times_[length];
  route.at_bus = &transactions_;
  route.bus_bytes = &bytes_;
  return route;
}

void Bus::burst(int port, const Route& route, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  // While this burst waits, others of its port may replace the route.
  const Address shift = route.shift;
  tlm::tlm_fw_transport_if<>& target = *route.target;
  Request request;
  request.ready_ps = now_ps(delay);
  request.ready = clock_.cycle_at(request.ready_ps);
  request.beats = bus_beats(payload.get_data_length(), params_.width_bytes);
  request.initiator = static_cast<unsigned>(port);
  request.address = payload.get_address();
  request.is_write = payload.is_write();
  ++bursts_;
  const bool has_rivals = params_.initiators > 1 && request.beats > 0;
  if (has_rivals && is_thread())
    wait_for_grant(request);
  else
    arbiter_.grant(request);

  const Picoseconds now = now_ps();
  const Picoseconds at_target = clock_.time_ps(request.start + params_.hop_cycles);
  const Picoseconds least = clock_.time_ps(request.start + params_.hop_cycles + request.beats);
  delay = sc_time_of(at_target > now ? at_target - now : 0);
  {
    const Translated translated(payload, shift);
    target.b_transport(payload, delay);
  }
  if (now_ps(delay) < least) delay = sc_time_of(least - now_ps());
}

// Every request of a clock edge has arrived when the edge is 1 ps past, whatever the order of processes. The first
// thread to wake settles the edge for all; then they go on in the order of their grants.
void Bus::wait_for_grant(Request& request) {
  const Stay stay(*this, request);
  ++waits_;
  sc_core::wait(sc_time_of(clock_.time_ps(request.ready) + 1 - now_ps()));
  if (!request.is_granted) grant_up_to(request.ready);
  while (granted_.front() != &request) {
    request.turn.emplace();
    ++tie_waits_;
    sc_core::wait(*request.turn);
  }
}

void Bus::grant_up_to(Cycles cycle) {
  contenders_.clear();
  for (BusRequest* request : pending_)
    if (request->ready <= cycle) contenders_.push_back(request);
  while (!contenders_.empty()) {
    const std::size_t next = arbiter_.next(contenders_);
    auto* request = static_cast<Request*>(contenders_[next]);
    arbiter_.grant(*request);
    request->is_granted = true;
    granted_.push_back(request);
    contenders_.erase(contenders_.begin() + static_cast<std::ptrdiff_t>(next));
    pending_.erase(std::find(pending_.begin(), pending_.end(), request));
  }
}

void Bus::leave(Request& request) {
  const auto waiting = std::find(pending_.begin(), pending_.end(), &request);
  if (waiting != pending_.end()) pending_.erase(waiting);
  const auto granted = std::find(granted_.begin(), granted_.end(), &request);
  if (granted == granted_.end()) return;
  const bool was_first = granted == granted_.begin();
  granted_.erase(granted);
  if (was_first && !granted_.empty() && granted_.front()->turn) granted_.front()->turn->notify();
}

unsigned Bus::debug(int port, tlm::tlm_generic_payload& payload) {
  const Route* route = look_up(port, payload.get_address(), 1);
  return route == nullptr ? 0 : debug_through(*route->mapping, *route->target, payload);
}

bool Bus::direct(int port, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const Route* route = look_up(port, payload.get_address(), 1);
  return direct_through(map_, route == nullptr ? nullptr : route->mapping, route == nullptr ? nullptr : route->target, payload, dmi,
                        hop_time_);
}

void Bus::invalidate(int target, sc_dt::uint64 start, sc_dt::uint64 end) {
  invalidate_through(map_, static_cast<unsigned>(target), start, end, [this](Address first, Address last) {
    for (TargetSocket& socket : in)
      if (socket.get_base_port().get_interface() != nullptr) socket->invalidate_direct_mem_ptr(first, last);
  });
}

void Bus::report_stats(StatSink& sink) const {
  const auto count = [&](const char* name, std::uint64_t value) {
    Counter counter;
    counter.add(value);
    sink.count(name, counter);
  };
  count("transactions", transactions_);
  count("bytes", bytes_);
  count("bursts", bursts_);
  count("busy_cycles", busy_cycles());
  count("wait_cycles", wait_cycles());
  const Cycles elapsed = clock_.cycle_at(now_ps()) - clock_.cycle_at(counted_since_);
  sink.real("utilisation", elapsed == 0 ? std::nullopt : std::optional(static_cast<double>(busy_cycles()) / static_cast<double>(elapsed)));
  std::string grants;
  for (unsigned i = 0; i < params_.initiators; ++i) {
    const std::string who = i < params_.initiator_names.size() ? params_.initiator_names[i] : fmt::format("in[{}]", i);
    grants += fmt::format("{}{} {}", grants.empty() ? "" : ", ", who, arbiter_.grants()[i]);
  }
  sink.text("grants", grants);
}

void Bus::reset() {
  arbiter_.reset();
  transactions_ = bytes_ = bursts_ = waits_ = tie_waits_ = 0;
  counted_since_ = now_ps();
}

std::string Bus::waiting_for() const {
  if (is_idle()) return {};
  return fmt::format("{} bursts in arbitration", pending_.size() + granted_.size());
}

}  // namespace snnvp
