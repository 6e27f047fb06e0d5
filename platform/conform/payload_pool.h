// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include <systemc>
#include <tlm>

#include <snnvp/platform/base/types.h>

namespace snnvp::conform {

/// An ignorable extension: probes behind an interconnect leave their marks in it.
struct Mark : tlm::tlm_extension<Mark> {
  Picoseconds sent = 0;    ///< the sender's local time
  unsigned seen = 0;       ///< times a probe saw it
  bool was_early = false;  ///< a probe saw it at an earlier local time

  tlm::tlm_extension_base* clone() const override { return new Mark(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const Mark&>(other); }
};

/// Payloads with a memory manager. What was freed rests for a long time before it is used again, so that a late use of it is seen.
class PayloadPool : public tlm::tlm_mm_interface {
public:
  PayloadPool() = default;
  ~PayloadPool() override;
  PayloadPool(const PayloadPool&) = delete;
  PayloadPool& operator=(const PayloadPool&) = delete;

  /// With a reference count of 1.
  tlm::tlm_generic_payload& take();
  void free(tlm::tlm_generic_payload* payload) override;
  /// Is it one that was given back?
  bool is_resting(const tlm::tlm_generic_payload& payload) const;
  std::size_t in_use() const { return payloads_.size() - resting_.size(); }
  /// Payloads freed while they were already free.
  unsigned freed_twice() const { return freed_twice_; }
  /// Payloads that somebody changed while they were free.
  unsigned touched() const;

private:
  static constexpr std::size_t rest = 64;

  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> payloads_;
  std::deque<tlm::tlm_generic_payload*> resting_;
  static bool is_untouched(const tlm::tlm_generic_payload& payload);

  unsigned freed_twice_ = 0, touched_ = 0;
};

}  // namespace snnvp::conform
