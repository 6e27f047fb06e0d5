// SPDX-License-Identifier: Apache-2.0
// Value change dump (IEEE 1364 section 18) for GTKWave and other wave viewers. A scope per block; of each track `NAME` is 1 while
// anything is on it, `NAME_depth` counts how much, if that was ever more than one; wires as they are; values as reals; instants as events.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <tuple>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/trace/text_file.h>
#include <snnvp/platform/trace/trace_file.h>

namespace snnvp::trace {
namespace {

constexpr std::uint32_t none = 0xffff'ffff;

/// A name without what viewers would take for a range or a path.
std::string identifier(const std::string& text) {
  std::string name;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_')
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  while (!name.empty() && name.back() == '_') name.pop_back();
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front()))) name = "_" + name;
  return name;
}

std::string code(std::uint32_t number) {
  constexpr std::uint32_t first = '!', count = '~' - '!' + 1;
  std::string text;
  do {
    text += static_cast<char>(first + number % count);
    number /= count;
  } while (number-- != 0);
  return text;
}

class VcdWriter {
public:
  VcdWriter(const Timeline& timeline, const FileSettings& settings, TextFile& file)
      : timeline_(timeline), tracer_(timeline.tracer()), settings_(settings), file_(file) {}

  std::uint64_t write() {
    find_signals();
    file_.print("$comment scenario {} $end\n$version snnvp {} $end\n$timescale 1 ps $end\n", identifier(settings_.scenario),
                settings_.version);
    if (tracer_.dropped() != 0)
      file_.print("$comment {} events from {} ps on were dropped: run.trace.max_events $end\n", tracer_.dropped(),
                  tracer_.complete_until());
    declare();
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const Change& a, const Change& b) { return std::tie(a.at, a.signal) < std::tie(b.at, b.signal); });
    dump();
    return events_;
  }

