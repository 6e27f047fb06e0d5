// SPDX-License-Identifier: Apache-2.0
#include "mutant_memory.h"

#include <algorithm>

namespace snnvp::conformance {

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
  const bool says_nothing =
      has(Fault::mt1_no_status) || (has(Fault::mt16_drops_remainder) && payload.get_streaming_width() > payload.get_data_length());
  if (!says_nothing) payload.set_response_status(status);
  if (has(Fault::mt19_address_changed)) payload.set_address(payload.get_address() + 4);
  if (has(Fault::mt20_length_changed)) payload.set_data_length(1);
  if (has(Fault::mt21_width_changed)) payload.set_streaming_width(1);
  if (has(Fault::mt22_enables_null)) payload.set_byte_enable_ptr(nullptr);
  if (has(Fault::mt24_command_changed)) payload.set_command(tlm::TLM_IGNORE_COMMAND);
}

tlm::tlm_response_status MutantMemory::answer(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  const unsigned length = payload.get_data_length();
  unsigned char* data = payload.get_data_ptr();
  unsigned char* enables = payload.get_byte_enable_ptr();
  const unsigned enable_length = payload.get_byte_enable_length();
  const bool is_write = payload.is_write();
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
    if (has(Fault::mt3_writes_on_ignore) && address < size_) bytes_[address] ^= 1;
    return has(Fault::mt2_ignore_refused) ? tlm::TLM_COMMAND_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE;
  }
  if (data == nullptr || length == 0 || (enables != nullptr && enable_length == 0)) return tlm::TLM_GENERIC_ERROR_RESPONSE;
  const unsigned sent_width = payload.get_streaming_width();
  const unsigned width = sent_width == 0 || has(Fault::mt14_ignores_streaming) ? length : sent_width;
  const std::uint64_t span = has(Fault::mt4_range_by_length) ? length : std::min(width, length);
  const std::uint64_t size = size_ - (has(Fault::mt7_off_by_one) ? 1 : 0);
  bool fits = has(Fault::mt5_crosses_the_end) ? address < size : span <= size && address <= size - span;
  if (has(Fault::mt6_range_wraps) && address >= size_ && address + span <= size_) return tlm::TLM_OK_RESPONSE;
  if (!fits) {
    if (has(Fault::mt9_partial_failing_write) && is_write && address < size_) bytes_[address] = data[0];
    if (has(Fault::mt10_clears_failing_read) && !is_write) std::fill(data, data + length, static_cast<unsigned char>(0));
    return has(Fault::mt8_generic_error) ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE;
  }
  if (has(Fault::mt26_all_lanes_off_refused) && enables != nullptr &&
      std::all_of(enables, enables + enable_length, [](unsigned char e) { return e == 0; }))
    return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  move(payload, width);
  if (has(Fault::mt23_write_data_changed) && is_write) data[0] ^= 1;
  if (has(Fault::mt17_overwrites_delay))
    delay = access_time();
  else if (has(Fault::mt18_decreases_delay))
    delay = delay > access_time() ? delay - access_time() : sc_core::SC_ZERO_TIME;
  else
    delay += access_time();
  if (!has(Fault::mt25_no_dmi_hint)) payload.set_dmi_allowed(true);
  return tlm::TLM_OK_RESPONSE;
}

void MutantMemory::move(tlm::tlm_generic_payload& payload, unsigned width) {
  const std::uint64_t address = payload.get_address();
  const unsigned length = payload.get_data_length(), enable_length = payload.get_byte_enable_length();
  unsigned char* data = payload.get_data_ptr();
  const unsigned char* enables = payload.get_byte_enable_ptr();
  const bool is_write = payload.is_write();
  const unsigned stride = width < length && has(Fault::mt15_wrong_stride) ? width + 1 : width;
  const unsigned moved = has(Fault::mt16_drops_remainder) ? length / width * width : length;
  for (unsigned i = 0; i < moved; ++i) {
    bool on = true;
    if (enables != nullptr && !has(Fault::mt11_ignores_byte_enables))
      on = has(Fault::mt12_short_enables_not_repeated) ? i >= enable_length || enables[i] != 0 : enables[i % enable_length] != 0;
    std::uint8_t& byte = bytes_[address + i % stride];
    if (!on) {
      if (has(Fault::mt13_clears_disabled_lanes) && !is_write) data[i] = 0;
      continue;
    }
    if (is_write)
      byte = data[i];
    else
      data[i] = byte;
  }
}

unsigned MutantMemory::debug(tlm::tlm_generic_payload& payload) {
  if (has(Fault::mt27_debug_zero)) return 0;
  if (has(Fault::mt28_debug_waits)) wait(sc_core::sc_time(1, sc_core::SC_NS));
  if (has(Fault::mt33_debug_notifies)) event_.notify(sc_core::sc_time(1, sc_core::SC_NS));
  const std::uint64_t address = payload.get_address();
  const std::uint64_t size = has(Fault::mt29_debug_outside) ? size_ + 64 : size_;
  if (address >= size) return 0;
  const auto length = static_cast<unsigned>(std::min<std::uint64_t>(payload.get_data_length(), size - address));
  if (has(Fault::mt30_debug_zero_at_end) && length < payload.get_data_length()) return 0;
  unsigned char* data = payload.get_data_ptr();
  if (payload.is_write())
    std::copy(data, data + length, bytes_.begin() + static_cast<std::ptrdiff_t>(address));
  else
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(address), length, data);
  if (has(Fault::mt31_debug_side_effect) && !payload.is_write()) ++bytes_[address];
  return has(Fault::mt32_debug_length_not_count) ? payload.get_data_length() : length;
}

bool MutantMemory::direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  dmi.init();
  if (payload.get_address() >= size_ && !has(Fault::mt40_dmi_outside)) {
    dmi.set_start_address(size_);
    return false;
  }
  dmi.set_start_address(has(Fault::mt37_dmi_start_is_address) ? payload.get_address() : 0);
  dmi.set_end_address(size_ - (has(Fault::mt34_dmi_end_is_size) ? 0 : 1));
  if (has(Fault::mt35_dmi_everywhere)) dmi.set_end_address(~std::uint64_t{0});
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
