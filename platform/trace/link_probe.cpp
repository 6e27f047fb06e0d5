// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/trace/link_probe.h>

#include <algorithm>

#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp::trace {

LinkProbe::LinkProbe(const sc_core::sc_module_name& name, Tracer& tracer, Track track)
    : sc_module(name), in("in"), out("out"), tracer_(tracer), track_(track) {
  in.register_b_transport(this, &LinkProbe::b_transport);
  in.register_transport_dbg(this, &LinkProbe::transport_dbg);
  in.register_get_direct_mem_ptr(this, &LinkProbe::get_direct_mem_ptr);
  in.register_nb_transport_fw(this, &LinkProbe::nb_transport_fw);
  out.register_nb_transport_bw(this, &LinkProbe::nb_transport_bw);
  out.register_invalidate_direct_mem_ptr(this, &LinkProbe::invalidate_direct_mem_ptr);
}

void LinkProbe::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Picoseconds start = now_ps(delay);
  const Address address = payload.get_address();
  out->b_transport(payload, delay);
  tracer_.transfer(track_, start, now_ps(delay), address, payload.get_data_length(), payload.get_command(), payload.get_response_status());
}

unsigned LinkProbe::transport_dbg(tlm::tlm_generic_payload& payload) { return out->transport_dbg(payload); }

bool LinkProbe::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) { return out->get_direct_mem_ptr(payload, dmi); }

void LinkProbe::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) { in->invalidate_direct_mem_ptr(start, end); }

void LinkProbe::close(const tlm::tlm_generic_payload& payload, Picoseconds end) {
  const auto it = std::find_if(open_.begin(), open_.end(), [&](const Open& o) { return o.payload == &payload; });
  if (it == open_.end()) return;
  tracer_.transfer(track_, it->start, end, payload.get_address(), payload.get_data_length(), payload.get_command(),
                   payload.get_response_status());
  *it = open_.back();
  open_.pop_back();
}

tlm::tlm_sync_enum LinkProbe::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  const bool is_request = phase == tlm::BEGIN_REQ;
  if (is_request) open_.push_back({&payload, now_ps(delay)});
  const tlm::tlm_sync_enum answer = out->nb_transport_fw(payload, phase, delay);
  // The response may have come inside the call already: then it is closed.
  if (is_request && (answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)))
    close(payload, now_ps(delay));
  return answer;
}

tlm::tlm_sync_enum LinkProbe::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_RESP) close(payload, now_ps(delay));
  return in->nb_transport_bw(payload, phase, delay);
}

WireProbe::WireProbe(const sc_core::sc_module_name& name, Tracer& tracer, Track track, const sc_core::sc_signal<bool>& signal)
    : sc_module(name), tracer_(tracer), track_(track), signal_(signal) {
  SNNVP_HAS_PROCESS(WireProbe);
  SC_METHOD(record);
  sensitive << signal.value_changed_event();
  dont_initialize();
}

void WireProbe::record() { tracer_.level(track_, now_ps(), signal_.read() ? 1 : 0); }

}  // namespace snnvp::trace
