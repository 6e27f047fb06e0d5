// SPDX-License-Identifier: Apache-2.0
// Runs that end before their work is done: signals, limits, missing interrupts.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "../support/process.h"

using nlohmann::json;
using snnvp::test::ProcessResult;
using snnvp::test::run_snnvp;
using snnvp::test::ScratchFolder;
using snnvp::test::slurp;

namespace {

/// Some ten seconds of work in equal layers, with a heartbeat that says when the simulation has begun.
std::string long_scenario() {
  std::string text =
      "scenario: 1\n"
      "platform:\n"
      "  extends: " SNNVP_SOURCE_DIR
      "/scenarios/platforms/one_engine.yaml\n"
      "  blocks: [ { name: pu, kind: models.prosperity, clock: core } ]\n"
      "  links:\n"
      "    - { from: pu.dma, to: bus.in }\n"
      "    - { from: pu.irq, to: \"host.irq[0]\" }\n"
      "  maps: [ { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB } ]\n"
      "workload:\n"
      "  kind: synthetic\n"
      "  layers:\n";
  for (int i = 0; i < 24; ++i) text += "    - { C: 1024, N: 2048, L: 1024 }\n";
  return text + "run: { check_output: false, heartbeat: 50 ms }\n";
}

/// `snnvp run` in the background; its stderr goes to a file, so that its heartbeat can be waited for.
class BackgroundRun {
public:
  explicit BackgroundRun(const ScratchFolder& scratch) : out_(scratch.path() + "/out"), err_(scratch.write("stderr", "")) {
    const std::string scenario = scratch.write("long.yaml", long_scenario());
    child_ = fork();
    if (child_ != 0) return;
    dup2(open(err_.c_str(), O_WRONLY | O_APPEND), STDERR_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    execl(SNNVP_EXECUTABLE, SNNVP_EXECUTABLE, "run", scenario.c_str(), "--out", out_.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  ~BackgroundRun() {
    if (!ended_) kill(child_, SIGKILL), waitpid(child_, nullptr, 0);
  }

  /// Until the simulation is under way.
  bool wait_for_heartbeat() const {
    return wait_until([this] { return slurp(err_).find("\"heartbeat\"") != std::string::npos; }, 60);
  }
  void send(int signal) const { kill(child_, signal); }
  /// Status as of waitpid; the run is given a minute.
  int wait_for_end() {
    int status = 0;
    REQUIRE(wait_until([&] { return waitpid(child_, &status, WNOHANG) == child_; }, 60));
    ended_ = true;
    return status;
  }
  json report() const { return json::parse(slurp(out_ + "/report.json")); }

private:
  template <typename Condition>
  static bool wait_until(Condition condition, double limit_s) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(limit_s);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  std::string out_, err_;
  pid_t child_ = -1;
  bool ended_ = false;
};

void interrupted_by(int signal) {
  const ScratchFolder scratch;
  BackgroundRun run(scratch);
  REQUIRE(run.wait_for_heartbeat());
  run.send(signal);
  const int status = run.wait_for_end();
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
  const json report = run.report();
  CHECK(report.at("status") == "interrupted");
  CHECK(report.at("layers").size() < 24);
}

}  // namespace

TEST_CASE("SIGINT ends a run with a partial report that says so") { interrupted_by(SIGINT); }
TEST_CASE("SIGTERM ends a run with a partial report that says so") { interrupted_by(SIGTERM); }

TEST_CASE("a second signal kills a run that has not ended yet") {
  const ScratchFolder scratch;
  BackgroundRun run(scratch);
  REQUIRE(run.wait_for_heartbeat());
  // Stopped, it cannot end between the two.
  run.send(SIGSTOP);
  run.send(SIGTERM);
  run.send(SIGINT);
  run.send(SIGCONT);
  const int status = run.wait_for_end();
  REQUIRE(WIFSIGNALED(status));
  CHECK((WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM));
}

TEST_CASE("a limit that is too small ends with status limit and says what was still at work") {
  const ProcessResult result = run_snnvp({"run", "scenarios/product_sparsity.yaml", "--set", "run.limit=5 us", "--json"});
  CHECK(result.exit_code == 1);
  const json report = json::parse(result.out);
  CHECK(report.at("status") == "limit");
  CHECK(result.out.find("raise run.limit") != std::string::npos);
  const ProcessResult text = run_snnvp({"run", "scenarios/product_sparsity.yaml", "--set", "run.limit=5 us"});
  CHECK(text.exit_code == 1);
  CHECK(text.out.find("not compared: the run did not get to its end") != std::string::npos);
}

TEST_CASE("a run can be limited to any time in any timing and still ends with a report") {
  for (const char* timing : {"tile", "paper"}) {
    for (const char* limit : {"1 ps", "100 ns", "600 ns", "3 us", "7777 ns", "12 us", "24 us"}) {
      const ProcessResult result = run_snnvp({"run", "scenarios/product_sparsity.yaml", "--set", std::string("run.limit=") + limit, "--set",
                                              std::string("platform.blocks.pu.params.timing=") + timing, "--json"});
      INFO(timing << " " << limit << " " << result.err);
      CHECK(result.exit_code == 1);
      REQUIRE(json::accept(result.out));
      CHECK(json::parse(result.out).at("status") == "limit");
    }
  }
}

TEST_CASE("an engine whose interrupt is not linked is polled and ends with the same results") {
  const ScratchFolder scratch;
  const std::string scenario = scratch.write("poll.yaml",
                                             "scenario: 1\n"
                                             "platform:\n"
                                             "  extends: " SNNVP_SOURCE_DIR
                                             "/scenarios/platforms/one_engine.yaml\n"
                                             "  blocks: [ { name: pu, kind: models.prosperity, clock: core } ]\n"
                                             "  links: [ { from: pu.dma, to: bus.in } ]\n"
                                             "  maps: [ { through: bus, to: pu.regs, base: 0x1001_0000, size: 4 KiB } ]\n"
                                             "workload: { kind: trace, network: " SNNVP_SOURCE_DIR "/scenarios/networks/own_small }\n");
  const ProcessResult result = run_snnvp({"run", scenario, "--json"});
  CHECK(result.exit_code == 0);
  const json report = json::parse(result.out);
  CHECK(report.at("status") == "ok");
  CHECK(report.at("check").at("mismatches") == 0);
  CHECK(report.at("check").at("compared") > 0);
  bool polled = false;
  for (const json& block : report.at("blocks"))
    if (block.at("name") == "host") polled = block.at("stats").at("polls") > 0 && block.at("stats").at("interrupts").is_null();
  CHECK(polled);
}
