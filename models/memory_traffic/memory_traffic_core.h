// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <snnvp/platform/base/random.h>
#include <snnvp/platform/block/memory_device.h>

namespace snnvp {

/// The accesses of a load, one after the other, and the data they are about. Pure C++.
class MemoryTrafficCore {
public:
  struct Access {
    Address address = 0;
    bool is_write = false;
  };

  /// `footprint` and `access` must not be 0, `access` a multiple of 8.
  explicit MemoryTrafficCore(const MemoryTraffic& traffic);

  const MemoryTraffic& traffic() const { return traffic_; }
  bool has_next() const { return issued_ < traffic_.requests; }
  Access next();
  std::uint64_t issued() const { return issued_; }

  /// Bytes from `base` on that the load can read and that must hold initial() before.
  Bytes filled() const;
  /// What [address, address + length) holds at first; multiples of 8.
  void initial(Address address, std::uint8_t* data, Bytes length) const;
  /// What an access that is sent now writes; reads after it expect that.
  void write(Address address, std::uint8_t* data);
  /// A number that stands for what a read sent now must see; for mismatches().
  std::uint8_t version(Address address) const { return traffic_.check && traffic_.write_share > 0 ? versions_[block(address)] : 0; }
  /// Values of 8 bytes that are not as they must be.
  std::uint64_t mismatches(Address address, const std::uint8_t* data, std::uint8_t version) const;

private:
  std::uint64_t block(Address address) const { return (address - traffic_.base) / traffic_.access; }
  std::uint64_t value(Address address, std::uint8_t version) const { return mix64(key_ + address) + version; }

  MemoryTraffic traffic_;
  std::uint64_t blocks_, key_;
  RandomStream places_, directions_;
  std::uint64_t write_below_;  // of 2^32
  std::uint64_t issued_ = 0;
  Bytes offset_ = 0;  // of the next access, sequential and strided
  std::vector<std::uint8_t> versions_;
};

}  // namespace snnvp
