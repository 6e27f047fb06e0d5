// SPDX-License-Identifier: Apache-2.0
// The command line as a whole: help with examples, completion, man page, colour, templates, estimates.
#include <catch2/catch.hpp>

#include <filesystem>
#include <functional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "../support/process.h"

namespace fs = std::filesystem;
using snnvp::test::ProcessResult;
using snnvp::test::run_process;
using snnvp::test::run_snnvp;
using snnvp::test::ScratchFolder;
using snnvp::test::slurp;

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// Names in the list of subcommands of a help text.
std::vector<std::string> subcommands_of(const std::string& help) {
  std::vector<std::string> names;
  const std::size_t at = help.find("\nSubcommands:\n");
  if (at == std::string::npos) return names;
  std::istringstream in(help.substr(at + 14));
  for (std::string line; std::getline(in, line) && line.rfind("  ", 0) == 0;)
    if (line[2] != ' ') names.push_back(words_of(line).front());
  return names;
}

std::string help_of(std::vector<std::string> command) {
  command.emplace_back("--help");
  const ProcessResult result = run_snnvp(command);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

void for_each_command(const std::vector<std::string>& path,
                      const std::function<void(const std::vector<std::string>&, const std::string&)>& call) {
  const std::string help = help_of(path);
  call(path, help);
  for (const std::string& name : subcommands_of(help)) {
    std::vector<std::string> below = path;
    below.push_back(name);
    for_each_command(below, call);
  }
}

/// Completions that bash gives for a line that ends in a space or in the beginning of a word.
std::vector<std::string> completed(const std::string& line) {
  const std::string script = "source <(" + std::string(SNNVP_EXECUTABLE) + " completion bash); line=" +
                             "\"$1\"; COMP_WORDS=($line); [ \"${line% }\" != \"$line\" ] && COMP_WORDS+=(''); "
                             "COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _snnvp; printf '%s\\n' \"${COMPREPLY[@]}\"";
  const ProcessResult result = run_process({"/bin/bash", "-c", script, "bash", line}, SNNVP_SOURCE_DIR);
  REQUIRE(result.exit_code == 0);
  return words_of(result.out);
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("desk: every command has examples below its help, and their options exist") {
  std::size_t commands = 0;
  for_each_command({}, [&](const std::vector<std::string>& path, const std::string& help) {
    ++commands;
    std::string words;
    for (const std::string& word : path) words += word + " ";
    INFO("snnvp " << words << "(tools/cli/examples.cpp)");
    const std::size_t at = help.find("Examples:\n");
    CHECK(at != std::string::npos);
    if (at == std::string::npos) return;
    for (const std::string& word : words_of(help.substr(at)))
      if (std::regex_match(word, std::regex("--?[a-z][a-z-]*")) && !path.empty()) {
        INFO(word);
        CHECK(std::regex_search(help.substr(0, at), std::regex("[ ,]" + word + "\\b")));
      }
  });
  CHECK(commands > 18);
}

TEST_CASE("desk: bash completes commands, options, choices and kinds") {
  if (!fs::exists("/bin/bash")) {
    WARN("SKIPPED: no bash");
    return;
  }
  CHECK(has(completed("snnvp "), "compare"));
  CHECK(completed("snnvp expl") == std::vector<std::string>{"explain"});
  CHECK(has(completed("snnvp run --"), "--signature"));
  CHECK(!has(completed("snnvp run --"), "--format"));
  CHECK(completed("snnvp regs models.prosperity --format sv") == std::vector<std::string>{"svd"});
  CHECK(has(completed("snnvp sweep "), "run-point"));
  CHECK(has(completed("snnvp sweep run-point --"), "--index"));
  CHECK(has(completed("snnvp describe models.pro"), "models.prosperity"));
  CHECK(has(completed("snnvp run scenarios/qu"), "scenarios/quickstart.yaml"));
  CHECK(run_snnvp({"completion", "tcsh"}).exit_code == 2);
}

TEST_CASE("desk: completion for zsh and fish names every command and option, and is well-formed where the shell is there") {
  const ScratchFolder scratch;
  for (const std::string shell : {"zsh", "fish", "bash"}) {
    INFO(shell);
    const ProcessResult made = run_snnvp({"completion", shell});
    REQUIRE(made.exit_code == 0);
    for (const char* word : {"run-point", "fail-if", "estimate", "models.prosperity", "ipxact"})
      CHECK(made.out.find(word) != std::string::npos);
    const std::string program = "/usr/bin/" + shell;
    if (fs::exists(program)) CHECK(run_process({program, "-n", scratch.write("completion." + shell, made.out)}).exit_code == 0);
  }
}

TEST_CASE("desk: the man page has every command, option and example, and groff has nothing to say against it") {
  const ScratchFolder scratch;
  const ProcessResult page = run_snnvp({"man"});
  REQUIRE(page.exit_code == 0);
  for_each_command({}, [&](const std::vector<std::string>& path, const std::string&) {
    std::string words;
    for (const std::string& word : path) words += (words.empty() ? "" : " ") + std::regex_replace(word, std::regex("-"), "\\-");
    if (!words.empty()) CHECK(page.out.find(".SS " + words + "\n") != std::string::npos);
  });
  CHECK(page.out.find("\\-\\-fail\\-if") != std::string::npos);
  if (!fs::exists("/usr/bin/groff")) return;
  const ProcessResult set = run_process({"/usr/bin/groff", "-ww", "-man", "-Tascii", "-z", scratch.write("snnvp.1", page.out)});
  CHECK(set.exit_code == 0);
  CHECK(set.err.empty());
}

TEST_CASE("desk: colour is for terminals; NO_COLOR forbids it and CLICOLOR_FORCE asks for it") {
  const auto run = [](const std::string& setting) {
    return run_process({"/usr/bin/env", setting, SNNVP_EXECUTABLE, "run", "scenarios/product_sparsity.yaml", "--quiet"}, SNNVP_SOURCE_DIR)
        .out;
  };
  const std::string plain = run("TERM=xterm"), forced = run("CLICOLOR_FORCE=1");
  CHECK(plain.find('\033') == std::string::npos);
  CHECK(forced.find("\033[1;32mok\033[0m") != std::string::npos);
  CHECK(std::regex_replace(forced, std::regex("\033\\[[0-9;]*m"), "") == plain);
  CHECK(
      run_process({"/usr/bin/env", "CLICOLOR_FORCE=1", "NO_COLOR=1", SNNVP_EXECUTABLE, "run", "scenarios/product_sparsity.yaml", "--quiet"},
                  SNNVP_SOURCE_DIR)
          .out == plain);
}

TEST_CASE("desk: every template of new passes its check and runs") {
  const ScratchFolder scratch;
  for (const std::string kind : {"engine", "network", "mesh", "firmware"}) {
    INFO(kind);
    const std::string file = scratch.path() + "/" + kind + ".yaml";
    const ProcessResult made = run_snnvp({"new", file, "--template", kind});
    REQUIRE(made.exit_code == 0);
    CHECK_THAT(made.out, Catch::Contains("snnvp check " + file));
    const ProcessResult ran = run_snnvp({"run", file, "--quiet", "--out", scratch.path() + "/out_" + kind});
    INFO(ran.err);
    CHECK(ran.exit_code == 0);
    CHECK(run_snnvp({"new", file}).exit_code == 2);
    CHECK(run_snnvp({"new", file, "--template", kind, "--force"}).exit_code == 0);
  }
  const std::string sweep = scratch.path() + "/tiles.yaml";
  CHECK(run_snnvp({"new", sweep, "--template", "sweep"}).exit_code == 2);
  REQUIRE(run_snnvp({"new", sweep, "--template", "sweep", "--base", scratch.path() + "/engine.yaml"}).exit_code == 0);
  CHECK(run_snnvp({"sweep", "plan", sweep, "--out", scratch.path() + "/plan"}).exit_code == 0);
}

TEST_CASE("desk: check --estimate tells time, memory and points") {
  const ProcessResult one = run_snnvp({"check", "scenarios/product_sparsity.yaml", "--estimate"});
  CHECK(one.exit_code == 0);
  CHECK_THAT(one.out, Catch::Contains("time      ") && Catch::Contains("by a run") && Catch::Contains("MiB"));
  // Too long for the pilot: so much of it is told by what it has done.
  const ProcessResult large = run_snnvp({"check", "scenarios/spikformer.yaml", "--estimate", "--set", "workload.seeds=40"});
  CHECK(large.exit_code == 0);
  CHECK(std::regex_search(large.out, std::regex("time +(about .*, by a pilot that did .* % of the jobs|more than )")));
  const ProcessResult sweep = run_snnvp({"check", "scenarios/sweeps/tile_shapes.yaml", "--estimate"});
  CHECK(sweep.exit_code == 0);
  CHECK_THAT(sweep.out, Catch::Contains("points    24: "));
  CHECK(run_snnvp({"check", "scenarios/nothing.yaml", "--estimate"}).exit_code == 2);
}
