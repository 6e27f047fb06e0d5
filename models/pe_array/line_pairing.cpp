// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/line_pairing.h>

#include <algorithm>

namespace snnvp::pe_array {

namespace {
constexpr std::uint64_t byte_tags = 256;
}

LinePairing::LinePairing(std::uint32_t cols, std::uint32_t depth)
    : all_(cols >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << cols) - 1), depth_(depth) {
  if (all_ < byte_tags) by_tag_.resize(byte_tags), next_.resize(byte_tags);
}

PairedLines LinePairing::pair(const std::vector<std::uint64_t>& tags) {
  PairedLines result;
  mixed_.clear();
  for (const std::uint64_t tag : tags) {
    if (tag == 0) continue;
    ++result.lines;
    if (tag == all_)
      ++result.bursting;
    else
      mixed_.push_back(tag);
  }
  result.pairs = depth_ == unlimited && !by_tag_.empty() ? pairs_of_bytes() : pairs_within_depth();
  return result;
}

std::uint64_t LinePairing::pairs_within_depth() {
  std::uint64_t pairs = 0;
  taken_.assign(mixed_.size(), 0);
  for (std::size_t i = 0; i < mixed_.size(); ++i) {
    if (taken_[i]) continue;
    const std::size_t end = depth_ == unlimited ? mixed_.size() : std::min<std::size_t>(mixed_.size(), i + 1 + depth_);
    for (std::size_t j = i + 1; j < end; ++j) {
      if (taken_[j] || (mixed_[i] & mixed_[j]) != 0) continue;
      taken_[j] = 1;
      ++pairs;
      break;
    }
  }
  return pairs;
}

// The same for any depth in time linear in the lines: the first free line of each tag value is known.
std::uint64_t LinePairing::pairs_of_bytes() {
  std::uint64_t pairs = 0;
  for (auto& lines : by_tag_) lines.clear();
  std::fill(next_.begin(), next_.end(), 0);
  taken_.assign(mixed_.size(), 0);
  for (std::size_t i = 0; i < mixed_.size(); ++i) by_tag_[mixed_[i]].push_back(static_cast<std::uint32_t>(i));
  for (std::size_t i = 0; i < mixed_.size(); ++i) {
    if (taken_[i]) continue;
    const std::uint64_t own = mixed_[i], free = all_ & ~own;
    ++next_[own];  // lines of one value are met in order, so this is line i itself
    std::size_t partner = mixed_.size();
    for (std::uint64_t tag = free; tag != 0; tag = (tag - 1) & free)
      if (next_[tag] < by_tag_[tag].size()) partner = std::min<std::size_t>(partner, by_tag_[tag][next_[tag]]);
    if (partner == mixed_.size()) continue;
    taken_[partner] = 1;
    ++next_[mixed_[partner]];
    ++pairs;
  }
  return pairs;
}

}  // namespace snnvp::pe_array
