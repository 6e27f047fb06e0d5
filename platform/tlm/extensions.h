// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <tlm>

#include <snnvp/platform/base/types.h>

// Ignorable payload extensions: every target works without them, every interconnect passes them through
// (spec/tlm.md E9). The initiator owns them; they stay on the payload across calls ("sticky").
namespace snnvp {

/// Who sent a transaction: a stable small integer for arbitration and traces. Absent or 0 = unknown.
struct InitiatorId : tlm::tlm_extension<InitiatorId> {
  unsigned id = 0;

  tlm::tlm_extension_base* clone() const override { return new InitiatorId(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const InitiatorId&>(other); }
  void free() override {}  // lives in the initiator, not on the heap
};

/// Bookkeeping beside a write whose data are a spike packet: what the bytes do not say.
struct SpikeBurst : tlm::tlm_extension<SpikeBurst> {
  std::uint32_t flow = 0;       ///< sequence of packets from one source to one destination
  std::uint32_t spikes = 0;     ///< spikes in the packet
  std::uint64_t timestep = 0;   ///< network time step they belong to
  Picoseconds injected_ps = 0;  ///< local time at the source

  tlm::tlm_extension_base* clone() const override { return new SpikeBurst(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const SpikeBurst&>(other); }
  void free() override {}
};

/// The initiator's id, 0 if the payload carries none.
inline unsigned initiator_id_of(const tlm::tlm_generic_payload& payload) {
  const InitiatorId* extension = nullptr;
  payload.get_extension(extension);
  return extension == nullptr ? 0 : extension->id;
}

}  // namespace snnvp
