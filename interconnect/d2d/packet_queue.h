// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// A packet on its way: its bytes live in whoever holds it.
struct PacketRef {
  Cycles at = 0;          ///< when it arrived, or becomes available
  std::uint64_t tag = 0;  ///< the sender's own word, comes out unchanged
  std::uint32_t bytes = 0;
  std::uint32_t bits = 0;  ///< on a serial wire, if the link is not to derive it from the bytes
};

/// First-in first-out store of packets with their bytes; grows as needed, allocates nothing in the steady state.
class PacketQueue {
public:
  bool empty() const { return head_ == tail_; }
  std::size_t size() const { return tail_ - head_; }
  const PacketRef& front() const { return refs_[head_ & (refs_.size() - 1)]; }
  /// Contiguous bytes of the first packet, valid until the next push.
  const std::uint8_t* front_data() const { return &data_[(head_ & (refs_.size() - 1)) * stride_]; }

  void push(const PacketRef& ref, const std::uint8_t* data) {
    if (size() == refs_.size() || ref.bytes > stride_) grow(ref.bytes);
    const std::size_t at = tail_++ & (refs_.size() - 1);
    refs_[at] = ref;
    if (ref.bytes != 0) std::memcpy(&data_[at * stride_], data, ref.bytes);
  }
  void pop() { ++head_; }
  void clear() { head_ = tail_ = 0; }

private:
  void grow(std::uint32_t bytes) {
    std::size_t stride = stride_, slots = refs_.empty() ? 16 : refs_.size();
    while (stride < bytes) stride *= 2;
    if (size() == refs_.size()) slots = refs_.empty() ? 16 : 2 * refs_.size();
    std::vector<PacketRef> refs(slots);
    std::vector<std::uint8_t> data(slots * stride);
    for (std::size_t i = 0; i < size(); ++i) {
      const std::size_t from = (head_ + i) & (refs_.size() - 1);
      refs[i] = refs_[from];
      std::memcpy(&data[i * stride], &data_[from * stride_], refs_[from].bytes);
    }
    tail_ = size(), head_ = 0;
    refs_.swap(refs), data_.swap(data), stride_ = stride;
  }

  std::vector<PacketRef> refs_;  // a power of two of them
  std::vector<std::uint8_t> data_;
  std::size_t stride_ = 8, head_ = 0, tail_ = 0;
};

}  // namespace snnvp
