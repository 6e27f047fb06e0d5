// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <snnvp/models/stack3d/bishop_attention.h>
#include <snnvp/models/stack3d/bishop_linear.h>
#include <snnvp/platform/block/capabilities.h>

// What a layer makes the cores, buffers and links do: the counts that prices are multiplied with (section 6.1).
namespace snnvp::bishop {

/// Bits between the buffers, the cores and the spike generator: what crosses the bond if they lie on two tiers. Scores never do.
struct LinkBits {
  Bits weight_in = 0;  ///< weight buffer to cores
  Bits spike_in = 0;   ///< spike buffers to cores
  Bits psum_up = 0;    ///< finished sums to the spike generator
  Bits total() const { return weight_in + spike_in + psum_up; }
  void add(const LinkBits& o) { weight_in += o.weight_in, spike_in += o.spike_in, psum_up += o.psum_up; }
};

/// Accesses of a buffer's port.
struct BufferAccesses {
  std::uint64_t weight_reads = 0, weight_writes = 0, spike_reads = 0, spike_writes = 0;
};

struct Activity {
  LinkBits links;
  BufferAccesses buffers;
  std::uint64_t accumulates = 0;  ///< weights added to a sum
  std::uint64_t adds = 0;         ///< additions of A values in mode 2
  std::uint64_t part_adds = 0;    ///< of the dense and the sparse part of a sum, in the spike generator
  std::uint64_t lif_updates = 0;
  std::uint64_t and_bits = 0;
  std::uint64_t score_register_bits = 0;  ///< A, kept in the elements
  Cycles dense = 0, sparse = 0, attention = 0, spikegen = 0;
  void add(const Activity& other);
};

/// Each dense tile streams its dense features' weights and bundles once; a sparse feature's weights are read once and serve all of its
/// active bundles [assumed].
Activity activity_of(const Config& config, const LinearCounts& counts);
/// Each tile loads its query bundles and key tokens for mode 1 and its value tokens for mode 2 [assumed].
Activity activity_of(const Config& config, const Shape& shape, const AttentionCounts& counts);

/// Keys of events_of(), without those of links.
std::vector<std::string> event_keys(const Config& config);
EventCounts events_of(const Config& config, const Activity& activity);

}  // namespace snnvp::bishop
