// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/self_process.h>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <system_error>

namespace snnvp {

namespace {

namespace process = boost::process;
using Clock = std::chrono::steady_clock;

/// What a run says on stderr is told by its end.
constexpr long err_kept = 64 << 10;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using TemporaryFile = std::unique_ptr<std::FILE, FileCloser>;

TemporaryFile temporary_file() {
  TemporaryFile file(std::tmpfile());
  if (!file) throw std::system_error(errno, std::generic_category(), "cannot make a temporary file");
  return file;
}

std::string content(std::FILE* file, long most = 0) {
  std::fseek(file, 0, SEEK_END);
  const long size = std::ftell(file);
  std::fseek(file, most != 0 && size > most ? size - most : 0, SEEK_SET);
  std::string text;
  char buffer[65536];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file)) != 0;) text.append(buffer, n);
  return text;
}

struct DiesWithParent : process::extend::handler {
  template <typename Executor>
  void on_exec_setup(Executor&) const {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
};

/// Waits until the process can be reaped; false if the time is over first.
bool wait_until_ended(pid_t pid, std::uint64_t timeout_ms) {
  if (timeout_ms == 0) return true;
  const auto end = Clock::now() + std::chrono::milliseconds(timeout_ms);
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  bool ended = false;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) break;
    if (fd >= 0) {
      pollfd p{fd, POLLIN, 0};
      if (poll(&p, 1, static_cast<int>(std::min<long long>(left, 1'000'000))) == 1) ended = true;
    } else {  // a kernel without pidfd
      siginfo_t info{};
      if (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid) ended = true;
      if (!ended) usleep(10'000);
    }
    if (ended) break;
  }
  if (fd >= 0) close(fd);
  return ended;
}

}  // namespace

Ended run_self(const std::vector<std::string>& arguments, std::uint64_t timeout_ms) {
  return run_program("/proc/self/exe", arguments, timeout_ms);
}

std::string find_program(const std::string& name) { return process::search_path(name).string(); }

Ended run_program(const std::string& program, const std::vector<std::string>& arguments, std::uint64_t timeout_ms) {
  const TemporaryFile out = temporary_file(), err = temporary_file();
  Ended ended;
  const auto start = Clock::now();
  process::child child(program, arguments, process::std_in<process::null, process::std_out> out.get(), process::std_err > err.get(),
                       DiesWithParent());
  const pid_t pid = child.id();
  child.detach();  // reaped below, because wait4 tells what the process cost
  if (!wait_until_ended(pid, timeout_ms)) {
    ended.timed_out = true;
    kill(pid, SIGKILL);
  }
  int status = 0;
  rusage usage{};
  while (wait4(pid, &status, 0, &usage) < 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot wait for a process");
  ended.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  ended.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  ended.peak_memory_kib = static_cast<std::uint64_t>(usage.ru_maxrss);
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  ended.out = content(out.get());
  ended.err = content(err.get(), err_kept);
  return ended;
}

}  // namespace snnvp
