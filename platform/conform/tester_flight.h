// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/platform/conform/tester.h>

namespace snnvp::conform {

struct Tester::Flight {
  Stimulus stimulus;
  tlm::tlm_generic_payload* payload = nullptr;
  std::vector<std::uint8_t> buffer, before, enables;
  std::uint64_t number = 0;
  bool request_ended = false, has_response = false, is_over = false;
  Picoseconds begin = 0;
  Picoseconds end_response_at = 0;
};

}  // namespace snnvp::conform
