// SPDX-License-Identifier: Apache-2.0
// The workload kind `pi2`: inputs as pairs of frames through switches that compute, results from the frames that come back.
#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/block/frame_station.h>
#include <snnvp/platform/elaborate/plan.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/run/pi2_report.h>
#include <snnvp/platform/run/workload_kinds.h>
#include <snnvp/platform/tlm/sc_time.h>
#include <snnvp/workloads/formats/npz.h>
#include <snnvp/workloads/frames/frame_format.h>
#include <snnvp/workloads/frames/inner_product.h>

namespace snnvp {
namespace {

struct Options {
  std::uint64_t samples = 100, first = 0, calibration = 50, seed = 1;
  double weight_std = 0.05, p_zero = 0.81;
  std::optional<std::uint32_t> k;
  std::vector<std::uint32_t> ks;
  std::optional<unsigned> bits;
  std::optional<double> gain;
};

/// Too large to be computed a second time by the closed form: its counts are compared, its values are not.
bool is_huge(const Pi2LayerRequest& r) { return std::max(r.weights.size(), r.levels.size()) > (std::size_t{1} << 26); }

/// Index of the largest value, the lowest of equals.
std::size_t argmax(const std::vector<double>& v) { return static_cast<std::size_t>(std::max_element(v.begin(), v.end()) - v.begin()); }

class Pi2Driver : public WorkloadDriver {
public:
  Pi2Driver(Options options, std::optional<ReluNetwork> network, Pi2Samples samples)
      : options_(std::move(options)), network_(std::move(network)), samples_(std::move(samples)) {}

  void check(const Plan& plan, const SourcePos& pos, Diagnostics& diagnostics) const override {
    std::size_t stations = 0, devices = 0;
    for (const auto& [name, block] : plan.blocks) {
      stations += block.kind->kind == "models.nic";
      devices += block.kind->kind == "models.pi2";
    }
    if (devices == 0)
      diagnostics.error(pos, "workload.kind", "no block of this platform is a models.pi2", "add one and link a models.nic to it");
    if (stations == 0)
      diagnostics.error(pos, "workload.kind", "no block of this platform sends frames",
                        "add a models.nic, linked to the models.pi2 both ways");
  }

  void attach(Platform& platform) override {
    for (const auto& [name, module] : platform.blocks()) {
      if (auto* device = dynamic_cast<Pi2Device*>(module.get())) devices_.push_back(device);
      if (auto* station = dynamic_cast<FrameStation*>(module.get()); station && !station_) station_ = station;
    }
    std::stable_sort(devices_.begin(), devices_.end(),
                     [](const Pi2Device* a, const Pi2Device* b) { return a->first_layer() < b->first_layer(); });
    if (station_->frame_outputs() == 0 || station_->frame_inputs() == 0)
      throw InputError("workload: the models.nic needs a link to a switch and one back");
    set_up();
    format_ = net::format_of(devices_.front()->frame_format());
    station_->on_frame(
        [this](unsigned, Picoseconds at, const std::vector<std::uint8_t>& bytes, const FrameNote& note) { receive(at, bytes, note); });
  }

  void start() override {
    if (devices_.front()->is_analytic()) {
      for (Pi2Device* device : devices_)
        for (std::uint64_t i = 0; i < options_.samples; ++i) device->count_window();
      done_ = options_.samples;
      return;
    }
    begin_window(0);
  }

