// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/trace/tracer.h>

// A recorded run in the order of time, as the writers of files need it. The order in which processes ran leaves no mark on it.
namespace snnvp::trace {

/// A row of slices that do not overlap: a track has as many as it has slices at the same time.
struct Lane {
  Track track = 0;
  unsigned number = 0;  ///< 0 is the track itself, others take what overlaps
};

/// A time during which a wire is up.
struct HighLevel {
  Track track = 0;
  Picoseconds start = 0, end = 0;
};

/// Slices that an arrow joins, in order of time.
struct Arrow {
  std::uint32_t flow = 0;
  std::vector<std::uint32_t> records;
};

class Timeline {
public:
  explicit Timeline(const Tracer& tracer);

  const Tracer& tracer() const { return tracer_; }
  Picoseconds begin() const { return tracer_.options().from; }
  Picoseconds end() const { return tracer_.end(); }
  const Record& record(std::uint32_t index) const { return tracer_.records()[index]; }
  /// All records, by start; of equal starts the longer first.
  const std::vector<std::uint32_t>& order() const { return order_; }
  /// Lanes by track, those with a slice only.
  const std::vector<Lane>& lanes() const { return lanes_; }
  /// The lane of a slice, as an index into lanes().
  std::uint32_t lane_of(std::uint32_t index) const { return lane_of_[index]; }
  const std::vector<HighLevel>& high_levels() const { return high_levels_; }
  /// Those the run gave, then the bandwidth of each link; together no more points than the tracer's budget.
  const std::vector<Curve>& curves() const { return curves_; }
  const std::vector<Arrow>& arrows() const { return arrows_; }
  /// What a slice is called: a job by its name, an access by its command.
  std::string name_of(const Record& record) const;

private:
  void sort();
  void pack(Track track, const std::vector<std::uint32_t>& records);
  void raise_levels(Track track, const std::vector<std::uint32_t>& records);
  void join_flows();
  void add_curves();
  void add_bandwidth(const std::vector<std::vector<std::uint32_t>>& by_track);

  const Tracer& tracer_;
  std::vector<std::uint32_t> order_, lane_of_;
  std::vector<Lane> lanes_;
  std::vector<HighLevel> high_levels_;
  std::vector<Curve> curves_;
  std::vector<Arrow> arrows_;
};

/// READ, WRITE or IGNORE.
const char* command_name(unsigned command);

}  // namespace snnvp::trace
