// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <snnvp/models/pe_array/activity.h>
#include <snnvp/models/pe_array/pe_array_core.h>

// Dispatch policies: which work units share a pass (spec/spikex.md 4.3, 5.2, 5.4).
namespace snnvp::pe_array {

/// One column of a pass: the slice it integrates.
struct Column {
  std::uint32_t position = 0, window = 0;
};

/// What the policies need to know of a whole layer: act(n, tw), the activity of work units over all input channels.
struct UnitActivity {
  std::uint64_t active = 0;         ///< work units with a spike in any channel
  std::uint64_t active_points = 0;  ///< their time points inside the horizon
  std::uint64_t units = 0;          ///< positions x windows
  std::vector<Word> windows;        ///< [position][window words]
};

/// The paper's rule (`automatic`): temporal if neurons have more active windows on average than the array has columns.
/// Also maps what a plain fc layer cannot use: its outputs share no weights, so `spatial` becomes `temporal` (decision 28).
Dispatch resolved(Dispatch dispatch, const LayerMap& layer, const UnitActivity& activity, std::uint32_t cols);

/// Cuts slices into passes of at most `cols` columns, by policy.
class Dispatcher {
public:
  Dispatcher(Dispatch dispatch, const LayerMap& layer, std::uint32_t cols, std::uint64_t windows);

  /// A plain fc layer in `temporal` order: groups are formed of the windows in which any input spikes.
  void compact_windows(const UnitActivity& activity);

  /// Calls visit(columns, count) for each pass over the slices; `slices_of(position)` gives its window bits.
  /// For time-serial work all slices must be active.
  template <typename SlicesOf, typename Visit>
  void for_each_pass(const SlicesOf& slices_of, const Visit& visit) {
    if (dispatch_ == Dispatch::time_serial) return time_serial(visit);
    count_ = 0;
    for (std::uint64_t n = 0; n < positions_; ++n) {
      std::uint64_t group = 0;
      for_each_bit(slices_of(n), ceil_div(windows_, 64), [&](std::uint64_t window) {
        if (grouped_) {
          const std::uint64_t own = (rank_.empty() ? window : rank_[window]) / cols_;
          if (own != group) flush(visit);
          group = own;
        }
        columns_[count_++] = {static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(window)};
        if (count_ == cols_) flush(visit);
      });
      if (dispatch_ != Dispatch::spatial) flush(visit);
    }
    flush(visit);
  }

private:
  template <typename Visit>
  void time_serial(const Visit& visit) {
    for (std::uint64_t t = 0; t < windows_; ++t)
      for (std::uint64_t n = 0; n < positions_;) {
        for (count_ = 0; count_ < cols_ && n < positions_; ++n)
          columns_[count_++] = {static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(t)};
        flush(visit);
      }
  }
  template <typename Visit>
  void flush(const Visit& visit) {
    if (count_ != 0) visit(columns_.data(), count_);
    count_ = 0;
  }

  Dispatch dispatch_;
  std::uint64_t positions_, windows_;
  std::uint32_t cols_;
  bool grouped_;
  std::uint32_t count_ = 0;
  std::vector<Column> columns_;
  std::vector<std::uint64_t> rank_;  // of each window among the active ones
};

}  // namespace snnvp::pe_array
