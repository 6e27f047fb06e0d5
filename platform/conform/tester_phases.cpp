// SPDX-License-Identifier: Apache-2.0
// Non-blocking transport with all its phases (spec/tlm.md 8, 12.2).
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <snnvp/platform/tlm/protocol_monitor.h>

#include "tester_flight.h"

namespace snnvp::conform {
namespace {

constexpr std::size_t most_at_once = 4;
/// Nothing answers for so long: it never will.
const sc_core::sc_time patience(10, sc_core::SC_MS);

}  // namespace

Tester::Flight* Tester::flight_of(const tlm::tlm_generic_payload& payload) {
  for (auto& flight : flights_)
    if (flight->payload == &payload && !flight->is_over) return flight.get();
  return nullptr;
}

/// Two transactions of different order must not touch the same byte, else nobody could say what it has to be.
bool Tester::overlaps(const Stimulus& s) const {
  const Window* window = model_.window_of(s.address, s.span());
  if (!model_.is_memory() || window == nullptr) return false;
  const Address first = s.address - window->base + window->offset, last = first + s.span() - 1;
  for (const auto& flight : flights_) {
    const Window* other = model_.window_of(flight->stimulus.address, flight->stimulus.span());
    if (flight->is_over || other == nullptr || other->memory != window->memory) continue;
    const Address from = flight->stimulus.address - other->base + other->offset, to = from + flight->stimulus.span() - 1;
    if (first <= to && from <= last) return true;
  }
  return false;
}

/// Sends the next request; false if it must wait for another transaction's end.
bool Tester::launch() {
  Stimulus s = draw_.next();
  s.managed = true;
  s.extension = Stimulus::Extra::none;
  while (overlaps(s)) s = draw_.next();
  s.managed = true;
  if (s.extension == Stimulus::Extra::sticky) s.extension = Stimulus::Extra::none;  // one object cannot ride on four payloads
  ++number_;
  if (on_transaction) on_transaction(number_);
  doing_ = "transaction " + std::to_string(number_) + " with phases";
  flights_.push_back(std::make_unique<Flight>());
  Flight& flight = *flights_.back();
  flight.stimulus = s;
  flight.number = number_;
  flight.payload = &pool_.take();
  flight.buffer.resize(buffer_.size());
  for (std::uint8_t& byte : flight.buffer) byte = draw_.byte();
  flight.before = flight.buffer;
  fill(*flight.payload, s, flight.buffer, flight.enables);
  if (s.extension == Stimulus::Extra::automatic) flight.payload->set_auto_extension(new Mark);
  sc_core::sc_time delay = sc_time_of(s.delay);
  flight.begin = now_ps(delay);
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  const tlm::tlm_sync_enum answer = out->nb_transport_fw(*flight.payload, phase, delay);
  if (!flight.is_over) handle_answer(flight, answer, phase, delay);
  return true;
}

void Tester::handle_answer(Flight& flight, tlm::tlm_sync_enum answer, const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
  if (answer == tlm::TLM_COMPLETED) {
    check("S7", !flight.has_response, "TLM_COMPLETED after a response", flight.payload);
    flight.request_ended = true;
    if (!flight.has_response) respond(flight, delay);
    complete(flight);
  } else if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ) {
    end_request(flight);
  } else if (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP) {
    respond(flight, delay);
  }
}

void Tester::end_request(Flight& flight) {
  flight.request_ended = true;
  progress_.notify(sc_core::SC_ZERO_TIME);
}

/// The response is here: what it says is compared at once, END_RESP goes out later.
void Tester::respond(Flight& flight, const sc_core::sc_time& delay) {
  check("S7", !flight.has_response, "the response came twice", flight.payload);
  if (flight.has_response) return;
  flight.has_response = flight.request_ended = true;
  const std::uint64_t latest = number_;
  number_ = flight.number;
  score(flight.stimulus, *flight.payload, flight.before, flight.buffer);
  if (model_.least_latency != 0 && flight.payload->is_response_ok() && flight.stimulus.command != Command::ignore)
    check("S6", now_ps(delay) >= flight.begin + model_.least_latency, fmt::format("took less than {} ps", model_.least_latency),
          flight.payload);
  number_ = latest;
  flight.end_response_at = now_ps(delay) + 1000 * draw_.below(41);
  progress_.notify(sc_core::SC_ZERO_TIME);
}