  bool is_finished() const override { return done_ == options_.samples; }
  /// Time that passes in a window is work too: a window ends for certain, and its frames may all be on their way.
  std::uint64_t work_done() const override {
    if (devices_.empty() || is_finished()) return done_ * 1'000'000;
    const Picoseconds step = std::max<Picoseconds>(1, devices_.front()->time_unit() / 64);
    return done_ * 1'000'000 + std::min<std::uint64_t>(999'999, received_ + (now_ps() - window_start_) / step);
  }
  std::uint64_t work_total() const override { return options_.samples * 1'000'000; }

  void collect(RunReport& report) override {
    Pi2Outcome outcome;
    outcome.devices = devices_;
    outcome.layers = golden_;
    outcome.network = network_ ? &*network_ : nullptr;
    outcome.samples = &samples_;
    outcome.first = options_.first;
    outcome.results = &results_;
    outcome.layer_reports = &layer_reports_;
    outcome.uncalibrated = uncalibrated_accuracy_;
    outcome.latency_u = done_ == 0 ? 0 : latency_sum_ / static_cast<double>(done_) / static_cast<double>(devices_.front()->time_unit());
    outcome.weights = weights_;
    outcome.incomplete = incomplete_;
    write_pi2_report(outcome, report);
  }

private:
  /// Weights, K, calibration, and from switch to switch what the next one starts from.
  void set_up() {
    std::vector<std::vector<Pi2LayerRequest>> wanted = wanted_layers();
    double offset = network_ && network_->first_offset ? *network_->first_offset : devices_.front()->input_offset(), gain = 1;
    make_samples(wanted);
    std::vector<std::vector<double>> sample = calibration_samples();
    if (!network_) uncalibrated_accuracy_.reset();
    for (std::size_t d = 0; d < devices_.size(); ++d) {
      Pi2Device& device = *devices_[d];
      check_code(device);
      try {
        device.set_layers(wanted[d], offset, gain);
        if (!device.is_analytic()) {
          device.calibrate(sample);
          const bool is_reported = std::none_of(wanted[d].begin(), wanted[d].end(), is_huge);
          const std::vector<Pi2LayerReport> rows = is_reported ? device.report(sample) : std::vector<Pi2LayerReport>();
          layer_reports_.insert(layer_reports_.end(), rows.begin(), rows.end());
        }
      } catch (const InputError& error) {
        throw InputError(std::string("workload: ") + error.what());
      }
      if (device.is_analytic()) continue;
      for (Pi2LayerRequest& r : device.layers()) {
        golden_.push_back({r, is_huge(r) ? std::vector<double>() : effective_weights(r, gain), offset});
        golden_.back().request.weights = {};  // the device has them; here they would be a copy of many millions
        golden_.back().request.levels = {};
        gain = *r.scale_d;
        offset = *r.offset_out;
      }
      if (d + 1 < devices_.size())
        for (std::vector<double>& x : sample) x = device.values(x).back();
    }
    if (network_ && !devices_.front()->is_analytic()) uncalibrated_accuracy_ = accuracy_without_calibration();
  }

  /// A weight set is valid only for the code it was trained with.
  void check_code(const Pi2Device& device) const {
    if (!network_) return;
    if (network_->weight_code && *network_->weight_code != device.weight_code())
      throw InputError(fmt::format("workload.network: trained for weight_code {}, the switch has {}; set code.weight_code",
                                   *network_->weight_code, device.weight_code()));
    if (network_->sign && *network_->sign != device.sign())
      throw InputError(
          fmt::format("workload.network: trained for sign {}, the switch has {}; set code.sign", *network_->sign, device.sign()));
  }

  std::vector<std::vector<Pi2LayerRequest>> wanted_layers() {
    std::vector<std::vector<Pi2LayerRequest>> wanted;
    for (Pi2Device* device : devices_) wanted.push_back(device->layers());
    if (network_) distribute(wanted);
    pi2::SplitMix stream(options_.seed);
    std::size_t index = 0;
    bool is_first = true;
    for (auto& layers : wanted)
      for (Pi2LayerRequest& r : layers) {
        if (index < options_.ks.size()) r.k = options_.ks[index];
        if (is_first && options_.k) r.k = *options_.k;
        if (options_.bits) r.weight_bits = *options_.bits;
        is_first = false;
        ++index;
        if (!r.weights.empty() || !r.levels.empty()) continue;
        const std::uint64_t inputs =
            r.is_conv ? std::uint64_t{r.in_channels} * r.kernel * r.kernel : std::uint64_t{r.in_channels} * r.in_height * r.in_width;
        if (inputs * r.out_channels > (std::uint64_t{1} << 29)) throw InputError("workload: a layer has more than 2^29 weights to draw");
        if (devices_.front()->is_analytic()) continue;
        draw_weights(stream, r, inputs);
      }
    if (index == 0) throw InputError("workload: no layers: give them in the block's params or a workload.network");
    if (!options_.ks.empty() && options_.ks.size() != index)
      throw InputError(fmt::format("workload.ks: {} values for {} layers", options_.ks.size(), index));
    weights_ = wanted.front().front().weights;
    return wanted;
  }

  /// Normal weights; layers of many millions get levels at once, so that they fit the memory.
  void draw_weights(pi2::SplitMix& stream, Pi2LayerRequest& r, std::uint64_t inputs) const {
    if (inputs * r.out_channels <= (1u << 24)) {
      r.weights = pi2::normal_weights(stream, static_cast<std::uint32_t>(inputs), r.out_channels, options_.weight_std);
      return;
    }
    const int top = r.weight_bits == 0 ? 7 : (1 << (r.weight_bits - 1)) - 1;
    r.levels.resize(inputs * r.out_channels);
    for (std::int16_t& level : r.levels)
      level = static_cast<std::int16_t>(static_cast<int>(stream.next() % static_cast<unsigned>(2 * top + 1)) - top);
    r.unit = 3 * options_.weight_std / top;
  }

  /// The network's layers over the switches: each takes as many as it has by itself, the last the rest.
  void distribute(std::vector<std::vector<Pi2LayerRequest>>& wanted) {
    std::vector<Pi2LayerRequest> all;
    for (const ReluLayer& layer : network_->layers) {
      Pi2LayerRequest r;
      r.is_conv = layer.is_conv;
      r.in_channels = layer.in_channels, r.in_height = layer.in_height, r.in_width = layer.in_width;
      r.kernel = layer.kernel, r.stride = layer.stride, r.padding = layer.padding, r.out_channels = layer.out_channels;
      r.weights = layer.weights;
      const std::uint64_t fan_in = layer.is_conv ? std::uint64_t{layer.in_channels} * layer.kernel * layer.kernel : layer.in_channels;
      r.k = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, fan_in / 5));
      if (all.size() < network_->k.size()) r.k = network_->k[all.size()];
      if (network_->inp_scale) r.inp_scale = *network_->inp_scale;
      r.rectify = layer.has_relu || all.size() + 1 < network_->layers.size();
      all.push_back(std::move(r));
    }
    std::size_t next = 0;
    for (std::size_t d = 0; d < wanted.size(); ++d) {
      const std::size_t own = std::max<std::size_t>(1, wanted[d].size());
      const std::size_t take = d + 1 == wanted.size() ? all.size() - next : std::min(own, all.size() - next);
      wanted[d].assign(all.begin() + static_cast<std::ptrdiff_t>(next), all.begin() + static_cast<std::ptrdiff_t>(next + take));
      next += take;
      if (take == 0) throw InputError("workload: more switches than layers");
    }
    apply_gain(wanted);
  }

