// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/block/capabilities.h>

namespace snnvp::conformance {

/// What a mutant does wrong; numbers are those of spec/tlm.md 12.3.
enum class Fault {
  none,
  waits_before_answer,  // legal
  mt1_no_status,
  mt2_ignore_refused,
  mt3_writes_on_ignore,
  mt4_range_by_length,
  mt5_crosses_the_end,
  mt6_range_wraps,
  mt7_off_by_one,
  mt8_generic_error,
  mt9_partial_failing_write,
  mt10_clears_failing_read,
  mt11_ignores_byte_enables,
  mt12_short_enables_not_repeated,
  mt13_clears_disabled_lanes,
  mt14_ignores_streaming,
  mt15_wrong_stride,
  mt16_drops_remainder,
  mt17_overwrites_delay,
  mt18_decreases_delay,
  mt19_address_changed,
  mt20_length_changed,
  mt21_width_changed,
  mt22_enables_null,
  mt23_write_data_changed,
  mt24_command_changed,
  mt25_no_dmi_hint,
  mt26_all_lanes_off_refused,
  mt27_debug_zero,
  mt28_debug_waits,
  mt29_debug_outside,
  mt30_debug_zero_at_end,
  mt31_debug_side_effect,
  mt32_debug_length_not_count,
  mt33_debug_notifies,
  mt34_dmi_end_is_size,
  mt35_dmi_everywhere,
  mt36_dmi_pointer_shifted,
  mt37_dmi_start_is_address,
  mt38_dmi_access_none,
  mt39_dmi_latency_zero,
  mt40_dmi_outside,
  mt41_reset_keeps_dmi,
};

/// A small memory written byte by byte from spec/tlm.md 5, without the project's own ports, with one fault.
class MutantMemory : public sc_core::sc_module, public Resettable {
public:
  MutantMemory(const sc_core::sc_module_name& name, std::size_t size, Fault fault);

  tlm_utils::simple_target_socket<MutantMemory, 32> in;

  static sc_core::sc_time access_time() { return sc_core::sc_time(2, sc_core::SC_NS); }
  void reset() override;

private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_response_status answer(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void move(tlm::tlm_generic_payload& payload, unsigned width);
  unsigned debug(tlm::tlm_generic_payload& payload);
  bool direct(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  bool has(Fault fault) const { return fault_ == fault; }

  Fault fault_;
  std::vector<std::uint8_t> bytes_;
  std::size_t size_;
  sc_core::sc_event event_;
};

}  // namespace snnvp::conformance
