// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include <snnvp/platform/tlm/word_route.h>

namespace snnvp {

/// The routes of a hart to the registers it used last (word_route.h). Windows are fixed when a simulation runs, so a route stays good;
/// where a window has none, that is remembered too.
class WordPath {
public:
  /// `target` is what the hart's socket is bound to; null: no access has a route. Forgets all that was found.
  void connect(tlm::tlm_fw_transport_if<>* target);

  /// The way of an aligned access of 1, 2 or 4 bytes; null: it goes by b_transport.
  const WordRoute* find(Address address, unsigned bytes) {
    const WordRoute& last = last_[bytes >> 1];
    if (last.holds(address)) return last.region != nullptr ? &last : nullptr;
    return search(address, bytes);
  }

private:
  const WordRoute* search(Address address, unsigned bytes);

  DirectTarget* target_ = nullptr;               // null also for a foreign one, or a monitor
  std::array<WordRoute, 3> last_;                // of 1, 2 and 4 bytes
  std::array<std::vector<WordRoute>, 3> known_;  // all windows met
};

}  // namespace snnvp
