// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/uart/pty.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {
constexpr std::size_t most_waiting = 1u << 20;  // beyond what the system holds
constexpr unsigned patience_ms = 1000, step_ms = 10;
}  // namespace

Pty::Pty() {
  const auto failed = [](const char* what) { return InputError(fmt::format("no pseudo-terminal: {}: {}", what, std::strerror(errno))); };
  master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master_ < 0) throw failed("posix_openpt");
  char name[128];
  if (grantpt(master_) != 0 || unlockpt(master_) != 0 || ptsname_r(master_, name, sizeof name) != 0) {
    close(master_);
    throw failed("unlockpt");
  }
  path_ = name;
  // Held open, so that readers may come and go; raw, so that no line is edited or echoed.
  reader_side_ = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  termios settings{};
  if (reader_side_ < 0 || tcgetattr(reader_side_, &settings) != 0) {
    if (reader_side_ >= 0) close(reader_side_);
    close(master_);
    throw failed(name);
  }
  cfmakeraw(&settings);
  tcsetattr(reader_side_, TCSANOW, &settings);
  fcntl(master_, F_SETFL, O_NONBLOCK);
}

Pty::~Pty() {
  // The system forgets unread bytes when this end closes.
  for (unsigned waited = 0; waited < patience_ms; waited += step_ms) {
    flush();
    int unread = 0;
    if (waiting_.empty() && (ioctl(reader_side_, FIONREAD, &unread) != 0 || unread == 0)) break;
    usleep(step_ms * 1000);
  }
  close(reader_side_);
  close(master_);
}

void Pty::put(char c) {
  if (waiting_.size() < most_waiting) waiting_ += c;
  if (c == '\n' || waiting_.size() % 256 == 0) flush();
}

void Pty::flush() {
  while (!waiting_.empty()) {
    const ssize_t done = write(master_, waiting_.data(), waiting_.size());
    if (done <= 0) return;  // full: the next time
    waiting_.erase(0, static_cast<std::size_t>(done));
  }
}

}  // namespace snnvp
