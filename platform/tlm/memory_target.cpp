// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/memory_target.h>

namespace snnvp {

TargetPort::Options MemoryTarget::port_options() const {
  TargetPort::Options options;
  options.size = store_.size();
  options.uniform = true;
  return options;
}

bool MemoryTarget::read(Address address, std::uint8_t* data, Bytes length, sc_core::sc_time&) {
  store_.read(address, data, length);
  return true;
}

bool MemoryTarget::write(Address address, const std::uint8_t* data, Bytes length, sc_core::sc_time&) {
  store_.write(address, data, length);
  return true;
}

Bytes MemoryTarget::debug_read(Address address, std::uint8_t* data, Bytes length) const {
  store_.read(address, data, length);
  return length;
}

Bytes MemoryTarget::debug_write(Address address, const std::uint8_t* data, Bytes length) {
  store_.write(address, data, length);
  return length;
}

bool MemoryTarget::direct_memory(tlm::tlm_command, Address, tlm::tlm_dmi& dmi) {
  if (!allow_dmi_) return false;
  dmi.init();
  dmi.set_dmi_ptr(store_.base());
  dmi.set_start_address(0);
  dmi.set_end_address(store_.size() - 1);
  dmi.set_granted_access(tlm::tlm_dmi::DMI_ACCESS_READ_WRITE);
  dmi.set_read_latency(dmi_read_latency_);
  dmi.set_write_latency(dmi_write_latency_);
  return true;
}

}  // namespace snnvp
