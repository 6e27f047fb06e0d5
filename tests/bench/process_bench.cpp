// SPDX-License-Identifier: Apache-2.0
// Rows of the speed table that are whole processes: P1, a network with outputs computed and checked, P6, firmware, P8, the
// start-up of ten blocks, and P10, a sweep. Starts `snnvp run` several times and prints CPU time and peak memory as the operating system
// counts them. Options: --runs N, --row P1.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "../support/elf_builder.h"
#include "../support/riscv_asm.h"
#include "../support/shared.h"

namespace {

using Words = std::vector<std::string>;

struct Usage {
  double cpu_s = 0;  // user and system
  double peak_mb = 0;
};

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; }

/// One run without output; nothing unless it ends with exit code 0.
std::optional<Usage> run_once(const Words& arguments) {
  std::vector<char*> argv{const_cast<char*>(SNNVP_EXECUTABLE)};
  for (const std::string& word : arguments) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  rusage used{};
  if (wait4(child, &status, 0, &used) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return Usage{seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<double>(used.ru_maxrss) / 1024};
}

struct Row {
  std::string name;
  Words arguments;
  double floor_s, goal_s;
  double peer_s;  // of the authors' simulator, CPU seconds on the reference machine; 0: no peer
};

/// False if a run failed.
bool measure(const Row& row, int runs) {
  std::vector<Usage> all;
  for (int i = -1; i < runs; ++i) {  // the first run warms the file cache
    const auto usage = run_once(row.arguments);
    if (!usage) {
      fmt::print(stderr, "{}: a run of {} failed\n", row.name, fmt::join(row.arguments, " "));
      return false;
    }
    if (i >= 0) all.push_back(*usage);
  }
  std::sort(all.begin(), all.end(), [](const Usage& a, const Usage& b) { return a.cpu_s < b.cpu_s; });
  const double median = all[all.size() / 2].cpu_s;
  fmt::print("{:<16} CPU min {:6.4f} s, median {:6.4f} s", row.name, all.front().cpu_s, median);
  fmt::print(" (floor {:.3f}, goal {:.3f})", row.floor_s, row.goal_s);
  const auto by_peak = [](const Usage& a, const Usage& b) { return a.peak_mb < b.peak_mb; };
  fmt::print(", peak {:.1f} MB", std::max_element(all.begin(), all.end(), by_peak)->peak_mb);
  if (row.peer_s > 0) fmt::print(", 1/{:.0f} of the peer's {} s", row.peer_s / median, row.peer_s);
  fmt::print("\n");
  return true;
}

/// Median CPU seconds of a program on scenarios/firmware.yaml (`inorder4`, quantum 100 us); nothing if a run failed. `settings` are for the
/// hart, as KEY=VALUE.
std::optional<double> firmware_seconds(const std::string& elf, int runs, const Words& settings = {}) {
  Words arguments{"run", std::string(SNNVP_SOURCE_DIR) + "/scenarios/firmware.yaml", "--quiet", "--set", "workload.elf=" + elf};
  for (const std::string& setting : settings) {
    arguments.push_back("--set");
    arguments.push_back("platform.blocks.cpu.params." + setting);
  }
  std::vector<double> all;
  for (int i = 0; i < runs; ++i) {
    const auto usage = run_once(arguments);
    if (!usage) return std::nullopt;
    all.push_back(usage->cpu_s);
  }
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

/// A program that reads a device's register (pending bits of the PLIC) so many times in a loop of five instructions.
std::string device_reads(std::uint32_t millions) {
  using namespace rv;
  snnvp::test::ElfBuilder elf;
  const Word count = millions * 1'000'000;  // at least one
  elf.segments.push_back(
      {0x8000'0000,
       {lui(a1, (count + 0x800) >> 12), addi(a1, a1, count & 0xFFF), lui(a2, 0x0c001), lw(a5, a2, 0), addi(a0, a0, 1), addi(a1, a1, -1u),
        add(a0, a0, a5), bne(a1, x0, -16u), lui(a4, 0x5), addi(a4, a4, 0x555), lui(a3, 0x100), sw(a4, a3, 0), jal(x0, 0)}});
  return elf.bytes();
}

/// P6: instructions per CPU second of the six loops, and the CPU time of an access to a device with its loop.
bool measure_firmware(int runs) {
  constexpr double instructions = 360.82e6;  // of the six loops in bench.elf: tests/firmware/bench_test.cpp
  const std::string six_loops = std::string(SNNVP_SOURCE_DIR) + "/tests/firmware/bench.elf";
  const auto loops = firmware_seconds(six_loops, runs),
             with_caches = firmware_seconds(six_loops, runs, {"icache.size=8KiB", "dcache.size=8KiB"});
  char folder[] = "/tmp/snnvp_bench_XXXXXX";
  if (!loops || !with_caches || mkdtemp(folder) == nullptr) return false;
  const auto reads = [&](std::uint32_t millions) {
    const std::string path = fmt::format("{}/reads.elf", folder);
    std::ofstream(path, std::ios::binary) << device_reads(millions);
    return firmware_seconds(path, runs);
  };
  constexpr std::uint32_t few = 1, many = 21;
  const auto with_few = reads(few), with_many = reads(many);
  std::filesystem::remove_all(folder);
  if (!with_few || !with_many) return false;
  fmt::print("{:<16} {:.0f} MIPS of CPU time, whole process (floor 600, goal 1000)\n", "P6/loops", instructions / *loops / 1e6);
  fmt::print("{:<16} {:.0f} MIPS, {:.0f} % of the speed without (floor 90)\n", "P6/caches", instructions / *with_caches / 1e6,
             100 * *loops / *with_caches);
  fmt::print("{:<16} {:.1f} ns each, loop included (floor 30, goal 15)\n", "P6/device reads",
             (*with_many - *with_few) / ((many - few) * 1e6) * 1e9);
  return true;
}

/// What is behind `"key":` in all results of a sweep, added up.
double sum_of(const std::string& folder, const std::string& key) {
  double sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/results")) {
    std::ifstream in(entry.path());
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    if (const std::size_t at = text.find("\"" + key + "\":"); at != std::string::npos)
      sum += std::strtod(text.c_str() + at + key.size() + 3, nullptr);
  }
  return sum;
}

/// P10: what part of a sweep on two processors its points take, of the CPU time, which other programs hardly disturb, and of the time
/// of the two places.
bool measure_sweep(const std::string& name, const std::string& base, const std::string& axis) {
  char folder[] = "/tmp/snnvp_bench_XXXXXX";
  if (mkdtemp(folder) == nullptr) return false;
  const std::string file = fmt::format("{}/sweep.yaml", folder), out = fmt::format("{}/out", folder);
  std::ofstream(file) << fmt::format("sweep: 1\nbase: {}\naxes: {{ {} }}\n", base, axis);
  const auto start = std::chrono::steady_clock::now();
  const auto usage = run_once({"sweep", file, "--out", out, "-j", "2", "--quiet"});
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double points = usage ? sum_of(out, "cpu_s") : 0, places = usage ? sum_of(out, "wall_s") : 0;
  const auto n = usage ? std::distance(std::filesystem::directory_iterator(out + "/results"), std::filesystem::directory_iterator()) : 0;
  std::filesystem::remove_all(folder);
  if (!usage) return false;
  fmt::print("{:<16} {} points of {:.3f} s: {:.1f} % of the CPU time, {:.1f} % of the time of both processors (floor 85, goal 95)\n", name,
             n, points / static_cast<double>(n), 100 * points / usage->cpu_s, 100 * places / (2 * wall));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  int runs = 15;
  std::string wanted;  // a row, or all
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--runs") runs = std::max(1, std::atoi(argv[i + 1]));
    if (option == "--row") wanted = argv[i + 1];
  }
  const std::string root = SNNVP_SOURCE_DIR;
  std::vector<Row> rows{{"P8/ten_blocks", {"run", root + "/tests/bench/ten_blocks.yaml", "--quiet"}, 0.1, 0.03, 0}};
  struct Network {
    const char* name;
    double peer_s;
  };
  const auto shared = snnvp::test::shared_dir();
  if (!shared) fmt::print("../shared is absent: P1 needs its recorded spikes and is left out\n");
  for (const Network& n : {Network{"vgg9_cifar10", 51.4}, Network{"lenet5_mnist", 38.2}, Network{"alexnet_cifar10_loas", 26.6}})
    if (shared)
      rows.push_back({fmt::format("P1/{}", std::string(n.name).substr(0, std::string(n.name).find('_'))),
                      {"run", root + "/scenarios/papers/prosperity.yaml", "--quiet", "--set", "platform.blocks.pu.params.timing=tile",
                       "--set", fmt::format("workload.network={}/spikes/{}", *shared, n.name)},
                      n.peer_s / 300,
                      n.peer_s / 1000,
                      n.peer_s});
  fmt::print("whole processes, {} runs each, CPU = user + system\n", runs);
  bool all_ran = true;
  for (const Row& row : rows)
    if (row.name.rfind(wanted, 0) == 0) all_ran = measure(row, runs) && all_ran;
  if (std::string("P6").rfind(wanted, 0) == 0) all_ran = measure_firmware(std::max(1, runs / 3)) && all_ran;
  if (wanted.empty() || wanted == "P10") {
    const std::string seeds = "workload.seed: { from: 1, to: 64, step: 1 }";
    all_ran = measure_sweep("P10/small", root + "/scenarios/papers/spikex_tws_base.yaml", seeds) && all_ran;
    all_ran =
        measure_sweep("P10/figure", root + "/scenarios/papers/spikex_fig10.yaml", "workload.seed: { from: 1, to: 16, step: 1 }") && all_ran;
  }
  return all_ran ? 0 : 1;
}
