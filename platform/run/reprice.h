// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/run/activity.h>
#include <snnvp/platform/run/simulation.h>

// A finished run priced again from its folder, without simulating (decision 68).
namespace snnvp {

struct RepriceOptions {
  std::vector<std::string> overrides;  ///< "technology.node_nm=22"
  std::string prices_file;             ///< YAML: path or event key -> constant, as technology.prices; empty: none
  std::optional<unsigned> draws;       ///< for the uncertainty band
};

/// The same counts under one price list.
struct PricedMode {
  std::string preset;
  EnergyMode mode = EnergyMode::bottom_up;
  std::string problem;           ///< why the list does not apply; empty: it does
  std::optional<Ledger> ledger;  ///< nullopt if it does not
};

/// A run read from its folder, with prices to come.
class StoredRun {
public:
  /// Throws InputError with a sentence: a folder that is none, damaged, of another version; a run whose time depended on heat.
  StoredRun(std::string folder, const Registry& registry);

  /// The report under other prices. Equal to that of a simulation with the same technology section whose latencies are frozen at the
  /// run's. Throws InputError if a key has no price, an override is no price, a latency would change, or heat would slow the run.
  RunReport price(const RepriceOptions& options);
  /// After price(): sentences about latencies that a new simulation would change.
  const std::vector<std::string>& notices() const { return notices_; }
  /// After price(): the activity with the new technology section.
  const Activity& activity() const { return activity_; }
  /// Bottom-up under generic28 and each list with published figures for one of the blocks, side by side; the temperature is that of
  /// the settings.
  std::vector<PricedMode> modes() const;

private:
  Value settle(const RepriceOptions& options, const Technology& technology, Node& document);
  std::vector<std::string> changed_latencies(const Technology& technology, const TechnologySettings& settings) const;
  void add_files(RunReport& report) const;

  std::string folder_;
  const Registry& registry_;
  ForeignKinds foreign_;
  Activity activity_;
  std::vector<std::string> notices_;
};

/// Technology files that were read so far with their digests, shown as reports do.
std::vector<InputFile> digest_technology(const Technology& technology);
/// A file's digest under the name it is shown by; throws InputError.
InputFile digest_file(const std::string& shown, const std::string& real);

}  // namespace snnvp