private:
  struct Signal {
    enum Form { busy, depth, wire, real, event };
    std::uint32_t block = 0;
    std::string name;
    Form form = busy;
    std::int64_t level = 0;
    double value = 0;
  };
  struct Change {
    Picoseconds at = 0;
    std::uint32_t signal = 0;
    std::int64_t step = 0;
    double value = 0;
  };

  std::uint32_t add(std::uint32_t block, const std::string& name, Signal::Form form) {
    signals_.push_back({block, name, form});
    return static_cast<std::uint32_t>(signals_.size() - 1);
  }

  void find_signals() {
    std::vector<std::uint32_t> busy(tracer_.tracks().size(), none), depth(busy), event(busy);
    for (const Lane& lane : timeline_.lanes()) {
      const TrackInfo& track = tracer_.tracks()[lane.track];
      if (busy[lane.track] == none) busy[lane.track] = add(track.block, track.name, Signal::busy);
      if (lane.number == 1) depth[lane.track] = add(track.block, track.name + "_depth", Signal::depth);
    }
    for (const std::uint32_t i : timeline_.order()) {
      const Record& r = timeline_.record(i);
      if (r.form == Record::instant) {
        if (event[r.track] == none)
          event[r.track] = add(tracer_.tracks()[r.track].block, tracer_.tracks()[r.track].name + "_event", Signal::event);
        changes_.push_back({r.start, event[r.track], 1});
      }
      if (r.form != Record::slice || r.start == r.end) continue;
      for (const std::uint32_t signal : {busy[r.track], depth[r.track]}) {
        if (signal == none) continue;
        changes_.push_back({r.start, signal, 1});
        changes_.push_back({r.end, signal, -1});
      }
    }
    for (Track t = 0; t < tracer_.tracks().size(); ++t)
      if (tracer_.tracks()[t].kind == TrackKind::wire) busy[t] = add(tracer_.tracks()[t].block, tracer_.tracks()[t].name, Signal::wire);
    for (const HighLevel& level : timeline_.high_levels()) {
      changes_.push_back({level.start, busy[level.track], 1});
      changes_.push_back({level.end, busy[level.track], -1});
    }
    for (const Curve& curve : timeline_.curves()) {
      const std::uint32_t signal = add(curve.block, curve.name + "_" + curve.unit, Signal::real);
      for (const auto& [at, value] : curve.points) changes_.push_back({at, signal, 0, value});
    }
  }

  void declare() {
    std::map<std::uint32_t, std::vector<std::uint32_t>> by_block;
    for (std::uint32_t s = 0; s < signals_.size(); ++s) by_block[signals_[s].block].push_back(s);
    file_.put("$scope module platform $end\n");
    for (const auto& [block, signals] : by_block) {
      file_.print("$scope module {} $end\n", identifier(tracer_.blocks()[block].name));
      std::set<std::string> taken;
      for (const std::uint32_t s : signals) {
        std::string name = identifier(signals_[s].name);
        for (unsigned n = 2; !taken.insert(name).second; ++n) name = identifier(signals_[s].name) + "_" + std::to_string(n);
        constexpr const char* types[] = {"wire 1", "integer 32", "wire 1", "real 64", "event 1"};
        file_.print("$var {} {} {} $end\n", types[signals_[s].form], code(s), name);
      }
      file_.put("$upscope $end\n");
    }
    file_.put("$upscope $end\n$enddefinitions $end\n");
  }

  void print(std::uint32_t index) {
    const Signal& s = signals_[index];
    ++events_;
    switch (s.form) {
      case Signal::busy:
      case Signal::wire: return file_.print("{}{}\n", s.level > 0 ? 1 : 0, code(index));
      case Signal::depth: return file_.print("b{:b} {}\n", static_cast<std::uint64_t>(std::max<std::int64_t>(0, s.level)), code(index));
      case Signal::real: return file_.print("r{} {}\n", shortest_double(s.value), code(index));
      case Signal::event: return file_.print("1{}\n", code(index));
    }
  }

  /// What changes several times at one moment is written once, as it ends.
  void dump() {
    std::size_t next = 0;
    const auto apply = [&](Picoseconds at, bool prints) {
      for (; next < changes_.size() && changes_[next].at == at;) {
        const std::uint32_t index = changes_[next].signal;
        Signal& s = signals_[index];
        const std::int64_t before = s.level;
        for (; next < changes_.size() && changes_[next].at == at && changes_[next].signal == index; ++next)
          s.level += changes_[next].step, s.value = changes_[next].value;
        const bool is_level = s.form == Signal::busy || s.form == Signal::wire;
        if (prints && (is_level ? (before > 0) != (s.level > 0) : s.form != Signal::depth || before != s.level)) print(index);
      }
    };
    file_.print("#{}\n$dumpvars\n", timeline_.begin());
    const std::size_t events_at_begin = next;
    apply(timeline_.begin(), false);
    for (std::uint32_t s = 0; s < signals_.size(); ++s)
      if (signals_[s].form != Signal::event) print(s);
    file_.put("$end\n");
    for (std::size_t i = events_at_begin; i < next; ++i)
      if (signals_[changes_[i].signal].form == Signal::event) print(changes_[i].signal);
    Picoseconds last = timeline_.begin();
    while (next < changes_.size()) {
      last = changes_[next].at;
      file_.print("#{}\n", last);
      apply(last, true);
    }
    if (timeline_.end() > last) file_.print("#{}\n", timeline_.end());
  }

  const Timeline& timeline_;
  const Tracer& tracer_;
  const FileSettings& settings_;
  TextFile& file_;
  std::vector<Signal> signals_;
  std::vector<Change> changes_;
  std::uint64_t events_ = 0;
};

}  // namespace

std::uint64_t write_vcd(const Timeline& timeline, const FileSettings& settings, TextFile& file) {
  return VcdWriter(timeline, settings, file).write();
}

}  // namespace snnvp::trace
