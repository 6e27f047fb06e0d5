// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <snnvp/platform/report/report.h>

namespace snnvp {

/// What the blocks did over time, in at most so many windows of equal length (decision 69). Kept are the counters as they stand at
/// the end of each window, so that sums over windows are the totals, exactly; when all windows are used, every other end is dropped
/// and windows are twice as long. Pure, without SystemC.
class Series {
public:
  static constexpr Picoseconds first_length = 10'000;  ///< 10 ns

  /// `most`: windows, at least 2; an odd number counts as one less.
  explicit Series(unsigned most) : most_(most & ~1U) {}

  /// Simulated time until the window under way ends; 0: it ends now.
  Picoseconds time_left(Picoseconds now) const { return now < start_ + length_ ? start_ + length_ - now : 0; }
  /// The window under way ends at `now` with the counters at `counted`.
  void end_window(Picoseconds now, const std::vector<BlockActivity>& counted);
  /// The last one ends with the counters that the report shows, after `now` where a run is over at the end of a window.
  void finish(Picoseconds now, const std::vector<BlockActivity>& counted);

  std::size_t windows() const { return ends_.size(); }
  Picoseconds length() const { return length_; }

  /// A value of a block in a window. `stat`: a statistic, `events.KEY`, `busy.UNIT`, or what follows from them: `utilisation`,
  /// `utilisation.UNIT`, `link_utilisation_mean`, `power_w`. Without a block: `begin_s`, `length_s`, `power_w`.
  struct Row {
    std::size_t window = 0;
    std::string block, stat;
    double value = 0;
    std::optional<std::int64_t> count;  ///< the same, exactly, of a counter
  };
  /// All rows, by window, block and statistic; what is 0 is left out, but for `begin_s`, `length_s` and power. `report` tells the kinds of
  /// statistics and the totals; `prices`: null for a run without prices.
  std::vector<Row> rows(const RunReport& report, const PriceContext* prices) const;

private:
  struct Column {
    std::string block, name;
    enum class Kind { statistic, event, unit } kind = Kind::statistic;
    std::uint64_t hz = 0;  ///< of a unit
  };
  void add(Picoseconds now, const std::vector<BlockActivity>& counted);
  std::size_t column(const std::string& block, Column::Kind kind, const std::string& name, std::uint64_t hz);
  std::int64_t change(std::size_t window, std::size_t column) const;
  void add_power(const PriceContext& prices, std::vector<Row>& rows) const;

  unsigned most_;
  Picoseconds start_ = 0, length_ = first_length;
  std::vector<Column> columns_;
  std::map<std::tuple<std::string, int, std::string>, std::size_t> index_;
  std::vector<Picoseconds> ends_;
  std::vector<std::vector<std::uint64_t>> counts_;  ///< by window, then column; shorter if columns came later
};

/// series.csv: window,block,stat,value.
std::string series_csv(const std::vector<Series::Row>& rows);

}  // namespace snnvp
