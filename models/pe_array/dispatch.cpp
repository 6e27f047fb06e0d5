// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/pe_array/dispatch.h>

namespace snnvp::pe_array {

Dispatch resolved(Dispatch dispatch, const LayerMap& layer, const UnitActivity& activity, std::uint32_t cols) {
  if (dispatch == Dispatch::automatic) dispatch = activity.active > layer.positions() * cols ? Dispatch::temporal : Dispatch::spatial;
  if (dispatch == Dispatch::spatial && layer.single_position()) return Dispatch::temporal;
  return dispatch;
}

Dispatcher::Dispatcher(Dispatch dispatch, const LayerMap& layer, std::uint32_t cols, std::uint64_t windows)
    : dispatch_(dispatch),
      positions_(layer.positions()),
      windows_(windows),
      cols_(cols),
      grouped_(dispatch == Dispatch::ptb_group || dispatch == Dispatch::ptb_lines),
      columns_(cols) {}

void Dispatcher::compact_windows(const UnitActivity& activity) {
  rank_.assign(windows_, 0);
  std::uint64_t next = 0;
  for_each_bit(activity.windows.data(), ceil_div(windows_, 64), [&](std::uint64_t window) { rank_[window] = next++; });
  grouped_ = true;
}

}  // namespace snnvp::pe_array
