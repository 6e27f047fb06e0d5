// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/events.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/npy.h>

namespace snnvp {

namespace {

constexpr std::uint64_t max_events = std::uint64_t{1} << 28;
constexpr std::uint64_t max_windows = std::uint64_t{1} << 24;
constexpr std::int64_t max_time = std::int64_t{1} << 53;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  while (true) {
    const std::size_t comma = line.find(',');
    cells.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

bool by_time(const Event& a, const Event& b) { return a.time < b.time; }

}  // namespace

EventFile::EventFile(const std::string& file, std::int64_t window) : file_(file), window_(window) {
  if (window <= 0) throw InputError(file + ": a sample must last for some time");
  std::ifstream in(file, std::ios::binary);
  char magic[6] = {};
  if (!in) throw InputError(fmt::format("cannot read {}", printable(file)));
  in.read(magic, sizeof magic);
  from_npy_ = in.gcount() == 6 && std::string_view(magic, 6) == std::string_view("\x93NUMPY", 6);
  from_npy_ ? load_npy() : scan_csv();
  if (!all_.empty()) {
    std::stable_sort(all_.begin(), all_.end(), by_time);
    windows_ = static_cast<std::uint64_t>(all_.back().time / window_) + 1;
  }
  if (windows_ > max_windows) throw InputError(fmt::format("{}: {} samples, more than {}", file, windows_, max_windows));
}

void EventFile::scan_csv() {
  std::ifstream in(file_, std::ios::binary);
  std::string line;
  if (!std::getline(in, line)) throw InputError(file_ + ": empty; the first line names the columns t,x,y,p or neuron,timestep");
  std::string_view head = line;
  if (head.substr(0, 3) == "\xEF\xBB\xBF") head.remove_prefix(3);
  const std::vector<std::string_view> names = cells_of(head);
  column_count_ = names.size();
  const auto find = [&](std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
  };
  if (find("neuron") >= 0 && find("timestep") >= 0) {
    kind_ = EventKind::neurons;
    columns_[0] = find("timestep"), columns_[1] = find("neuron");
  } else {
    for (const auto& [i, name] : {std::pair{0, "t"}, std::pair{1, "x"}, std::pair{2, "y"}, std::pair{3, "p"}}) {
      columns_[i] = find(name);
      if (columns_[i] < 0)
        throw InputError(
            fmt::format("{}:1: there is no column {}; the first line names the columns t,x,y,p or neuron,timestep", file_, name));
    }
  }
  std::uint64_t number = 1, byte = static_cast<std::uint64_t>(in.tellg());
  std::int64_t last = 0;
  bool sorted = true;
  while (std::getline(in, line)) {
    ++number;
    const std::uint64_t start = byte;
    byte += line.size() + 1;
    if (trimmed(line).empty()) continue;
    const Event event = parse(line, number);
    if (++count_ > max_events) throw InputError(fmt::format("{}: more than {} events", file_, max_events));
    sorted = sorted && event.time >= last;
    last = std::max(last, event.time);
    const std::uint64_t w = static_cast<std::uint64_t>(event.time / window_);
    if (w >= max_windows) throw InputError(fmt::format("{}:{}: time {} lies beyond {} samples", file_, number, event.time, max_windows));
    while (starts_.size() <= w) starts_.push_back({start, number});
  }
  windows_ = starts_.size();
  if (sorted) return;
  std::ifstream again(file_, std::ios::binary);
  std::getline(again, line);
  for (number = 2; std::getline(again, line); ++number)
    if (!trimmed(line).empty()) all_.push_back(parse(line, number));
}

Event EventFile::parse(const std::string& line, std::uint64_t number) const {
  const std::vector<std::string_view> cells = cells_of(line);
  if (cells.size() != column_count_)
    throw InputError(fmt::format("{}:{}: {} columns, the first line names {}", file_, number, cells.size(), column_count_));
  std::int64_t values[4] = {0, 0, 0, 1};
  for (int i = 0; i < 4; ++i) {
    if (columns_[i] < 0) continue;
    const std::string_view cell = cells[static_cast<std::size_t>(columns_[i])];
    const char* end = cell.data() + cell.size();
    const auto [at, problem] = std::from_chars(cell.data(), end, values[i]);
    if (problem != std::errc() || at != end) throw InputError(fmt::format("{}:{}: {} is not a whole number", file_, number, quote(cell)));
  }
  if (values[0] < 0 || values[0] > max_time) throw InputError(fmt::format("{}:{}: a time of {} is not possible", file_, number, values[0]));
  for (const int i : {1, 2})
    if (values[i] < 0 || values[i] > INT32_MAX) throw InputError(fmt::format("{}:{}: {} is no place", file_, number, values[i]));
  if (values[3] < -1 || values[3] > 1)
    throw InputError(fmt::format("{}:{}: a polarity of {}; allowed are 0 and 1, or -1 and 1", file_, number, values[3]));
  return {values[0], static_cast<std::uint32_t>(values[1]), static_cast<std::uint32_t>(values[2]), values[3] > 0};
}

void EventFile::load_npy() {
  const NpyArray array = read_npy(file_);
  const int t = array.field("t"), x = array.field("x"), y = array.field("y"), p = array.field("p");
  if (t < 0 || x < 0 || y < 0 || p < 0)
    throw InputError(file_ + ": not an array of events: its elements must have the fields x, y, t and p");
  count_ = array.elements();
  if (count_ > max_events) throw InputError(fmt::format("{}: more than {} events", file_, max_events));
  all_.reserve(count_);
  for (std::uint64_t i = 0; i < count_; ++i) {
    const std::int64_t time = array.as_i64(i, static_cast<std::size_t>(t)), column = array.as_i64(i, static_cast<std::size_t>(x)),
                       row = array.as_i64(i, static_cast<std::size_t>(y));
    if (time < 0 || time > max_time || column < 0 || column > INT32_MAX || row < 0 || row > INT32_MAX)
      throw InputError(fmt::format("{}: event {} has an impossible time or place", file_, i));
    all_.push_back(
        {time, static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(row), array.as_i64(i, static_cast<std::size_t>(p)) > 0});
  }
}

std::vector<Event> EventFile::window(std::uint64_t i) const {
  std::vector<Event> events;
  const std::int64_t begin = static_cast<std::int64_t>(i) * window_, end = begin + window_;
  if (!all_.empty()) {
    auto at = std::lower_bound(all_.begin(), all_.end(), Event{begin}, by_time);
    for (; at != all_.end() && at->time < end; ++at) events.push_back(*at), events.back().time -= begin;
    return events;
  }
  if (i >= starts_.size()) return events;
  std::ifstream in(file_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(starts_[i].byte));
  std::string line;
  for (std::uint64_t number = starts_[i].line; std::getline(in, line); ++number) {
    if (trimmed(line).empty()) continue;
    Event event = parse(line, number);
    if (event.time >= end) break;
    event.time -= begin;
    if (event.time >= 0) events.push_back(event);
  }
  return events;
}

void write_events_csv(const std::string& file, const std::vector<Event>& events) {
  std::string text = "t,x,y,p\n", problem;
  for (const Event& e : events) text += fmt::format("{},{},{},{}\n", e.time, e.x, e.y, e.positive ? 1 : 0);
  if (!write_file_atomically(file, text, problem)) throw InputError(problem);
}

std::int64_t EventBinning::window(EventKind kind) const {
  if (steps == 0 || steps > (std::uint64_t{1} << 32)) throw InputError(fmt::format("{} steps: at least 1 are needed", steps));
  if (kind == EventKind::neurons) return static_cast<std::int64_t>(steps);
  const double length = dt * 1e6 * static_cast<double>(steps), whole = std::nearbyint(length);
  if (!(length >= 1) || length > static_cast<double>(max_time) || std::abs(length - whole) > 1e-6 * length)
    throw InputError(fmt::format("{} steps of {} s are no whole number of microseconds", steps, shortest_double(dt)));
  return static_cast<std::int64_t>(whole);
}

InputSignal bin_events(const std::vector<Event>& events, EventKind kind, const EventBinning& b, const std::string& where) {
  const bool image = b.shape.size() == 3;
  if (kind == EventKind::pixels && !image) throw InputError(fmt::format("{}: events with x and y need an input of shape (C, H, W)", where));
  const std::uint64_t size = elements_of(b.shape);
  constexpr std::uint64_t most = std::uint64_t{1} << 27;
  if (b.steps > most / std::max<std::uint64_t>(size, 1))
    throw InputError(fmt::format("{}: {} steps of {} values are more than one sample may have ({} values)", where, b.steps, size, most));
  const std::uint64_t channels = b.polarity == EventBinning::Polarity::channels ? 2 : 1;
  if (kind == EventKind::pixels && b.shape[0] != channels)
    throw InputError(fmt::format("{}: the input has {} channels; polarity `channels` fills 2, `merge` and `sign` 1", where, b.shape[0]));
  const bool graded =
      b.duplicate == EventBinning::Duplicate::count || (b.polarity == EventBinning::Polarity::sign && kind == EventKind::pixels);
  InputSignal signal;
  if (graded)
    signal.values.assign(b.steps * size, 0.0);
  else
    signal.spikes = SpikeTensor("TC", {b.steps, size});
  for (const Event& e : events) {
    std::uint64_t place = e.x;
    if (kind == EventKind::pixels) {
      if (e.y >= b.shape[1] || e.x >= b.shape[2])
        throw InputError(fmt::format("{}: an event at x {}, y {} lies outside {} x {} pixels", where, e.x, e.y, b.shape[2], b.shape[1]));
      place = ((channels == 2 && e.positive ? 1 : 0) * b.shape[1] + e.y) * b.shape[2] + e.x;
    } else if (e.x >= size) {
      throw InputError(fmt::format("{}: neuron {} is outside an input of {}", where, e.x, size));
    }
    const std::uint64_t step = kind == EventKind::neurons
                                   ? static_cast<std::uint64_t>(e.time)
                                   : static_cast<std::uint64_t>(std::floor(static_cast<double>(e.time) * 1e-6 / b.dt + 1e-6));
    if (step >= b.steps) continue;
    const std::uint64_t at = step * size + place;
    if (!graded) {
      signal.spikes.set(at);
      continue;
    }
    const double value = b.polarity == EventBinning::Polarity::sign && !e.positive ? -1 : 1;
    signal.values[at] = b.duplicate == EventBinning::Duplicate::count ? signal.values[at] + value : value;
  }
  return signal;
}

}  // namespace snnvp
