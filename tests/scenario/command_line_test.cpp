// SPDX-License-Identifier: Apache-2.0
// The command line: usage, --set, --out, --json, and streams that nobody reads.
#include <catch2/catch.hpp>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../support/process.h"

namespace fs = std::filesystem;
using nlohmann::json;
using snnvp::test::ProcessResult;
using snnvp::test::run_process;
using snnvp::test::run_snnvp;
using snnvp::test::ScratchFolder;
using snnvp::test::slurp;

namespace {

const std::string quickstart = "scenarios/product_sparsity.yaml";

ProcessResult check_with(const std::vector<std::string>& settings) {
  std::vector<std::string> words{"check", quickstart};
  for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
  return run_snnvp(words);
}

/// Runs `snnvp` with a shell's redirections.
ProcessResult run_redirected(const std::string& arguments, const std::string& redirections) {
  return run_process({"/bin/sh", "-c", std::string(SNNVP_EXECUTABLE) + " " + arguments + " " + redirections}, SNNVP_SOURCE_DIR, 60);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a wrong command line ends with exit code 2 and the help on stderr") {
  const std::vector<std::vector<std::string>> wrong{{},
                                                    {"run"},
                                                    {"check"},
                                                    {"describe"},
                                                    {"run", quickstart, "--bogus"},
                                                    {"check", quickstart, "extra"},
                                                    {"check", quickstart, "--set"},
                                                    {"runn", quickstart}};
  for (const auto& words : wrong) {
    const ProcessResult result = run_snnvp(words);
    INFO((words.empty() ? std::string("no arguments") : words.back()));
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(contains(result.err, "Usage: snnvp"));
  }
  CHECK(contains(run_snnvp({"runn"}).err, "there is no command 'runn'; did you mean run?"));
}

TEST_CASE("help and version end with exit code 0 on stdout") {
  for (const auto& words : std::vector<std::vector<std::string>>{{"--help"}, {"run", "--help"}, {"check", "--help"}, {"--version"}}) {
    const ProcessResult result = run_snnvp(words);
    CHECK(result.exit_code == 0);
    CHECK_FALSE(result.out.empty());
    CHECK(result.err.empty());
  }
}

TEST_CASE("everything that list names can be described as text and as JSON") {
  const json listed = json::parse(run_snnvp({"list", "--json"}).out);
  std::size_t described = 0;
  for (const auto& [section, entries] : listed.items()) {
    if (!entries.is_array()) continue;
    for (const json& entry : entries) {
      if (!entry.contains("kind")) continue;
      const std::string kind = entry["kind"];
      INFO(kind);
      const ProcessResult text = run_snnvp({"describe", kind}), as_json = run_snnvp({"describe", kind, "--json"});
      CHECK(text.exit_code == 0);
      CHECK(text.err.empty());
      CHECK(contains(text.out, kind));
      CHECK(as_json.exit_code == 0);
      CHECK(json::parse(as_json.out).at("kind") == kind);
      ++described;
    }
  }
  CHECK(described >= 9);
  CHECK(contains(run_snnvp({"list"}).out, "models.prosperity"));
}

TEST_CASE("an unknown kind is told with the nearest one") {
  const ProcessResult result = run_snnvp({"describe", "models.prosperty"});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(contains(result.err, "unknown kind models.prosperty"));
  CHECK(contains(result.err, "did you mean models.prosperity?"));
}

TEST_CASE("errors of --set name the setting and are told all at once") {
  const ProcessResult result = check_with({"foo", "a..b=1", "run.limit=", "platform.links[9].to=x", "platform.blocks.pq.params.tile_m=3",
                                           "run.limits=1 s", "platform.blocks.pu.params.tile_m=010", "run.check_output.deep=1"});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  const std::string expected =
      "--set foo:1:1: '=' is missing\n"
      "    write --set key.path=value\n"
      "--set a..b=1:1:3: a..b: a name is missing in the key path\n"
      "    write --set key.path=value\n"
      "--set run.limit=:1:10: run.limit: no value after '='\n"
      "    write null for no value, '' for an empty text\n"
      "--set platform.links[9].to=x:1:15: platform.links[9]: there is no such item\n"
      "    allowed: [0] to [2]\n"
      "--set platform.blocks.pq.params.tile_m=3:1:17: platform.blocks.pq: there is no item of this name\n"
      "    allowed: bus, dram, host, pu   did you mean pu?\n"
      "--set run.check_output.deep=1:1:18: run.check_output.deep: run.check_output is 'true'; it has no members\n"
      "--set run.limits=1 s:1:5: run.limits: unknown parameter of run\n"
      "    allowed: check_output, gdb, heartbeat, limit, outputs, protocol_check, quantum, record, until, wall_limit, watchdog, windows   "
      "did you mean limit?\n"
      "--set platform.blocks.pu.params.tile_m=010:1:34: platform.blocks.pu.params.tile_m: '010' has a leading zero: write '10' for the "
      "decimal number, or 8 "
      "if octal was meant\n"
      "    allowed: integer 1..2048 rows, default 256\n"
      "8 errors, nothing was simulated\n";
  CHECK(result.err == expected);
}

TEST_CASE("a value given by --set changes what is simulated") {
  const ProcessResult plain = check_with({}), changed = check_with({"platform.blocks.pu.params.tile_m=64"}),
                      same = check_with({"platform.blocks.pu.params.tile_m=256"});
  CHECK(plain.exit_code == 0);
  CHECK(changed.exit_code == 0);
  CHECK(plain.out != changed.out);  // the hash is in it
  CHECK(plain.out == same.out);
}

TEST_CASE("an output folder that cannot be made is an error before anything is simulated") {
  const ScratchFolder scratch;
  const std::string file = scratch.write("file", "kept");
  for (const std::string& out : {file, file + "/below", std::string("/proc/snnvp")}) {
    const ProcessResult result = run_snnvp({"run", quickstart, "--out", out});
    INFO(out);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err.rfind("cannot make the output folder '" + out + "': ", 0) == 0);
    CHECK(contains(result.err, "1 error, nothing was simulated\n"));
  }
  CHECK(slurp(file) == "kept");
}

