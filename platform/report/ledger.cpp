// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/report/ledger.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

constexpr double most_energy_j = 1e6;

void check_number(double value, const std::string& what) {
  if (!std::isfinite(value) || value < 0) throw InternalError(fmt::format("energy ledger: {} is {}", what, value));
}

void check_sum(double parts, double whole, const std::string& what) {
  if (std::fabs(parts - whole) > 1e-9 * std::max(std::fabs(parts), std::fabs(whole)))
    throw InternalError(fmt::format("energy ledger: {} add up to {} J, not to {} J", what, parts, whole));
}

}  // namespace

void check_ledger(const Ledger& ledger) {
  double rows_j = 0, blocks_j = 0, events_j = 0;
  for (const LedgerRow& row : ledger.rows) {
    const std::string name = fmt::format("row '{}' of block '{}'", row.key, row.block);
    check_number(row.key == preset_factor_key ? std::fabs(row.energy_j) : row.energy_j, name);
    check_number(row.unit_price, "the price of " + name);
    if (row.count > std::uint64_t{1} << 63)
      throw InternalError(fmt::format("energy ledger: {} counts {} events, more than 2^63", name, row.count));
    if (row.unit.empty() || row.status.empty() || row.source.empty() || row.path.empty())
      throw InternalError(fmt::format("energy ledger: {} lacks a unit, status, source or path", name));
    rows_j += row.energy_j;
  }
  for (const auto& [name, block] : ledger.by_block) {
    check_number(block.static_j, "the static energy of block '" + name + "'");
    check_number(block.dynamic_j, "the dynamic energy of block '" + name + "'");
    check_sum(block.static_j + block.dynamic_j, block.total_j, "static and dynamic energy of block '" + name + "'");
    blocks_j += block.total_j;
  }
  for (const auto& [key, energy_j] : ledger.by_event) events_j += energy_j;
  check_number(ledger.total_j, "the total");
  check_sum(ledger.static_j + ledger.dynamic_j, ledger.total_j, "static and dynamic energy");
  check_sum(rows_j, ledger.total_j, "the rows");
  check_sum(blocks_j, ledger.total_j, "the blocks");
  check_sum(events_j, ledger.total_j, "the events");
  if (ledger.total_j > most_energy_j) throw InternalError(fmt::format("energy ledger: a total of {} J is above 1 MJ", ledger.total_j));
}

std::vector<const LedgerSource*> largest_shares(const Ledger& ledger, std::size_t most) {
  std::vector<const LedgerSource*> result;
  for (const LedgerSource& source : ledger.sources) result.push_back(&source);
  // Stable: equal shares stay in path order.
  std::stable_sort(result.begin(), result.end(), [](const LedgerSource* a, const LedgerSource* b) { return a->share > b->share; });
  if (result.size() > most) result.resize(most);
  return result;
}

}  // namespace snnvp
