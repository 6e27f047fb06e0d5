// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/pi2_report.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <snnvp/workloads/frames/inner_product.h>

namespace snnvp {
namespace {

constexpr double tolerance = 1e-9;  // of a value, relative to 1: sums in another order

std::size_t argmax(const std::vector<double>& v) { return static_cast<std::size_t>(std::max_element(v.begin(), v.end()) - v.begin()); }

std::vector<double> closed_form(const Pi2Outcome& o, const std::vector<double>& x) {
  std::vector<double> values = x;
  for (const Pi2GoldenLayer& layer : o.layers)
    values = pi2_closed_form(layer, o.devices.front()->weight_code(), o.devices.front()->sign(), values);
  return values;
}

double cost_of(const Pi2Outcome& o) {
  double events = 0;
  for (const Pi2GoldenLayer& layer : o.layers) events += 4.0 * static_cast<double>(layer.weights.size());
  return events;
}

struct Agreement {
  std::uint64_t compared = 0, mismatches = 0, same_class = 0, samples = 0, golden_correct = 0;
  std::string first;
};

/// The closed form of samples; all of them where that is cheap, else the first few.
Agreement compare(const Pi2Outcome& o, bool is_exact) {
  Agreement a;
  for (const Pi2GoldenLayer& layer : o.layers)
    if (layer.weights.empty()) return a;
  const double budget = 2e9 / std::max(1.0, cost_of(o));
  const std::size_t n = std::min(o.results->size(), static_cast<std::size_t>(std::max(1.0, budget)));
  for (std::size_t i = 0; i < n; ++i) {
    const std::vector<double> golden = closed_form(o, o.samples->values[o.first + i]);
    const std::vector<double>& got = (*o.results)[i];
    ++a.samples;
    a.same_class += argmax(golden) == argmax(got);
    if (!o.samples->labels.empty()) a.golden_correct += argmax(golden) == o.samples->labels[o.first + i];
    if (!is_exact) continue;
    for (std::size_t j = 0; j < got.size(); ++j) {
      ++a.compared;
      if (std::fabs(got[j] - golden[j]) <= tolerance * std::max(1.0, std::fabs(golden[j]))) continue;
      if (a.mismatches++ == 0)
        a.first = fmt::format("sample {}, output {}: {:.12g}, the closed form says {:.12g}", o.first + i, j, got[j], golden[j]);
    }
  }
  return a;
}

/// Event counts by formula (spec/pi2.md 6.1): what a run without losses, time-outs and early firing must have counted, whatever its timing.
void compare_counts(const Pi2Outcome& o, const Pi2Totals& t, RunReport& report) {
  if (t.causality_violations + t.timeouts + t.short_windows + t.lost + t.overflow + t.avoided + o.incomplete != 0) return;
  std::uint64_t frames_in = 0, insertions = 0, accepted = 0, frames_out = 0;
  for (const Pi2GoldenLayer& layer : o.layers) {
    const Pi2LayerRequest& r = layer.request;
    const auto side = [&r](std::uint32_t extent) {
      return r.is_conv ? std::uint64_t{(extent + 2 * r.padding - r.kernel) / r.stride + 1} : 1;
    };
    const std::uint64_t neurons = r.out_channels * side(r.in_height) * side(r.in_width);
    const std::uint64_t fan_in =
        r.is_conv ? std::uint64_t{r.in_channels} * r.kernel * r.kernel : std::uint64_t{r.in_channels} * r.in_height * r.in_width;
    frames_in += std::uint64_t{2} * r.in_channels * r.in_height * r.in_width;
    insertions += 4 * fan_in * neurons;
    accepted += 2 * neurons * std::min<std::uint64_t>(r.k, 2 * fan_in);
    frames_out += 2 * neurons;
  }
  const std::uint64_t n = o.results->size();
  const std::pair<const char*, std::pair<std::uint64_t, std::uint64_t>> rows[] = {{"frames_in", {t.frames_in, n * frames_in}},
                                                                                  {"insertions", {t.insertions, n * insertions}},
                                                                                  {"accepted", {t.accepted, n * accepted}},
                                                                                  {"frames_out", {t.frames_out, n * frames_out}}};
  for (const auto& [name, counts] : rows) {
    ++report.compared;
    if (counts.first == counts.second) continue;
    ++report.mismatches;
    report.diagnosis.push_back({"output_mismatch", "error", fmt::format("{} is {}, by formula {}", name, counts.first, counts.second),
                                "event counts follow from sizes and K"});
  }
}

double float_accuracy(const Pi2Outcome& o) {
  std::uint64_t correct = 0;
  for (std::size_t i = 0; i < o.results->size(); ++i) {
    std::vector<double> x = o.samples->values[o.first + i];
    for (const ReluLayer& layer : o.network->layers) x = relu_values(layer, x);
    correct += argmax(x) == o.samples->labels[o.first + i];
  }
  return static_cast<double>(correct) / static_cast<double>(o.results->size());
}

/// Mean over samples of the correlation of what came back with w x, for a single layer of drawn weights; else that of the first layer
/// on the calibration sample.
std::optional<double> correlation(const Pi2Outcome& o) {
  const bool is_single =
      o.layers.size() == 1 && !o.layers.front().request.rectify && !o.layers.front().request.is_conv && !o.weights.empty();
  if (!is_single || o.results->empty()) {
    if (o.layer_reports->empty()) return std::nullopt;
    return o.layer_reports->front().correlation;
  }
  double sum = 0;
  for (std::size_t i = 0; i < o.results->size(); ++i)
    sum +=
        pi2::pearson((*o.results)[i], pi2::inner_product(o.weights, o.layers.front().request.out_channels, o.samples->values[o.first + i]));
  return sum / static_cast<double>(o.results->size());
}

std::string layers_csv(const std::vector<Pi2LayerReport>& rows) {
  std::string text =
      "layer,inputs,outputs,fan_in,K,Mk,scale_d,offset_in,offset_out,largest_delay,correlation,drop_rate,saturation,early,queues\n";
  for (const Pi2LayerReport& r : rows)
    text += fmt::format("{},{},{},{},{},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{}\n", r.name, r.inputs, r.outputs,
                        r.fan_in, r.k, r.mk, r.scale_d, r.offset_in, r.offset_out, r.largest_delay, r.correlation, r.drop_rate,
                        r.saturation, r.early, r.queues);
  return text;
}

/// Adds the histogram of how late frames were, over all switches.
void report_distortion(const Pi2Outcome& o, RunReport& report, nlohmann::ordered_json& section) {
  std::vector<std::uint64_t> histogram;
  double disagreement = 0, mean_error = 0, max_error = 0;
  std::uint64_t frames = 0, switches = 0;
  for (const Pi2Device* device : o.devices) {
    const Pi2Distortion d = device->distortion();
    if (d.frames == 0) continue;
    histogram.resize(std::max(histogram.size(), d.histogram.size()));
    for (std::size_t i = 0; i < d.histogram.size(); ++i) histogram[i] += d.histogram[i];
    frames += d.frames;
    disagreement += d.disagreement, mean_error += d.mean_error, ++switches;
    max_error = std::max(max_error, d.max_error);
  }
  if (frames == 0) return;
  std::string text = "late_from_ps,late_below_ps,frames\n";
  nlohmann::ordered_json bins = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    const std::uint64_t from = i == 0 ? 0 : std::uint64_t{1} << (i - 1), below = i == 0 ? 1 : std::uint64_t{1} << i;
    text += fmt::format("{},{},{}\n", from, below, histogram[i]);
    bins.push_back({{"from_ps", from}, {"below_ps", below}, {"frames", histogram[i]}});
  }
  section["timing_error"] = {{"histogram", bins},
                             {"order_disagreement", disagreement / static_cast<double>(switches)},
                             {"order_error_mean_u", mean_error / static_cast<double>(switches)},
                             {"order_error_max_u", max_error}};
  report.files.emplace_back("pi2_timing_error.csv", text);
  report.totals.emplace_back("order_disagreement", disagreement / static_cast<double>(switches));
  report.totals.emplace_back("order_error_u", mean_error / static_cast<double>(switches));
}

}  // namespace

