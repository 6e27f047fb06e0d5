// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/riscv/word_path.h>

#include <algorithm>

namespace snnvp {

void WordPath::connect(tlm::tlm_fw_transport_if<>* target) {
  target_ = dynamic_cast<DirectTarget*>(target);
  last_ = {};
  known_ = {};
}

const WordRoute* WordPath::search(Address address, unsigned bytes) {
  if (target_ == nullptr) return nullptr;
  std::vector<WordRoute>& known = known_[bytes >> 1];
  auto found = std::find_if(known.begin(), known.end(), [address](const WordRoute& route) { return route.holds(address); });
  if (found == known.end()) {
    WordRoute route = target_->word_route(address, bytes);
    if (!route.holds(address)) return nullptr;            // nothing is there
    if (route.at_bus == nullptr) route.region = nullptr;  // without a bus there is little to save
    found = known.insert(known.end(), route);
  }
  WordRoute& last = last_[bytes >> 1];
  last = *found;
  return last.region != nullptr ? &last : nullptr;
}

}  // namespace snnvp
