// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/base/types.h>

// What a traced run records: slices, transfers, levels, values, each on a track of a block. Pure C++; the files are made at the end
// (trace_file.h), so that a run pays for nothing but copying 48 bytes per event.
namespace snnvp::trace {

using Track = std::uint32_t;  ///< one row of the picture: a pipeline stage, a link, a wire
using Text = std::uint32_t;   ///< an interned text; 0 is the empty one

enum class TrackKind : std::uint8_t {
  slices,     ///< spans of time, which may overlap
  transfers,  ///< the same for accesses over a TLM link
  wire        ///< a level that changes
};

struct TrackInfo {
  std::uint32_t block = 0;
  std::string name;
  TrackKind kind = TrackKind::slices;
  std::string category;       ///< job, stage, dma, bus, packet, firmware, link, irq, ...
  std::string arg_a, arg_b;   ///< what a record's numbers mean; empty: they mean nothing
  std::string from, to;       ///< transfers: initiator and target, as "pu.dma"
  std::uint64_t initial = 0;  ///< wire: the level before the window
};

struct BlockInfo {
  std::string name, kind;
  int tier = -1;  ///< of a stack; -1: none
};

/// One event; its meaning follows from its track's kind.
struct Record {
  enum Form : std::uint8_t { slice, instant, level };
  Picoseconds start = 0, end = 0;
  std::uint64_t a = 0, b = 0;  ///< transfers: address, length. level: a
  Track track = 0;
  Text name = 0;
  std::uint32_t flow = 0;  ///< arrows join the slices of one flow in the order of their starts; 0: none
  Form form = slice;
  std::uint8_t command = 0;  ///< transfers: a tlm_command
  std::int8_t response = 0;  ///< transfers: a tlm_response_status
  std::uint8_t is_cut = 0;   ///< the window or the end of the run cut it
};

/// A value over time: each point holds until the next.
struct Curve {
  std::uint32_t block = 0;
  std::string name, unit;
  std::vector<std::pair<Picoseconds, double>> points;
};

class Tracer {
public:
  struct Options {
    Picoseconds from = 0, to = std::numeric_limits<Picoseconds>::max();  ///< nothing outside is recorded; what reaches across is cut
    std::uint64_t max_events = 2'000'000;                                ///< of the file, arrows and counters included
  };
  /// Reserves memory for all records at once, so that recording never allocates. Throws InputError if that much cannot be had.
  explicit Tracer(const Options& options);

  // Before the run, and where a job begins; the same names give the same numbers.
  std::uint32_t block(const std::string& name, const std::string& kind = {}, int tier = -1);
  Track track(const std::string& block_name, const std::string& name, TrackKind kind = TrackKind::slices, const std::string& category = {},
              const std::string& arg_a = {}, const std::string& arg_b = {});
  Track link(const std::string& owner, const std::string& name, const std::string& from, const std::string& to);
  Text text(const std::string& text);
  /// A number that no flow has yet.
  std::uint32_t new_flow() { return ++flows_; }
  /// A name for the jobs of an engine with this tag.
  void name_job(const std::string& engine, std::uint64_t tag, const std::string& name) { job_names_[{engine, tag}] = name; }

  // Recording: no allocation. Times need not come in order; those of a slice may lie in the future.
  void slice(Track track, Text name, Picoseconds start, Picoseconds end, std::uint64_t a = 0, std::uint64_t b = 0, std::uint32_t flow = 0);
  void instant(Track track, Text name, Picoseconds at, std::uint64_t a = 0, std::uint64_t b = 0);
  void transfer(Track track, Picoseconds start, Picoseconds end, std::uint64_t address, std::uint64_t length, unsigned command,
                int response);
  void level(Track track, Picoseconds at, std::uint64_t value);

  /// After the run: a curve of what was measured in windows, in the order of time. What lies outside of the window is left out.
  void add_curve(const std::string& block_name, const std::string& name, const std::string& unit,
                 const std::vector<std::pair<Picoseconds, double>>& points);
  /// The run has ended: nothing is later than this.
  void finish(Picoseconds end);

  const Options& options() const { return options_; }
  const Record* records() const { return records_.get(); }
  std::uint64_t count() const { return count_; }
  std::uint64_t dropped() const { return dropped_; }
  /// All that began before this time is there.
  Picoseconds complete_until() const { return std::min(complete_until_, end_); }
  Picoseconds end() const { return end_; }
  const std::vector<TrackInfo>& tracks() const { return tracks_; }
  const std::vector<BlockInfo>& blocks() const { return blocks_; }
  const std::vector<Curve>& curves() const { return curves_; }
  const std::string& text_of(Text text) const { return texts_[text]; }
  /// The name of a job, or empty.
  const std::string& job_name(const std::string& engine, std::uint64_t tag) const;
  /// Events of the file that are kept for counters.
  std::uint64_t counter_budget() const { return counter_budget_; }

private:
  void put(const Record& record);

  Options options_;
  std::uint64_t counter_budget_, most_;
  struct Free {
    void operator()(Record* memory) const { std::free(memory); }
  };
  std::unique_ptr<Record[], Free> records_;
  std::uint64_t count_ = 0, spent_ = 0, dropped_ = 0;
  Picoseconds complete_until_ = std::numeric_limits<Picoseconds>::max(), end_ = std::numeric_limits<Picoseconds>::max();
  std::uint32_t flows_ = 0;
  std::vector<BlockInfo> blocks_;
  std::vector<TrackInfo> tracks_;
  std::vector<Curve> curves_;
  std::vector<std::string> texts_;
  std::map<std::string, std::uint32_t> block_index_;
  std::map<std::pair<std::uint32_t, std::string>, Track> track_index_;
  std::map<std::string, Text> text_index_;
  std::map<std::pair<std::string, std::uint64_t>, std::string> job_names_;
};

}  // namespace snnvp::trace