std::vector<double> relu_values(const ReluLayer& layer, const std::vector<double>& x) {
  const int kernel = layer.is_conv ? static_cast<int>(layer.kernel) : 1, stride = static_cast<int>(layer.stride);
  const int padding = layer.is_conv ? static_cast<int>(layer.padding) : 0;
  const int height = layer.is_conv ? static_cast<int>(layer.in_height) : 1, width = layer.is_conv ? static_cast<int>(layer.in_width) : 1;
  const int channels = layer.is_conv ? static_cast<int>(layer.in_channels) : static_cast<int>(x.size());
  const int rows = (height + 2 * padding - kernel) / stride + 1, columns = (width + 2 * padding - kernel) / stride + 1;
  const std::size_t pixels = static_cast<std::size_t>(rows * columns);
  std::vector<double> out(layer.out_channels * pixels);
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) {
      const std::size_t pixel = static_cast<std::size_t>(row * columns + column);
      std::size_t tap = 0;
      for (int c = 0; c < channels; ++c)
        for (int ky = 0; ky < kernel; ++ky)
          for (int kx = 0; kx < kernel; ++kx, ++tap) {
            const int y = row * stride + ky - padding, z = column * stride + kx - padding;
            if (y < 0 || z < 0 || y >= height || z >= width) continue;
            const double v = x[static_cast<std::size_t>((c * height + y) * width + z)];
            for (std::size_t o = 0; o < layer.out_channels; ++o) out[o * pixels + pixel] += layer.weights[tap * layer.out_channels + o] * v;
          }
    }
  if (layer.has_relu)
    for (double& v : out) v = std::max(v, 0.0);
  return out;
}

