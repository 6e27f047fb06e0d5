// SPDX-License-Identifier: Apache-2.0
// run.windows: what happened when, and that sums over windows are the totals.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include <snnvp/platform/desk/csv_table.h>
#include <snnvp/platform/report/series.h>
#include <snnvp/workloads/formats/nir_data.h>

#include "../support/process.h"

using namespace snnvp;
using test::run_snnvp;
using test::ScratchFolder;
using test::slurp;
using Json = nlohmann::ordered_json;

namespace {

KindDescriptor counting_kind() {
  KindDescriptor kind;
  kind.kind = "test.counts";
  kind.stats = {{"bytes", "B", StatKind::bytes, ""},
                {"busy_cycles", "cycles", StatKind::cycles, ""},
                {"utilisation", "1", StatKind::ratio, ""},
                {"longest", "1", StatKind::gauge, ""}};
  return kind;
}

/// A block that moves 3 bytes and is busy for one cycle each nanosecond.
BlockActivity at(Picoseconds now) {
  BlockActivity block;
  block.name = "b";
  block.statistics = {{"bytes", 3 * now / 1000}, {"busy_cycles", now / 2000}, {"longest", 7}};
  block.events = {{"key", now / 1000}};
  return block;
}

std::map<std::string, std::int64_t> sums(const std::vector<Series::Row>& rows) {
  std::map<std::string, std::int64_t> sum;
  for (const Series::Row& row : rows)
    if (row.count) sum[row.block + "." + row.stat] += *row.count;
  return sum;
}

}  // namespace

TEST_CASE("desk: windows are merged pairwise when all are used, and lose nothing") {
  const KindDescriptor kind = counting_kind();
  for (const unsigned most : {2U, 4U, 5U, 200U}) {
    Series series(most);
    const Picoseconds end = 123'456'789;
    Picoseconds now = 0;
    while (now + series.time_left(now) < end) {
      now += series.time_left(now);
      REQUIRE(series.time_left(now) == 0);
      series.end_window(now, {at(now)});
      REQUIRE(series.windows() < most);
    }
    series.finish(end, {at(end)});
    CHECK(series.windows() <= most);
    if (most > 2) CHECK(series.windows() >= most / 2);
    RunReport report;
    report.blocks.push_back({"b", kind.kind, &kind, {{"bytes", 3 * end / 1000}, {"busy_cycles", end / 2000}, {"utilisation", 0.5}}, {}});
    const auto rows = series.rows(report, nullptr);
    CHECK(sums(rows) ==
          std::map<std::string, std::int64_t>{{"b.bytes", 3 * end / 1000}, {"b.busy_cycles", end / 2000}, {"b.events.key", end / 1000}});
    for (const Series::Row& row : rows)
      if (row.stat == "utilisation" && row.window + 1 < series.windows()) CHECK(row.value == Approx(0.5).epsilon(0.01));
  }
}

TEST_CASE("desk: a block that is reset in the middle counts down, so that sums stay totals") {
  const KindDescriptor kind = counting_kind();
  Series series(8);
  series.end_window(10'000, {at(10'000)});
  series.finish(15'000, {at(4'000)});
  RunReport report;
  report.blocks.push_back({"b", kind.kind, &kind, {}, {}});
  CHECK(sums(series.rows(report, nullptr)).at("b.bytes") == 12);
}

