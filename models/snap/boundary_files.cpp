// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/snap/boundary_files.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/workloads/formats/manifest.h>

namespace snnvp::snap {
namespace {

/// Rows of three numbers behind a header line.
std::vector<std::array<double, 3>> read_rows(const std::string& file, const std::string& header) {
  std::ifstream in(file);
  if (!in) throw InputError(file + " cannot be read");
  std::vector<std::array<double, 3>> rows;
  std::string line;
  for (unsigned number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    if (line == header) continue;
    std::array<double, 3> row{};
    const char* at = line.c_str();
    for (std::size_t i = 0; i < 3; ++i) {
      char* end = nullptr;
      row[i] = std::strtod(at, &end);
      const bool ends_well = end != at && (i < 2 ? *end == ',' : *end == '\0') && row[i] >= -1e300 && row[i] <= 1e300;
      if (!ends_well) throw InputError(fmt::format("{}:{}: three numbers {} are expected", file, number, header));
      at = end + 1;
    }
    rows.push_back(row);
  }
  if (rows.empty()) throw InputError(file + " holds no row " + header);
  return rows;
}

}  // namespace

std::vector<Boundary::Bin> read_histogram(const std::string& file) {
  std::vector<Boundary::Bin> bins;
  double weight = 0;
  for (const auto& [low, high, neurons] : read_rows(file, "rate_low,rate_high,neurons")) {
    if (!(low >= 0 && low <= high && high <= 1 && neurons >= 0))
      throw InputError(
          fmt::format("{}: a bin has 0 <= rate_low <= rate_high <= 1 and neurons >= 0, not {},{},{}", file, low, high, neurons));
    bins.push_back({low, high, neurons});
    weight += neurons;
  }
  if (weight <= 0) throw InputError(file + ": no bin has neurons");
  return bins;
}

std::pair<double, double> read_curve(const std::string& file, double lambda) {
  const auto rows = read_rows(file, "lambda,rate,accuracy");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!(rows[i][1] >= 0 && rows[i][1] <= 1)) throw InputError(fmt::format("{}: rate {} is not in 0..1", file, rows[i][1]));
    if (i > 0 && rows[i][0] <= rows[i - 1][0]) throw InputError(file + ": lambda must ascend");
  }
  if (lambda < rows.front()[0] || lambda > rows.back()[0])
    throw InputError(fmt::format("{}: lambda {} lies outside the curve, {}..{}", file, lambda, rows.front()[0], rows.back()[0]));
  std::size_t i = 0;
  while (i + 2 < rows.size() && lambda > rows[i + 1][0]) ++i;
  if (rows.size() == 1) return {rows[0][1], rows[0][2]};
  const double share = (lambda - rows[i][0]) / (rows[i + 1][0] - rows[i][0]);
  return {rows[i][1] + share * (rows[i + 1][1] - rows[i][1]), rows[i][2] + share * (rows[i + 1][2] - rows[i][2])};
}

SpikeTensor read_trace(const std::string& folder, const std::string& layer) {
  const SpikeNetwork network = read_spike_network(folder);
  if (network.layers.empty()) throw InputError(folder + " holds no layer");
  if (layer.empty()) return network.layers.front().spikes;
  const SpikeLayer* found = network.layer(layer);
  if (found == nullptr) throw InputError(folder + " has no layer '" + layer + "'");
  return found->spikes;
}

}  // namespace snnvp::snap
