// SPDX-License-Identifier: Apache-2.0
#include "conform.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/conform/bench.h>
#include <snnvp/platform/conform/scenario_links.h>
#include <snnvp/platform/plugin/loader.h>

#include "commands.h"

namespace snnvp::cli {
namespace {

using conform::Verdict;
using Json = nlohmann::ordered_json;

/// One kind or scenario with its verdicts.
struct Subject {
  std::string name;
  std::vector<Verdict> verdicts;
  std::string again;   // the command that shows a finding again, without --count
  std::string status;  // of a scenario's run

  bool passed() const {
    return std::all_of(verdicts.begin(), verdicts.end(), [](const Verdict& v) { return v.passed(); });
  }
};

std::unique_ptr<Registry> kinds_of(const ConformArguments& arguments) {
  auto registry = all_kinds();
  for (const std::string& file : arguments.plugins) load_plugin(file, "", *registry);
  return registry;
}

std::string command_of(const ConformArguments& a, const std::string& what) {
  std::string text = "snnvp conform " + what;
  for (const std::string& plugin : a.plugins) text += " --plugin " + plugin;
  for (const std::string& set : a.overrides) text += " --set " + set;
  if (!a.port.empty()) text += " --port " + a.port;
  if (!a.memory.empty()) text += " --memory '" + a.memory + "'";
  if (!a.latency.empty()) text += " --latency '" + a.latency + "'";
  return text + fmt::format(" --seed {}", a.seed);
}

bool is_file(const std::string& what) {
  const auto ends_with = [&](const std::string& tail) {
    return what.size() > tail.size() && what.compare(what.size() - tail.size(), tail.size(), tail) == 0;
  };
  return ends_with(".yaml") || ends_with(".yml");
}

Subject check_kind(const ConformArguments& a, const std::string& kind) {
  conform::BenchOptions options;
  options.kind = kind;
  options.overrides = a.overrides;
  options.port = a.port;
  options.count = a.count;
  options.seed = a.seed;
  if (!a.memory.empty()) {
    const ParsedNumber size = parse_quantity(a.memory, Dimension::bytes);
    if (!size || size.value.as_u64() < 64) throw InputError("--memory " + a.memory + ": a size of at least 64 bytes, such as '64 KiB'");
    options.memory = size.value.as_u64();
  }
  if (!a.latency.empty()) {
    const ParsedNumber latency = parse_quantity(a.latency, Dimension::time);
    if (!latency) throw InputError("--latency " + a.latency + ": a time, such as '2 ns'");
    options.latency = latency.value.as_u64();
  }
  return {kind, conform::run_bench_isolated([&a] { return kinds_of(a); }, options, a.timeout_s), command_of(a, kind), ""};
}

/// The kinds that `conform` is to look at; none: a scenario.
std::vector<std::string> kinds_to_check(const ConformArguments& a) {
  if (!a.what.empty()) return {a.what};
  if (a.plugins.empty()) throw InputError("nothing to check: name a kind, a scenario file or a plug-in\n    snnvp conform models.sram");
  std::vector<std::string> kinds;
  const auto registry = kinds_of(a);
  for (const KindDescriptor* kind : registry->all())
    if (!kind->plugin.empty() && !conform::target_ports(*kind).empty()) kinds.push_back(kind->kind);
  if (kinds.empty())
    throw InputError("no kind of these plug-ins has a target port; initiators are judged in a scenario: snnvp conform FILE.yaml");
  return kinds;
}

void print(const Subject& subject) {
  std::string text;
  for (const Verdict& verdict : subject.verdicts)
    text += (text.empty() ? "" : "\n") + verdict.to_text(subject.status.empty() ? subject.again : "");
  if (!subject.status.empty() && subject.status != "ok") text += fmt::format("\nthe run ended with status {}\n", subject.status);
  fmt::print("{}", text);
}

Json json_of(const Subject& subject) {
  Json ports = Json::array();
  for (const Verdict& verdict : subject.verdicts) ports.push_back(verdict.to_json());
  Json j{{"subject", subject.name}, {"verdict", subject.passed() ? "pass" : "fail"}, {"again", subject.again}, {"ports", ports}};
  if (!subject.status.empty()) j["status"] = subject.status;
  return j;
}

}  // namespace

void define_conform(CLI::App& app, ConformArguments& a) {
  CLI::App* command = app.add_subcommand("conform", "check a block against the rules of TLM-2.0, one verdict per rule");
  command->add_option("WHAT", a.what,
                      "a kind (models.sram), or a scenario (FILE.yaml) whose initiators are judged; default: all kinds of the plug-ins");
  command->add_option("--plugin", a.plugins, "shared object with kinds of blocks")->allow_extra_args(false);
  command->add_option("--port", a.port, "only this target port; of a scenario: only links from or to this block or port");
  command->add_option("--set", a.overrides, "PARAMETER=VALUE of the block, or a full key such as platform.clocks.core='2 GHz'")
      ->allow_extra_args(false);
  command->add_option("--memory", a.memory, "size of the plain memory that a port leads to of which nothing else is known");
  command->add_option("--latency", a.latency, "declared time of an access: none may take less");
  command->add_option("--count", a.count, "random transactions for each port")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  command->add_option("--seed", a.seed, "of the random transactions");
  command->add_option("--timeout", a.timeout_s, "seconds of wall time for a block, then it is taken for dead")->check(CLI::Range(1.0, 1e6));
  command->add_flag("--json", a.json, "as JSON");
}

int conform(const ConformArguments& a) {
  std::vector<Subject> subjects;
  if (is_file(a.what)) {
    conform::ScenarioCheck check = conform::check_scenario(a.what, a.overrides, all_kinds(), a.plugins, a.port);
    subjects.push_back({a.what, std::move(check.verdicts), command_of(a, a.what), check.status});
  } else {
    for (const std::string& kind : kinds_to_check(a)) subjects.push_back(check_kind(a, kind));
  }
  bool passed = true;
  Json list = Json::array();
  for (const Subject& subject : subjects) {
    passed = passed && subject.passed() && (subject.status.empty() || subject.status == "ok");
    list.push_back(json_of(subject));
  }
  if (a.json) {
    fmt::print("{}", to_json_text({{"verdict", passed ? "pass" : "fail"}, {"subjects", list}}));
  } else {
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      if (i != 0) fmt::print("\n");
      print(subjects[i]);
    }
    fmt::print("\n{}\n", passed ? "all rules hold" : "rules are broken");
  }
  return passed ? 0 : 1;
}

}  // namespace snnvp::cli
