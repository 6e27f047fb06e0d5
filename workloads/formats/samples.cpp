// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/samples.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/nir_data.h>
#include <snnvp/workloads/formats/npy.h>
#include <snnvp/workloads/formats/npz.h>

namespace snnvp {

struct SampleSet::Source {
  std::uint64_t size = 0, steps = 0;
  std::vector<std::string> notices;
  virtual ~Source() = default;
  virtual InputSignal signal(std::uint64_t i) const = 0;
};

namespace {

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Values as spikes if they are all 0 or 1.
InputSignal signal_of(std::vector<double> values, std::uint64_t steps, std::uint64_t size) {
  InputSignal signal;
  if (!std::all_of(values.begin(), values.end(), [](double v) { return v == 0 || v == 1; })) {
    signal.values = std::move(values);
    return signal;
  }
  signal.spikes = SpikeTensor("TC", {steps, size});
  for (std::uint64_t i = 0; i < values.size(); ++i)
    if (values[i] != 0) signal.spikes.set(i);
  return signal;
}

struct EventSource : SampleSet::Source {
  EventSource(const std::string& file_name, const EventBinning& b) : file(file_name), binning(b), events(file_name, first_window()) {
    // Files of neurons count in steps, which is known only once the columns have been read.
    if (events.kind() == EventKind::neurons) events = EventFile(file, binning.window(EventKind::neurons));
    size = events.windows(), steps = binning.steps;
    if (events.was_unsorted()) notices.push_back(fmt::format("{}: events are not in order of time; they were sorted", file));
  }
  std::int64_t first_window() const {
    return binning.shape.size() == 3 ? binning.window(EventKind::pixels) : binning.window(EventKind::neurons);
  }

  InputSignal signal(std::uint64_t i) const override {
    return bin_events(events.window(i), events.kind(), binning, fmt::format("{}: sample {}", file, i));
  }

  std::string file;
  EventBinning binning;
  EventFile events;
};

struct ArraySource : SampleSet::Source {
  ArraySource(NpyArray given, const std::string& file_name, const EventBinning& b)
      : array(std::move(given)), file(file_name), values(elements_of(b.shape)) {
    const Shape& shape = array.shape;
    if (!array.is_plain() || shape.size() < 2) throw InputError(fmt::format("{}: must be numbers of shape (samples, steps, ...)", file));
    size = shape[0];
    const std::uint64_t per_sample = size == 0 ? 0 : array.elements() / size;
    const bool bytes = array.is_plain({NpyType::Kind::unsigned_integer, 1});
    packed = bytes && shape.size() == 2 && shape[1] != values * b.steps && shape[1] == (values * b.steps + 7) / 8;
    steps = packed ? b.steps : shape[1];
    if (shape.size() > 2 && per_sample == values && shape[1] != 1 && b.steps == 1) {  // pictures, of one step
      steps = 1;
      return;
    }
    if (!packed && (shape.size() < 3 ? shape[1] != values * b.steps : per_sample != values * shape[1]))
      throw InputError(
          fmt::format("{}: has the shape ({}); the input takes (samples, steps, {})", file, shape_text(shape), shape_text(b.shape)));
    if (!packed && shape.size() == 2) steps = b.steps;
  }

  InputSignal signal(std::uint64_t i) const override {
    const std::uint64_t count = values * steps;
    if (packed) {
      const std::uint64_t bytes = (count + 7) / 8;
      InputSignal result;
      result.spikes = SpikeTensor::from_packed("TC", {steps, values}, array.data.data() + i * bytes, bytes);
      return result;
    }
    std::vector<double> reals(count);
    for (std::uint64_t n = 0; n < count; ++n) {
      reals[n] = array.as_double(i * count + n);
      if (!std::isfinite(reals[n])) throw InputError(fmt::format("{}: sample {} holds {}", file, i, shortest_double(reals[n])));
    }
    return signal_of(std::move(reals), steps, values);
  }

  NpyArray array;
  std::string file;
  std::uint64_t values;
  bool packed = false;
};

struct RecordingSource : SampleSet::Source {
  RecordingSource(const std::string& file, const EventBinning& b, const std::string& input) {
    std::vector<Recording> all = read_nir_data(file, b.dt);
    const auto fits = [&](const Recording& r) { return r.node == input && r.observable == "spikes"; };
    auto found = std::find_if(all.begin(), all.end(), fits);
    if (found == all.end() && all.size() == 1) found = all.begin();
    if (found == all.end()) {
      std::vector<std::string> names;
      for (const Recording& r : all) names.push_back(r.node + "." + r.observable);
      throw InputError(fmt::format("{}: there are no spikes of a node {}; it holds {}", file, quote(input), join_names(names)));
    }
    recording = std::move(*found);
    if (recording.neurons != elements_of(b.shape))
      throw InputError(fmt::format("{}: {} neurons, the input takes {}", file, recording.neurons, elements_of(b.shape)));
    size = recording.samples, steps = recording.steps;
    if (std::abs(recording.dt - b.dt) > 1e-9 * b.dt)
      notices.push_back(fmt::format("{}: its step is {} s, the network's {} s; steps are taken one for one", file,
                                    shortest_double(recording.dt), shortest_double(b.dt)));
  }

