// SPDX-License-Identifier: Apache-2.0
// What a firmware project needs from the simulator: a start, headers of its platform, and the place of the tool-chain file.
#include "firmware.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <system_error>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/engine/accelerator.h>
#include <snnvp/platform/export/address_map.h>
#include <snnvp/platform/export/export_text.h>
#include <snnvp/platform/export/register_export.h>
#include <snnvp/platform/run/simulation.h>

#include "commands.h"

namespace snnvp::cli {
namespace {

namespace fs = std::filesystem;

/// Start-up code, drivers, CMake files and the template: beside the other data when installed, else in the source tree.
fs::path sdk_folder() {
  const fs::path data = data_dir();
  for (const fs::path& folder : {data / "firmware-sdk", data.parent_path() / "workloads" / "firmware"})
    if (fs::exists(folder / "cmake" / "riscv-toolchain.cmake")) return folder;
  throw InputError("the firmware SDK is not found beside " + data.string() + ": SNNVP_DATA_DIR must name the data of an installation");
}

std::string toolchain_file() { return fs::canonical(sdk_folder() / "cmake" / "riscv-toolchain.cmake").string(); }

/// Writes a file unless it holds these bytes already: what depends on it is not built again.
void write_if_new(const fs::path& path, const std::string& text) {
  std::string problem;
  if (fs::exists(path) && read_file(path.string(), problem) == text) return;
  if (!write_file_atomically(path.string(), text, problem)) throw InputError(problem);
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw InputError(path.string() + ": " + error.message());
}

// --- headers ---

int write_headers(const FirmwareArguments& a) {
  const auto registry = kinds_with(a.plugins);
  const AddressMap map = address_map(a.file, a.overrides, "", *registry);
  make_folder(a.out);
  const fs::path out = a.out;
  const auto header = [&out](const RegisterBanks& banks) {
    write_if_new(out / (exporting::short_name(banks.kind) + "_regs.h"), registers_as_c(banks));
  };
  header({"engine", parse_register_banks(engine::common_registers, "engine")});
  for (const KindDescriptor* kind : registry->all())
    if (!kind->registers.empty()) header({kind->kind, parse_register_banks(kind->registers, kind->kind, kind->registers_head)});
  write_if_new(out / "platform_map.h", map_as_c(map));
  write_if_new(out / "platform.svd", map_as_svd(map));
  return 0;
}

// --- new ---

/// A name that CMake and file systems take, from that of the folder.
std::string project_name(const std::string& folder) {
  std::string name;
  for (const char c : folder) name += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ? c : '_';
  const auto is_taken = [&name](const char* word) { return name == word; };
  constexpr const char* reserved[] = {"all",     "board",   "clean",         "debug", "edit_cache", "help",
                                      "install", "package", "rebuild_cache", "run",   "test"};
  const bool starts_well = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
  return !starts_well || std::any_of(std::begin(reserved), std::end(reserved), is_taken) ? "firmware_" + name : name;
}

/// Paths stand in JSON strings.
std::string in_json(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out;
}

std::string replaced(std::string text, const std::vector<std::pair<std::string, std::string>>& values) {
  for (const auto& [from, to] : values)
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

int make_project(const std::string& folder) {
  const fs::path to = fs::absolute(folder).lexically_normal();
  std::error_code error;
  if (fs::exists(to, error) && !(fs::is_directory(to, error) && fs::is_empty(to, error)))
    throw InputError(folder + " is there already, and not an empty folder");
  const std::string name = project_name((to.has_filename() ? to : to.parent_path()).filename().string());
  const std::vector<std::pair<std::string, std::string>> values = {
      {"@NAME@", name}, {"@TOOLCHAIN@", in_json(toolchain_file())}, {"@SNNVP@", in_json(fs::read_symlink("/proc/self/exe").string())}};
  std::string problem;
  const auto copy = [&](const fs::path& from, const fs::path& file) {
    const auto text = read_file(from.string(), problem);
    if (!text) throw InputError(problem);
    make_folder(file.parent_path());
    write_if_new(file, replaced(*text, values));
  };
  const fs::path source = sdk_folder() / "template";
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source))
    if (entry.is_regular_file()) copy(entry.path(), to / entry.path().lexically_relative(source));
  copy(fs::path(data_dir()) / "platforms" / "riscv_virt.yaml", to / "platform.yaml");
  fmt::print(
      "made {}. Build and run it:\n\n  cd {}\n  cmake --preset snnvp\n  cmake --build build --target run\n\nREADME.md there tells the "
      "rest.\n",
      folder, folder);
  return 0;
}

}  // namespace

void define_firmware(CLI::App& app, FirmwareArguments& a) {
  CLI::App* firmware = app.add_subcommand("firmware", "projects for programs that run on the platform's RISC-V harts");
  firmware->require_subcommand(1);
  CLI::App* make = firmware->add_subcommand("new", "make a folder with a small project: program, platform, CMake and VS Code files");
  make->add_option("DIR", a.folder, "the folder; it must be empty or not be there")->required();
  CLI::App* headers =
      firmware->add_subcommand("headers", "write the headers that drivers include: registers of all kinds, a scenario's map");
  headers->add_option("FILE", a.file, "scenario (YAML)")->required();
  headers->add_option("--set", a.overrides, "KEY=VALUE changes one value")->allow_extra_args(false);
  headers->add_option("--plugin", a.plugins, "shared object with kinds of blocks, besides those the scenario names")
      ->allow_extra_args(false);
  headers->add_option("--out", a.out, "folder")->required();
  firmware->add_subcommand("toolchain", "print the place of the CMake tool-chain file, for cmake --toolchain");
}

int firmware(const CLI::App& app, const FirmwareArguments& a) {
  const CLI::App* chosen = app.get_subcommand("firmware");
  if (chosen->got_subcommand("new")) return make_project(a.folder);
  if (chosen->got_subcommand("headers")) return write_headers(a);
  fmt::print("{}\n", toolchain_file());
  return 0;
}

}  // namespace snnvp::cli
