// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <limits>
#include <optional>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/config/canonical.h>
#include <snnvp/platform/config/params.h>
#include <snnvp/platform/config/scenario.h>
#include <snnvp/platform/conform/port_facts.h>
#include <snnvp/platform/report/technology.h>
#include <snnvp/platform/report/technology_params.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/run/workload.h>
#include <snnvp/platform/tlm/register_map.h>

#include "commands.h"

namespace snnvp::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* word(PortKind kind) {
  static const char* const names[] = {"target socket", "initiator socket", "interrupt output", "interrupt input", "clock pin", "reset pin"};
  return names[static_cast<std::size_t>(kind)];
}
const char* word(Certainty certainty) {
  static const char* const names[] = {"calibrated", "structural", "assumed"};
  return names[static_cast<std::size_t>(certainty)];
}
const char* word(RegisterAccess access) {
  static const char* const names[] = {"ro", "rw", "wo", "w1c", "w1s", "rc"};
  return names[static_cast<std::size_t>(access)];
}

Json json_of(const ParamSpec& spec) {
  Json j{{"name", spec.name}, {"allowed", describe_allowed(spec)}, {"doc", spec.doc}};
  if (!spec.unit_.empty()) j["unit"] = spec.unit_;
  if (!spec.source.empty()) j["source"] = spec.source;
  j["default"] = spec.required ? Json(nullptr) : Json::parse(to_json(spec.default_value).dump());
  j["required"] = spec.required;
  if (!spec.members.empty()) {
    Json members = Json::array();
    for (const ParamSpec& member : spec.members) members.push_back(json_of(member));
    j["members"] = members;
  }
  return j;
}

std::vector<std::string> default_events(const KindDescriptor& kind) {
  if (!kind.events) return {};
  return kind.events(ParamSet(default_params(kind.params)));
}

const char* word(Ability ability) {
  static const char* const names[] = {"unstated", "no", "yes"};
  return names[static_cast<std::size_t>(ability)];
}
const char* word(PortAbilities::Role role) {
  static const char* const names[] = {"unstated", "memory", "registers", "packets", "route"};
  return names[static_cast<std::size_t>(role)];
}

/// Yes, no, or the parameter that decides.
std::string dmi_of(const PortAbilities& a) { return a.dmi_parameter.empty() ? word(a.dmi) : "parameter " + a.dmi_parameter; }

Json json_of(const PortAbilities& a) {
  const bool is_any = a.max_access == std::numeric_limits<Bytes>::max();
  return {{"leads_to", word(a.role)},
          {"min_access", a.min_access},
          {"max_access", is_any ? Json(nullptr) : Json(a.max_access)},
          {"aligned_only", a.aligned_only},
          {"byte_enables", word(a.byte_enables)},
          {"streaming", word(a.streaming)},
          {"debug_read", word(a.debug_read)},
          {"debug_write", word(a.debug_write)},
          {"dmi", dmi_of(a)},
          {"phases_if", a.phases_if},
          {"may_wait", a.may_wait}};
}

/// "1 to 4 bytes, aligned; byte enables no, streaming no; ..." for a line below the port.
std::string text_of(const PortAbilities& a) {
  const std::string most = a.max_access == std::numeric_limits<Bytes>::max() ? "any number of" : fmt::format("{}", a.max_access);
  return fmt::format(
      "leads to {}: {} bytes{}; byte enables {}, streaming {}, debug read {}, debug write {}, DMI {}; non-blocking calls {}{}",
      word(a.role), a.min_access == a.max_access ? most : fmt::format("{} to {}", a.min_access, most), a.aligned_only ? ", aligned" : "",
      word(a.byte_enables), word(a.streaming), word(a.debug_read), word(a.debug_write), dmi_of(a),
      a.phases_if.empty() ? "through the socket's conversion" : "with phases of its own if " + a.phases_if, a.may_wait ? "; may wait" : "");
}

