// SPDX-License-Identifier: Apache-2.0
#include <snnvp/models/uart/host_line.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp {
namespace {

constexpr std::size_t most_unsent = 64 * 1024;
constexpr auto last_patience = std::chrono::milliseconds(500);  // for somebody who still reads when the run ends
constexpr auto host_delay = std::chrono::milliseconds(50);      // between writing and the other end's seeing it

bool is_readable(int file, int milliseconds) {
  pollfd one{file, POLLIN, 0};
  return poll(&one, 1, milliseconds) > 0 && (one.revents & (POLLIN | POLLHUP)) != 0;
}

class PseudoTerminal final : public HostLine {
public:
  PseudoTerminal() {
    master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    char name[128] = {};
    if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0 || ptsname_r(master_, name, sizeof name) != 0) fail();
    path_ = name;
    // Kept open: settings stay and reads do not fail while nobody else has it open.
    terminal_ = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios settings{};
    if (terminal_ < 0 || tcgetattr(terminal_, &settings) != 0) fail();
    cfmakeraw(&settings);
    if (tcsetattr(terminal_, TCSANOW, &settings) != 0 || fcntl(master_, F_SETFL, O_NONBLOCK) != 0) fail();
  }
  ~PseudoTerminal() override {
    // What was said last goes with the terminal: whoever reads may take it first.
    const auto from = std::chrono::steady_clock::now();
    const auto is_unread = [this] {
      int bytes = 0;
      return !unsent_.empty() || (ioctl(terminal_, FIONREAD, &bytes) == 0 && bytes > 0);
    };
    const auto passed = [&] { return std::chrono::steady_clock::now() - from; };
    while (has_sent_ && passed() < last_patience && (passed() < host_delay || is_unread())) {
      flush();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    close_both();
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  std::string name() const override { return path_ + "  (for example: picocom " + path_ + ")"; }
  std::string take() override {
    flush();
    std::string text;
    char buffer[256];
    for (ssize_t n; (n = read(master_, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    return text;
  }
  void send(char c) override {
    if (unsent_.size() >= most_unsent) unsent_.erase(0, most_unsent / 2);
    unsent_ += c;
    has_sent_ = true;
    flush();
  }
  void wait(int milliseconds) override {
    flush();
    is_readable(master_, milliseconds);
  }

private:
  void flush() {
    while (!unsent_.empty()) {
      const ssize_t n = write(master_, unsent_.data(), unsent_.size());
      if (n <= 0) return;
      unsent_.erase(0, static_cast<std::size_t>(n));
    }
  }
  void close_both() {
    if (terminal_ >= 0) close(terminal_);
    if (master_ >= 0) close(master_);
  }
  [[noreturn]] void fail() {
    const std::string why = std::strerror(errno);
    close_both();
    throw InputError("console: pty: the host gives no pseudo terminal: " + why);
  }

  int master_ = -1, terminal_ = -1;
  bool has_sent_ = false;
  std::string path_, unsent_;
};

class StandardInput final : public HostLine {
public:
  std::string name() const override { return {}; }
  std::string take() override {
    std::string text;
    char buffer[256];
    // Asked before each read: the file is shared with others, so it is left blocking.
    while (!has_ended_ && is_readable(STDIN_FILENO, 0)) {
      const ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
      if (n <= 0)
        has_ended_ = n == 0 || errno != EINTR;
      else
        text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }
  void send(char) override {}
  void wait(int milliseconds) override {
    if (has_ended_)
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    else
      is_readable(STDIN_FILENO, milliseconds);
  }

private:
  bool has_ended_ = false;
};

}  // namespace

std::unique_ptr<HostLine> open_pseudo_terminal() { return std::make_unique<PseudoTerminal>(); }
std::unique_ptr<HostLine> open_standard_input() { return std::make_unique<StandardInput>(); }

}  // namespace snnvp
