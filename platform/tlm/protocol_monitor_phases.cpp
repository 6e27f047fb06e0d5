// SPDX-License-Identifier: Apache-2.0
// Rule M14: the phases of non-blocking transport (spec/tlm.md 8; IEEE 1666-2011 15.2).
#include <fmt/format.h>

#include <snnvp/platform/tlm/protocol_monitor.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {
namespace {

constexpr unsigned rule = 14;

/// A phase of the base protocol; all others are ignorable and pass unchecked (A6).
bool is_base(const tlm::tlm_phase& phase) {
  return phase == tlm::BEGIN_REQ || phase == tlm::END_REQ || phase == tlm::BEGIN_RESP || phase == tlm::END_RESP;
}

sc_core::sc_time local(const sc_core::sc_time& delay) { return sc_core::sc_time_stamp() + delay; }

}  // namespace

ProtocolMonitor::Flight* ProtocolMonitor::flight_of(const tlm::tlm_generic_payload& payload) {
  const auto it = flights_.find(&payload);
  return it == flights_.end() ? nullptr : &it->second;
}

void ProtocolMonitor::begin_request(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  ++transactions_;
  ++phased_;
  check_entry(payload, false);
  if (!payload.has_mm()) violation(rule, "initiator: BEGIN_REQ with a payload that has no memory manager", &payload);
  if (payload.has_mm() && payload.get_ref_count() < 1)
    violation(rule, "initiator: BEGIN_REQ with a payload whose reference count is 0", &payload);
  if (flight_of(payload) != nullptr) violation(rule, "initiator: BEGIN_REQ with a payload whose transaction has not ended", &payload);
  if (request_ != nullptr && request_ != &payload)
    violation(rule, "initiator: BEGIN_REQ before the END_REQ of the request before", &payload);
  Flight& flight = flights_[&payload];
  flight.before = take(payload);
  flight.phase = tlm::BEGIN_REQ;
  flight.last = local(delay);
  flight.number = phased_;
  request_ = &payload;
}

/// A phase goes on at or after the one before it.
void ProtocolMonitor::advance(Flight& flight, const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  if (local(delay) < flight.last)
    violation(rule, fmt::format("annotated time went back from {} ps to {} ps", ps_of(flight.last), now_ps(delay)), &payload);
  else
    flight.last = local(delay);
  if (payload.has_mm() && payload.get_ref_count() < 1) violation(rule, "the payload was released before its transaction ended", &payload);
}

void ProtocolMonitor::end_request(Flight& flight, const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  if (flight.phase != tlm::BEGIN_REQ) violation(rule, "target: END_REQ of a request that has ended", &payload);
  advance(flight, payload, delay);
  check_attributes(flight.before, payload, 3, 4);
  if (flight.phase == tlm::BEGIN_REQ) flight.phase = tlm::END_REQ;
  if (request_ == &payload) request_ = nullptr;
}

/// It implies END_REQ of its own transaction only (A2).
void ProtocolMonitor::begin_response(Flight& flight, const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  if (flight.phase == tlm::BEGIN_RESP) violation(rule, "target: BEGIN_RESP twice", &payload);
  if (response_ != nullptr && response_ != &payload)
    violation(rule, "target: BEGIN_RESP before the END_RESP of the response before", &payload);
  if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) violation(1, "BEGIN_RESP with status INCOMPLETE", &payload);
  advance(flight, payload, delay);
  check_attributes(flight.before, payload, 3, 4);
  check_data(flight.before, payload);
  flight.phase = tlm::BEGIN_RESP;
  if (request_ == &payload) request_ = nullptr;
  response_ = &payload;
}

void ProtocolMonitor::end_response(const tlm::tlm_generic_payload& payload) {
  if (request_ == &payload) request_ = nullptr;
  if (response_ == &payload) response_ = nullptr;
  const auto it = flights_.find(&payload);
  if (it == flights_.end()) return;
  give_back(std::move(it->second.before));
  flights_.erase(it);
}

/// What the initiator sends.
void ProtocolMonitor::forward(const tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_REQ) return begin_request(payload, delay);
  if (phase != tlm::END_RESP)
    return violation(rule, "initiator: only BEGIN_REQ and END_RESP go forward, this was " + std::string(phase.get_name()), &payload);
  Flight* flight = flight_of(payload);
  if (flight == nullptr || flight->phase != tlm::BEGIN_RESP)
    return violation(rule, "initiator: END_RESP without a BEGIN_RESP before it", &payload);
  advance(*flight, payload, delay);
  // Until its last phase a transaction belongs to both sides.
  check_attributes(flight->before, payload, 14, 14);
  end_response(payload);
}

