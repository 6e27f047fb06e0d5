// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <snnvp/platform/base/types.h>

namespace snnvp {

/// What several blocks did over time, in a bounded number of intervals: where there are too many, those shorter than a grain go together
/// with their neighbours under the name of the longest. The time spent on each thing is kept exactly. Depends on what it is told alone.
class Timeline {
public:
  explicit Timeline(std::size_t most_intervals = 2000) : most_(most_intervals) {}

  /// Lanes are shown in the order in which they are added.
  std::size_t add_lane(const std::string& name);
  /// From `at` on the lane does `what`; empty: nothing. Times of a lane never go back.
  void change(std::size_t lane, Picoseconds at, const std::string& what);
  /// Closes what is open; nothing is told after that.
  void end(Picoseconds at);

  /// [{lane, begin_ps, end_ps, what}], by lane, then by time.
  nlohmann::ordered_json intervals() const;
  /// {lane: {what: picoseconds}}, exact; jobs of an engine together as "busy".
  nlohmann::ordered_json activity() const;
  /// Shorter intervals may have been put together; 0: none were.
  Picoseconds grain() const { return grain_; }
  /// A row of characters a lane, for a terminal. Empty if no time has passed.
  std::vector<std::string> text() const;

private:
  struct Interval {
    Picoseconds begin = 0, end = 0;
    std::string what;
    Picoseconds longest = 0;  ///< of what was put together
  };
  struct Lane {
    std::string name;
    std::vector<Interval> intervals;
    Picoseconds since = 0;  ///< of what is open
    std::string open;
    std::map<std::string, Picoseconds> spent;
    std::size_t jobs = 0;
  };

  void close(Lane& lane, Picoseconds at);
  void coarsen(Picoseconds now);
  char mark(const Lane& lane, Picoseconds from, Picoseconds to) const;

  std::size_t most_, count_ = 0;
  Picoseconds grain_ = 0, end_ = 0;
  std::vector<Lane> lanes_;
};

}  // namespace snnvp
