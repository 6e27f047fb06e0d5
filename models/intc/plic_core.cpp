// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/intc/plic_core.h>

#include <algorithm>

namespace snnvp {
namespace {
constexpr Address pending_base = 0x1000, enable_base = 0x2000, enable_stride = 0x80, context_base = 0x20'0000, context_stride = 0x1000;
}

PlicCore::PlicCore(unsigned sources, unsigned contexts, unsigned priorities)
    : sources_(sources), contexts_(contexts), priorities_(priorities) {
  reset();
}

void PlicCore::reset() {
  last_offset_ = 1;
  last_word_ = nullptr;
  priority_.assign(sources_ + 1, 0);
  pending_.assign(words(), 0);
  threshold_.assign(contexts_, 0);
  enable_.assign(contexts_, std::vector<std::uint32_t>(words(), 0));
  level_.resize(sources_ + 1, false);  // lines are outside: they stay
  in_service_.assign(sources_ + 1, false);
  claims_ = 0;
  for (unsigned source = 1; source <= sources_; ++source)
    if (level_[source]) set_level(source, true);
}

/// A gateway: a high level becomes one pending request until that is completed.
void PlicCore::set_level(unsigned source, bool level) {
  level_[source] = level;
  if (level && !in_service_[source]) pending_[source / 32] |= 1u << source % 32;
}

unsigned PlicCore::best(unsigned context) const {
  unsigned found = 0;
  std::uint32_t highest = threshold_[context];
  for (unsigned word = 0; word < words(); ++word)
    for (std::uint32_t bits = pending_[word] & enable_[context][word]; bits != 0; bits &= bits - 1) {
      const unsigned source = word * 32 + static_cast<unsigned>(__builtin_ctz(bits));
      // On a tie the lowest number wins: it was met first.
      if (priority_[source] > highest) highest = priority_[source], found = source;
    }
  return found;
}

PlicCore::Place PlicCore::decode(Address offset) const {
  if (offset % 4 != 0) return {};
  if (offset <= 4 * Address{sources_}) return {Part::priority, 0, static_cast<unsigned>(offset / 4)};
  if (offset >= pending_base && offset < pending_base + 4 * words())
    return {Part::pending, 0, static_cast<unsigned>((offset - pending_base) / 4)};
  if (offset >= enable_base && offset < enable_base + enable_stride * contexts_) {
    const auto context = static_cast<unsigned>((offset - enable_base) / enable_stride);
    const auto word = static_cast<unsigned>((offset - enable_base) % enable_stride / 4);
    return word < words() ? Place{Part::enable, context, word} : Place{};
  }
  if (offset >= context_base && offset < context_base + context_stride * contexts_) {
    const auto context = static_cast<unsigned>((offset - context_base) / context_stride);
    const Address rest = (offset - context_base) % context_stride;
    if (rest == 0) return {Part::threshold, context, 0};
    if (rest == 4) return {Part::claim, context, 0};
  }
  return {};
}

bool PlicCore::exists(Address offset) const { return place_of(offset).part != Part::none; }

std::uint32_t PlicCore::peek(Address offset) const { return value_at(offset); }

void PlicCore::find(Address offset) const {
  last_offset_ = offset;
  last_place_ = decode(offset);
  const Place& place = last_place_;
  switch (place.part) {
    case Part::priority: last_word_ = &priority_[place.index]; break;
    case Part::pending: last_word_ = &pending_[place.index]; break;
    case Part::enable: last_word_ = &enable_[place.context][place.index]; break;
    case Part::threshold: last_word_ = &threshold_[place.context]; break;
    default: last_word_ = nullptr; break;
  }
}

std::uint32_t PlicCore::value_at(Address offset) const {
  const Place& place = place_of(offset);
  if (last_word_ != nullptr) return *last_word_;
  return place.part == Part::claim ? best(place.context) : 0;
}

std::uint32_t PlicCore::read(Address offset) {
  const Place& place = place_of(offset);
  const std::uint32_t value = value_at(offset);
  if (place.part != Part::claim || value == 0) return value;
  pending_[value / 32] &= ~(1u << value % 32);
  in_service_[value] = true;
  ++claims_;
  return value;
}

void PlicCore::write(Address offset, std::uint32_t value) {
  const Place& place = place_of(offset);
  switch (place.part) {
    case Part::priority:
      if (place.index != 0) priority_[place.index] = std::min(value, priorities_);
      break;
    case Part::enable:
      if (place.index == 0) value &= ~1u;
      if (place.index == words() - 1 && sources_ % 32 != 31) value &= (2u << sources_ % 32) - 1;
      enable_[place.context][place.index] = value;
      break;
    case Part::threshold: threshold_[place.context] = std::min(value, priorities_); break;
    case Part::claim:
      if (value == 0 || value > sources_ || !in_service_[value]) break;
      in_service_[value] = false;
      if (level_[value]) pending_[value / 32] |= 1u << value % 32;
      break;
    default: break;
  }
}

}  // namespace snnvp