  /// A pi^2 layer gives y, not w x: the weights behind it are divided by the ratio of the two, so that a network trained with plain
  /// ReLU layers keeps its proportions.
  void apply_gain(std::vector<std::vector<Pi2LayerRequest>>& wanted) {
    double gain = 1;
    if (options_.gain) {
      gain = *options_.gain;
    } else if (network_->gain) {
      gain = *network_->gain;
    } else if (!samples_.values.empty()) {
      const Pi2LayerRequest& r = wanted.front().front();
      const Pi2GoldenLayer layer{r, effective_weights(r, 1), devices_.front()->input_offset()};
      double hh = 0, yh = 0;
      for (std::size_t i = 0; i < std::min<std::size_t>(20, samples_.values.size()); ++i) {
        const std::vector<double> h = relu_values(network_->layers.front(), samples_.values[i]);
        const std::vector<double> y =
            pi2_closed_form(layer, devices_.front()->weight_code(), devices_.front()->sign(), samples_.values[i], true);
        for (std::size_t j = 0; j < h.size(); ++j) hh += h[j] * h[j], yh += std::max(0.0, y[j]) * h[j];
      }
      if (yh > 0) gain = hh / yh;
    }
    bool is_first = true;
    for (auto& layers : wanted)
      for (Pi2LayerRequest& r : layers) {
        if (!is_first)
          for (double& w : r.weights) w /= gain;
        is_first = false;
      }
  }