void Tester::complete(Flight& flight) {
  if (flight.is_over) return;
  flight.is_over = true;
  progress_.notify(sc_core::SC_ZERO_TIME);
}

/// Ends a response in one of three ways: at once by the return value, or by a call, or later by a call (back-pressure).
tlm::tlm_sync_enum Tester::backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::END_REQ && phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  Flight* flight = flight_of(payload);
  check("S7", flight != nullptr, fmt::format("{} of a transaction that has ended or never began", phase.get_name()));
  if (flight == nullptr) return phase == tlm::BEGIN_RESP ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
  if (phase == tlm::END_REQ) {
    end_request(*flight);
    return tlm::TLM_ACCEPTED;
  }
  if (flight->has_response) {
    check("S7", false, "BEGIN_RESP came twice", &payload);
    return tlm::TLM_ACCEPTED;
  }
  respond(*flight, delay);
  switch (draw_.below(4)) {
    case 0:
      complete(*flight);
      drop(*flight);  // nobody but the target is left that may need it
      return tlm::TLM_COMPLETED;
    case 1:
      complete(*flight);
      phase = tlm::END_RESP;
      return tlm::TLM_UPDATED;
    default: return tlm::TLM_ACCEPTED;
  }
}

/// Gives our reference back.
void Tester::drop(Flight& flight) {
  tlm::tlm_generic_payload& payload = *flight.payload;
  flight.payload = nullptr;
  check("S8", !pool_.is_resting(payload), "a payload was released more often than acquired");
  if (pool_.is_resting(payload)) return;
  payload.set_data_ptr(nullptr);
  payload.set_byte_enable_ptr(nullptr);
  payload.release();
}

void Tester::send_end_responses() {
  for (std::size_t i = 0; i < flights_.size(); ++i) {
    Flight& flight = *flights_[i];
    if (!flight.has_response || flight.is_over || flight.end_response_at > now_ps()) continue;
    flight.is_over = true;
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_core::sc_time delay;
    out->nb_transport_fw(*flight.payload, phase, delay);
  }
  // Our reference goes last, after both sides are done with the transaction.
  for (auto& flight : flights_)
    if (flight->is_over && flight->payload != nullptr) drop(*flight);
  flights_.erase(std::remove_if(flights_.begin(), flights_.end(), [](const auto& flight) { return flight->payload == nullptr; }),
                 flights_.end());
}

void Tester::run_phases(std::uint64_t left) {
  const auto is_busy = [this] { return std::any_of(flights_.begin(), flights_.end(), [](const auto& f) { return !f->request_ended; }); };
  while (left != 0 || !flights_.empty()) {
    if (left != 0 && !has_enough() && !is_busy() && flights_.size() < most_at_once && launch()) --left;
    if (has_enough()) left = 0;
    send_end_responses();
    if (left != 0 && !is_busy() && flights_.size() < most_at_once) {
      if (draw_.below(4) != 0) wait(sc_time_of(1000 * draw_.below(8)));
      continue;
    }
    if (flights_.empty()) continue;
    // Wait for the next END_RESP that is due, or for an answer.
    Picoseconds next = ~Picoseconds{0};
    for (const auto& flight : flights_)
      if (flight->has_response) next = std::min(next, std::max(flight->end_response_at, now_ps()));
    if (next != ~Picoseconds{0}) {
      wait(sc_time_of(next - now_ps()), progress_);
      continue;
    }
    const sc_core::sc_time before = sc_core::sc_time_stamp();
    wait(patience, progress_);
    if (sc_core::sc_time_stamp() - before < patience) continue;
    number_ = flights_.front()->number;
    finding("S7", fmt::format("{} has had no {} for 10 ms", describe(*flights_.front()->payload),
                              flights_.front()->request_ended ? "response" : "END_REQ"));
    lost_ = std::move(flights_);
    flights_.clear();
    left = 0;
  }
  wait(sc_core::sc_time(1, sc_core::SC_US));
  check("S8", pool_.in_use() == 0, fmt::format("{} payloads were acquired and never released", pool_.in_use()));
  check("S8", pool_.freed_twice() == 0, fmt::format("{} payloads were released more often than acquired", pool_.freed_twice()));
  check("S8", pool_.touched() == 0, fmt::format("{} payloads were used after they had been released", pool_.touched()));
}

}  // namespace snnvp::conform
