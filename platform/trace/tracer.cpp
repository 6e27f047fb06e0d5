// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/trace/tracer.h>

#include <new>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp::trace {
namespace {

constexpr std::uint64_t most_counter_events = 10'000;  // spec/formats.md 5.4

}  // namespace

#ifndef SNNVP_TRACE
Tracer* const Hook::nobody = nullptr;
#endif

Tracer::Tracer(const Options& options)
    : options_(options),
      counter_budget_(std::min(most_counter_events, options.max_events / 10)),
      most_(options.max_events - counter_budget_ - 1) {  // one for the mark where recording stopped
  // Not initialised: pages that no record reaches are never touched.
  records_.reset(static_cast<Record*>(std::malloc(std::max<std::size_t>(1, most_) * sizeof(Record))));
  if (!records_) throw InputError(fmt::format("run.trace.max_events: there is no memory for {} events of {} bytes", most_, sizeof(Record)));
  texts_.emplace_back();
  text_index_.emplace("", 0);
}

std::uint32_t Tracer::block(const std::string& name, const std::string& kind, int tier) {
  const auto [it, is_new] = block_index_.emplace(name, static_cast<std::uint32_t>(blocks_.size()));
  if (is_new) blocks_.push_back({name, kind, tier});
  return it->second;
}

Track Tracer::track(const std::string& block_name, const std::string& name, TrackKind kind, const std::string& category,
                    const std::string& arg_a, const std::string& arg_b) {
  const std::uint32_t owner = block(block_name);
  const auto [it, is_new] = track_index_.emplace(std::make_pair(owner, name), static_cast<Track>(tracks_.size()));
  if (is_new) {
    TrackInfo info;
    info.block = owner, info.name = name, info.kind = kind, info.category = category, info.arg_a = arg_a, info.arg_b = arg_b;
    tracks_.push_back(std::move(info));
  }
  return it->second;
}

Track Tracer::link(const std::string& owner, const std::string& name, const std::string& from, const std::string& to) {
  const Track t = track(owner, name, TrackKind::transfers, "link");
  tracks_[t].from = from, tracks_[t].to = to;
  return t;
}

Text Tracer::text(const std::string& text) {
  const auto [it, is_new] = text_index_.emplace(text, static_cast<Text>(texts_.size()));
  if (is_new) texts_.push_back(text);
  return it->second;
}

const std::string& Tracer::job_name(const std::string& engine, std::uint64_t tag) const {
  static const std::string none;
  const auto it = job_names_.find({engine, tag});
  return it == job_names_.end() ? none : it->second;
}

void Tracer::put(const Record& record) {
  const bool is_span = record.form == Record::slice;
  if (record.start > options_.to || record.end < options_.from) return;
  if (is_span && record.end != record.start && (record.start == options_.to || record.end == options_.from)) return;  // touches it only
  const std::uint64_t cost = record.flow != 0 ? 2 : 1;  // an arrow's end is an event too
  if (dropped_ != 0 || spent_ + cost > most_) {
    // Once something is missing nothing is recorded any more: the picture is whole up to there.
    ++dropped_;
    complete_until_ = std::min(complete_until_, std::max(record.start, options_.from));
    return;
  }
  spent_ += cost;
  Record& kept = *new (&records_[count_++]) Record(record);
  if (!is_span) return;
  kept.is_cut = kept.start < options_.from || kept.end > options_.to;
  kept.start = std::max(kept.start, options_.from);
  kept.end = std::min(kept.end, options_.to);
}

void Tracer::slice(Track track, Text name, Picoseconds start, Picoseconds end, std::uint64_t a, std::uint64_t b, std::uint32_t flow) {
  Record r;
  r.start = start, r.end = std::max(start, end), r.a = a, r.b = b, r.track = track, r.name = name, r.flow = flow;
  put(r);
}

void Tracer::instant(Track track, Text name, Picoseconds at, std::uint64_t a, std::uint64_t b) {
  Record r;
  r.start = r.end = at, r.a = a, r.b = b, r.track = track, r.name = name, r.form = Record::instant;
  put(r);
}

void Tracer::transfer(Track track, Picoseconds start, Picoseconds end, std::uint64_t address, std::uint64_t length, unsigned command,
                      int response) {
  Record r;
  r.start = start, r.end = std::max(start, end), r.a = address, r.b = length, r.track = track;
  r.command = static_cast<std::uint8_t>(command), r.response = static_cast<std::int8_t>(response);
  put(r);
}

void Tracer::level(Track track, Picoseconds at, std::uint64_t value) {
  if (at < options_.from) {
    tracks_[track].initial = value;
    return;
  }
  Record r;
  r.start = r.end = at, r.a = value, r.track = track, r.form = Record::level;
  put(r);
}

void Tracer::add_curve(const std::string& block_name, const std::string& name, const std::string& unit,
                       const std::vector<std::pair<Picoseconds, double>>& points) {
  Curve curve{block(block_name), name, unit, {}};
  for (const auto& [at, value] : points) {
    if (at > options_.to) break;
    if (at <= options_.from) curve.points.clear();  // what holds when the window begins
    if (curve.points.empty() || value != curve.points.back().second) curve.points.emplace_back(std::max(at, options_.from), value);
  }
  if (!curve.points.empty()) curves_.push_back(std::move(curve));
}

/// What was planned for later did not happen: slices end here, the rest goes.
void Tracer::finish(Picoseconds end) {
  end_ = std::max(options_.from, std::min(end, options_.to));
  std::uint64_t kept = 0;
  for (std::uint64_t i = 0; i < count_; ++i) {
    Record r = records_[i];
    if (r.start > end_ || (r.form == Record::slice && r.start == end_ && r.end > end_)) continue;
    if (r.end > end_) r.end = end_, r.is_cut = 1;
    records_[kept++] = r;
  }
  count_ = kept;
}

}  // namespace snnvp::trace
