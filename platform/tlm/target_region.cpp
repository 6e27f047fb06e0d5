// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/target_region.h>

#include <algorithm>

namespace snnvp {

bool has_disabled_lane(const tlm::tlm_generic_payload& payload) {
  const unsigned char* enables = payload.get_byte_enable_ptr();
  if (enables == nullptr) return false;
  const unsigned used = std::min(payload.get_byte_enable_length(), payload.get_data_length());
  return std::find(enables, enables + used, TLM_BYTE_DISABLED) != enables + used;
}

bool TargetRegion::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const tlm::tlm_command command = payload.get_command();
  const Address address = payload.get_address();
  const Bytes length = payload.get_data_length();
  begin(command, address, length, delay);
  return command == tlm::TLM_READ_COMMAND ? read(address, payload.get_data_ptr(), length, delay)
                                          : write(address, payload.get_data_ptr(), length, delay);
}

}  // namespace snnvp
