// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/timeline.h>

#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/base/quantity.h>

namespace snnvp {
namespace {

constexpr std::size_t columns = 50;

bool is_job(const std::string& what) { return what.rfind("job ", 0) == 0; }

std::string kind_of(const std::string& what) { return is_job(what) ? "busy" : what; }

char mark_of(const std::string& what) { return what == "wfi" ? '-' : what == "halted" || what.empty() ? '.' : '#'; }

}  // namespace

std::size_t Timeline::add_lane(const std::string& name) {
  lanes_.push_back({name, {}, 0, {}, {}, 0});
  return lanes_.size() - 1;
}

void Timeline::change(std::size_t lane, Picoseconds at, const std::string& what) {
  Lane& l = lanes_[lane];
  if (what == l.open) return;
  close(l, at);
  l.open = what;
  l.since = at;
  if (count_ > most_) coarsen(at);
}

void Timeline::close(Lane& lane, Picoseconds at) {
  if (lane.open.empty() || at <= lane.since) return;
  if (is_job(lane.open)) ++lane.jobs;
  lane.spent[kind_of(lane.open)] += at - lane.since;
  lane.intervals.push_back({lane.since, at, lane.open, at - lane.since});
  ++count_;
}

/// Any two neighbours that are left are longer than the grain together, so at most half the intervals stay.
void Timeline::coarsen(Picoseconds now) {
  grain_ = std::max(2 * grain_, 4 * now * lanes_.size() / most_ + 1);
  count_ = 0;
  for (Lane& lane : lanes_) {
    std::vector<Interval> kept;
    for (Interval& next : lane.intervals) {
      if (kept.empty() || next.end - kept.back().begin > grain_) {
        kept.push_back(std::move(next));
        continue;
      }
      Interval& last = kept.back();
      last.end = next.end;
      if (next.longest > last.longest) last.what = std::move(next.what), last.longest = next.longest;
    }
    lane.intervals = std::move(kept);
    count_ += lane.intervals.size();
  }
}

void Timeline::end(Picoseconds at) {
  end_ = at;
  for (Lane& lane : lanes_) {
    close(lane, at);
    lane.open.clear();
  }
}

nlohmann::ordered_json Timeline::intervals() const {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Lane& lane : lanes_)
    for (const Interval& i : lane.intervals)
      all.push_back({{"lane", lane.name}, {"begin_ps", i.begin}, {"end_ps", i.end}, {"what", i.what}});
  return all;
}

nlohmann::ordered_json Timeline::activity() const {
  nlohmann::ordered_json all = nlohmann::ordered_json::object();
  for (const Lane& lane : lanes_) {
    all[lane.name] = nlohmann::ordered_json::object();
    for (const auto& [what, time] : lane.spent) all[lane.name][what] = time;
  }
  return all;
}

/// What the lane did most in [from, to).
char Timeline::mark(const Lane& lane, Picoseconds from, Picoseconds to) const {
  std::map<char, Picoseconds> spent;
  Picoseconds idle = to - from;
  auto i = std::partition_point(lane.intervals.begin(), lane.intervals.end(), [from](const Interval& x) { return x.end <= from; });
  for (; i != lane.intervals.end() && i->begin < to; ++i) {
    const Picoseconds part = std::min(i->end, to) - std::max(i->begin, from);
    spent[mark_of(i->what)] += part;
    idle -= part;
  }
  spent['.'] += idle;
  return std::max_element(spent.begin(), spent.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
}

std::vector<std::string> Timeline::text() const {
  if (end_ == 0 || lanes_.empty()) return {};
  std::vector<std::string> lines = {
      fmt::format("  timeline  of {}; # runs, - sleeps, . is idle or halted", format_quantity(Value(end_), Dimension::time))};
  for (const Lane& lane : lanes_) {
    std::string row;
    for (std::size_t c = 0; c < columns; ++c) {
      const auto edge = [&](std::size_t column) { return end_ / columns * column + end_ % columns * column / columns; };
      row += edge(c) < edge(c + 1) ? mark(lane, edge(c), edge(c + 1)) : '.';
    }
    std::string shares;
    for (const auto& [what, time] : lane.spent)
      shares +=
          fmt::format("{}{} {:.1f} %", shares.empty() ? "" : ", ", what, 100.0 * static_cast<double>(time) / static_cast<double>(end_));
    if (lane.jobs != 0) shares += fmt::format(", {} job{}", lane.jobs, lane.jobs == 1 ? "" : "s");
    lines.push_back(fmt::format("    {:<8}{} {}", lane.name, row, shares.empty() ? "idle" : shares));
  }
  return lines;
}

}  // namespace snnvp