  InputSignal signal(std::uint64_t i) const override {
    const std::uint64_t count = recording.steps * recording.neurons;
    std::vector<double> reals(count);
    for (std::uint64_t n = 0; n < count; ++n)
      reals[n] = recording.is_spikes() ? static_cast<double>(recording.spikes.at(i * count + n)) : recording.values[i * count + n];
    return signal_of(std::move(reals), recording.steps, recording.neurons);
  }

  Recording recording;
};

std::unique_ptr<SampleSet::Source> open_array(NpyArray array, const std::string& file, const EventBinning& binning) {
  return std::make_unique<ArraySource>(std::move(array), file, binning);
}

std::unique_ptr<SampleSet::Source> open_npz(const std::string& file, const EventBinning& binning) {
  std::vector<NpzEntry> entries = read_npz(file);
  std::vector<std::string> names;
  for (const NpzEntry& entry : entries) names.push_back(entry.name);
  for (const char* name : {"spikes", "x"})
    for (NpzEntry& entry : entries)
      if (entry.name == name) return open_array(std::move(entry.array), file, binning);
  if (entries.size() != 1) throw InputError(fmt::format("{}: holds {}; one must be called spikes or x", file, join_names(names)));
  return open_array(std::move(entries[0].array), file, binning);
}

std::unique_ptr<SampleSet::Source> open(const std::string& file, const EventBinning& binning, const std::string& input) {
  if (ends_with(file, ".csv")) return std::make_unique<EventSource>(file, binning);
  if (ends_with(file, ".npz")) return open_npz(file, binning);
  if (ends_with(file, ".nir") || ends_with(file, ".h5")) return std::make_unique<RecordingSource>(file, binning, input);
  if (!ends_with(file, ".npy"))
    throw InputError(fmt::format("{}: input samples come as .csv, .npy, .npz or NIRData (.nir, .h5)", printable(file)));
  NpyArray array = read_npy(file);
  if (!array.is_plain()) return std::make_unique<EventSource>(file, binning);
  return open_array(std::move(array), file, binning);
}

}  // namespace

SampleSet::SampleSet(const std::string& file, const EventBinning& binning, const std::string& input_name)
    : source_(open(file, binning, input_name)) {}
SampleSet::~SampleSet() = default;
SampleSet::SampleSet(SampleSet&&) noexcept = default;
SampleSet& SampleSet::operator=(SampleSet&&) noexcept = default;

std::uint64_t SampleSet::size() const { return source_->size; }
std::uint64_t SampleSet::steps() const { return source_->steps; }
const std::vector<std::string>& SampleSet::notices() const { return source_->notices; }

NetworkSample SampleSet::sample(std::uint64_t i) const {
  if (i >= source_->size) throw InternalError("there is no such sample");
  NetworkSample sample;
  sample.steps = source_->steps;
  sample.inputs.push_back(source_->signal(i));
  return sample;
}

std::vector<std::uint32_t> read_labels(const std::string& file) {
  std::vector<std::uint32_t> labels;
  if (ends_with(file, ".npy")) {
    const NpyArray array = read_npy(file);
    if (!array.is_plain() || array.fields[0].type.kind == NpyType::Kind::real) throw InputError(file + ": labels must be whole numbers");
    for (std::uint64_t i = 0; i < array.elements(); ++i) {
      const std::int64_t label = array.as_i64(i);
      if (label < 0 || label > UINT32_MAX) throw InputError(fmt::format("{}: label {} of sample {} is no class", file, label, i));
      labels.push_back(static_cast<std::uint32_t>(label));
    }
    return labels;
  }
  std::string problem, line;
  const auto text = read_file(file, problem, std::uint64_t{1} << 30);
  if (!text) throw InputError(problem);
  std::istringstream in(*text);
  std::size_t column = 0;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    if (number == 1 && line.substr(0, 3) == "\xEF\xBB\xBF") line.erase(0, 3);
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) {
      cell.erase(0, cell.find_first_not_of(" \t"));
      cell.erase(cell.find_last_not_of(" \t\r") + 1);
      cells.push_back(cell);
    }
    if (cells.empty() || (cells.size() == 1 && cells[0].empty())) continue;
    if (number == 1 && !cells[0].empty() && !std::isdigit(static_cast<unsigned char>(cells[0][0]))) {
      const auto heading = std::find(cells.begin(), cells.end(), "label");
      if (heading == cells.end()) throw InputError(fmt::format("{}:1: there is no column called label", file));
      column = static_cast<std::size_t>(heading - cells.begin());
      continue;
    }
    std::uint32_t label = 0;
    const std::string cell = column < cells.size() ? cells[column] : "";
    const auto [at, bad] = std::from_chars(cell.data(), cell.data() + cell.size(), label);
    if (bad != std::errc() || at != cell.data() + cell.size() || cell.empty())
      throw InputError(fmt::format("{}:{}: {} is no class (a whole number from 0 on)", file, number, quote(cell)));
    labels.push_back(label);
  }
  return labels;
}

}  // namespace snnvp
