// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/bus/mapped_access.h>

namespace snnvp {

bool is_thread() {
  const sc_core::sc_process_handle process = sc_core::sc_get_current_process_handle();
  return process.valid() && process.proc_kind() != sc_core::SC_METHOD_PROC_;
}

unsigned debug_through(const BusMapping& mapping, tlm::tlm_fw_transport_if<>& target, tlm::tlm_generic_payload& payload) {
  const unsigned length = payload.get_data_length();
  const Bytes left = mapping.last() - payload.get_address();  // behind the first byte
  const Translated translated(payload, shift_of(mapping));
  if (length > left) payload.set_data_length(static_cast<unsigned>(left + 1));
  const unsigned done = target.transport_dbg(payload);
  payload.set_data_length(length);
  return done;
}

bool direct_through(const AddressMap& map, const BusMapping* mapping, tlm::tlm_fw_transport_if<>* target, tlm::tlm_generic_payload& payload,
                    tlm::tlm_dmi& dmi, const sc_core::sc_time& way) {
  const Address address = payload.get_address();
  const auto refuse = [&](const AddressRange& range) {
    dmi.init();
    dmi.set_start_address(range.start);
    dmi.set_end_address(range.end);
    return false;
  };
  if (mapping == nullptr) return refuse(map.hole_around(address));

  bool granted = false;
  {
    const Translated translated(payload, shift_of(*mapping));
    granted = target->get_direct_mem_ptr(payload, dmi);
  }
  AddressRange visible;
  Address skipped = 0;
  const bool is_visible = visible_range(*mapping, {dmi.get_start_address(), dmi.get_end_address()}, visible, skipped) &&
                          visible.start <= address && address <= visible.end;
  if (!is_visible) return refuse({address, address});
  if (!granted) return refuse(visible);
  dmi.set_start_address(visible.start);
  dmi.set_end_address(visible.end);
  dmi.set_dmi_ptr(dmi.get_dmi_ptr() + skipped);
  dmi.set_read_latency(dmi.get_read_latency() + way);
  dmi.set_write_latency(dmi.get_write_latency() + way);
  return true;
}

}  // namespace snnvp
