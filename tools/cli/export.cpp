// SPDX-License-Identifier: Apache-2.0
#include "export.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/engine/accelerator.h>
#include <snnvp/platform/export/address_map.h>
#include <snnvp/platform/export/register_export.h>

#include "commands.h"

namespace snnvp::cli {
namespace {

const char* const common_head = "engine";

int deliver(const std::string& out, const std::string& text) {
  if (out.empty()) {
    fmt::print("{}", text);
    return 0;
  }
  std::string problem;
  if (!write_file_atomically(out, text, problem)) throw InputError(problem);
  return 0;
}

RegisterBanks banks_of(const std::string& kind, const std::vector<std::string>& plugins) {
  if (kind == common_head) return {kind, parse_register_banks(engine::common_registers, kind)};
  const auto registry = kinds_with(plugins);
  std::vector<std::string> names{common_head};
  for (const KindDescriptor* k : registry->all())
    if (!k->registers.empty()) names.push_back(k->kind);
  const KindDescriptor* found = registry->find(kind);
  if (found != nullptr && !found->registers.empty())
    return {kind, parse_register_banks(found->registers, found->kind, found->registers_head)};
  const std::string hint = did_you_mean(kind, names);
  throw InputError((found != nullptr ? kind + " has no registers" : "unknown kind " + quote(kind)) +
                   "\n    kinds with registers: " + join_names(names, 40) + (hint.empty() ? "" : "   " + hint));
}

}  // namespace

void define_export(CLI::App& app, ExportArguments& a) {
  CLI::App* regs = app.add_subcommand("regs", "registers of a kind as C header, Markdown, CMSIS-SVD or IP-XACT");
  regs->add_option("KIND", a.kind, "e.g. models.prosperity; `engine` is the head common to all engines")->required();
  regs->add_option("--format", a.format, "c, md, svd, ipxact")->check(CLI::IsMember({"c", "md", "svd", "ipxact"}))->capture_default_str();
  regs->add_option("--out", a.out, "file; without it stdout");
  CLI::App* map = app.add_subcommand("map", "address map of a scenario as C header, linker script, Markdown, device tree or CMSIS-SVD");
  map->add_option("FILE", a.file, "scenario (YAML)")->required();
  map->add_option("--set", a.overrides, "KEY=VALUE changes one value")->allow_extra_args(false);
  map->add_option("--from", a.from, "whose address space, e.g. cpu.bus; default: the first hart, else the host");
  map->add_option("--format", a.format, "c, ld, md, dts, svd")
      ->check(CLI::IsMember({"c", "ld", "md", "dts", "svd"}))
      ->capture_default_str();
  map->add_option("--out", a.out, "file; without it stdout");
  for (CLI::App* command : {regs, map})
    command->add_option("--plugin", a.plugins, "shared object with kinds of blocks, besides those a scenario names")
        ->allow_extra_args(false);
}

int export_registers(const ExportArguments& a) {
  const RegisterBanks banks = banks_of(a.kind, a.plugins);
  return deliver(a.out, a.format == "c"     ? registers_as_c(banks)
                        : a.format == "svd" ? registers_as_svd(banks)
                        : a.format == "md"  ? registers_as_markdown(banks)
                                            : registers_as_ipxact(banks));
}

int export_map(const ExportArguments& a) {
  const AddressMap map = address_map(a.file, a.overrides, a.from, *kinds_with(a.plugins));
  return deliver(a.out, a.format == "c"     ? map_as_c(map)
                        : a.format == "ld"  ? map_as_ld(map)
                        : a.format == "md"  ? map_as_markdown(map)
                        : a.format == "dts" ? map_as_device_tree(map)
                                            : map_as_svd(map));
}

}  // namespace snnvp::cli