  void make_samples(const std::vector<std::vector<Pi2LayerRequest>>& wanted) {
    const Pi2LayerRequest& r = wanted.front().front();
    const std::uint64_t inputs = std::uint64_t{r.in_channels} * r.in_height * r.in_width;
    if (samples_.values.empty()) {
      // After the weights, from the same stream (spec/pi2.md 8).
      pi2::SplitMix stream(options_.seed);
      if (!network_)
        for (const auto& layers : wanted)
          for (const Pi2LayerRequest& layer : layers)
            for (std::size_t i = 0; i < 2 * layer.weights.size(); ++i) stream.next();
      if (options_.samples * inputs > (std::uint64_t{1} << 28)) throw InputError("workload.samples: more than 2^28 input values to draw");
      for (std::uint64_t i = 0; i < options_.samples; ++i)
        samples_.values.push_back(pi2::sparse_inputs(stream, static_cast<std::uint32_t>(inputs), options_.p_zero));
    }
    if (options_.first + options_.samples > samples_.values.size())
      throw InputError(fmt::format("workload.samples: samples {} to {} are asked for, {} are there", options_.first,
                                   options_.first + options_.samples, samples_.values.size()));
    for (const auto* list : {&samples_.values, &samples_.calibration})
      for (const auto& x : *list)
        if (x.size() != inputs)
          throw InputError(fmt::format("workload.inputs: a sample has {} values, the first layer {} inputs", x.size(), inputs));
  }

  std::vector<std::vector<double>> calibration_samples() const {
    if (!samples_.calibration.empty()) return samples_.calibration;
    const std::size_t n = std::min<std::size_t>(options_.calibration, samples_.values.size());
    return {samples_.values.begin(), samples_.values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, n))};
  }

  /// Mk = 0, d = 1 and the input's offset everywhere: neurons fire with their first events.
  std::optional<double> accuracy_without_calibration() {
    if (samples_.labels.empty() || devices_.size() != 1) return std::nullopt;
    Pi2Device& device = *devices_.front();
    const std::vector<Pi2LayerRequest> calibrated = device.layers();
    const double offset = golden_.front().offset_in;
    std::vector<Pi2LayerRequest> plain = calibrated;
    for (Pi2LayerRequest& r : plain) r.mk = 0, r.scale_d = 1, r.offset_out = offset;
    device.set_layers(plain, offset, 1);
    std::uint64_t correct = 0;
    for (std::uint64_t i = 0; i < options_.samples; ++i) {
      const std::size_t at = options_.first + i;
      correct += argmax(device.values(samples_.values[at]).back()) == samples_.labels[at];
    }
    device.set_layers(calibrated, offset, 1);
    return static_cast<double>(correct) / static_cast<double>(options_.samples);
  }

  void begin_window(std::uint64_t index) {
    const Picoseconds start = now_ps();
    window_start_ = start;
    received_ = 0;
    const auto window = static_cast<std::uint16_t>(index & (format_ == net::FrameFormat::ethernet ? 0xFFFF
                                                            : format_ == net::FrameFormat::noc    ? 0xFF
                                                                                                  : 0));
    window_ = window;
    for (Pi2Device* device : devices_) device->open_window(window, start);
    const Pi2LayerRequest& last = golden_.back().request;
    const std::uint64_t pixels = last.is_conv ? std::uint64_t{(last.in_height + 2 * last.padding - last.kernel) / last.stride + 1} *
                                                    ((last.in_width + 2 * last.padding - last.kernel) / last.stride + 1)
                                              : 1;
    plus_.assign(last.out_channels * pixels, NAN);
    minus_ = plus_;
    const std::vector<double>& x = samples_.values[options_.first + index];
    const double offset = golden_.front().offset_in, tau = static_cast<double>(devices_.front()->time_unit());
    std::vector<StationFrame> frames;
    frames.reserve(2 * x.size());
    for (std::uint32_t i = 0; i < x.size(); ++i)
      for (const bool minus : {false, true}) {
        StationFrame f;
        const double u = std::max(0.0, minus ? offset - x[i] : offset + x[i]);
        f.port = i % station_->frame_outputs();
        f.at = start + static_cast<Picoseconds>(std::llround(u * tau));
        f.bytes = net::make_spike_frame(format_, {}, {static_cast<std::uint8_t>(devices_.front()->first_layer()), minus, window, i});
        f.note = {f.at, true, u};
        frames.push_back(std::move(f));
      }
    // Frames may be lost: the window ends for certain some time after its last possible frame.
    const double end = devices_.back()->timeout() * 2 + golden_.back().request.offset_out.value_or(0) * 2;
    station_->call_at(start + static_cast<Picoseconds>(std::llround(end * tau)), [this, index] {
      if (done_ == index) ++incomplete_, end_window(index);
    });
    station_->send_frames(std::move(frames));
  }

  void receive(Picoseconds at, const std::vector<std::uint8_t>& bytes, const FrameNote& note) {
    net::SpikeBody body;
    if (is_finished() || !net::parse_spike(format_, bytes.data(), bytes.size(), body) || body.window != window_ ||
        body.neuron >= plus_.size())
      return;
    const double tau = static_cast<double>(devices_.back()->time_unit());
    // In ideal timing the frame's exact time counts, else when it came.
    const double u = devices_.back()->is_ideal() && note.has_ideal ? note.ideal : static_cast<double>(at - window_start_) / tau;
    double& slot = (body.minus ? minus_ : plus_)[body.neuron];
    if (!std::isnan(slot)) return;
    slot = u;
    last_at_ = at;
    if (++received_ == 2 * plus_.size()) end_window(done_);
  }

  void end_window(std::uint64_t index) {
    std::vector<double> values(plus_.size());
    for (std::size_t j = 0; j < values.size(); ++j)
      values[j] = std::isnan(plus_[j]) || std::isnan(minus_[j]) ? 0 : (plus_[j] - minus_[j]) / 2;
    results_.push_back(std::move(values));
    latency_sum_ += static_cast<double>((received_ != 0 ? last_at_ : now_ps()) - window_start_);
    ++done_;
    if (index + 1 < options_.samples)
      begin_window(index + 1);
    else
      station_->call_at(now_ps(), [] {});  // instead of the deadline: nothing is left to wait for
  }

  Options options_;
  std::optional<ReluNetwork> network_;
  Pi2Samples samples_;
  std::vector<Pi2Device*> devices_;  // in the order of their layers
  FrameStation* station_ = nullptr;
  net::FrameFormat format_ = net::FrameFormat::ethernet;
  std::vector<Pi2GoldenLayer> golden_;
  std::vector<Pi2LayerReport> layer_reports_;
  std::vector<double> weights_;  // of the first layer, for the correlation
  std::optional<double> uncalibrated_accuracy_;
  std::vector<std::vector<double>> results_;  // by sample
  std::vector<double> plus_, minus_;
  std::uint64_t done_ = 0, received_ = 0, incomplete_ = 0;
  std::uint16_t window_ = 0;
  Picoseconds window_start_ = 0, last_at_ = 0;
  double latency_sum_ = 0;
};