Json json_of(const KindDescriptor& kind) {
  Json j{{"kind", kind.kind}, {"doc", kind.doc}, {"needs_clock", kind.needs_clock}, {"takes_jobs", kind.takes_jobs}};
  for (const char* key : {"parameters", "ports", "statistics", "events", "sources", "registers"}) j[key] = Json::array();
  for (const ParamSpec& spec : kind.params) j["parameters"].push_back(json_of(spec));
  for (const PortSpec& port : kind.ports) {
    j["ports"].push_back(
        {{"name", port.name}, {"kind", word(port.kind)}, {"vector", port.is_vector}, {"optional", port.is_optional}, {"doc", port.doc}});
    if (port.kind == PortKind::target) j["ports"].back()["abilities"] = json_of(conform::abilities_of(kind, port));
  }
  for (const StatSpec& stat : kind.stats) j["statistics"].push_back({{"name", stat.name}, {"unit", stat.unit}, {"doc", stat.doc}});
  for (const std::string& key : default_events(kind)) j["events"].push_back(key);
  for (const SourceNote& note : kind.sources)
    j["sources"].push_back({{"what", note.what}, {"certainty", word(note.certainty)}, {"source", note.source}});
  if (!kind.registers.empty())
    for (const RegisterMap& bank : parse_register_banks(kind.registers, kind.kind, kind.registers_head))
      for (const RegisterSpec& r : bank.registers) {
        j["registers"].push_back({{"name", r.name}, {"offset", r.offset}, {"access", word(r.access)}, {"reset", r.reset}, {"doc", r.doc}});
        if (r.stride != 0) j["registers"].back().update({{"count", r.count}, {"stride", r.stride}});
        if (bank.bank != "regs") j["registers"].back()["bank"] = bank.bank;
      }
  j["energy_not_counted"] = kind.energy_not_counted;
  if (!kind.plugin.empty()) j["plugin"] = kind.plugin;
  return j;
}

void print_params(const std::vector<ParamSpec>& specs, const std::string& indent) {
  for (const ParamSpec& spec : specs) {
    fmt::print("{}{:<22} {}{}\n{}{:<22} {}{}\n", indent, spec.name, describe_allowed(spec),
               spec.unit_.empty() ? "" : " [" + spec.unit_ + "]", indent, "", spec.doc,
               spec.source.empty() ? "" : " (" + spec.source + ")");
    if (spec.type == ParamType::record) print_params(spec.members, indent + "  ");
  }
}

void print(const KindDescriptor& kind) {
  fmt::print("{}\n  {}\n\nparameters{}\n", kind.kind, kind.doc, kind.needs_clock ? " (besides `clock:`)" : "");
  print_params(kind.params, "  ");
  fmt::print("\nports\n");
  for (const PortSpec& port : kind.ports) {
    fmt::print("  {:<22} {}{}{}{}\n", port.name + (port.is_vector ? "[]" : ""), word(port.kind),
               port.is_optional ? ", may stay unbound" : "", port.doc.empty() ? "" : ": ", port.doc);
    if (port.kind == PortKind::target) fmt::print("  {:<22} {}\n", "", text_of(conform::abilities_of(kind, port)));
  }
  if (!kind.registers.empty()) {
    for (const RegisterMap& bank : parse_register_banks(kind.registers, kind.kind, kind.registers_head)) {
      fmt::print("\nregisters{}\n", bank.bank == "regs" ? "" : " of " + bank.bank);
      for (const RegisterSpec& r : bank.registers)
        fmt::print("  0x{:03x} {:<18} {:<4} {}{}\n", r.offset, r.name, word(r.access), r.doc,
                   r.stride != 0 ? fmt::format(" ({} of them, {} bytes apart)", r.count, r.stride) : "");
    }
  }
  if (!kind.plugin.empty()) fmt::print("\nfrom plug-in {}\n", kind.plugin);
  fmt::print("\nstatistics\n");
  for (const StatSpec& stat : kind.stats) fmt::print("  {:<22} {} [{}]\n", stat.name, stat.doc, stat.unit);
  if (const auto events = default_events(kind); !events.empty()) {
    fmt::print("\nevents (with default parameters)\n");
    for (const std::string& key : events) fmt::print("  {}\n", key);
  }
  if (!kind.energy_not_counted.empty()) fmt::print("\nenergy is not counted: {}\n", kind.energy_not_counted);
  fmt::print("\nwhere the figures come from\n");
  for (const SourceNote& note : kind.sources) fmt::print("  {:<22} {}: {}\n", note.what, word(note.certainty), note.source);
}

