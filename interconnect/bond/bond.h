// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <snnvp/interconnect/bond/bond_core.h>
#include <snnvp/interconnect/bus/bus.h>

namespace snnvp {

/// A memory-mapped link between two tiers, or the planar wire in its place: a bus whose width the bond field may limit and whose bits
/// are counted. Both directions share the width.
class Bond : public Bus, public EventProvider {
public:
  struct Params {
    bool stacked = true;        ///< false: a wire on one die
    std::uint64_t width = 512;  ///< bits per cycle as configured, whole bytes
    bond::Field field;          ///< stacked
    bond::Limit limit = bond::Limit::report;
    Cycles latency = 0;  ///< stacked: 0 within the cycle, 1 registered
    bond::Wire wire;     ///< planar
  };

  Bond(const sc_core::sc_module_name& name, const Params& params, Bus::Params ports, const ClockDomain& clock);

  /// Bits per cycle that the field grants, whole bytes, at least one.
  static std::uint64_t granted_bits(const Params& params);
  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;

private:
  Params params_;
};

}  // namespace snnvp