std::uint64_t label_of(const NpyArray& array, std::uint64_t i, const std::string& path) {
  const std::int64_t label = array.as_i64(i);
  if (label < 0) throw InputError(path + ": a label is negative");
  return static_cast<std::uint64_t>(label);
}

/// The first samples of an npy or npz file; bytes are grey levels, everything else is taken as it is.
std::vector<std::vector<double>> read_values(const std::string& path, std::uint64_t wanted, LayerProgram& program) {
  program.input_files.push_back(path);
  NpyArray array;
  if (path.size() > 4 && path.compare(path.size() - 4, 4, ".npz") == 0) {
    std::vector<NpzEntry> entries = read_npz(path);
    if (entries.empty()) throw InputError(path + ": an empty archive");
    const auto named =
        std::find_if(entries.begin(), entries.end(), [](const NpzEntry& e) { return e.name == "images" || e.name == "inputs"; });
    array = std::move((named == entries.end() ? entries.front() : *named).array);
  } else {
    array = read_npy(path);
  }
  if (!array.is_plain() || array.shape.size() < 2) throw InputError(path + ": an array [samples][values...] is needed");
  const std::uint64_t n = array.shape.front(), each = n == 0 ? 0 : array.elements() / n;
  const double scale = array.fields[0].type.kind == NpyType::Kind::unsigned_integer && array.fields[0].type.size == 1 ? 1.0 / 255 : 1.0;
  std::vector<std::vector<double>> values;
  for (std::uint64_t s = 0; s < std::min(n, wanted); ++s) {
    std::vector<double> x(each);
    for (std::uint64_t i = 0; i < each; ++i) {
      x[i] = array.as_double(s * each + i) * scale;
      if (!std::isfinite(x[i])) throw InputError(path + ": a value is not a finite number");
    }
    values.push_back(std::move(x));
  }
  return values;
}

