// SPDX-License-Identifier: Apache-2.0
// Sweeps from outside: the same database whatever launches, kills and resumes them; failures told as what they are.
#include <catch2/catch.hpp>

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "../support/process.h"

using snnvp::test::ProcessResult;
using snnvp::test::run_process;
using snnvp::test::run_snnvp;
using snnvp::test::ScratchFolder;
using snnvp::test::slurp;
namespace fs = std::filesystem;

namespace {

/// All rows of all tables that do not depend on the machine, as text.
std::string rows_of(const std::string& database) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  std::string text;
  for (const char* table : {"sweep", "run", "param", "stat", "layer", "event", "warning", "summary"}) {
    text += std::string("-- ") + table + "\n";
    const auto add = [](void* out, int n, char** values, char**) {
      for (int i = 0; i < n; ++i) *static_cast<std::string*>(out) += std::string(values[i] ? values[i] : "NULL") + "|";
      *static_cast<std::string*>(out) += "\n";
      return 0;
    };
    REQUIRE(sqlite3_exec(db, (std::string("SELECT * FROM ") + table).c_str(), add, &text, nullptr) == SQLITE_OK);
  }
  sqlite3_close(db);
  return text;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Small synthetic layers: a run takes some hundredths of a second.
std::string base_scenario(const ScratchFolder& scratch) {
  return scratch.write("base.yaml",
                       "scenario: 1\n"
                       "platform:\n"
                       "  extends: " SNNVP_SOURCE_DIR
                       "/scenarios/platforms/one_engine.yaml\n"
                       "  blocks: [ { name: pu, kind: models.prosperity, clock: core } ]\n"
                       "  links: [ { from: pu.dma, to: bus.in }, { from: pu.irq, to: \"host.irq[0]\" } ]\n"
                       "  maps: [ { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB } ]\n"
                       "workload: { kind: synthetic, layers: [ { C: 32, N: 32, L: 16 } ] }\n");
}

std::string sweep_file(const ScratchFolder& scratch, const std::string& text) {
  base_scenario(scratch);
  return scratch.write("sweep.yaml", "sweep: 1\nbase: base.yaml\n" + text);
}

const char* const twelve =
    "axes:\n"
    "  platform.blocks.pu.params.tile_m: [64, 128, 256]\n"
    "  platform.blocks.pu.params.tile_k: [8, 16]\n"
    "seeds: 2\n";

/// `snnvp` in the background, in a process group of its own.
pid_t start(const std::vector<std::string>& arguments) {
  const pid_t child = fork();
  if (child != 0) return child;
  setpgid(0, 0);
  if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(126);
  std::vector<char*> argv{const_cast<char*>(SNNVP_EXECUTABLE)};
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  execv(SNNVP_EXECUTABLE, argv.data());
  _exit(127);
}

std::size_t results_in(const std::string& folder) {
  std::size_t n = 0;
  std::error_code error;
  for (auto it = fs::directory_iterator(folder + "/results", error); !error && it != fs::directory_iterator(); ++it)
    n += it->path().extension() == ".json";
  return n;
}

/// Waits until the folder holds so many results; false if the process ended or a minute passed.
bool wait_for_results(pid_t child, const std::string& folder, std::size_t n) {
  for (int i = 0; i < 30'000; ++i) {
    if (results_in(folder) >= n) return true;
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

/// Children of a process, by /proc.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream in(entry.path() / "stat");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::size_t end = text.rfind(')');
    if (end == std::string::npos) continue;
    std::istringstream rest(text.substr(end + 1));
    char state = 0;
    pid_t p = 0;
    rest >> state >> p;
    if (p == parent) children.push_back(std::stoi(name));
  }
  return children;
}

}  // namespace

