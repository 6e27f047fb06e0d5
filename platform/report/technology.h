// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/config/document.h>

namespace snnvp {

/// A number of the technology base with its pedigree. `lo..hi` is a plausible 90 % band, 0 < lo <= value <= hi;
/// lo = hi means that no band is known, and the constant is not drawn.
struct Constant {
  std::string path;  ///< file name without extension, then the keys: arithmetic.ops_28nm.add_16b
  double value = 0;
  std::string unit;
  double lo = 0, hi = 0;
  std::string status;  ///< read, read-secondary, measured, derived, memory, guess
  std::string source;
  std::string note;

  bool has_band() const { return lo < hi; }
  /// Recalled or guessed figures are marked in every total they dominate (spec/energy.md 4.8).
  bool is_weak() const { return status == "memory" || status == "guess"; }
};

/// The status words a constant may carry, strongest first.
const std::vector<std::string>& status_words();

/// Reads a `{value, unit, lo, hi, status, source[, note]}` map; what is missing or contradictory goes to `diagnostics`.
Constant read_constant(const Node& node, const std::string& path, Diagnostics& diagnostics);

/// The technology base: a folder of YAML files with constants, records and tables, addressed by dotted paths.
///
/// A file is read and checked as a whole when the first path in it is asked for, and never again.
/// Faults in a file throw InputError with file:line:column of every one of them.
class Technology {
public:
  /// `folder` holds arithmetic.yaml, sram.yaml, ... and price_lists/. Nothing is read yet.
  explicit Technology(std::string folder);
  ~Technology();
  Technology(Technology&&) noexcept;
  Technology& operator=(Technology&&) noexcept;

  /// The constant at `path`: a constant, a field of a record, or an element of a table whose sibling
  /// `columns` names it (`dram.ddr4.energy_8Gb_x8_rank_of_8.r2400.read_pJ_per_bit`). The latter two have no
  /// band. An unknown path throws InputError that names the nearest one.
  const Constant& constant(const std::string& path) const;
  /// As above, or nullptr if there is no number at `path`.
  const Constant* find(const std::string& path) const;
  /// Why there is no number at `path`, with the nearest entry; empty if not even a file has that name.
  std::string why_missing(const std::string& path) const;
  /// The raw node at `path`, for tables; throws InputError if absent.
  const Node& table(const std::string& path) const;
  /// Status and source that hold for the table at `path`.
  const Constant& provenance(const std::string& path) const;

  /// One CSV file of the folder as text; throws InputError if it cannot be read.
  const std::string& csv(const std::string& file_name) const;

  /// Names of the price lists in price_lists/, sorted. They are the values of `technology.preset`.
  const std::vector<std::string>& price_lists() const;
  /// The price list `name` as a checked YAML map.
  const Node& price_list(const std::string& name) const;

  const std::string& folder() const;
  /// Files read so far, sorted, for `inputs[]` of the report.
  std::vector<std::string> read_files() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snnvp
