// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/registry/param.h>
#include <snnvp/platform/registry/port_abilities.h>

namespace sc_core {
class sc_module;
class sc_module_name;
}  // namespace sc_core

namespace snnvp {

namespace engine {
struct JobDescriptor;
}

enum class PortKind { target, initiator, irq_out, irq_in, clock_pin, reset_pin };

/// A socket or pin of a kind. A vector port has as many elements as links lead to it.
struct PortSpec {
  std::string name;
  PortKind kind = PortKind::target;
  std::string doc;
  bool is_vector = false;
  bool is_optional = false;  ///< may stay unbound
  bool is_sparse = false;    ///< indices are numbers of their own: gaps are fine
  PortAbilities abilities;   ///< of a target port, as far as the kind does not say it already
};

inline PortSpec target(std::string name, std::string doc = {}) { return {std::move(name), PortKind::target, std::move(doc)}; }
inline PortSpec initiator(std::string name, std::string doc = {}) { return {std::move(name), PortKind::initiator, std::move(doc)}; }
inline PortSpec irq_out(std::string name, std::string doc = {}) {
  return {std::move(name), PortKind::irq_out, std::move(doc), false, true};
}
inline PortSpec irq_in(std::string name, std::string doc = {}) { return {std::move(name), PortKind::irq_in, std::move(doc), true, true}; }
/// An sc_in<bool> that wants a clock or a reset: joined by the block's key `pins`, not by a link. For foreign blocks; ours count cycles.
inline PortSpec clock_pin(std::string name, std::string doc = {}) { return {std::move(name), PortKind::clock_pin, std::move(doc)}; }
inline PortSpec reset_pin(std::string name, std::string doc = {}) { return {std::move(name), PortKind::reset_pin, std::move(doc)}; }

enum class StatKind { count, bytes, cycles, time, energy, power, ratio, rate, gauge, histogram, text };

/// One statistic: name (stable, API), unit, kind and one sentence (spec/formats.md 6).
struct StatSpec {
  std::string name;
  std::string unit;
  StatKind kind = StatKind::count;
  std::string doc;
};

/// How far a figure can be trusted; reports carry it with its source.
enum class Certainty { calibrated, structural, assumed };

/// A source of the kind's timing or energy figures, for `describe` and the report.
struct SourceNote {
  std::string what;
  Certainty certainty = Certainty::assumed;
  std::string source;
};

/// An SRAM macro of a block, for leakage and area.
struct MacroSpec {
  std::string name;
  std::uint64_t bytes = 0;
  unsigned bits = 0;  ///< port width
  unsigned count = 1;
};

/// What a block tells the pricing of its events beside their keys (spec/energy.md 3, 6).
struct PriceHints {
  std::optional<std::string> device;    ///< price entry of a die-to-die link or switch
  double lane_gts = 16;                 ///< above 16 GT/s a bit may cost more
  std::optional<double> bond_pitch_um;  ///< of bond_bit
  double energy_factor = 1;  ///< measured effect of place and route on all dynamic energy of the block: an input, a row of its own
  std::string energy_factor_source;
  struct Own {
    std::string key;
    double pj = 0;
    std::string parameter;  ///< that states it
    double lo = 0, hi = 0;  ///< plausible band; 0: none is known
    std::string source;     ///< empty: the parameter itself
  };
  std::vector<Own> own;  ///< prices that parameters of the block state
};

using BlockFactory = std::function<std::unique_ptr<sc_core::sc_module>(const sc_core::sc_module_name&, const ParamSet&)>;

/// Everything the platform knows about a kind of block before one exists.
struct KindDescriptor {
  std::string kind;
  std::string doc;
  std::vector<ParamSpec> params;
  std::vector<PortSpec> ports;
  BlockFactory factory;
  std::vector<StatSpec> stats;
  /// Every priced event key an instance with these parameters can emit (spec/energy.md 6.1).
  std::function<std::vector<std::string>(const ParamSet&)> events;
  std::function<std::vector<MacroSpec>(const ParamSet&)> macros;
  double logic_area_mm2 = 0;  ///< at 28 nm; 0 = unknown
  std::function<PriceHints(const ParamSet&)> price_hints;
  std::vector<std::string> units;  ///< parts with their own busy time
  std::vector<SourceNote> sources;
  std::string plugin;  ///< file of the plug-in it comes from, set by the loader; empty: built in
  bool needs_clock = true;
  bool takes_jobs = false;        ///< an engine: regs, dma and irq with the common front end
  bool is_memory = false;         ///< stores the platform's data: the workload may be placed here
  bool drives_engines = false;    ///< a job driver: host, CPU
  bool is_analytic = false;       ///< estimates a workload from its layers without running it (AnalyticModel)
  bool runs_firmware = false;     ///< a hart: executes the program of a firmware workload over its port `bus`
  bool routes_addresses = false;  ///< an interconnect: takes maps, its initiator ports are the vector port `out`
  /// Size of a target port's window, 0 = any; default 0.
  std::function<std::uint64_t(const ParamSet&, const std::string& port)> window;
  std::string energy_not_counted;  ///< why its energy is not counted, if it is not
  std::string registers;           ///< registers.yaml text of its own registers, or empty
  std::string registers_head;      ///< registers.yaml text of the common head before them, or empty
  /// Why a block with these parameters would refuse a job, in words, or empty; needs no block. For kinds that take jobs.
  std::function<std::string(const ParamSet&, const engine::JobDescriptor&)> refusal;
  /// Checks between parameters; reports at `path`.
  std::function<void(const ParamSet&, const SourcePos&, const std::string& path, Diagnostics&)> check;
};

/// The kinds a platform can be built from. Abstract, so that a plug-in needs no symbol of ours.
class Registry {
public:
  virtual ~Registry() = default;
  /// A kind that exists already is an error.
  virtual void add(KindDescriptor descriptor) = 0;
  virtual const KindDescriptor* find(const std::string& kind) const = 0;
  /// All kinds in name order.
  virtual std::vector<const KindDescriptor*> all() const = 0;
};

/// A registry of its own; nothing is registered.
std::unique_ptr<Registry> make_registry();

}  // namespace snnvp