Pi2Samples read_samples(const ParamSet& params, LayerProgram& program) {
  Pi2Samples samples;
  if (params.is_null("inputs")) {
    if (!params.is_null("labels")) throw InputError("labels without inputs");
    return samples;
  }
  const std::uint64_t wanted =
      std::max(params.get<std::uint64_t>("first") + params.get<std::uint64_t>("samples"), params.get<std::uint64_t>("calibration"));
  samples.values = read_values(params.get<std::string>("inputs"), wanted, program);
  if (params.is_null("labels")) return samples;
  const std::string labels_path = params.get<std::string>("labels");
  program.input_files.push_back(labels_path);
  const NpyArray labels = read_npy(labels_path);
  if (labels.elements() < samples.values.size())
    throw InputError(fmt::format("{}: {} labels for {} samples", labels_path, labels.elements(), samples.values.size()));
  for (std::uint64_t s = 0; s < samples.values.size(); ++s) samples.labels.push_back(label_of(labels, s, labels_path));
  return samples;
}

LayerProgram build(const ParamSet& params) {
  LayerProgram program;
  Options options;
  options.samples = params.get<std::uint64_t>("samples");
  options.first = params.get<std::uint64_t>("first");
  options.calibration = params.get<std::uint64_t>("calibration");
  options.seed = params.get<std::uint64_t>("seed");
  options.weight_std = params.get<double>("weight_std");
  options.p_zero = params.get<double>("p_zero");
  options.k = params.get_optional<std::uint32_t>("k");
  options.bits = params.get_optional<unsigned>("weight_bits");
  options.gain = params.get_optional<double>("gain");
  if (options.bits == 1u) throw InputError("weight_bits: one bit has no symmetric levels (0, or 2 to 16)");
  for (const Value& k : params.at("ks").items())
    options.ks.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(k.as_u64(), 0xFFFFFFFF)));
  std::optional<ReluNetwork> network;
  if (!params.is_null("network")) {
    network = read_relu_network(params.get<std::string>("network"));
    program.input_files = network->files;
  }
  Pi2Samples samples = read_samples(params, program);
  if (!params.is_null("calibration_inputs"))
    samples.calibration = read_values(params.get<std::string>("calibration_inputs"), params.get<std::uint64_t>("calibration"), program);
  program.driver = std::make_shared<Pi2Driver>(std::move(options), std::move(network), std::move(samples));
  return program;
}

}  // namespace

WorkloadKind pi2_workload() {
  const auto null_of = [](ParamSpec spec) {
    spec.default_value = Value();
    return spec.optional_null();
  };
  ParamSpec k = param("k", 1, "one layer's K").at_least(1);
  WorkloadKind kind;
  kind.kind = "pi2";
  kind.doc = "Inputs as pairs of frames through the layers of models.pi2; results from the frames that come back";
  kind.params = {
      path_param("network", "folder snn-network-v1 of a ReLU network without biases; null: the layers of the blocks").optional_null(),
      path_param("inputs", "npy or npz [samples][values...]; bytes are divided by 255; null: drawn").optional_null(),
      path_param("calibration_inputs", "as inputs: samples to calibrate with; null: those of inputs").optional_null(),
      path_param("labels", "npy, one class per sample").optional_null(),
      param("samples", 100, "inferences, one after the other").range(1, 1e6),
      param("first", 0, "first sample").range(0, 1e9),
      param("calibration", 50, "samples, from the first on, that calibrate what is not given (labels play no part)").range(1, 1e6),
      null_of(param("k", 1, "K of the first layer, instead of the block's").range(1, 134217728)),
      list_of("ks", k, "K of every layer, instead of the block's or the folder's"),
      null_of(param("weight_bits", 4, "instead of the block's: 0 real, 2 to 16 levels").range(0, 16).unit("bit")),
      null_of(param("gain", 1.0,
                    "a network trained with plain ReLU: w x over y of a layer; weights behind it are divided by it; null: pi2.json, else "
                    "measured")
                  .range(1e-9, 1e9)),
      param("weight_std", 0.05, "standard deviation of drawn weights").range(0, 1e3).from("spec/pi2.md 8"),
      param("p_zero", 0.81, "share of zeros in drawn inputs, the others uniform in 0..1").range(0, 1).from("spec/pi2.md 8"),
  };
  kind.main_param = "network";
  kind.uses_engines = false;
  kind.build = build;
  return kind;
}

}  // namespace snnvp
