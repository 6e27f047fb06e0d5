// SPDX-License-Identifier: Apache-2.0
// The spike raster of a run's page.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include <snnvp/platform/base/human.h>
#include <snnvp/platform/desk/html_page.h>
#include <snnvp/platform/desk/html_views.h>
#include <snnvp/platform/desk/svg_map.h>
#include <snnvp/workloads/formats/nir_data.h>

namespace snnvp::desk {

namespace {

constexpr std::size_t most_dots = 12'000;  ///< of a layer: some 150 kB of page
constexpr std::size_t most_layers = 6;
constexpr std::size_t most_columns = 2'000;
constexpr double usual_dt = 1e-4;

std::string layer_html(const Recording& layer, std::size_t number) {
  // As many whole samples as can be told apart side by side; of one that is still too much, every n-th neuron.
  const std::uint64_t steps = std::min<std::uint64_t>(layer.steps, most_columns);
  const std::uint64_t samples = std::clamp<std::uint64_t>(most_columns / std::max<std::uint64_t>(1, steps), 1, layer.samples);
  std::uint64_t shown = 0, dots_in = 0;
  std::vector<std::uint64_t> in_sample(samples);
  for (std::uint64_t s = 0; s < samples; ++s)
    for (std::uint64_t t = 0; t < steps; ++t)
      for (std::uint64_t n = 0; n < layer.neurons; ++n) in_sample[s] += layer.spikes.at((s * layer.steps + t) * layer.neurons + n);
  while (shown < samples && (shown == 0 || dots_in + in_sample[shown] <= most_dots)) dots_in += in_sample[shown++];
  const std::uint64_t stride = std::max<std::uint64_t>(1, (dots_in + most_dots - 1) / most_dots);
  std::vector<Dot> dots;
  std::vector<std::size_t> breaks;
  for (std::uint64_t s = 0; s < shown; ++s) {
    if (s > 0) breaks.push_back(s * steps);
    for (std::uint64_t t = 0; t < steps; ++t)
      for (std::uint64_t n = 0; n < layer.neurons; n += stride)
        if (layer.spikes.at((s * layer.steps + t) * layer.neurons + n)) dots.push_back({s * steps + t, n});
  }
  const double rate = layer.spikes.density();
  std::string caption = fmt::format("{}: {} neurons over {} steps, {:.2f} % of them spike", layer.node, grouped(layer.neurons),
                                    grouped(layer.steps), 100 * rate);
  caption += fmt::format("; {} of {} sample{}", shown, layer.samples, layer.samples == 1 ? "" : "s");
  if (stride > 1) caption += fmt::format(", every {}th neuron", stride);
  if (steps < layer.steps) caption += fmt::format(", the first {} steps", steps);
  return fmt::format("<figure id=\"raster-{}\">", number) +
         raster_svg(dots, shown * steps, layer.neurons, breaks, "spikes of " + layer.node) + "<figcaption>" + escaped(caption) +
         "</figcaption></figure>\n";
}

}  // namespace

std::string raster_html(const RunFolder& run) {
  if (run.folder.empty() || !std::filesystem::exists(run.folder + "/spikes.nir")) return "";
  std::string html;
  std::size_t number = 0;
  double dt = usual_dt;  // events carry times, not steps
  if (run.report.contains("recorded") && !run.report.at("recorded").empty()) dt = run.report.at("recorded").at(0).value("dt_s", usual_dt);
  for (const Recording& layer : read_nir_data(run.folder + "/spikes.nir", dt)) {
    if (!layer.is_spikes() || layer.neurons == 0 || layer.steps == 0) continue;
    if (number < most_layers) html += layer_html(layer, number);
    ++number;
  }
  if (number > most_layers)
    html += fmt::format("<p class=\"dim\">The first {} of {} recorded layers; all are in spikes.nir.</p>\n", most_layers, number);
  if (html.empty()) return "";
  return "<h2 id=\"raster\">Spikes</h2>\n" + html;
}

}  // namespace snnvp::desk
