// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/nir_data.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/hdf5_tree.h>

namespace snnvp {

namespace {

constexpr std::uint64_t max_bits = std::uint64_t{1} << 31;

class DataReader {
public:
  DataReader(const std::string& file, double dt) : file_(file), dt_(dt) {}

  std::vector<Recording> read() {
    const Hdf5Item root = read_hdf5(file_);
    if (type_of(root) != "NIRGraphData") fail("", "the attribute __type__ is not NIRGraphData: this is no NIRData file");
    graph(root, "", "");
    return std::move(found_);
  }

private:
  [[noreturn]] void fail(const std::string& path, const std::string& what) const {
    throw InputError(fmt::format("{}:{}: {}", printable(file_), path.empty() ? "/" : path, what));
  }

  static std::string type_of(const Hdf5Item& item) {
    const Hdf5Item* type = item.attribute("__type__");
    return type != nullptr && type->strings.size() == 1 ? type->strings[0] : "";
  }

  void graph(const Hdf5Item& group, const std::string& path, const std::string& prefix) {
    const Hdf5Item* nodes = group.child("nodes");
    if (nodes == nullptr || nodes->kind != Hdf5Item::Kind::group) fail(path + "/nodes", "missing group");
    for (const Hdf5Item& node : nodes->children) {
      const std::string child = path + "/nodes/" + printable(node.name), name = prefix + printable(node.name, 256), type = type_of(node);
      if (node.kind != Hdf5Item::Kind::group) fail(child, node.kind == Hdf5Item::Kind::unread ? node.problem : "is no group");
      if (type == "NIRGraphData") {
        graph(node, child, name + "/");
        continue;
      }
      if (type != "NIRNodeData") fail(child, fmt::format("the attribute __type__ is {}, must be NIRNodeData or NIRGraphData", quote(type)));
      const Hdf5Item* observables = node.child("observables");
      if (observables == nullptr) fail(child + "/observables", "missing group");
      for (const Hdf5Item& observable : observables->children)
        observe(observable, child + "/observables/" + printable(observable.name), name);
    }
  }

  void observe(const Hdf5Item& group, const std::string& path, const std::string& node) {
    if (group.kind != Hdf5Item::Kind::group) fail(path, group.kind == Hdf5Item::Kind::unread ? group.problem : "is no group");
    Recording recording;
    recording.node = node;
    recording.observable = printable(group.name, 256);
    const std::string type = type_of(group);
    if (type == "TimeGriddedData")
      grid(group, path, recording);
    else if (type == "EventData")
      events(group, path, recording, false);
    else if (type == "ValuedEventData")
      events(group, path, recording, true);
    else
      fail(path, fmt::format("the attribute __type__ is {}, must be TimeGriddedData, EventData or ValuedEventData", quote(type)));
    found_.push_back(std::move(recording));
  }

  double attribute(const Hdf5Item& group, const std::string& path, const char* key) const {
    const Hdf5Item* found = group.attribute(key);
    if (found == nullptr || found->numbers.size() != 1 || !std::isfinite(found->numbers[0]))
      fail(path, fmt::format("the attribute {} is missing or no number", key));
    return found->numbers[0];
  }

  const Hdf5Item& dataset(const Hdf5Item& group, const std::string& path, const char* key, std::size_t axes) const {
    const Hdf5Item* found = group.child(key);
    if (found == nullptr) fail(path + "/" + key, "missing dataset");
    if (found->kind == Hdf5Item::Kind::unread) fail(path + "/" + key, found->problem);
    if (found->kind != Hdf5Item::Kind::numbers || found->shape.size() != axes)
      fail(path + "/" + key,
           axes == 3 ? "must be numbers of shape (samples, steps, neurons)" : "must be numbers of shape (samples, events)");
    return *found;
  }

  void grid(const Hdf5Item& group, const std::string& path, Recording& to) const {
    const Hdf5Item& data = dataset(group, path, "data", 3);
    to.dt = attribute(group, path, "dt");
    if (!(to.dt > 0)) fail(path, "the attribute dt must be above 0");
    to.samples = data.shape[0], to.steps = data.shape[1], to.neurons = data.shape[2];
    const bool binary = std::all_of(data.numbers.begin(), data.numbers.end(), [](double v) { return v == 0 || v == 1; });
    if (to.observable == "spikes" && binary && !data.numbers.empty()) {
      to.spikes = SpikeTensor("TC", {to.samples * to.steps, to.neurons});
      for (std::uint64_t i = 0; i < data.numbers.size(); ++i)
        if (data.numbers[i] != 0) to.spikes.set(i);
    } else {
      to.values = data.numbers;
    }
  }

  void events(const Hdf5Item& group, const std::string& path, Recording& to, bool valued) const {
    const Hdf5Item &idx = dataset(group, path, "idx", 2), &time = dataset(group, path, "time", 2);
    const Hdf5Item* value = valued ? &dataset(group, path, "value", 2) : nullptr;
    if (idx.shape != time.shape || (value != nullptr && value->shape != idx.shape))
      fail(path, "idx, time and value must have the same shape");
    const double neurons = attribute(group, path, "n_neurons"), t_max = attribute(group, path, "t_max");
    to.dt = dt_;
    const double steps = std::nearbyint(t_max / dt_);
    if (neurons < 1 || neurons != std::floor(neurons) || t_max < 0) fail(path, "n_neurons must be a whole number above 0, t_max a time");
    const double bits = neurons * steps * static_cast<double>(idx.shape[0]);
    if (bits > static_cast<double>(max_bits))
      fail(path, fmt::format("{} samples of {} steps of {} neurons are too many", idx.shape[0], steps, neurons));
    to.samples = idx.shape[0], to.steps = static_cast<std::uint64_t>(steps), to.neurons = static_cast<std::uint64_t>(neurons);
    if (valued)
      to.values.assign(to.samples * to.steps * to.neurons, 0.0);
    else if (bits > 0)
      to.spikes = SpikeTensor("TC", {to.samples * to.steps, to.neurons});
    for (std::uint64_t e = 0; e < idx.numbers.size(); ++e) {
      const double i = idx.numbers[e], t = time.numbers[e];
      if (i == -1 || std::isinf(t)) continue;  // padding
      if (!(i >= 0) || i >= neurons || i != std::floor(i))
        fail(path + "/idx", fmt::format("{} is no neuron of {}", shortest_double(i), shortest_double(neurons)));
      const double step = std::floor(t / dt_ + 1e-6);
      if (!(step >= 0) || step >= steps)
        fail(path + "/time", fmt::format("{} s lies outside 0 to t_max = {} s", shortest_double(t), shortest_double(t_max)));
      const std::uint64_t sample = e / idx.shape[1],
                          at = (sample * to.steps + static_cast<std::uint64_t>(step)) * to.neurons + static_cast<std::uint64_t>(i);
      if (valued)
        to.values[at] += value->numbers[e];
      else
        to.spikes.set(at);
    }
  }

  const std::string& file_;
  double dt_;
  std::vector<Recording> found_;
};

}  // namespace

std::vector<Recording> read_nir_data(const std::string& file, double dt) {
  if (!(dt > 0)) throw InputError(fmt::format("a time step of {} s", shortest_double(dt)));
  return DataReader(file, dt).read();
}

}  // namespace snnvp
