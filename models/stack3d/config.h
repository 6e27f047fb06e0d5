// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <snnvp/interconnect/bond/bond_core.h>
#include <snnvp/platform/base/types.h>

// What a two-tier engine is built of (spec/stack3d.md 3). Plain numbers: no SystemC, no YAML.
namespace snnvp::stack3d {

enum class Timing { tile, paper };
enum class Variant { planar, stacked };  ///< 2d, 3d
/// What crosses the bond: sums (logic on logic), weights and spikes (memory on logic), or all of them.
enum class Partition { logic_on_logic, memory_on_logic, both };

/// Multipliers that only place and route can give: inputs, never results (spec/stack3d.md 3.4). 1 = no change.
struct Preset {
  std::string name = "none";
  double footprint = 0.5;  ///< of area_2d
  double fmax = 1;
  double mem_latency = 1;  ///< of the access time of variant 2d
  bool has_mem_latency = false;
  double energy = 1;  ///< on the dynamic energy of the engine
  std::string source;
};

/// The named preset, or nothing.
std::optional<Preset> find_preset(const std::string& name);

/// Bits per cycle and core of the three links.
struct LinkWidths {
  std::uint64_t weight = 128, spike = 16, psum = 256;
};

struct Config {
  std::uint64_t cores = 4;
  std::uint64_t rows = 16, cols = 16;  ///< R output features, C token-time positions
  unsigned weight_bits = 8, psum_bits = 16, vmem_bits = 16;
  std::uint64_t kappa = 1;            ///< cycles per streamed weight
  bool fill_overlap = false;          ///< false: R + C - 2 cycles per tile, true: once per layer
  bool skip_silent_features = false;  ///< true: features without a spike in a tile take no cycle in it
  std::uint64_t popcnt_width = 128;   ///< head scorer, bits per cycle
  bool score_overlap = true;          ///< the score is counted while Q is projected
  std::uint64_t route_width = 16, route_lanes = 256, merge_width = 512;
  std::uint64_t lif_lanes = 16;  ///< neuron updates per cycle and core
  Timing timing = Timing::tile;

  Bytes weight_glb = 144 * 1024, spike_glb = 12 * 1024;  ///< weights: all slices; spikes: one of two halves
  std::uint64_t weight_port = 512, spike_port = 128;     ///< bits: of a slice; of the spike buffer, shared in fixed turns
  double glb_access_ns = 2.66;
  Bits dram_bits_per_cycle = 1228;  ///< 0: unlimited

  Variant variant = Variant::stacked;
  Partition partition = Partition::both;
  bool memory_faces_sink = true;  ///< else the arrays lie on the heat sink's side
  Preset preset;
  double area_2d_mm2 = 3.0;
  bond::Field field;  ///< `overlap_mm2` is the footprint unless stated
  bond::Limit limit = bond::Limit::report;
  Cycles bond_latency = 0;
  double wire_ps_per_mm = 100;
  std::optional<std::uint64_t> width_weight, width_spike, width_psum;

  /// Cycles between the first operand and the last position of an array.
  Cycles fill() const { return rows + cols - 2; }
};

/// The links between the tiers, or what stands in their place (spec/stack3d.md 5.4). All figures follow from the configuration and
/// the clock.
class Links {
public:
  Links(const Config& config, std::uint64_t hz);

  const LinkWidths& widths() const { return widths_; }          ///< granted, per core
  const LinkWidths& wanted() const { return wanted_; }          ///< configured, per core
  std::uint64_t bits_per_cycle() const { return bits_; }        ///< that cross the bond, all cores, as configured
  std::uint64_t sites_required() const { return required_; }    ///< 0 on one die
  std::uint64_t sites_available() const { return available_; }  ///< 0 on one die
  double bond_area_mm2() const { return area_; }                ///< of the required sites
  double footprint_mm2() const { return footprint_; }
  double access_ns() const { return access_ns_; }        ///< of the weight buffer, wire and preset included
  double access_2d_ns() const { return access_2d_ns_; }  ///< the same of variant 2d
  Cycles in_latency() const { return in_latency_; }      ///< buffer to array: adds to the fill of a pipeline
  Cycles sum_latency() const { return sum_latency_; }    ///< array to membrane
  bool crosses_in() const { return crosses_in_; }        ///< weights and spikes take the bond
  bool crosses_sums() const { return crosses_sums_; }

  /// Counts of the priced keys for so many bits of each link.
  struct Events {
    std::uint64_t bond_bit = 0, link_bit_um = 0;
  };
  Events events(std::uint64_t weight_bits, std::uint64_t spike_bits, std::uint64_t psum_bits) const;

private:
  LinkWidths wanted_, widths_;
  std::uint64_t bits_ = 0, required_ = 0, available_ = 0;
  double area_ = 0, footprint_ = 0, access_ns_ = 0, access_2d_ns_ = 0;
  Cycles in_latency_ = 0, sum_latency_ = 0;
  bool crosses_in_ = false, crosses_sums_ = false;
  bond::Wire in_wire_, sum_wire_;
};

}  // namespace snnvp::stack3d