TEST_CASE("run with --json prints the report on stdout and nothing else") {
  const ScratchFolder scratch;
  const ProcessResult result = run_snnvp({"run", quickstart, "--json", "--out", scratch.path() + "/out"});
  CHECK(result.exit_code == 0);
  CHECK(json::accept(result.out));
  CHECK(result.out == slurp(scratch.path() + "/out/report.json"));
  CHECK(result.err.empty());
  const ProcessResult failed = run_snnvp({"run", "tests/scenario/broken/two_hosts.yaml", "--json"});
  CHECK(failed.exit_code == 2);
  CHECK(failed.out.empty());
}

TEST_CASE("streams that nobody reads or that are closed end a command without a hang or a crash") {
  for (const char* arguments : {"run scenarios/product_sparsity.yaml", "run scenarios/quickstart.yaml --json", "list",
                                "describe models.prosperity", "check tests/scenario/broken/two_hosts.yaml"}) {
    for (const char* redirections : {">&-", "2>&-", "<&- >&- 2>&-", "| true", "2>&1 | true", ">/dev/full", ">/dev/full 2>&1"}) {
      INFO(arguments << " " << redirections);
      const ProcessResult result = run_redirected(arguments, redirections);
      CHECK(result.signal == 0);
      CHECK((result.exit_code == 0 || result.exit_code == 2));
    }
  }
  // Where the shell ignores the signal, writing fails instead.
  const ProcessResult ignored =
      run_process({"/bin/sh", "-c", "trap '' PIPE; " + std::string(SNNVP_EXECUTABLE) + " list | true"}, SNNVP_SOURCE_DIR, 60);
  CHECK(ignored.exit_code == 0);
}

TEST_CASE("a file opened during a run is not mistaken for a closed stdout") {
  const ScratchFolder scratch;
  const std::string out = scratch.path() + "/out";
  CHECK(run_redirected("run scenarios/product_sparsity.yaml --out " + out, ">&- 2>&-").exit_code == 0);
  CHECK(json::accept(slurp(out + "/report.json")));
}

TEST_CASE("a full disk behind stdout is told and not taken for success") {
  const ProcessResult result = run_redirected("list", ">/dev/full");
  CHECK(result.exit_code == 2);
  CHECK(contains(result.err, "No space left on device"));
}

TEST_CASE("a scenario that is a folder or a device is an error") {
  for (const char* file : {"scenarios", "/dev/null", "/dev/zero", "", "no/such/file.yaml"}) {
    const ProcessResult result = run_snnvp({"check", file});
    INFO(file);
    CHECK(result.exit_code == 2);
    CHECK(contains(result.err, "1 error, nothing was simulated\n"));
  }
}