/// What the target sends.
void ProtocolMonitor::backward(const tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& delay) {
  if (phase != tlm::END_REQ && phase != tlm::BEGIN_RESP)
    return violation(rule, "target: only END_REQ and BEGIN_RESP go backward, this was " + std::string(phase.get_name()), &payload);
  Flight* flight = flight_of(payload);
  if (flight == nullptr)
    return violation(rule, fmt::format("target: {} of a transaction that has ended or never began", phase.get_name()), &payload);
  phase == tlm::END_REQ ? end_request(*flight, payload, delay) : begin_response(*flight, payload, delay);
}

void ProtocolMonitor::check_unchanged(const char* way, const tlm::tlm_phase& sent, const tlm::tlm_phase& phase,
                                      const sc_core::sc_time& sent_delay, const sc_core::sc_time& delay) {
  if (phase != sent) violation(rule, fmt::format("{}: TLM_ACCEPTED, but the phase became {}", way, phase.get_name()), nullptr);
  if (delay != sent_delay) violation(rule, fmt::format("{}: TLM_ACCEPTED, but the delay was changed", way), nullptr);
}

tlm::tlm_sync_enum ProtocolMonitor::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const tlm::tlm_phase sent = phase;
  const sc_core::sc_time sent_delay = delay;
  if (!is_base(sent)) return out->nb_transport_fw(payload, phase, delay);
  forward(payload, sent, delay);
  Flight* flight = flight_of(payload);
  const std::uint64_t number = flight == nullptr ? 0 : flight->number;
  const tlm::tlm_sync_enum answer = out->nb_transport_fw(payload, phase, delay);
  // The whole transaction may have happened in calls the other way meanwhile: then the payload is no longer ours to look at.
  flight = flight_of(payload);
  const bool goes_on = flight != nullptr && flight->number == number && sent == tlm::BEGIN_REQ;
  switch (answer) {
    case tlm::TLM_ACCEPTED: check_unchanged("target", sent, phase, sent_delay, delay); break;
    case tlm::TLM_UPDATED:
      if (sent == tlm::END_RESP)
        violation(rule, "target: END_RESP is the last phase, it cannot be answered with TLM_UPDATED", nullptr);
      else if (phase == sent)
        violation(rule, "target: TLM_UPDATED with the phase that was sent", goes_on ? &payload : nullptr);
      else if (is_base(phase) && !goes_on)
        violation(rule, "target: TLM_UPDATED of a transaction that ended during the call", nullptr);
      else if (is_base(phase))
        backward(payload, phase, delay);
      break;
    case tlm::TLM_COMPLETED:
      if (!goes_on) break;
      if (payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) violation(1, "TLM_COMPLETED with status INCOMPLETE", &payload);
      advance(*flight, payload, delay);
      check_attributes(flight->before, payload, 3, 4);
      check_data(flight->before, payload);
      end_response(payload);
      break;
  }
  return answer;
}

tlm::tlm_sync_enum ProtocolMonitor::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const tlm::tlm_phase sent = phase;
  const sc_core::sc_time sent_delay = delay;
  if (!is_base(sent)) return in->nb_transport_bw(payload, phase, delay);
  backward(payload, sent, delay);
  Flight* flight = flight_of(payload);
  const std::uint64_t number = flight == nullptr ? 0 : flight->number;
  const tlm::tlm_sync_enum answer = in->nb_transport_bw(payload, phase, delay);
  flight = flight_of(payload);
  const bool goes_on = flight != nullptr && flight->number == number;
  switch (answer) {
    case tlm::TLM_ACCEPTED: check_unchanged("initiator", sent, phase, sent_delay, delay); break;
    case tlm::TLM_UPDATED:
      if (!is_base(phase)) break;
      if (sent != tlm::BEGIN_RESP || phase != tlm::END_RESP)
        violation(rule, fmt::format("initiator: {} answered with TLM_UPDATED and {}", sent.get_name(), phase.get_name()), nullptr);
      else if (goes_on)
        forward(payload, phase, delay);
      break;
    case tlm::TLM_COMPLETED:
      if (sent != tlm::BEGIN_RESP)
        violation(rule, fmt::format("initiator: {} answered with TLM_COMPLETED", sent.get_name()), nullptr);
      else if (goes_on)
        end_response(payload);  // the payload may have been freed: it is only a name now
      break;
  }
  return answer;
}

}  // namespace snnvp
