// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/config/scenario.h>

#include <algorithm>
#include <filesystem>

#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/config/extends.h>
#include <snnvp/platform/config/overrides.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/config/scenario_sections.h>

namespace snnvp {

namespace {

constexpr double picoseconds_per_second = 1e12;

void check_version(const Node& root, Diagnostics& diagnostics) {
  const Node* version = root.find("scenario");
  if (!version) {
    diagnostics.error(root.pos, "scenario", "the key is missing", "write scenario: 1, the version of the format");
    return;
  }
  const ParsedNumber number = version->is_scalar() && !version->quoted ? parse_integer(version->text) : ParsedNumber{{}, "no number"};
  if (!number || number.value.is_negative() || number.value.as_u64() != 1)
    diagnostics.error(version->pos, "scenario", describe(*version) + " is no known version of the scenario format", "allowed: 1");
}

std::string read_name(const Node& root, const std::string& file, Diagnostics& diagnostics) {
  constexpr std::size_t max_length = 200;
  const std::string fallback = std::filesystem::path(file).stem().string();
  const Node* name = root.find("name");
  if (!name) return fallback;
  if (name->is_scalar() && !name->text.empty() && name->text.size() <= max_length && printable(name->text) == name->text) return name->text;
  diagnostics.error(name->pos, "name", "a short text is expected, not " + describe(*name));
  return fallback;
}

/// The section under `key`, or nullptr if it is missing, null or (after an error) of another type.
const Node* section(const Node& root, const std::string& key, Node::Type type, Diagnostics& diagnostics) {
  const Node* node = root.find(key);
  if (!node || node->is_null()) return nullptr;
  if (node->type == type) return node;
  const char* expected = type == Node::Type::map ? "a map is expected, not " : "a list is expected, not ";
  diagnostics.error(node->pos, key, expected + describe(*node));
  return nullptr;
}

RunDecl read_run(const Node* node, Diagnostics& diagnostics) {
  const Value values = check_params(node, run_params(), "run", "run", diagnostics);
  const auto picoseconds = [&](const char* key) { return values.find(key)->is_null() ? 0 : values.find(key)->as_u64(); };
  const auto seconds = [&](const char* key) { return static_cast<double>(picoseconds(key)) / picoseconds_per_second; };
  RunDecl run;
  run.limit = picoseconds("limit");
  run.check_output = values.find("check_output")->as_bool();
  const std::string& check = values.find("protocol_check")->as_text();
  run.protocol_check = check == "on" ? ProtocolCheck::on : check == "count" ? ProtocolCheck::count : ProtocolCheck::off;
  run.quantum = picoseconds("quantum");
  run.heartbeat_s = seconds("heartbeat");
  run.watchdog = picoseconds("watchdog");
  run.wall_limit_s = seconds("wall_limit");
  if (const Value* port = values.find("gdb.port"); port != nullptr && !port->is_null())
    run.gdb = GdbDecl{static_cast<std::uint16_t>(port->as_u64()), values.find("gdb.wait")->as_bool()};
  run.trace = read_trace(values, node, diagnostics);
  run.windows = static_cast<unsigned>(values.find("windows")->as_u64());
  if (run.windows == 1)
    diagnostics.error(node->pos, "run.windows", "one window is the run itself", "allowed: 0 (no series), or 2 to 2000 windows");
  for (const Value& layer : values.find("record.spikes")->items()) run.record_spikes.push_back(layer.as_text());
  for (const Value& file : values.find("outputs")->items()) run.outputs.push_back(file.as_text());
  return run;
}

void read_sections(Scenario& scenario, Diagnostics& diagnostics) {
  const Node& root = scenario.document;
  if (root.is_null()) return;  // said already
  if (!root.is_map()) {
    diagnostics.error(root.pos, "", "a scenario is a map, not " + describe(root), "it begins with scenario: 1");
    return;
  }
  check_keys(root, {"scenario", "name", "extends", "plugins", "platform", "workload", "technology", "run"}, "a scenario", "", diagnostics);
  check_version(root, diagnostics);
  scenario.name = read_name(root, scenario.file, diagnostics);
  scenario.plugins = section(root, "plugins", Node::Type::list, diagnostics);
  if (const Node* platform = section(root, "platform", Node::Type::map, diagnostics))
    read_platform(*platform, scenario, diagnostics);
  else if (!root.find("platform") || root.find("platform")->is_null())
    diagnostics.error(root.pos, "platform", "the key is missing", "a scenario needs a platform with clocks, blocks, links and maps");
  scenario.workload = section(root, "workload", Node::Type::map, diagnostics);
  scenario.technology = section(root, "technology", Node::Type::map, diagnostics);
  scenario.run = read_run(root.find("run"), diagnostics);
}

std::unique_ptr<Scenario> finish(std::unique_ptr<Scenario> scenario, const std::vector<std::string>& overrides, Diagnostics& diagnostics) {
  Node& root = scenario->document;
  // What a file that cannot be read would have given is missing everywhere: to complain about that too is noise.
  if (!resolve_extends(root, scenario->file, diagnostics, scenario->read_files)) root = Node();
  if (root.is_map())
    for (const std::string& text : overrides) apply_override(root, text, diagnostics);
  read_sections(*scenario, diagnostics);
  return scenario;
}

}  // namespace

/// A number that is null unless somebody asks for a server.
static ParamSpec gdb_port() {
  ParamSpec spec = required_param("port", ParamType::integer, "TCP port on 127.0.0.1, 0: one that is free; null: no debug server");
  spec.required = false;
  return spec.optional_null().range(0, 65535);
}

const std::vector<std::string>& output_names() {
  static const std::vector<std::string> names{"layers.csv",         "stats.csv", "stats.txt",        "stats.jsonl", "energy.csv",
                                              "action_counts.yaml", "ERT.yaml",  "uncertainty.json", "series.csv",  "spikes.nir",
                                              "report.html",        "plots",     "workload"};
  return names;
}

const std::vector<ParamSpec>& run_params() {
  static const std::vector<ParamSpec> specs = {
      param("until", "idle", "the run ends when no block has anything left to do").choices({"idle"}),
      quantity("limit", Dimension::time, Value(), "simulated time after which the run ends with status limit; null: none").optional_null(),
      param("check_output", true, "compare every output with the golden model"),
      param("protocol_check", "off", "monitor every link for TLM-2.0 rules: on stops at the first violation, count goes on")
          .choices({"off", "on", "count"}),
      quantity("quantum", Dimension::time, 100'000'000, "how far a decoupled initiator may run ahead").at_least(1),
      quantity("heartbeat", Dimension::time, 10'000'000'000'000, "wall time between progress lines when stderr is no terminal; 0: none"),
      quantity("watchdog", Dimension::time, 1'000'000'000'000,
               "simulated time without progress after which the run ends with status watchdog; 0: never"),
      quantity("wall_limit", Dimension::time, Value(), "wall time after which the run ends with partial results; null: none")
          .optional_null(),
      group("gdb", {gdb_port(), param("wait", true, "the program starts when a debugger lets it")},
            "debug server for GDB, for programs on harts (also --gdb PORT)"),
      trace_params(),
      param("windows", 0, "series.csv: what every block did in each of at most so many equal windows of time; 0: no series").range(0, 2000),
      group("record", {list_of("spikes", param("layer", "", "name of a layer"), "layers whose spikes go to spikes.nir and the raster")},
            "what is kept of the data"),
      list_of("outputs", param("file", "stats.csv", "a file").choices(output_names()),
              "the files to write beside report.json; empty: all but stats.jsonl, report.html and the plots"),
  };
  return specs;
}

std::unique_ptr<Scenario> load_scenario(const std::string& file, const std::vector<std::string>& overrides, Diagnostics& diagnostics) {
  auto scenario = std::make_unique<Scenario>();
  scenario->file = file;
  scenario->read_files.push_back(file);
  scenario->document = read_yaml_file(file, diagnostics);
  return finish(std::move(scenario), overrides, diagnostics);
}

std::unique_ptr<Scenario> load_scenario_text(const std::string& text, const std::string& name, const std::vector<std::string>& overrides,
                                             Diagnostics& diagnostics) {
  auto scenario = std::make_unique<Scenario>();
  scenario->file = name;
  scenario->read_files.push_back(name);
  scenario->document = read_yaml_text(text, name, folder_of(name), diagnostics);
  return finish(std::move(scenario), overrides, diagnostics);
}

}  // namespace snnvp
