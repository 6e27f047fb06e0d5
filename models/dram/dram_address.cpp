// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram_address.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

constexpr const char* names[] = {"ro", "ra", "ba", "bg", "co", "ch"};

int log2_or_none(std::uint64_t radix) {
  if ((radix & (radix - 1)) != 0) return -1;
  int shift = 0;
  while ((std::uint64_t{1} << shift) < radix) ++shift;
  return shift;
}

}  // namespace

std::vector<std::uint8_t> DramAddressMap::parse(const std::string& mapping, std::string& problem) {
  std::vector<std::uint8_t> found;
  std::size_t start = 0;
  while (start <= mapping.size()) {
    const std::size_t end = std::min(mapping.find('_', start), mapping.size());
    const std::string word = mapping.substr(start, end - start);
    const auto it = std::find(std::begin(names), std::end(names), word);
    const auto index = static_cast<std::uint8_t>(it - std::begin(names));
    if (it == std::end(names))
      problem = fmt::format("'{}' is no part of an address", word);
    else if (std::count(found.begin(), found.end(), index))
      problem = fmt::format("'{}' stands twice", word);
    if (!problem.empty()) break;
    found.push_back(index);
    start = end + 1;
  }
  if (problem.empty() && found.size() != parts) problem = "parts are missing";
  if (!problem.empty())
    problem = fmt::format("DRAM mapping '{}': {}; name ro, ra, ba, bg, co and ch once each, as in {}", mapping, problem, default_mapping);
  return found;
}

std::string DramAddressMap::problem(const std::string& mapping) {
  std::string text;
  parse(mapping, text);
  return text;
}

DramAddressMap::DramAddressMap(const std::string& mapping, const DramTiming& timing, unsigned channels, unsigned ranks, Bytes size)
    : burst_bytes_(timing.burst_bytes), burst_shift_(log2_or_none(timing.burst_bytes)), banks_per_group_(timing.banks_per_group) {
  std::string problem;
  std::vector<std::uint8_t> found = parse(mapping, problem);
  if (!problem.empty()) throw InputError(problem);
  std::reverse(found.begin(), found.end());
  std::uint64_t radix[parts];
  radix[rank] = ranks;
  radix[bank] = timing.banks_per_group;
  radix[group] = timing.bank_groups;
  radix[column] = timing.row_bytes / timing.burst_bytes;
  radix[channel] = std::uint64_t{channels} * timing.pseudo_channels;
  const Bytes row_set = radix[rank] * radix[bank] * radix[group] * radix[column] * radix[channel] * timing.burst_bytes;
  radix[row] = ceil_div(size, row_set);
  if (radix[row] > 0xffff'ffffu) throw InputError("a DRAM has at most 2^32 rows per bank; give it more channels or ranks");
  for (std::size_t i = 0; i < parts; ++i) order_[i] = {radix[found[i]], log2_or_none(radix[found[i]]), found[i]};
}

Address DramAddressMap::address(const DramPlace& place) const {
  std::uint32_t value[parts];
  value[channel] = place.unit, value[rank] = place.rank, value[row] = place.row, value[column] = place.column;
  value[group] = place.bank / banks_per_group_, value[bank] = place.bank % banks_per_group_;
  std::uint64_t burst = 0;
  for (std::size_t i = parts; i-- > 0;) burst = burst * order_[i].radix + value[order_[i].index];
  return burst * burst_bytes_;
}

}  // namespace snnvp
