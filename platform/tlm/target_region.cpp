// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/tlm/target_region.h>

namespace snnvp {

bool TargetRegion::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const tlm::tlm_command command = payload.get_command();
  const Address address = payload.get_address();
  const Bytes length = payload.get_data_length();
  begin(command, address, length, delay);
  return command == tlm::TLM_READ_COMMAND ? read(address, payload.get_data_ptr(), length, delay)
                                          : write(address, payload.get_data_ptr(), length, delay);
}

}  // namespace snnvp