TEST_CASE("desk: series.csv of a run adds up to its report, equal runs give equal bytes, and the report does not notice") {
  const ScratchFolder scratch;
  const std::string plain = scratch.path() + "/plain", once = scratch.path() + "/once", again = scratch.path() + "/again";
  const auto run = [](const std::string& out, const char* windows) {
    return run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--out", out, "--set", std::string("run.windows=") + windows})
        .exit_code;
  };
  REQUIRE(run(plain, "0") == 0);
  REQUIRE(run(once, "64") == 0);
  REQUIRE(run(again, "64") == 0);
  CHECK(!std::filesystem::exists(plain + "/series.csv"));
  CHECK(slurp(once + "/series.csv") == slurp(again + "/series.csv"));
  Json with = Json::parse(slurp(once + "/report.json")), without = Json::parse(slurp(plain + "/report.json"));
  with.erase("diagnosis"), without.erase("diagnosis");
  CHECK(with == without);

  const auto rows = desk::read_csv(once + "/series.csv");
  REQUIRE(rows[0] == std::vector<std::string>{"window", "block", "stat", "value"});
  std::map<std::string, std::int64_t> sum;
  double joules = 0, length = 0;
  std::size_t windows = 0;
  std::map<std::string, double> seconds;
  for (const auto& row : rows)
    if (row[2] == "length_s") seconds[row[0]] = std::stod(row[3]), ++windows;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i][1].empty() && rows[i][2] == "power_w") joules += std::stod(rows[i][3]) * seconds[rows[i][0]];
    if (rows[i][2] == "length_s") length += std::stod(rows[i][3]);
    if (!rows[i][1].empty() && rows[i][3].find_first_of(".e") == std::string::npos)
      sum[rows[i][1] + "." + rows[i][2]] += std::stoll(rows[i][3]);
  }
  CHECK(windows >= 32);
  CHECK(windows <= 64);
  CHECK(length == Approx(without.at("time").at("seconds").get<double>()).epsilon(1e-6));
  CHECK(joules == Approx(without.at("energy").at("total_j").get<double>()).epsilon(1e-3));
  std::size_t compared = 0;
  for (const Json& block : without.at("blocks")) {
    for (const auto& [key, count] : block.at("events").items())
      CHECK(sum["" + block.at("name").get<std::string>() + ".events." + key] == count.get<std::int64_t>());
    for (const auto& [stat, value] : block.at("stats").items()) {
      const std::string kind = without.at("definitions").at(block.at("kind").get<std::string>() + "." + stat).at("kind");
      if (!value.is_number_integer() || (kind != "count" && kind != "bytes" && kind != "cycles" && kind != "time")) continue;
      CHECK(sum["" + block.at("name").get<std::string>() + "." + stat] == value.get<std::int64_t>());
      ++compared;
    }
  }
  CHECK(compared > 10);
}

TEST_CASE("desk: a program on a hart, a mesh that works ahead and a stack with heat do not notice the windows either") {
  for (const std::vector<std::string>& scenario :
       std::vector<std::vector<std::string>>{{"scenarios/firmware/classify.yaml"},
                                             {"scenarios/papers/mesh_uniform.yaml", "--set", "platform.blocks.noc.params.size=[4, 4]"},
                                             {"scenarios/thermal_stack.yaml"}}) {
    INFO(scenario.front());
    std::vector<std::string> words{"run"};
    words.insert(words.end(), scenario.begin(), scenario.end());
    words.insert(words.end(), {"--quiet", "--json"});
    Json without = Json::parse(run_snnvp(words).out);
    words.insert(words.end(), {"--set", "run.windows=100"});
    Json with = Json::parse(run_snnvp(words).out);
    with.erase("diagnosis"), without.erase("diagnosis");
    CHECK(with == without);
  }
}

TEST_CASE("desk: a mesh's traffic lies in the windows in which it happened") {
  const ScratchFolder scratch;
  const std::string folder = scratch.path() + "/run";
  REQUIRE(run_snnvp({"run", "scenarios/papers/mesh_uniform.yaml", "--quiet", "--out", folder, "--set",
                     "platform.blocks.noc.params.size=[4, 4]", "--set", "run.windows=50"})
              .exit_code == 0);
  std::vector<double> hops;
  for (const auto& row : desk::read_csv(folder + "/series.csv"))
    if (row[1] == "noc" && row[2] == "noc_flit_hops") hops.push_back(std::stod(row[3]));
  REQUIRE(hops.size() >= 24);
  std::vector<double> sorted = hops;
  std::sort(sorted.begin(), sorted.end());
  const double median = sorted[sorted.size() / 2];
  // A steady load: but for the ends, windows are alike.
  const auto alike = std::count_if(hops.begin(), hops.end(), [&](double h) { return h > 0.8 * median && h < 1.2 * median; });
  CHECK(alike + 3 >= static_cast<std::ptrdiff_t>(hops.size()));
}

