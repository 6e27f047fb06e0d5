// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/payload_pool.h>

#include <algorithm>

namespace snnvp::conform {
namespace {

constexpr Address resting_address = 0xDEAD'0000'DEAD'0000;  // what a free payload says of itself

}  // namespace

PayloadPool::~PayloadPool() {
  for (auto& payload : payloads_) payload->free_all_extensions();
}

tlm::tlm_generic_payload& PayloadPool::take() {
  tlm::tlm_generic_payload* payload = nullptr;
  if (resting_.size() > rest) {
    payload = resting_.front();
    resting_.pop_front();
    touched_ += !is_untouched(*payload);
  } else {
    payloads_.push_back(std::make_unique<tlm::tlm_generic_payload>());
    payload = payloads_.back().get();
  }
  payload->set_mm(this);
  payload->acquire();
  return *payload;
}

void PayloadPool::free(tlm::tlm_generic_payload* payload) {
  if (is_resting(*payload)) {
    ++freed_twice_;
    return;
  }
  payload->reset();
  payload->set_address(resting_address);
  payload->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload->set_data_length(0);
  resting_.push_back(payload);
}

bool PayloadPool::is_untouched(const tlm::tlm_generic_payload& payload) {
  return payload.get_address() == resting_address && payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE &&
         payload.get_data_length() == 0 && payload.get_ref_count() == 0;
}

unsigned PayloadPool::touched() const {
  return touched_ + static_cast<unsigned>(std::count_if(resting_.begin(), resting_.end(), [](const auto* p) { return !is_untouched(*p); }));
}

bool PayloadPool::is_resting(const tlm::tlm_generic_payload& payload) const {
  return std::find(resting_.begin(), resting_.end(), &payload) != resting_.end();
}

}  // namespace snnvp::conform
