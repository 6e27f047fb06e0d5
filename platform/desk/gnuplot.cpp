// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/gnuplot.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/self_process.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/desk/csv_table.h>
#include <snnvp/platform/desk/layer_bound.h>

namespace snnvp::desk {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_layers = 40;  ///< names under bars that can still be read
constexpr std::uint64_t patience_ms = 60'000;

struct Figure {
  std::string name, data, script;
};

double number(const Json& j, const char* key) { return j.contains(key) && j.at(key).is_number() ? j.at(key).get<double>() : 0; }

/// A field of a data file.
std::string quoted(std::string text) {
  for (char& c : text)
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ') c = '_';
  return '"' + text + '"';
}

std::string bars(const std::string& name, const std::string& axis, std::size_t series) {
  return fmt::format(
      "set style data histograms\nset style histogram rowstacked\nset style fill solid 0.9 noborder\nset boxwidth 0.75\n"
      "set ylabel \"{0}\"\nset yrange [0:*]\nset xtics rotate by -45 noenhanced\nset key outside top horizontal\nset grid ytics\n"
      "plot for [i=2:{2}] \"{1}.dat\" using i:xtic(1) title columnheader(i) noenhanced\n",
      axis, name, series + 1);
}

Figure energy_figure(const Json& report) {
  Figure f{"energy", "block dynamic static\n", bars("energy", "energy in J", 2)};
  if (!report.contains("energy") || report.at("energy").is_null()) return {};
  for (const auto& [block, e] : report.at("energy").at("by_block").items())
    f.data += fmt::format("{} {} {}\n", quoted(block), shortest_double(number(e, "dynamic_j")), shortest_double(number(e, "static_j")));
  return f;
}

Figure cycles_figure(const Json& layers) {
  Figure f{"cycles", "layer compute \"memory stalls\" other\n", bars("cycles", "cycles", 3)};
  std::size_t n = 0;
  for (const Json& layer : layers) {
    const double cycles = number(layer, "cycles"), stall = std::min(cycles, number(layer, "stall_cycles"));
    const double compute = std::min(cycles - stall, std::max(number(layer, "compute_cycles"), number(layer, "integ_cycles")));
    f.data += fmt::format("{} {:.0f} {:.0f} {:.0f}\n", quoted(layer.value("name", "")), compute, stall, cycles - stall - compute);
    if (++n == most_layers) break;
  }
  return n == 0 ? Figure() : f;
}

Figure roofline_figure(const Json& layers) {
  std::map<std::string, std::string> by_bound;
  for (const Json& layer : layers)
    if (const auto r = roofline_of(layer)) {
      const std::string bound = bound_of(layer);
      by_bound[bound.empty() ? "layers" : bound] +=
          fmt::format("{} {} {}\n", shortest_double(r->ops_per_byte), shortest_double(r->ops_per_cycle), quoted(layer.value("name", "")));
    }
  if (by_bound.empty()) return {};
  Figure f{"roofline", "",
           "set logscale xy\nset xlabel \"dense accumulates per DRAM byte\"\nset ylabel \"dense accumulates per cycle\"\n"
           "set key outside top horizontal\nset grid\nplot"};
  std::size_t block = 0;
  for (const auto& [bound, points] : by_bound) {
    f.data += fmt::format("{}# {}\n{}", block == 0 ? "" : "\n\n", bound, points);
    f.script += fmt::format("{} \"roofline.dat\" index {} using 1:2 with points pointtype 7 pointsize 0.8 title \"{}\"",
                            block == 0 ? "" : ",", block, bound);
    ++block;
  }
  f.script += "\n";
  return f;
}

Figure utilisation_figure(const RunFolder& run) {
  const std::string file = run.folder + "/series.csv";
  if (run.folder.empty() || !std::filesystem::exists(file)) return {};
  std::map<std::string, std::map<double, double>> lines;  // block, seconds
  std::map<std::string, double> begins;                   // window
  const auto rows = read_csv(file);
  for (const auto& row : rows)
    if (row.size() == 4 && row[1].empty() && row[2] == "begin_s") begins[row[0]] = std::strtod(row[3].c_str(), nullptr);
  for (const auto& row : rows)
    if (row.size() == 4 && row[2].rfind("utilisation", 0) == 0)
      lines[row[1] + (row[2] == "utilisation" ? "" : " " + row[2].substr(12))][begins[row[0]]] = 100 * std::strtod(row[3].c_str(), nullptr);
  if (lines.empty()) return {};
  Figure f{
      "utilisation", "",
      "set xlabel \"simulated time in s\"\nset ylabel \"utilisation in %\"\nset yrange [0:*]\nset key outside top horizontal noenhanced\n"
      "set grid\nplot"};
  std::size_t block = 0;
  for (const auto& [name, values] : lines) {
    f.data += fmt::format("{}# {}\n", block == 0 ? "" : "\n\n", name);
    std::vector<double> times;
    for (const auto& [window, begin] : begins) times.push_back(begin);
    std::sort(times.begin(), times.end());
    for (const double t : times) {
      const auto at = values.find(t);
      f.data += fmt::format("{} {}\n", shortest_double(t), at == values.end() ? "0" : shortest_double(at->second));
    }
    f.script += fmt::format("{} \"utilisation.dat\" index {} using 1:2 with lines linewidth 1.5 title {}", block == 0 ? "" : ",", block,
                            quoted(name));
    ++block;
  }
  f.script += "\n";
  return f;
}

void write(const std::string& path, const std::string& text) {
  std::string problem;
  if (!write_file_atomically(path, text, problem)) throw InputError(problem);
}

}  // namespace

std::vector<std::string> write_plots(const RunFolder& run, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw InputError("cannot make the folder " + quote(folder) + ": " + error.message());
  const std::string gnuplot = find_program("gnuplot");
  static const Json none = Json::array();
  const Json& layers = run.report.contains("layers") ? run.report.at("layers") : none;
  std::vector<std::string> names;
  for (const Figure& figure : {energy_figure(run.report), cycles_figure(layers), roofline_figure(layers), utilisation_figure(run)}) {
    if (figure.name.empty()) continue;
    write(folder + "/" + figure.name + ".dat", figure.data);
    write(folder + "/" + figure.name + ".gp", fmt::format("# Draws {0}.svg; run it in this folder.\nset encoding utf8\nset terminal svg "
                                                          "size 640,400 font \"sans-serif,11\" background rgb \"white\"\n"
                                                          "set output \"{0}.svg\"\n",
                                                          figure.name) +
                                                  figure.script);
    names.push_back(figure.name);
    if (gnuplot.empty()) continue;
    // It reads and writes where its script stands.
    const Ended ended = run_program("/usr/bin/env", {"-C", folder, "GNUTERM=svg", "LC_ALL=C", gnuplot, figure.name + ".gp"}, patience_ms);
    if (ended.exit_code != 0)
      throw InputError(fmt::format("gnuplot does not draw {}/{}.gp: {}", folder, figure.name, printable(ended.err, 400)));
  }
  if (gnuplot.empty())
    throw InputError(
        fmt::format("gnuplot is not installed (Debian: apt install gnuplot-nox); its scripts are in {}: {}", folder, join_names(names)));
  if (names.empty()) throw InputError(run.path + " has nothing to draw: no energy, no layers, no series");
  return names;
}

}  // namespace snnvp::desk
