// SPDX-License-Identifier: Apache-2.0
#include "mutant_memory.h"

#include <algorithm>

namespace snnvp::conformance {

const std::vector<std::pair<Fault, std::string>>& illegal_faults() {
  static const std::vector<std::pair<Fault, std::string>> faults{
      {Fault::mt1_no_status, "MT1"},
      {Fault::mt2_ignore_refused, "MT2"},
      {Fault::mt4_range_by_length, "MT4"},
      {Fault::mt5_crosses_the_end, "MT5"},
      {Fault::mt7_off_by_one, "MT7"},
      {Fault::mt8_generic_error, "MT8"},
      {Fault::mt9_partial_failing_write, "MT9"},
      {Fault::mt10_clears_failing_read, "MT10"},
      {Fault::mt11_ignores_byte_enables, "MT11"},
      {Fault::mt12_short_enables_not_repeated, "MT12"},
      {Fault::mt13_clears_disabled_lanes, "MT13"},
      {Fault::mt14_ignores_streaming, "MT14"},
      {Fault::mt17_overwrites_delay, "MT17"},
      {Fault::mt19_address_changed, "MT19"},
      {Fault::mt20_length_changed, "MT20"},
      {Fault::mt22_enables_null, "MT22"},
      {Fault::mt23_write_data_changed, "MT23"},
      {Fault::mt24_command_changed, "MT24"},
      {Fault::mt25_no_dmi_hint, "MT25"},
      {Fault::mt26_all_lanes_off_refused, "MT26"},
      {Fault::mt27_debug_zero, "MT27"},
      {Fault::mt28_debug_waits, "MT28"},
      {Fault::mt29_debug_outside, "MT29"},
      {Fault::mt33_debug_notifies, "MT33"},
      {Fault::mt34_dmi_end_is_size, "MT34"},
      {Fault::mt36_dmi_pointer_shifted, "MT36"},
      {Fault::mt37_dmi_start_is_address, "MT37"},
      {Fault::mt38_dmi_access_none, "MT38"},
      {Fault::mt39_dmi_latency_zero, "MT39"},
      {Fault::mt41_reset_keeps_dmi, "MT41"},
  };
  return faults;
}

// A margin behind the bytes keeps mutants that go too far from crashing the test.
MutantMemory::MutantMemory(const sc_core::sc_module_name& name, std::size_t size, Fault fault)
    : sc_module(name), in("in"), fault_(fault), bytes_(size + 4096), size_(size) {
  in.register_b_transport(this, &MutantMemory::transport);
  in.register_transport_dbg(this, &MutantMemory::debug);
  in.register_get_direct_mem_ptr(this, &MutantMemory::direct);
}

void MutantMemory::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (has(Fault::waits_before_answer)) wait(sc_core::sc_time(3, sc_core::SC_NS));
  const tlm::tlm_response_status status = answer(payload, delay);
  if (!has(Fault::mt1_no_status)) payload.set_response_status(status);
  if (has(Fault::mt19_address_changed)) payload.set_address(payload.get_address() + 4);
  if (has(Fault::mt20_length_changed)) payload.set_data_length(1);
  if (has(Fault::mt22_enables_null)) payload.set_byte_enable_ptr(nullptr);
  if (has(Fault::mt24_command_changed)) payload.set_command(tlm::TLM_IGNORE_COMMAND);
}

tlm::tlm_response_status MutantMemory::answer(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  const unsigned length = payload.get_data_length();
  unsigned width = payload.get_streaming_width();
  unsigned char* data = payload.get_data_ptr();
  unsigned char* enables = payload.get_byte_enable_ptr();
  const unsigned enable_length = payload.get_byte_enable_length();
  const bool is_write = payload.is_write();
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND)
    return has(Fault::mt2_ignore_refused) ? tlm::TLM_COMMAND_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE;

  if (has(Fault::mt14_ignores_streaming)) width = length;
  const std::uint64_t span = has(Fault::mt4_range_by_length) ? length : std::min(width, length);
  const std::uint64_t size = size_ - (has(Fault::mt7_off_by_one) ? 1 : 0);
  const bool fits = has(Fault::mt5_crosses_the_end) ? address < size : span <= size && address <= size - span;
  if (!fits) {
    if (has(Fault::mt9_partial_failing_write) && is_write && address < size_) bytes_[address] = data[0];
    if (has(Fault::mt10_clears_failing_read) && !is_write) std::fill(data, data + length, static_cast<unsigned char>(0));
    return has(Fault::mt8_generic_error) ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  if (has(Fault::mt26_all_lanes_off_refused) && enables != nullptr &&
      std::all_of(enables, enables + enable_length, [](unsigned char e) { return e == 0; }))
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;

  for (unsigned i = 0; i < length; ++i) {
    bool on = true;
    if (enables != nullptr && !has(Fault::mt11_ignores_byte_enables))
      on = has(Fault::mt12_short_enables_not_repeated) ? i >= enable_length || enables[i] != 0 : enables[i % enable_length] != 0;
    std::uint8_t& byte = bytes_[address + i % width];
    if (!on) {
      if (has(Fault::mt13_clears_disabled_lanes) && !is_write) data[i] = 0;
      continue;
    }
    if (is_write)
      byte = data[i];
    else
      data[i] = byte;
  }
  if (has(Fault::mt23_write_data_changed) && is_write) data[0] ^= 1;
  if (has(Fault::mt17_overwrites_delay))
    delay = access_time();
  else
    delay += access_time();
  if (!has(Fault::mt25_no_dmi_hint)) payload.set_dmi_allowed(true);
  return tlm::TLM_OK_RESPONSE;
}

unsigned MutantMemory::debug(tlm::tlm_generic_payload& payload) {
  if (has(Fault::mt27_debug_zero)) return 0;
  if (has(Fault::mt28_debug_waits)) wait(sc_core::sc_time(1, sc_core::SC_NS));
  if (has(Fault::mt33_debug_notifies)) event_.notify(sc_core::sc_time(1, sc_core::SC_NS));
  const std::uint64_t address = payload.get_address();
  const std::uint64_t size = has(Fault::mt29_debug_outside) ? size_ + 64 : size_;
  if (address >= size) return 0;
  const auto length = static_cast<unsigned>(std::min<std::uint64_t>(payload.get_data_length(), size - address));
  unsigned char* data = payload.get_data_ptr();
  if (payload.is_write())
    std::copy(data, data + length, bytes_.begin() + static_cast<std::ptrdiff_t>(address));
  else
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(address), length, data);
  return length;
}

bool MutantMemory::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  if (payload.get_address() >= size_) {
    dmi.set_start_address(size_);
    return false;
  }
  dmi.set_start_address(has(Fault::mt37_dmi_start_is_address) ? payload.get_address() : 0);
  dmi.set_end_address(size_ - (has(Fault::mt34_dmi_end_is_size) ? 0 : 1));
  dmi.set_dmi_ptr(bytes_.data() + (has(Fault::mt36_dmi_pointer_shifted) ? 1 : 0));
  if (!has(Fault::mt38_dmi_access_none)) dmi.allow_read_write();
  if (!has(Fault::mt39_dmi_latency_zero)) {
    dmi.set_read_latency(access_time());
    dmi.set_write_latency(access_time());
  }
  return true;
}

void MutantMemory::reset() {
  if (!has(Fault::mt41_reset_keeps_dmi)) in->invalidate_direct_mem_ptr(0, size_ - 1);
}

}  // namespace snnvp::conformance