TEST_CASE("desk: recorded spikes are those of the layer, in a file that NIR tools read") {
  const ScratchFolder scratch;
  const std::string folder = scratch.path() + "/run";
  const auto done = run_snnvp({"run", "scenarios/quickstart.yaml", "--quiet", "--out", folder, "--set", "run.record.spikes=[lif1, lif3]",
                               "--set", "workload.samples=3"});
  REQUIRE(done.exit_code == 0);
  const auto recordings = read_nir_data(folder + "/spikes.nir", 1e-4);
  REQUIRE(recordings.size() == 2);
  const Json report = Json::parse(slurp(folder + "/report.json"));
  CHECK(report.at("recorded").at(1) ==
        Json({{"layer", "lif3"}, {"samples", 3}, {"steps", 16}, {"neurons", 8}, {"dt_s", 1e-4}, {"spikes", 30}}));
  for (const Recording& r : recordings) {
    CHECK(r.samples == 3);
    CHECK(r.spikes.count() > 0);
    CHECK(r.spikes.bits() == r.samples * r.steps * r.neurons);
    // NeuroBench counts the same layer's silence in the golden model.
    const double silent = report.at("neurobench").at("ActivationSparsityByLayer").at(r.node);
    CHECK(r.spikes.density() == Approx(1 - silent).epsilon(1e-9));
  }
  CHECK(run_snnvp({"run", "scenarios/quickstart.yaml", "--quiet", "--set", "run.record.spikes=[lif_1]"}).exit_code == 2);
  CHECK_THAT(run_snnvp({"check", "scenarios/quickstart.yaml", "--set", "run.record.spikes=[lif_1]"}).err,
             Catch::Contains("did you mean lif1?"));
  const std::string listed = scratch.path() + "/listed";
  REQUIRE(
      run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--out", listed, "--set", "run.record.spikes=[lif_1]"}).exit_code ==
      0);
  CHECK(read_nir_data(listed + "/spikes.nir", 1e-4).at(0).spikes.count() > 0);
}

TEST_CASE("desk: run.outputs selects files") {
  const ScratchFolder scratch;
  const std::string folder = scratch.path() + "/run";
  REQUIRE(
      run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--out", folder, "--set", "run.outputs=[stats.jsonl, report.html]"})
          .exit_code == 0);
  for (const char* file : {"report.json", "manifest.json", "host.json", "resolved.yaml", "stats.jsonl", "report.html"})
    CHECK(std::filesystem::exists(folder + "/" + file));
  for (const char* file : {"stats.csv", "stats.txt", "layers.csv", "energy.csv", "series.csv"})
    CHECK(!std::filesystem::exists(folder + "/" + file));
  const std::string text = slurp(folder + "/stats.jsonl");
  std::size_t lines = 0, begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1, ++lines) {
    const Json line = Json::parse(text.substr(begin, end - begin));
    CHECK((lines == 0 ? line.contains("cycles") : line.contains("stat")));
  }
  CHECK(lines > 20);
  CHECK(run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--set", "run.outputs=[stats.xml]"}).exit_code == 2);
  CHECK(run_snnvp({"check", "scenarios/product_sparsity.yaml", "--set", "run.windows=1"}).exit_code == 2);
}

TEST_CASE("desk: figures for papers are drawn by gnuplot, equal runs give equal files") {
  const ScratchFolder scratch;
  const std::string folder = scratch.path() + "/run";
  REQUIRE(run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--out", folder, "--set", "run.windows=50"}).exit_code == 0);
  const auto done = run_snnvp({"report", folder, "--plots", "svg"});
  CHECK(std::filesystem::exists(folder + "/plots/energy.gp"));
  if (done.exit_code == 2 && done.err.find("gnuplot is not installed") != std::string::npos) {
    WARN("SKIPPED: gnuplot is not installed");
    return;
  }
  REQUIRE(done.exit_code == 0);
  for (const char* name : {"energy", "cycles", "roofline", "utilisation"}) {
    const std::string file = folder + "/plots/" + name + ".svg", svg = slurp(file);
    INFO(file);
    CHECK(svg.find("<svg") != std::string::npos);
    CHECK(svg.find("<path") != std::string::npos);
    REQUIRE(run_snnvp({"report", folder, "--plots", "svg"}).exit_code == 0);
    CHECK(slurp(file) == svg);
  }
  CHECK(run_snnvp({"run", "scenarios/product_sparsity.yaml", "--quiet", "--plots", "svg"}).exit_code == 2);
}