TEST_CASE("formats.F15 twelve points give the same rows from one process, from two, as a script, and killed half-way and resumed") {
  const ScratchFolder scratch;
  const std::string file = sweep_file(scratch, twelve);
  const auto folder = [&scratch](const char* name) { return scratch.path() + "/" + name; };

  const ProcessResult one = run_snnvp({"sweep", file, "--out", folder("one"), "-j", "1", "--quiet"});
  INFO(one.err);
  REQUIRE(one.exit_code == 0);
  const std::string expected = rows_of(folder("one") + "/sweep.db");
  CHECK(count_of(expected, "|ok|") == 24);  // run and summary

  REQUIRE(run_snnvp({"sweep", file, "--out", folder("two"), "-j", "2", "--quiet"}).exit_code == 0);
  CHECK(rows_of(folder("two") + "/sweep.db") == expected);
  CHECK(slurp(folder("two") + "/sweep.csv") == slurp(folder("one") + "/sweep.csv"));

  REQUIRE(run_snnvp({"sweep", file, "--out", folder("script"), "--launch", "script", "--chunk", "5"}).exit_code == 0);
  CHECK(count_of(slurp(folder("script") + "/commands.txt"), "\n") == 3);
  REQUIRE(run_process({"/bin/sh", folder("script") + "/commands.txt"}).exit_code == 0);
  REQUIRE(run_snnvp({"sweep", "collect", folder("script")}).exit_code == 0);
  CHECK(rows_of(folder("script") + "/sweep.db") == expected);

  const pid_t child = start({"sweep", file, "--out", folder("killed"), "-j", "1", "--quiet"});
  REQUIRE(wait_for_results(child, folder("killed"), 5));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(results_in(folder("killed")) < 12);
  const ProcessResult partly = run_snnvp({"sweep", "collect", folder("killed")});
  CHECK(partly.exit_code == 1);
  CHECK_THAT(partly.out, Catch::Contains("missing"));
  REQUIRE(run_snnvp({"sweep", file, "--out", folder("killed"), "-j", "2", "--quiet"}).exit_code == 0);
  CHECK(rows_of(folder("killed") + "/sweep.db") == expected);
}

TEST_CASE("desk.1 a sweep of 200 points killed three times and resumed equals an undisturbed one") {
  const ScratchFolder scratch;
  const std::string file = sweep_file(scratch,
                                      "axes:\n"
                                      "  platform.blocks.pu.params.tile_m: { from: 20, to: 248, step: 12 }\n"
                                      "  workload.density: { from: 0.05, to: 0.5, points: 10 }\n");
  const std::string calm = scratch.path() + "/calm", disturbed = scratch.path() + "/disturbed";
  const ProcessResult whole = run_snnvp({"sweep", file, "--out", calm, "--quiet"});
  INFO(whole.err << whole.out);
  REQUIRE(whole.exit_code == 0);
  CHECK(results_in(calm) == 200);
  // The moments are drawn from the process' own number: other ones in every run of the test.
  unsigned draw = static_cast<unsigned>(getpid());
  std::size_t before = 0;
  for (int i = 0; i < 3; ++i) {
    draw = draw * 1103515245u + 12345u;
    const pid_t child = start({"sweep", file, "--out", disturbed, "--quiet"});
    REQUIRE(wait_for_results(child, disturbed, before + 1 + draw / 65536 % 50));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    before = results_in(disturbed);
    CHECK(before < 200);
  }
  REQUIRE(run_snnvp({"sweep", file, "--out", disturbed, "--quiet"}).exit_code == 0);
  CHECK(rows_of(disturbed + "/sweep.db") == rows_of(calm + "/sweep.db"));
  CHECK(slurp(disturbed + "/sweep.csv") == slurp(calm + "/sweep.csv"));
}

