// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <snnvp/models/dram/dram_presets.h>
#include <snnvp/platform/base/types.h>
#include <snnvp/platform/block/capabilities.h>

namespace snnvp {

/// A resource that passes bytes at a fixed rate, first come first served, without rounding drift: within a busy
/// period the time is that of all its bytes together, rounded up once.
class RateReservation {
public:
  /// Bytes per second; 0 = unlimited.
  explicit RateReservation(std::uint64_t rate) : rate_(rate) {}

  /// Books `length` bytes, not before `earliest` (ps). Returns when the last byte has passed.
  Picoseconds book(Picoseconds earliest, Bytes length);
  /// Time `length` bytes take on an idle resource, rounded up.
  Picoseconds duration(Bytes length) const;

  Picoseconds busy_until() const { return period_start_ + duration(period_bytes_); }
  /// Time spent passing all bytes so far, and time requests waited for their turn.
  Picoseconds busy_ps() const { return duration(total_bytes_); }
  Picoseconds waited_ps() const { return waited_; }
  void reset() { *this = RateReservation(rate_); }

private:
  std::uint64_t rate_;
  Picoseconds period_start_ = 0;
  Bytes period_bytes_ = 0;
  Bytes total_bytes_ = 0;
  Picoseconds waited_ = 0;
};

/// A DRAM as bandwidth and latency, with the counts that price it. Banks are not modelled (README.md). Pure C++.
class DramCore {
public:
  struct Params {
    std::string preset = "ddr4_2400r";
    Bytes size = Bytes{1} << 30;
    unsigned channels = 0;                    ///< 0: the preset's own number
    std::optional<std::uint64_t> bandwidth;   ///< bytes/s of all channels together; default: the preset's
    std::optional<Picoseconds> latency;       ///< request to first data; default: tRCD + tCL + 2 x controller_latency
    Picoseconds controller_latency = 20'000;  ///< queue and PHY, each way (spec/energy.md 5)
    std::optional<Bytes> page_bytes;
    std::optional<Picoseconds> refresh_interval;  ///< 0: no refresh
  };

  /// Throws InputError for an unknown preset, a size of 0, or `custom` without bandwidth and latency.
  explicit DramCore(const Params& params);

  /// An access that arrives at `now`: counts it, books the data bus and returns when it is complete.
  Picoseconds access(bool is_write, Address address, Bytes length, Picoseconds now);

  /// The preset's own name, also where an alias was given.
  const char* preset_name() const { return preset_.name; }
  Picoseconds latency() const { return latency_; }
  /// Bytes per second of all channels; 0 = unlimited.
  std::uint64_t bandwidth() const { return bandwidth_; }
  unsigned channels() const { return channels_; }
  /// Time of an access on an idle memory.
  Picoseconds unloaded_ps(Bytes length) const { return latency_ + data_bus_.duration(length); }

  const Counter& bytes_read() const { return bytes_read_; }
  const Counter& bytes_written() const { return bytes_written_; }
  const Counter& activations() const { return activations_; }
  Picoseconds busy_ps() const { return data_bus_.busy_ps(); }
  Picoseconds waited_ps() const { return data_bus_.waited_ps(); }
  /// Refreshes in `elapsed`: floor(elapsed / tREFI).
  std::uint64_t refreshes(Picoseconds elapsed) const { return refresh_interval_ == 0 ? 0 : elapsed / refresh_interval_; }
  /// `dram_rd_bit`, `dram_wr_bit`, `dram_act`, `dram_ref` (spec/energy.md 6.1).
  EventCounts events(Picoseconds elapsed) const;
  void reset();

private:
  const DramPreset& preset_;
  unsigned channels_;
  std::uint64_t bandwidth_;
  Picoseconds latency_;
  Picoseconds refresh_interval_;
  Bytes page_bytes_;
  RateReservation data_bus_;
  std::optional<std::uint64_t> open_page_;  // where the last access ended
  Counter bytes_read_, bytes_written_, activations_;
};

}  // namespace snnvp