/// A part of a scenario with parameters of its own: a workload kind, or the section `technology` or `run`.
struct Section {
  std::string name, title, doc;
  std::vector<ParamSpec> params;
};

std::optional<Section> find_section(const std::string& name) {
  if (const WorkloadKind* kind = find_workload_kind(name)) {
    Section section{name, "workload kind " + name, kind->doc, kind->params};
    for (ParamSpec& spec : common_workload_params(*kind)) section.params.push_back(std::move(spec));
    return section;
  }
  if (name == "technology")
    return Section{name, "section technology", "Prices of the counted events", technology_params(Technology(data_dir() + "/tech"))};
  if (name == "run") return Section{name, "section run", "When a run ends, and what is checked", run_params()};
  return std::nullopt;
}

Json json_of(const Section& section) {
  Json j{{"kind", section.name}, {"doc", section.doc}, {"parameters", Json::array()}};
  for (const ParamSpec& spec : section.params) j["parameters"].push_back(json_of(spec));
  return j;
}

void print(const Section& section) {
  fmt::print("{}\n  {}\n\nparameters\n", section.title, section.doc);
  print_params(section.params, "  ");
}

}  // namespace

std::unique_ptr<Registry> kinds_with(const std::vector<std::string>& plugins) {
  auto registry = all_kinds();
  for (const std::string& file : plugins) load_plugin(file, "", *registry);
  return registry;
}

int list(bool json, const std::vector<std::string>& plugins) {
  const auto registry = kinds_with(plugins);
  if (json) {
    Json kinds = Json::array(), workloads = Json::array();
    for (const KindDescriptor* kind : registry->all()) kinds.push_back({{"kind", kind->kind}, {"doc", kind->doc}});
    for (const WorkloadKind& kind : workload_kinds()) workloads.push_back({{"kind", kind.kind}, {"doc", kind.doc}});
    fmt::print("{}", to_json_text({{"kinds", kinds}, {"workloads", workloads}}));
    return 0;
  }
  fmt::print("blocks\n");
  for (const KindDescriptor* kind : registry->all()) fmt::print("  {:<20} {}\n", kind->kind, kind->doc);
  fmt::print("\nworkloads\n");
  for (const WorkloadKind& kind : workload_kinds()) fmt::print("  {:<20} {}\n", kind.kind, kind.doc);
  fmt::print(
      "\n`snnvp describe KIND` tells parameters, ports, registers and where the figures come from;\nKIND may also be `technology` or "
      "`run`, the sections of a scenario.\n");
  return 0;
}

int describe(const std::string& name, bool json, const std::vector<std::string>& plugins) {
  const auto registry = kinds_with(plugins);
  if (const KindDescriptor* kind = registry->find(name)) {
    json ? fmt::print("{}", to_json_text(json_of(*kind))) : print(*kind);
    return 0;
  }
  if (const std::optional<Section> section = find_section(name)) {
    json ? fmt::print("{}", to_json_text(json_of(*section))) : print(*section);
    return 0;
  }
  std::vector<std::string> names;
  for (const KindDescriptor* kind : registry->all()) names.push_back(kind->kind);
  for (const WorkloadKind& kind : workload_kinds()) names.push_back(kind.kind);
  names.insert(names.end(), {"technology", "run"});
  const std::string hint = did_you_mean(name, names);
  throw InputError("unknown kind " + name + "\n    allowed: " + join_names(names, 40) + (hint.empty() ? "" : "   " + hint));
}

}  // namespace snnvp::cli