TEST_CASE("desk.1 points that fail are told as what they are and do not stop the rest") {
  const ScratchFolder scratch;
  // Sizes of work as an axis: a moment; so much that the time is over first; so much that it can be found and killed.
  const std::string file = sweep_file(scratch,
                                      "axes: { workload.layers: [ [{C: 32, N: 32, L: 16}], [{C: 2048, N: 4096, L: 4096}], [{C: 2048, N: "
                                      "4096, L: 4095}] ], run.limit: [1 s, 1 ns] }\n"
                                      "timeout: 3 s\n");
  const std::string out = scratch.path() + "/out";
  const pid_t child = start({"sweep", file, "--out", out, "-j", "6", "--quiet"});
  // The one of the odd size is ended by a signal, as a crash would.
  bool killed = false;
  for (int i = 0; i < 2000 && !killed; ++i) {
    for (const pid_t p : children_of(child)) {
      std::ifstream in("/proc/" + std::to_string(p) + "/cmdline");
      const std::string command((std::istreambuf_iterator<char>(in)), {});
      if (command.find("4095") == std::string::npos || command.find("limit=1 s") == std::string::npos) continue;
      killed = kill(p, SIGSEGV) == 0;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  CHECK(killed);
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
  const std::string rows = slurp(out + "/sweep.csv");
  INFO(rows);
  CHECK_THAT(rows, Catch::Contains("0,0,1,ok,"));
  CHECK_THAT(rows, Catch::Contains("1,0,1,limit,"));
  CHECK_THAT(rows, Catch::Contains("2,0,1,timeout,"));
  CHECK_THAT(rows, Catch::Contains("4,0,1,crashed(SIGSEGV),"));
  const ProcessResult state = run_snnvp({"sweep", "status", out});
  CHECK(state.exit_code == 1);
  CHECK_THAT(state.out, Catch::Contains("crashed(SIGSEGV)"));
}

TEST_CASE("sweep: wrong points are told before anything runs") {
  const ScratchFolder scratch;
  const std::string file =
      sweep_file(scratch, "axes: { platform.blocks.pu.params.tile_m: [64, 0, 4096], platform.blocks.pv.params.x: [1] }\n");
  const ProcessResult result = run_snnvp({"sweep", file, "--out", scratch.path() + "/out", "--quiet"});
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, Catch::Contains("3 of 3 points are wrong, nothing was simulated"));
  CHECK_THAT(result.err, Catch::Contains("point 1 (tile_m=0 x=1):"));
  CHECK(results_in(scratch.path() + "/out") == 0);
}

TEST_CASE("sweep: points checked by one process or several come to the same plan and the same complaints") {
  const ScratchFolder scratch;
  const std::string file = sweep_file(scratch, "axes:\n  workload.seed: { from: 1, to: 60, step: 1 }\n");
  const auto planned = [&](const std::string& jobs) {
    const std::string out = scratch.path() + "/" + jobs;
    REQUIRE(run_snnvp({"sweep", file, "--out", out, "--launch", "script", "-j", jobs}).exit_code == 0);
    return slurp(out + "/points.jsonl");
  };
  const std::string one = planned("1");
  CHECK(count_of(one, "\"key\"") == 60);
  CHECK(planned("4") == one);
  const std::string wrong = sweep_file(scratch, "axes:\n  platform.blocks.pu.params.tile_m: { from: 1020, to: 2060, step: 20 }\n");
  const auto complaints = [&](const std::string& jobs) {
    const ProcessResult result = run_snnvp({"sweep", wrong, "--out", scratch.path() + "/wrong", "-j", jobs});
    CHECK(result.exit_code == 2);
    CHECK(result.err.find("nothing was simulated") != std::string::npos);
    return result.err;
  };
  CHECK(complaints("1") == complaints("4"));
}

TEST_CASE("sweep: two launchers do not share a folder, and damaged results are run again") {
  const ScratchFolder scratch;
  const std::string file = sweep_file(scratch, "axes: { platform.blocks.pu.params.tile_m: [64, 128] }\n"), out = scratch.path() + "/out";
  REQUIRE(run_snnvp({"sweep", file, "--out", out, "--quiet"}).exit_code == 0);
  const std::string expected = rows_of(out + "/sweep.db");
  for (const auto& entry : fs::directory_iterator(out + "/results")) {
    fs::resize_file(entry.path(), fs::file_size(entry.path()) / 2);
    break;
  }
  CHECK(run_snnvp({"sweep", "collect", out}).exit_code == 1);
  REQUIRE(run_snnvp({"sweep", file, "--out", out, "--quiet"}).exit_code == 0);
  CHECK(rows_of(out + "/sweep.db") == expected);
  std::ofstream(out + "/points.jsonl") << "{";
  CHECK(run_snnvp({"sweep", "collect", out}).exit_code == 2);
  CHECK(run_snnvp({"sweep", "run-point", out, "--index", "0"}).exit_code == 2);
}

TEST_CASE("sweep: job scripts for Slurm cover every point once, in arrays of the allowed size") {
  const ScratchFolder scratch;
  const std::string file = sweep_file(scratch, "axes: { platform.blocks.pu.params.tile_m: { from: 1, to: 23, step: 1 } }\n"),
                    out = scratch.path() + "/out";
  REQUIRE(
      run_snnvp({"sweep", file, "--out", out, "--launch", "slurm", "--chunk", "2", "--array-size", "5", "--most-running", "3"}).exit_code ==
      0);
  CHECK_THAT(slurp(out + "/array_0.sh"), Catch::Contains("--array=0-4%3"));
  CHECK_THAT(slurp(out + "/array_2.sh"), Catch::Contains("--array=0-1%3") && Catch::Contains("SLURM_ARRAY_TASK_ID + 10"));
  CHECK(!fs::exists(out + "/array_3.sh"));
  CHECK_THAT(slurp(out + "/submit.sh"), Catch::Contains("--dependency=afterany$jobs collect.sh"));
}
