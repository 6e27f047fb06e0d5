// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/trace/timeline.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <queue>
#include <tuple>

namespace snnvp::trace {
namespace {

constexpr std::uint64_t most_windows = 250;  // of a bandwidth curve

__extension__ typedef unsigned __int128 Wide;

}  // namespace

const char* command_name(unsigned command) { return command == 0 ? "READ" : command == 1 ? "WRITE" : "IGNORE"; }

Timeline::Timeline(const Tracer& tracer) : tracer_(tracer), lane_of_(tracer.count()) {
  sort();
  std::vector<std::vector<std::uint32_t>> by_track(tracer.tracks().size());
  for (const std::uint32_t index : order_) by_track[record(index).track].push_back(index);
  for (Track t = 0; t < by_track.size(); ++t) {
    switch (tracer.tracks()[t].kind) {
      case TrackKind::slices:
      case TrackKind::transfers: pack(t, by_track[t]); break;
      case TrackKind::wire: raise_levels(t, by_track[t]); break;
    }
  }
  join_flows();
  add_curves();
  add_bandwidth(by_track);
}

void Timeline::sort() {
  order_.resize(tracer_.count());
  std::iota(order_.begin(), order_.end(), 0U);
  const auto key = [this](std::uint32_t i) {
    const Record& r = record(i);
    return std::make_tuple(r.start, ~r.end, r.track, r.form, r.a, r.b, r.command, r.response);
  };
  // Stable: a wire that changes twice at one time ends as it was left.
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t x, std::uint32_t y) {
    const Record &a = record(x), &b = record(y);
    if (a.start != b.start) return a.start < b.start;
    if (a.form == Record::level && b.form == Record::level && a.track == b.track) return false;
    if (const auto ka = key(x), kb = key(y); ka != kb) return ka < kb;
    return tracer_.text_of(a.name) < tracer_.text_of(b.name);
  });
}

/// The lowest lane that is free: the first one looks as if there were no overlap as long as there is none.
void Timeline::pack(Track track, const std::vector<std::uint32_t>& records) {
  using Busy = std::pair<Picoseconds, std::uint32_t>;
  std::priority_queue<Busy, std::vector<Busy>, std::greater<>> busy;
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> idle;
  const auto first = static_cast<std::uint32_t>(lanes_.size());
  for (const std::uint32_t index : records) {
    const Record& r = record(index);
    if (r.form != Record::slice) {
      if (lanes_.size() == first) lanes_.push_back({track, 0}), idle.push(first);
      lane_of_[index] = first;
      continue;
    }
    while (!busy.empty() && busy.top().first <= r.start) {
      idle.push(busy.top().second);
      busy.pop();
    }
    if (idle.empty()) {
      idle.push(static_cast<std::uint32_t>(lanes_.size()));
      lanes_.push_back({track, static_cast<unsigned>(lanes_.size()) - first});
    }
    lane_of_[index] = idle.top();
    busy.emplace(r.end, idle.top());
    idle.pop();
  }
}

void Timeline::raise_levels(Track track, const std::vector<std::uint32_t>& records) {
  std::uint64_t level = tracer_.tracks()[track].initial;
  Picoseconds since = begin();
  for (const std::uint32_t index : records) {
    const Record& r = record(index);
    if (r.a == level) continue;
    if (level != 0 && r.start > since) high_levels_.push_back({track, since, r.start});
    level = r.a, since = r.start;
  }
  const Picoseconds last = tracer_.dropped() == 0 ? end() : tracer_.complete_until();  // what came later is not known
  if (level != 0 && last > since) high_levels_.push_back({track, since, last});
}

/// At most half of the budget; where there are more points, every second goes until they fit.
void Timeline::add_curves() {
  if (end() <= begin()) return;  // the run was over before the window
  curves_ = tracer_.curves();
  const auto count = [this] {
    std::uint64_t n = 0;
    for (const Curve& curve : curves_) n += curve.points.size();
    return n;
  };
  while (count() > tracer_.counter_budget() / 2) {
    const bool is_thin = std::all_of(curves_.begin(), curves_.end(), [](const Curve& c) { return c.points.size() == 1; });
    if (is_thin) return curves_.clear();
    for (Curve& curve : curves_) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < curve.points.size(); i += 2) curve.points[kept++] = curve.points[i];
      curve.points.resize(kept);
    }
  }
}

void Timeline::join_flows() {
  std::map<std::uint32_t, std::vector<std::uint32_t>> flows;
  for (const std::uint32_t index : order_)
    if (record(index).flow != 0) flows[record(index).flow].push_back(index);
  for (auto& [flow, records] : flows)
    if (records.size() > 1) arrows_.push_back({flow, std::move(records)});
}

/// Bytes per second over each link in equal windows; an access is spread over its time. Only as far as the records are complete.
void Timeline::add_bandwidth(const std::vector<std::vector<std::uint32_t>>& by_track) {
  std::vector<Track> links;
  for (Track t = 0; t < by_track.size(); ++t)
    if (tracer_.tracks()[t].kind == TrackKind::transfers && !by_track[t].empty()) links.push_back(t);
  const Picoseconds until = std::min(end(), tracer_.complete_until());
  std::uint64_t spent = 0;
  for (const Curve& curve : curves_) spent += curve.points.size();
  if (links.empty() || until <= begin() || spent >= tracer_.counter_budget()) return;
  const std::uint64_t windows = std::min({most_windows, (tracer_.counter_budget() - spent) / links.size(), until - begin()});
  if (windows < 2) return;
  const auto edge = [&](std::uint64_t w) { return begin() + static_cast<Picoseconds>(static_cast<Wide>(until - begin()) * w / windows); };
  const auto window_of = [&](Picoseconds t) {
    auto w = static_cast<std::uint64_t>(static_cast<Wide>(t - begin()) * windows / (until - begin()));
    while (w + 1 < windows && edge(w + 1) <= t) ++w;
    return std::min(w, windows - 1);
  };
  std::vector<double> bytes(windows);
  for (const Track link : links) {
    std::fill(bytes.begin(), bytes.end(), 0.0);
    for (const std::uint32_t index : by_track[link]) {
      const Record& r = record(index);
      if (r.response != 1 || r.start >= until) continue;
      const double all = static_cast<double>(r.b), length = static_cast<double>(std::max<Picoseconds>(1, r.end - r.start));
      if (r.end == r.start) bytes[window_of(r.start)] += all;
      for (Picoseconds at = r.start; at < std::min(r.end, until);) {
        const std::uint64_t w = window_of(at);
        const Picoseconds next = w + 1 < windows ? std::min(edge(w + 1), r.end) : r.end;
        bytes[w] += all * static_cast<double>(next - at) / length;
        at = next;
      }
    }
    const TrackInfo& info = tracer_.tracks()[link];
    Curve curve{info.block, "bandwidth " + info.name, "GB/s", {}};
    for (std::uint64_t w = 0; w < windows; ++w) {
      const double value = bytes[w] * 1e3 / static_cast<double>(edge(w + 1) - edge(w));  // bytes per ps: 1e3 GB/s
      if (w == 0 || value != curve.points.back().second) curve.points.emplace_back(edge(w), value);
    }
    curves_.push_back(std::move(curve));
  }
}

std::string Timeline::name_of(const Record& r) const {
  const TrackInfo& track = tracer_.tracks()[r.track];
  if (track.kind == TrackKind::transfers) return command_name(r.command);
  if (track.category == "job")
    if (const std::string& job = tracer_.job_name(tracer_.blocks()[track.block].name, r.a); !job.empty()) return job;
  return tracer_.text_of(r.name);
}

}  // namespace snnvp::trace
