// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/base/types.h>

// What a memory says about its timing, and a block that loads it with accesses. Header-only, so that a plug-in needs no symbol of ours.
namespace snnvp {

struct MemoryShape {
  Bytes size = 0;
  Bytes burst_bytes = 64;         ///< moved by one command
  unsigned channels = 1;          ///< with a data bus each, bursts take turns
  std::vector<Address> banks;     ///< an address in each bank of one channel; without banks, some addresses
  Picoseconds clock_ps = 0;       ///< accesses on its multiples wait for no edge; 0: any time
  Picoseconds on_the_way_ps = 0;  ///< of an access, without waiting for others: before the queue and behind it
  Picoseconds burst_ps = 0;       ///< one burst on its data bus
  double peak_bytes_per_s = 0;    ///< of all channels; 0: unlimited
};

struct MemoryCounts {
  std::uint64_t row_hits = 0, row_misses = 0, row_conflicts = 0, refreshes = 0, activations = 0;
  bool has_rows = false;  ///< else the counts mean nothing
};

class MemoryDevice {
public:
  virtual ~MemoryDevice() = default;
  virtual MemoryShape memory_shape() const = 0;
  virtual MemoryCounts memory_counts() const = 0;
};

/// What a traffic source does: one read after the other to banks not used before, then the load.
struct MemoryTraffic {
  enum class Pattern { sequential, random, strided };
  Pattern pattern = Pattern::sequential;
  Address base = 0;     ///< first byte, as the source sees it
  Bytes footprint = 0;  ///< bytes that are touched, a multiple of `access`
  Bytes access = 64;    ///< of one access
  Bytes stride = 0;     ///< strided: from one to the next
  std::uint64_t requests = 0;
  std::uint64_t outstanding = 32;
  double write_share = 0;
  std::uint64_t seed = 1;
  std::vector<Address> unloaded;  ///< read one after the other in the first pass
  Picoseconds unloaded_edge = 0;  ///< they start on its multiples; 0: any time
  bool check = true;              ///< fill the memory before, compare what is read
};

struct MemoryTrafficResult {
  std::uint64_t done = 0;                      ///< accesses of the load
  std::uint64_t errors = 0;                    ///< with an error response
  std::uint64_t compared = 0, mismatches = 0;  ///< values of 8 bytes
  Picoseconds started = 0, ended = 0;          ///< the load: first request, last response
  std::uint64_t unloaded_reads = 0;
  Picoseconds unloaded_min = 0, unloaded_max = 0, unloaded_sum = 0;
  Picoseconds loaded_min = 0, loaded_max = 0;
  double loaded_mean = 0;
  std::string error;  ///< the first error response, in words
};

class MemoryTrafficSource {
public:
  virtual ~MemoryTrafficSource() = default;
  /// Once, before the simulation starts.
  virtual void set_traffic(const MemoryTraffic& traffic) = 0;
  /// Just before time 0: places the data that will be read.
  virtual void prepare() = 0;
  virtual bool is_finished() const = 0;
  virtual MemoryTrafficResult traffic_result() const = 0;
};

}  // namespace snnvp
