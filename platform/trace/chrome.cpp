// SPDX-License-Identifier: Apache-2.0
// Chrome trace JSON for ui.perfetto.dev and chrome://tracing (spec/formats.md 5.4).
#include <algorithm>
#include <map>
#include <tuple>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/tlm/initiator_port.h>
#include <snnvp/platform/trace/text_file.h>
#include <snnvp/platform/trace/trace_file.h>

#include <nlohmann/json.hpp>

namespace snnvp::trace {
namespace {

/// Threads of a process that are no lanes.
constexpr std::uint32_t counters_tid = 0;

std::string json_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class ChromeWriter {
public:
  ChromeWriter(const Timeline& timeline, const FileSettings& settings, TextFile& file)
      : timeline_(timeline), tracer_(timeline.tracer()), settings_(settings), file_(file) {}

  std::uint64_t write() {
    file_.put("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    number_threads();
    name_everything();
    collect();
    for (const Event& event : events_) print(event);
    file_.put("\n],\"otherData\":");
    print_facts();
    file_.put("}\n");
    return events_.size();
  }

private:
  /// One line of the file; times are a matter of sorting, everything else is looked up when it is printed.
  struct Event {
    enum Form : std::uint8_t { record, wire, curve, arrow, stop };
    Picoseconds at = 0, length = 0;
    std::uint32_t pid = 0, tid = 0, index = 0, part = 0;
    Form form = record;
  };

  std::uint32_t pid_of(std::uint32_t block) const { return block + 1; }

  void number_threads() {
    std::vector<std::uint32_t> used(tracer_.blocks().size(), counters_tid);
    lane_tid_.resize(timeline_.lanes().size());
    // Tracks in the order they were declared; lanes_ is by track already.
    for (std::size_t i = 0; i < timeline_.lanes().size(); ++i) lane_tid_[i] = ++used[tracer_.tracks()[timeline_.lanes()[i].track].block];
    for (const HighLevel& level : timeline_.high_levels())
      if (wire_tid_.find(level.track) == wire_tid_.end()) wire_tid_[level.track] = ++used[tracer_.tracks()[level.track].block];
    has_threads_.resize(used.size());
    for (std::size_t b = 0; b < used.size(); ++b) has_threads_[b] = used[b] != counters_tid;
    for (const Curve& curve : timeline_.curves()) has_threads_[curve.block] = true;
  }

  void meta(const char* what, std::uint32_t pid, std::uint32_t tid, const std::string& args) {
    file_.print("{}{{\"name\":\"{}\",\"ph\":\"M\",\"pid\":{},\"tid\":{},\"args\":{{{}}}}}", separator(), what, pid, tid, args);
  }

  void name_thread(std::uint32_t block, std::uint32_t tid, const std::string& name) {
    meta("thread_name", pid_of(block), tid, "\"name\":" + json_text(name));
    meta("thread_sort_index", pid_of(block), tid, fmt::format("\"sort_index\":{}", tid));
  }

  void name_everything() {
    for (std::uint32_t b = 0; b < tracer_.blocks().size(); ++b) {
      if (!has_threads_[b]) continue;
      const BlockInfo& block = tracer_.blocks()[b];
      meta("process_name", pid_of(b), 0, "\"name\":" + json_text(block.name));
      meta("process_sort_index", pid_of(b), 0, fmt::format("\"sort_index\":{}", b + 1));
      std::string label = block.kind;
      if (block.tier >= 0) label += fmt::format("{}tier {}", label.empty() ? "" : ", ", block.tier);
      if (!label.empty()) meta("process_labels", pid_of(b), 0, "\"labels\":" + json_text(label));
    }
    for (std::size_t i = 0; i < timeline_.lanes().size(); ++i) {
      const Lane& lane = timeline_.lanes()[i];
      const TrackInfo& track = tracer_.tracks()[lane.track];
      name_thread(track.block, lane_tid_[i], lane.number == 0 ? track.name : fmt::format("{} ({})", track.name, lane.number + 1));
    }
    for (const auto& [track, tid] : wire_tid_) name_thread(tracer_.tracks()[track].block, tid, tracer_.tracks()[track].name);
  }

  void collect() {
    for (const std::uint32_t i : timeline_.order()) {
      const Record& r = timeline_.record(i);
      if (r.form == Record::level) continue;
      const std::uint32_t lane = timeline_.lane_of(i);
      events_.push_back({r.start, r.end - r.start, pid_of(tracer_.tracks()[r.track].block), lane_tid_[lane], i, 0, Event::record});
    }
    for (std::uint32_t i = 0; i < timeline_.high_levels().size(); ++i) {
      const HighLevel& level = timeline_.high_levels()[i];
      events_.push_back(
          {level.start, level.end - level.start, pid_of(tracer_.tracks()[level.track].block), wire_tid_[level.track], i, 0, Event::wire});
    }
    for (std::uint32_t c = 0; c < timeline_.curves().size(); ++c)
      for (std::uint32_t p = 0; p < timeline_.curves()[c].points.size(); ++p)
        events_.push_back(
            {timeline_.curves()[c].points[p].first, 0, pid_of(timeline_.curves()[c].block), counters_tid, c, p, Event::curve});
    for (std::uint32_t a = 0; a < timeline_.arrows().size(); ++a) {
      const Arrow& arrow = timeline_.arrows()[a];
      for (std::uint32_t p = 0; p < arrow.records.size(); ++p) {
        const Record& r = timeline_.record(arrow.records[p]);
        events_.push_back(
            {r.start, 0, pid_of(tracer_.tracks()[r.track].block), lane_tid_[timeline_.lane_of(arrow.records[p])], a, p, Event::arrow});
      }
    }
    if (tracer_.dropped() != 0 && !events_.empty())
      events_.push_back(
          {std::min(tracer_.complete_until(), timeline_.end()), 0, events_.front().pid, events_.front().tid, 0, 0, Event::stop});
    // A slice comes before what happens in it.
    const auto key = [](const Event& e) {
      return std::make_tuple(e.at, e.pid, e.tid, e.form == Event::arrow, ~e.length, e.form, e.index, e.part);
    };
    std::stable_sort(events_.begin(), events_.end(), [&](const Event& a, const Event& b) { return key(a) < key(b); });
  }

  /// Microseconds, from whole picoseconds.
  void time(const char* name, Picoseconds ps) { file_.print("\"{}\":{}.{:06}", name, ps / 1'000'000, ps % 1'000'000); }

  void head(const std::string& name, const std::string& category, char form, const Event& event) {
    file_.print("{}{{\"name\":{},\"cat\":\"{}\",\"ph\":\"{}\",\"pid\":{},\"tid\":{},", separator(), json_text(name), category, form,
                event.pid, event.tid);
    time("ts", event.at);
  }

  void print(const Event& event) {
    switch (event.form) {
      case Event::record: return print_record(timeline_.record(event.index), event);
      case Event::wire: {
        const TrackInfo& track = tracer_.tracks()[timeline_.high_levels()[event.index].track];
        head(track.name, track.category, 'X', event);
        file_.put(",");
        time("dur", event.length);
        return file_.put("}");
      }
      case Event::curve: {
        const Curve& curve = timeline_.curves()[event.index];
        head(curve.name, "counter", 'C', event);
        return file_.print(",\"args\":{{{}:{}}}}}", json_text(curve.unit), shortest_double(curve.points[event.part].second));
      }
      case Event::arrow: {
        const Arrow& arrow = timeline_.arrows()[event.index];
        const bool is_first = event.part == 0, is_last = event.part + 1 == arrow.records.size();
        head("flow", "flow", is_first ? 's' : is_last ? 'f' : 't', event);
        return file_.print(",\"id\":{}{}}}", arrow.flow, is_first ? "" : ",\"bp\":\"e\"");
      }
      case Event::stop:
        head(fmt::format("recording stopped: {} events dropped", tracer_.dropped()), "trace", 'i', event);
        return file_.put(",\"s\":\"g\"}");
    }
  }

  void print_record(const Record& r, const Event& event) {
    const TrackInfo& track = tracer_.tracks()[r.track];
    const bool is_slice = r.form == Record::slice;
    head(timeline_.name_of(r), track.category, is_slice ? 'X' : 'i', event);
    if (is_slice) {
      file_.put(",");
      time("dur", event.length);
    } else {
      file_.put(",\"s\":\"t\"");
    }
    std::string args;
    if (track.kind == TrackKind::transfers) {
      args = fmt::format("\"address\":\"{:#x}\",\"length\":{},\"initiator\":{},\"target\":{},\"response\":\"{}\"", r.a, r.b,
                         json_text(track.from), json_text(track.to), response_name(static_cast<tlm::tlm_response_status>(r.response)));
    } else {
      if (!track.arg_a.empty()) args = fmt::format("\"{}\":{}", track.arg_a, r.a);
      if (!track.arg_b.empty()) args += fmt::format("{}\"{}\":{}", args.empty() ? "" : ",", track.arg_b, r.b);
    }
    if (r.is_cut) args += args.empty() ? "\"cut\":true" : ",\"cut\":true";
    if (!args.empty()) file_.print(",\"args\":{{{}}}", args);
    file_.put("}");
  }

  void print_facts() {
    nlohmann::ordered_json facts;
    facts["scenario"] = settings_.scenario;
    facts["scenario_hash"] = settings_.hash;
    facts["version"] = settings_.version;
    facts["window_ps"] = {timeline_.begin(), timeline_.end()};
    facts["events"] = events_.size();
    facts["dropped"] = tracer_.dropped();
    facts["complete_until_ps"] = tracer_.dropped() == 0 ? timeline_.end() : tracer_.complete_until();
    file_.put(facts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }

  const char* separator() {
    const char* text = is_first_ ? "" : ",\n";
    is_first_ = false;
    return text;
  }

  const Timeline& timeline_;
  const Tracer& tracer_;
  const FileSettings& settings_;
  TextFile& file_;
  bool is_first_ = true;
  std::vector<std::uint32_t> lane_tid_;
  std::map<Track, std::uint32_t> wire_tid_;
  std::vector<bool> has_threads_;
  std::vector<Event> events_;
};

}  // namespace

std::uint64_t write_chrome(const Timeline& timeline, const FileSettings& settings, TextFile& file) {
  return ChromeWriter(timeline, settings, file).write();
}

}  // namespace snnvp::trace