void write_pi2_report(const Pi2Outcome& o, RunReport& report) {
  Pi2Totals t;
  for (const Pi2Device* device : o.devices) {
    const Pi2Totals one = device->pi2_totals();
    t.frames_in += one.frames_in, t.insertions += one.insertions, t.accepted += one.accepted, t.dropped += one.dropped;
    t.frames_out += one.frames_out, t.causality_violations += one.causality_violations, t.timeouts += one.timeouts,
        t.short_windows += one.short_windows;
    t.pair_late += one.pair_late, t.lost += one.lost, t.overflow += one.overflow, t.avoided += one.avoided;
  }
  const std::size_t samples = o.results->size();
  auto& totals = report.totals;
  totals.emplace_back("frames_in", t.frames_in);
  totals.emplace_back("insertions", t.insertions);
  totals.emplace_back("accepted", t.accepted);
  totals.emplace_back("dropped", t.dropped);
  totals.emplace_back("frames_out", t.frames_out);
  totals.emplace_back("causality_violations", t.causality_violations);
  totals.emplace_back("pair_late", t.pair_late);
  totals.emplace_back("samples", static_cast<std::uint64_t>(samples));
  if (const auto r = correlation(o)) totals.emplace_back("correlation", *r);
  nlohmann::ordered_json section = nlohmann::ordered_json::object();
  report.summary_lines.push_back(fmt::format("pi^2: {} frames in, {} insertions, {} accepted, {} dropped, {} frames out", t.frames_in,
                                             t.insertions, t.accepted, t.dropped, t.frames_out));

  if (samples != 0) {
    const bool follows = std::all_of(o.devices.begin(), o.devices.end(), [](const Pi2Device* d) { return d->is_closed_form(); });
    const bool is_exact = follows && t.causality_violations == 0 && t.timeouts == 0 && t.short_windows == 0;
    Agreement a;
    if (report.checked) {
      a = compare(o, is_exact);
      if (follows || o.devices.front()->counts_events()) compare_counts(o, t, report);
      report.compared += a.compared;
      report.mismatches += a.mismatches;
      if (a.mismatches != 0)
        report.diagnosis.push_back({"output_mismatch", "error", a.first, "what the switches computed differs from the closed form"});
      if (a.samples != 0) totals.emplace_back("agreement", static_cast<double>(a.same_class) / static_cast<double>(a.samples));
    }
    totals.emplace_back("latency_u", o.latency_u);
    if (!o.samples->labels.empty()) {
      std::uint64_t correct = 0;
      for (std::size_t i = 0; i < samples; ++i) correct += argmax((*o.results)[i]) == o.samples->labels[o.first + i];
      const double accuracy = static_cast<double>(correct) / static_cast<double>(samples);
      totals.emplace_back("accuracy", accuracy);
      report.summary_lines.push_back(fmt::format("accuracy {:.4f} of {} samples", accuracy, samples));
      if (a.samples != 0) totals.emplace_back("accuracy_predicted", static_cast<double>(a.golden_correct) / static_cast<double>(a.samples));
      if (o.network) totals.emplace_back("accuracy_float", float_accuracy(o));
      if (o.uncalibrated) totals.emplace_back("accuracy_uncalibrated", *o.uncalibrated);
      if (o.network)
        report.summary_lines.push_back(fmt::format("  the same weights in plain ReLU layers {:.4f}{}", float_accuracy(o),
                                                   o.uncalibrated ? fmt::format(", without calibration {:.4f}", *o.uncalibrated) : ""));
    }
  }
  if (!o.layer_reports->empty()) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const Pi2LayerReport& r : *o.layer_reports) {
      rows.push_back({{"name", r.name},
                      {"inputs", r.inputs},
                      {"outputs", r.outputs},
                      {"fan_in", r.fan_in},
                      {"K", r.k},
                      {"Mk", r.mk},
                      {"scale_d", r.scale_d},
                      {"offset_in", r.offset_in},
                      {"offset_out", r.offset_out},
                      {"largest_delay", r.largest_delay},
                      {"correlation", r.correlation},
                      {"drop_rate", r.drop_rate},
                      {"saturation", r.saturation},
                      {"early", r.early},
                      {"queues", r.queues}});
      report.summary_lines.push_back(fmt::format("  {:<6} {:>6} -> {:<6} K {:<5} correlation {:.4f}, drop rate {:.3f}, saturation {:.4f}",
                                                 r.name, r.inputs, r.outputs, r.k, r.correlation, r.drop_rate, r.saturation));
    }
    section["layers"] = rows;
    report.files.emplace_back("pi2_layers.csv", layers_csv(*o.layer_reports));
  }
  report_distortion(o, report, section);
  section["definitions"] = {{"correlation", "mean over samples of Pearson(T- - T+, w x) over the neurons of the first layer"},
                            {"eta_strict", "(queue + credit + pair energy) / all energy of the block"},
                            {"eta_pi2", "1 - (overhead bits of frames + energy at rest) / all energy of the block"},
                            {"order_disagreement", "share of events that count but come after the K-th of ideal time"},
                            {"order_error_u", "mean |shift of a K-mean by real time|, less the mean shift of its layer's window"}};
  report.sections["pi2"] = section;
  if (o.incomplete != 0)
    report.diagnosis.push_back({"pi2.incomplete", "warning",
                                fmt::format("{} of {} inferences ended without all frames of the last layer", o.incomplete, samples),
                                "missing outputs read as 0; see impair.loss, neuron.on_timeout and the switches on the way"});
  if (t.causality_violations != 0)
    report.diagnosis.push_back({"pi2.causality", "warning", fmt::format("{} neurons fired before their K-th event", t.causality_violations),
                                "raise Mk, or leave it null to calibrate it; code.calib_margin gives room for unseen inputs"});
}

}  // namespace snnvp
