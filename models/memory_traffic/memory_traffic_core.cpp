// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/memory_traffic/memory_traffic_core.h>

#include <cstring>

namespace snnvp {

MemoryTrafficCore::MemoryTrafficCore(const MemoryTraffic& traffic)
    : traffic_(traffic),
      blocks_(traffic.footprint / traffic.access),
      key_(mix64(traffic.seed)),
      places_(traffic.seed, "memory_traffic/places"),
      directions_(traffic.seed, "memory_traffic/directions"),
      write_below_(static_cast<std::uint64_t>(traffic.write_share * 0x1p32)) {
  if (traffic.check && traffic.write_share > 0) versions_.assign(blocks_, 0);
}

MemoryTrafficCore::Access MemoryTrafficCore::next() {
  ++issued_;
  Access access;
  if (traffic_.pattern == MemoryTraffic::Pattern::random) {
    access.address = traffic_.base + places_.below(blocks_) * traffic_.access;
  } else {
    const Bytes end = blocks_ * traffic_.access;
    access.address = traffic_.base + offset_;
    offset_ += traffic_.pattern == MemoryTraffic::Pattern::strided ? traffic_.stride : traffic_.access;
    // The next round of strides is one access further on.
    if (offset_ >= end) offset_ = (traffic_.pattern == MemoryTraffic::Pattern::strided ? offset_ % end + traffic_.access : 0) % end;
  }
  if (write_below_ != 0) access.is_write = (directions_.next_u64() >> 32) < write_below_;
  return access;
}

Bytes MemoryTrafficCore::filled() const {
  const Bytes all = blocks_ * traffic_.access;
  if (traffic_.pattern != MemoryTraffic::Pattern::sequential || traffic_.requests >= blocks_) return all;
  return traffic_.requests * traffic_.access;
}

void MemoryTrafficCore::initial(Address address, std::uint8_t* data, Bytes length) const {
  for (Bytes i = 0; i < length; i += 8) {
    const std::uint64_t word = value(address + i, 0);
    std::memcpy(data + i, &word, 8);
  }
}

void MemoryTrafficCore::write(Address address, std::uint8_t* data) {
  std::uint8_t next = 1;
  if (!versions_.empty()) next = ++versions_[block(address)];
  for (Bytes i = 0; i < traffic_.access; i += 8) {
    const std::uint64_t word = value(address + i, next);
    std::memcpy(data + i, &word, 8);
  }
}

std::uint64_t MemoryTrafficCore::mismatches(Address address, const std::uint8_t* data, std::uint8_t version) const {
  std::uint64_t wrong = 0;
  for (Bytes i = 0; i < traffic_.access; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + i, 8);
    wrong += word != value(address + i, version);
  }
  return wrong;
}

}  // namespace snnvp
