// SPDX-License-Identifier: Apache-2.0
#include "mutant_router.h"

#include <algorithm>

namespace snnvp::conformance {

MutantRouter::MutantRouter(const sc_core::sc_module_name& name, unsigned initiators, unsigned targets, unsigned fault)
    : sc_module(name), in("in", initiators), out("out", targets), fault_(fault) {
  for (unsigned i = 0; i < initiators; ++i) {
    in[i].register_b_transport(this, &MutantRouter::transport, static_cast<int>(i));
    in[i].register_transport_dbg(this, &MutantRouter::debug, static_cast<int>(i));
    in[i].register_get_direct_mem_ptr(this, &MutantRouter::direct, static_cast<int>(i));
  }
  for (unsigned i = 0; i < targets; ++i) out[i].register_invalidate_direct_mem_ptr(this, &MutantRouter::invalidate, static_cast<int>(i));
}

const AddressWindow* MutantRouter::find(Address address, Bytes span) const {
  for (const AddressWindow& w : windows_) {
    const Address base = has(14) ? w.base & 0xFFFF'FFFF : w.base;
    const Address at = has(14) ? address & 0xFFFF'FFFF : address;
    if (at >= base && span <= w.size && at - base <= w.size - span) return &w;
  }
  return nullptr;
}

void MutantRouter::transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Address address = payload.get_address();
  const bool is_access = payload.is_read() || payload.is_write();
  const unsigned length = payload.get_data_length(), width = payload.get_streaming_width();
  const bool is_malformed = payload.get_data_ptr() == nullptr || length == 0 ||
                            (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0);
  if (is_access && is_malformed) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  const Bytes span = !is_access || has(3) ? 1 : width == 0 ? length : std::min(length, width);
  const AddressWindow* w = find(address, span);
  if (w == nullptr) return payload.set_response_status(is_access && !has(4) ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
  payload.set_address((has(14) ? address & 0xFFFF'FFFF : address) - (has(14) ? w->base & 0xFFFF'FFFF : w->base) + w->offset);
  std::vector<tlm::tlm_extension_base*> dropped(tlm::max_num_extensions());
  if (has(15))
    for (unsigned i = 0; i < dropped.size(); ++i) dropped[i] = payload.set_extension(i, nullptr);
  if (!has(16)) delay += hop();
  sc_core::sc_time fresh;
  out[w->out_index]->b_transport(payload, has(10) ? fresh : delay);
  delay += fresh;
  for (unsigned i = 0; i < dropped.size(); ++i)
    if (dropped[i] != nullptr) payload.set_extension(i, dropped[i]);
  const bool is_error = payload.is_response_error();
  if (!has(1) && !(has(2) && is_error)) payload.set_address(address);
  if (has(11) && is_error) payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned MutantRouter::debug(int, tlm::tlm_generic_payload& payload) {
  const Address address = payload.get_address();
  const AddressWindow* w = find(address, 1);
  if (w == nullptr) return 0;
  const unsigned length = payload.get_data_length();
  if (!has(9)) payload.set_address(address - w->base + w->offset);
  if (!has(17)) payload.set_data_length(static_cast<unsigned>(std::min<Bytes>(length, w->base + w->size - address)));
  const unsigned done = out[w->out_index]->transport_dbg(payload);
  payload.set_address(address);
  payload.set_data_length(length);
  return done;
}

bool MutantRouter::direct(int, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const Address address = payload.get_address();
  const AddressWindow* w = find(address, 1);
  if (w == nullptr) {
    dmi.init();
    dmi.set_start_address(address);
    dmi.set_end_address(address);
    return false;
  }
  payload.set_address(address - w->base + w->offset);
  const bool granted = out[w->out_index]->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  if (has(5) || (has(13) && !granted)) return granted;
  // What is visible of the target's range, in the caller's addresses.
  const Address first = std::max<Address>(dmi.get_start_address(), has(6) ? 0 : w->offset);
  const Address last = has(6) ? dmi.get_end_address() : std::min<Address>(dmi.get_end_address(), w->offset + (w->size - 1));
  if (granted && !has(18)) dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (first - dmi.get_start_address()));
  dmi.set_start_address(first - w->offset + w->base);
  dmi.set_end_address(last - w->offset + w->base);
  if (!has(12)) {
    dmi.set_read_latency(dmi.get_read_latency() + hop());
    dmi.set_write_latency(dmi.get_write_latency() + hop());
  }
  return granted;
}

void MutantRouter::invalidate(int target, sc_dt::uint64 start, sc_dt::uint64 end) {
  for (const AddressWindow& w : windows_) {
    if (w.out_index != static_cast<unsigned>(target)) continue;
    const Address first = std::max<Address>(start, w.offset), last = std::min<Address>(end, w.offset + (w.size - 1));
    if (first > last) continue;
    for (unsigned i = 0; i < in.size(); ++i) {
      if (has(7))
        in[i]->invalidate_direct_mem_ptr(start, end);
      else
        in[i]->invalidate_direct_mem_ptr(first - w.offset + w.base, last - w.offset + w.base);
      if (has(8)) break;
    }
    if (has(19)) break;
  }
}

}  // namespace snnvp::conformance
