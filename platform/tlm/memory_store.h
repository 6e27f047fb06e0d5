// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// A byte store that only takes host memory for what was written. Unwritten bytes read as zero.
/// Pure C++: the TLM rules live in TargetPort, DMI windows are the store's contiguous reservations.
class MemoryStore {
public:
  /// Throws InputError if `size` is 0 or the host has no address space for it.
  explicit MemoryStore(Bytes size);
  ~MemoryStore();
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;

  Bytes size() const { return size_; }
  /// The range must lie inside [0, size()).
  void read(Address address, std::uint8_t* data, Bytes length) const { copy(data, base_ + address, length); }
  void write(Address address, const std::uint8_t* data, Bytes length) {
    if (length >= large) prepare(address, length);
    copy(base_ + address, data, length);
  }
  /// The whole store as one address range of the host (lazily backed by the operating system).
  std::uint8_t* base() { return base_; }
  const std::uint8_t* base() const { return base_; }

private:
  static constexpr Bytes large = 64 * 1024;

  /// Asks for the pages of a large write at once: one call instead of one page fault for each.
  void prepare(Address address, Bytes length);

  /// Words are most accesses: a fixed length becomes one load and one store.
  static void copy(std::uint8_t* to, const std::uint8_t* from, Bytes length) {
    if (length == 4)
      std::memcpy(to, from, 4);
    else if (length == 8)
      std::memcpy(to, from, 8);
    else
      std::memcpy(to, from, static_cast<std::size_t>(length));
  }

  Bytes size_;
  std::uint8_t* base_ = nullptr;  // anonymous, unreserved mapping: pages appear when first written
};

}  // namespace snnvp
