// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "command_table.h"

namespace snnvp::cli {

const std::vector<Example>& examples() {
  static const std::vector<Example> all{
      {"", "snnvp run scenarios/quickstart.yaml", "one trained network on two accelerators"},
      {"", "snnvp new my.yaml", "a scenario to begin with"},
      {"run", "snnvp run scenarios/product_sparsity.yaml --out out/run", "simulate, keep the report and its tables"},
      {"run", "snnvp run scenarios/product_sparsity.yaml --set platform.blocks.pu.params.tile_m=64 --json",
       "change a value, print the report"},
      {"run", "snnvp run scenarios/product_sparsity.yaml --set run.windows=200 --out out/time", "also how busy every block was over time"},
      {"run", "snnvp run scenarios/product_sparsity.yaml --trace out.json", "also every tile, burst and interrupt, for ui.perfetto.dev"},
      {"check", "snnvp check scenarios/product_sparsity.yaml", "is everything in it right?"},
      {"check", "snnvp check scenarios/product_sparsity.yaml --estimate", "how long it will take, and how much memory"},
      {"new", "snnvp new my.yaml", "an engine, a bus, a memory and a drawn workload"},
      {"new", "snnvp new tiles.yaml --template sweep --base my.yaml", "a sweep over it"},
      {"search", "snnvp search scenarios/papers/spikex_tws.yaml", "the best window of each layer"},
      {"sweep", "snnvp sweep scenarios/sweeps/tile_shapes.yaml --out out/tiles -j 4", "all points; again: go on where it was"},
      {"sweep", "snnvp sweep scenarios/sweeps/tile_shapes.yaml --out out/tiles --launch slurm", "job scripts for a cluster"},
      {"sweep plan", "snnvp sweep plan scenarios/sweeps/tile_shapes.yaml --out out/tiles", "check all points, run none"},
      {"sweep run-point", "snnvp sweep run-point out/tiles --index 0 --count 10", "ten of them, on any machine"},
      {"sweep collect", "snnvp sweep collect out/tiles", "one table of what is there"},
      {"sweep status", "snnvp sweep status out/tiles", "how many are done"},
      {"compare", "snnvp compare out/run out/other", "ratios, what differs most first"},
      {"compare", "snnvp compare out/run out/other --fail-if 'totals.cycles>+2%'", "a check for continuous integration"},
      {"explain", "snnvp explain out/run totals.edp_js", "formula, inputs and sources of a number"},
      {"explain", "snnvp explain out/run memory_bound", "what a rule of the diagnosis says, and why"},
      {"report", "snnvp report out/run", "one page for a browser"},
      {"report", "snnvp report out/run --plots svg", "and figures for a paper"},
      {"import", "snnvp import net.nir --out net --data samples.npz", "a NIR network as integers"},
      {"regs", "snnvp regs models.prosperity --format c", "registers as a C header"},
      {"map", "snnvp map scenarios/firmware.yaml --format ld", "addresses for the linker"},
      {"list", "snnvp list", "kinds of blocks and workloads"},
      {"describe", "snnvp describe models.prosperity", "parameters, ports, registers, sources"},
      {"describe", "snnvp describe run --json", "a section of a scenario, for programs"},
      {"completion", "snnvp completion bash", "source it: eval \"$(snnvp completion bash)\""},
      {"man", "snnvp man", "man -l <(snnvp man)"},
      {"reprice", "snnvp reprice out/run --set technology.preset=generic28 --out out/priced", "new energy from old counts"},
      {"conform", "snnvp conform models.dram", "does a block keep the rules of TLM-2.0?"},
      {"firmware", "snnvp firmware new my_program", "a project for a program on a hart"},
      {"firmware new", "snnvp firmware new my_program", "a project for a program on a hart"},
      {"firmware headers", "snnvp firmware headers scenarios/firmware/classify.yaml --out out/headers", "what its drivers include"},
      {"firmware toolchain", "cmake --toolchain $(snnvp firmware toolchain) -S my_program -B build", "a build without the presets"},
  };
  return all;
}

namespace {

void add_below(CLI::App& app, const std::string& path) {
  std::string text;
  for (const Example& e : examples())
    if (path == e.command) text += fmt::format("  {}\n      {}\n", e.line, e.about);
  if (!text.empty()) app.footer("Examples:\n" + text);
  for (CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; }))
    add_below(*below, path.empty() ? below->get_name() : path + " " + below->get_name());
}

}  // namespace

void add_examples(CLI::App& app) { add_below(app, ""); }

bool wants_colour(int fd) {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != 0;
  };
  if (is_set("NO_COLOR")) return false;
  if (is_set("CLICOLOR_FORCE")) return true;
  const char* terminal = std::getenv("TERM");
  return isatty(fd) != 0 && terminal != nullptr && std::string(terminal) != "dumb";
}

std::string coloured(const std::string& text) {
  static constexpr std::pair<const char*, const char*> words[] = {{"  error:", "31"}, {"  warning:", "33"}, {"  notice:", "36"}};
  std::string out;
  std::size_t begin = 0, line = 0;
  while (begin < text.size()) {
    std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    std::string row = text.substr(begin, end - begin);
    for (const auto& [word, colour] : words)
      if (row.rfind(word, 0) == 0) row = fmt::format("\033[{}m{}\033[0m{}", colour, word, row.substr(std::string(word).size()));
    if (line == 0)
      if (const std::size_t at = row.rfind(": "); at != std::string::npos) {
        const std::string status = row.substr(at + 2);
        row = fmt::format("{}: \033[1;{}m{}\033[0m", row.substr(0, at), status == "ok" ? 32 : 31, status);
      }
    if (const std::size_t at = row.find("WRONG"); at != std::string::npos)
      row = row.substr(0, at) + "\033[1;31mWRONG\033[0m" + row.substr(at + 5);
    out += row + "\n";
    begin = end + 1;
    ++line;
  }
  return out;
}

}  // namespace snnvp::cli
