// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/dram/dram_core.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t ps_per_second = 1'000'000'000'000;

Picoseconds first_data_latency(const DramPreset& preset, const DramCore::Params& params) {
  if (params.latency) return *params.latency;
  return preset.row_to_column_ps + preset.cas_ps + (preset.has_controller ? 2 * params.controller_latency : 0);
}

const DramPreset& checked(const DramCore::Params& params) {
  const DramPreset& preset = dram_preset(params.preset);
  if (params.size == 0) throw InputError("a DRAM needs a size of at least 1 byte");
  if (params.page_bytes && *params.page_bytes == 0) throw InputError("a DRAM page has at least 1 byte");
  if (params.preset == "custom" && (!params.bandwidth || !params.latency))
    throw InputError("the DRAM preset 'custom' needs 'bandwidth' and 'latency'");
  return preset;
}

}  // namespace

Picoseconds RateReservation::duration(Bytes length) const {
  if (rate_ == 0) return 0;
  const Wide time = (Wide{length} * ps_per_second + rate_ - 1) / rate_;
  if (time > std::numeric_limits<std::uint64_t>::max()) throw std::overflow_error("a transfer would take longer than 2^64 ps (213 days)");
  return static_cast<Picoseconds>(time);
}

Picoseconds RateReservation::book(Picoseconds earliest, Bytes length) {
  const Picoseconds busy = busy_until();
  if (earliest > busy) {
    period_start_ = earliest;
    period_bytes_ = 0;
  } else {
    waited_ += busy - earliest;
  }
  period_bytes_ += length;
  total_bytes_ += length;
  return busy_until();
}

DramCore::DramCore(const Params& params)
    : preset_(checked(params)),
      channels_(params.channels == 0 ? preset_.channels : params.channels),
      bandwidth_(params.bandwidth.value_or(preset_.channel_rate * channels_)),
      latency_(first_data_latency(preset_, params)),
      refresh_interval_(params.refresh_interval.value_or(preset_.refresh_interval_ps)),
      page_bytes_(params.page_bytes.value_or(preset_.page_bytes)),
      data_bus_(bandwidth_) {}

// A burst opens every page it touches, save the first if the last access left it open.
Picoseconds DramCore::access(bool is_write, Address address, Bytes length, Picoseconds now) {
  (is_write ? bytes_written_ : bytes_read_).add(length);
  const std::uint64_t first = address / page_bytes_;
  const std::uint64_t last = length == 0 ? first : first + (address % page_bytes_ + (length - 1)) / page_bytes_;
  activations_.add(last - first + (open_page_ == first ? 0 : 1));
  open_page_ = last;
  return data_bus_.book(now, length) + latency_;
}

EventCounts DramCore::events(Picoseconds elapsed) const {
  return {{"dram_act", activations_.value()},
          {"dram_rd_bit", 8 * bytes_read_.value()},
          {"dram_ref", refreshes(elapsed)},
          {"dram_wr_bit", 8 * bytes_written_.value()}};
}

void DramCore::reset() {
  data_bus_.reset();
  open_page_.reset();
  bytes_read_.reset();
  bytes_written_.reset();
  activations_.reset();
}

}  // namespace snnvp
