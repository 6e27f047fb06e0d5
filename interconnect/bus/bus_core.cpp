// SPDX-License-Identifier: Apache-2.0
#include <snnvp/interconnect/bus/bus_core.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

constexpr Address last_address = std::numeric_limits<Address>::max();

std::string name_of(const BusMapping& m) { return m.target.empty() ? fmt::format("out[{}]", m.out_index) : m.target; }

std::string describe(const BusMapping& m) { return fmt::format("{} at {:#x} to {:#x}", name_of(m), m.base, m.last()); }

}  // namespace

void AddressMap::add(const BusMapping& mapping) {
  const std::string name = name_of(mapping);
  if (mapping.size == 0) throw InputError(fmt::format("the map of {} at {:#x} has size 0", name, mapping.base));
  if (mapping.size - 1 > last_address - mapping.base || mapping.size - 1 > last_address - mapping.offset)
    throw InputError(fmt::format("the map of {} at {:#x} with size {:#x} and offset {:#x} runs past 2^64", name, mapping.base, mapping.size,
                                 mapping.offset));
  const auto above = std::upper_bound(entries_.begin(), entries_.end(), mapping.base,
                                      [](Address base, const BusMapping& entry) { return base < entry.base; });
  const auto refuse = [&](const BusMapping& other) {
    throw InputError(fmt::format("two maps overlap: {} and {}", describe(other), describe(mapping)));
  };
  if (above != entries_.begin() && std::prev(above)->last() >= mapping.base) refuse(*std::prev(above));
  if (above != entries_.end() && above->base <= mapping.last()) refuse(*above);
  entries_.insert(above, mapping);
}

const BusMapping* AddressMap::find(Address address, Bytes span) const {
  const auto above = std::upper_bound(entries_.begin(), entries_.end(), address,
                                      [](Address wanted, const BusMapping& entry) { return wanted < entry.base; });
  if (above == entries_.begin()) return nullptr;
  const BusMapping& entry = *std::prev(above);
  return entry.contains(address, span) ? &entry : nullptr;
}

AddressRange AddressMap::hole_around(Address address) const {
  AddressRange hole;
  for (const BusMapping& entry : entries_) {
    if (entry.last() < address)
      hole.start = entry.last() + 1;
    else if (entry.base > address) {
      hole.end = entry.base - 1;
      break;
    }
  }
  return hole;
}

std::string AddressMap::text() const {
  std::string text;
  for (const BusMapping& m : entries_) {
    text += fmt::format("{:#018x} - {:#018x}  {}", m.base, m.last(), name_of(m));
    if (m.offset != 0) text += fmt::format(" + {:#x}", m.offset);
    text += '\n';
  }
  return text;
}

bool visible_range(const BusMapping& mapping, const AddressRange& of_target, AddressRange& on_bus, Address& skipped) {
  const Address window_end = mapping.offset + (mapping.size - 1);
  if (of_target.start > of_target.end || of_target.end < mapping.offset || of_target.start > window_end) return false;
  const Address start = std::max(of_target.start, mapping.offset);
  const Address end = std::min(of_target.end, window_end);
  skipped = start - of_target.start;
  on_bus.start = start - mapping.offset + mapping.base;
  on_bus.end = end - mapping.offset + mapping.base;
  return true;
}

BusArbiter::BusArbiter(const std::vector<std::string>& names, unsigned initiators)
    : rank_(initiators), last_rank_(initiators == 0 ? 0 : initiators - 1), grants_(initiators) {
  std::vector<unsigned> order(initiators);
  std::iota(order.begin(), order.end(), 0u);
  const auto name = [&](unsigned i) -> std::string { return i < names.size() ? names[i] : std::string(); };
  std::stable_sort(order.begin(), order.end(), [&](unsigned a, unsigned b) { return name(a) < name(b); });
  for (unsigned i = 0; i < initiators; ++i) rank_[order[i]] = i;
}

unsigned BusArbiter::turns_until(unsigned initiator) const {
  const auto n = static_cast<unsigned>(rank_.size());
  return (rank_[initiator] + n - last_rank_ - 1) % n;
}

std::size_t BusArbiter::next(const std::vector<BusRequest*>& requests) const {
  const auto key = [&](const BusRequest& r) {
    return std::make_tuple(r.ready_ps, turns_until(r.initiator), r.is_write, r.address, r.beats);
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < requests.size(); ++i)
    if (key(*requests[i]) < key(*requests[best])) best = i;
  return best;
}

Cycles BusArbiter::grant(BusRequest& request) {
  request.start = occupancy_.book(request.ready, request.beats);
  last_rank_ = rank_[request.initiator];
  ++grants_[request.initiator];
  return request.start;
}

void BusArbiter::reset() {
  occupancy_.reset();
  std::fill(grants_.begin(), grants_.end(), 0);
  last_rank_ = static_cast<unsigned>(rank_.size()) - 1;
}

}  // namespace snnvp
