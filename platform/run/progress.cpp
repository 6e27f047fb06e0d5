// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/run/progress.h>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include <snnvp/platform/base/json_writer.h>

namespace snnvp {
namespace {

/// Whether anybody still reads stderr changes nothing.
void say(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

Progress::Progress(bool enabled, std::string name, std::uint64_t jobs_total, double heartbeat_s)
    : enabled_(enabled),
      terminal_(isatty(STDERR_FILENO) != 0),
      name_(std::move(name)),
      jobs_total_(jobs_total),
      interval_s_(terminal_ ? 0.2 : heartbeat_s),
      start_(Clock::now()),
      last_(start_) {}

void Progress::update(std::uint64_t jobs_done, Picoseconds simulated) {
  const auto now = Clock::now();
  if (!enabled_ || interval_s_ <= 0 || std::chrono::duration<double>(now - last_).count() < interval_s_) return;
  last_ = now;
  const double wall = std::chrono::duration<double>(now - start_).count();
  const double seconds = static_cast<double>(simulated) / 1e12;
  const double share = jobs_total_ ? static_cast<double>(jobs_done) / static_cast<double>(jobs_total_) : 0;
  if (terminal_) {
    const std::string eta = share > 0 ? fmt::format("{:.0f} s left", wall * (1 - share) / share) : "time left unknown";
    say(fmt::format("\r{}: {:.0f} %, {:.6f} s simulated, {:.2g} s/s, {}\033[K", name_, 100 * share, seconds, seconds / wall, eta));
    shown_ = true;
    return;
  }
  nlohmann::ordered_json line;
  line["heartbeat"] = name_;
  line["jobs_done"] = jobs_done;
  line["jobs_total"] = jobs_total_;
  line["simulated_s"] = seconds;
  line["wall_s"] = wall;
  say(to_json_line(line) + "\n");
}

void Progress::finish() {
  if (shown_) say("\r\033[K");
}

}  // namespace snnvp
