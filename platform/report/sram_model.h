// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/platform/report/technology.h>

namespace snnvp {

/// The five figures of an SRAM macro, in the units of the tables.
enum class SramQuantity { read_pj, write_pj, leak_mw, area_mm2, access_ns };
inline constexpr std::size_t sram_quantities = 5;

/// A macro's figures without corrections, at 350 K.
struct SramFigures {
  std::array<double, sram_quantities> values{};
  bool extrapolated = false;  ///< outside the grid, from the power law or another node's ratios
  std::string path;           ///< table or fit the figures come from

  double operator[](SramQuantity q) const { return values[static_cast<std::size_t>(q)]; }
};

struct SramGeometry {
  std::uint64_t bytes = 0;
  unsigned bits = 0;       ///< port width
  bool dual_port = false;  ///< one read and one write port (1r1w)
};

/// The node has no such device class; the message lists where each class exists.
class MissingSramDevice : public InputError {
public:
  using InputError::InputError;
};

/// SRAM energy, leakage, area and access time by node and device class (spec/energy.md 4.4): log-log bilinear
/// interpolation in the tables, a power law outside, equal macros side by side above 512 bits.
class SramModel {
public:
  explicit SramModel(const Technology& technology);
  ~SramModel();

  /// `bytes` and `bits` are at least 1. Throws MissingSramDevice.
  SramFigures figures(const SramGeometry& geometry, int node_nm, const std::string& device) const;

private:
  struct Grid;
  SramFigures macro(double kilobytes, double bits, int node_nm, const std::string& device) const;
  const Grid& single_port_grid(int node_nm, const std::string& device) const;
  const Grid& csv_grid(int node_nm, const std::string& device, const std::string& ports) const;
  void apply_dual_port(SramFigures& figures, double kilobytes, double bits, int node_nm, const std::string& device) const;

  const Technology& technology_;
  mutable std::map<std::string, std::unique_ptr<Grid>> grids_;
};

}  // namespace snnvp
