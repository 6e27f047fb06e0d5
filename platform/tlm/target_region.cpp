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

WordResult TargetRegion::read_word(Address address, Bytes length, std::uint32_t& value, sc_core::sc_time& delay) {
  if (!covers(address, length) || !allows(tlm::TLM_READ_COMMAND, address, length)) return WordResult::refused;
  std::uint8_t data[4] = {};
  begin(tlm::TLM_READ_COMMAND, address, length, delay);
  if (!read(address, data, length, delay)) return WordResult::failed;
  value = data[0] | data[1] << 8 | data[2] << 16 | static_cast<std::uint32_t>(data[3]) << 24;
  return WordResult::done;
}

WordResult TargetRegion::write_word(Address address, Bytes length, std::uint32_t value, sc_core::sc_time& delay) {
  if (!covers(address, length) || !allows(tlm::TLM_WRITE_COMMAND, address, length)) return WordResult::refused;
  std::uint8_t data[4];
  for (unsigned i = 0; i < 4; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
  begin(tlm::TLM_WRITE_COMMAND, address, length, delay);
  return write(address, data, length, delay) ? WordResult::done : WordResult::failed;
}

}  // namespace snnvp
