// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/guarded_read.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace snnvp {

namespace {

using Clock = std::chrono::steady_clock;

/// Address space this process uses already, in bytes; 0 if unknown.
std::uint64_t used_address_space() {
  unsigned long long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%llu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void limit(int resource, std::uint64_t value) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
  if (now.rlim_max != RLIM_INFINITY) value = std::min<std::uint64_t>(value, now.rlim_max);
  now.rlim_cur = value;
  setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

[[noreturn]] void run_child(const GuardLimits& limits, int fd, const std::function<void(GuardSink&)>& child) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int number : {SIGINT, SIGTERM, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGPIPE}) std::signal(number, SIG_DFL);
  // What a dying library prints helps nobody.
  if (const int null = open("/dev/null", O_RDWR); null >= 0) dup2(null, STDIN_FILENO), dup2(null, STDOUT_FILENO), dup2(null, STDERR_FILENO);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, limits.seconds + 1);
  if (const std::uint64_t used = used_address_space(); used != 0) limit(RLIMIT_AS, used + limits.memory_bytes);
  try {
    GuardSink sink(fd);
    child(sink);
    sink.flush();
  } catch (...) {  // out of memory, mostly
    _exit(1);
  }
  _exit(0);
}

/// Ends and collects the child, whatever happens to the parent's part.
class Child {
public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) kill(pid_, SIGKILL), wait();
  }
  int wait() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }
  /// False if it still runs.
  bool has_ended(int& status) {
    const pid_t done = waitpid(pid_, &status, WNOHANG);
    if (done == pid_) pid_ = -1;
    return done != 0;
  }

private:
  pid_t pid_;
};

}  // namespace

void GuardPipe::read(void* to, std::size_t count) {
  auto* out = static_cast<char*>(to);
  while (count != 0) {
    if (at_ == buffer_.size()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      if (left <= 0) throw GuardFailure("it took too long");
      pollfd wait{fd_, POLLIN, 0};
      const int ready = poll(&wait, 1, static_cast<int>(std::min<long long>(left, 1000)));
      if (ready < 0 && errno != EINTR) throw GuardFailure(std::strerror(errno));
      if (ready <= 0) continue;
      buffer_.resize(1U << 16);
      const ssize_t got = ::read(fd_, buffer_.data(), buffer_.size());
      if (got < 0 && errno == EINTR) {
        buffer_.clear(), at_ = 0;
        continue;
      }
      if (got <= 0) throw GuardFailure("it ended too early");
      buffer_.resize(static_cast<std::size_t>(got)), at_ = 0;
    }
    const std::size_t piece = std::min(count, buffer_.size() - at_);
    std::memcpy(out, buffer_.data() + at_, piece);
    out += piece, at_ += piece, count -= piece;
  }
}

std::string GuardPipe::text(std::uint64_t most) {
  const auto size = number<std::uint64_t>();
  if (size > most) throw GuardFailure("it gave nonsense");
  std::string value(size, '\0');
  read(value.data(), size);
  return value;
}

void GuardSink::write(const void* from, std::size_t count) {
  if (buffer_.size() + count > (1U << 16)) flush();
  if (count > (1U << 16)) {
    const auto* bytes = static_cast<const char*>(from);
    while (count != 0) {
      const ssize_t done = ::write(fd_, bytes, count);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) _exit(1);
      bytes += done, count -= static_cast<std::size_t>(done);
    }
    return;
  }
  buffer_.append(static_cast<const char*>(from), count);
}

void GuardSink::flush() {
  std::size_t at = 0;
  while (at < buffer_.size()) {
    const ssize_t done = ::write(fd_, buffer_.data() + at, buffer_.size() - at);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) _exit(1);
    at += static_cast<std::size_t>(done);
  }
  buffer_.clear();
}

void read_guarded(const GuardLimits& limits, const std::function<void(GuardSink&)>& child, const std::function<void(GuardPipe&)>& parent) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const auto deadline = Clock::now() + std::chrono::seconds(limits.seconds);
  const pid_t pid = fork();
  if (pid < 0) {
    const int problem = errno;
    close(ends[0]), close(ends[1]);
    throw std::system_error(problem, std::generic_category(), "fork");
  }
  if (pid == 0) {
    close(ends[0]);
    run_child(limits, ends[1], child);
  }
  close(ends[1]);
  Child process(pid);
  struct Closer {
    int fd;
    ~Closer() { close(fd); }
  } closer{ends[0]};
  GuardPipe pipe(ends[0], deadline);
  int status = 0;
  try {
    parent(pipe);
    status = process.wait();
  } catch (const GuardFailure&) {
    // The pipe closes a moment before the child can be collected; its own end says more than "too early".
    for (int i = 0; i < 100 && !process.has_ended(status); ++i) poll(nullptr, 0, 1);
    if (WIFSIGNALED(status)) throw GuardFailure(fmt::format("it died of signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status))));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) throw GuardFailure("it ran out of memory or gave up");
    throw;
  }
  if (WIFSIGNALED(status)) throw GuardFailure(fmt::format("it died of signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status))));
}

}  // namespace snnvp
