// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/peer.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstring>
#include <system_error>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp::search {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t longest_answer = 16 << 20;

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    read = fds[0];
    write = fds[1];
  }
};

}  // namespace

Peer::Peer(const std::vector<std::string>& command) : name_(quote(command.front())) {
  const Pipe to, from, failure;
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGPIPE, SIG_DFL);
    dup2(to.read, STDIN_FILENO);
    dup2(from.write, STDOUT_FILENO);
    execvp(argv[0], argv.data());
    const int problem = errno;
    static_cast<void>(write(failure.write, &problem, sizeof problem) + 1);
    _exit(127);
  }
  const int fork_problem = errno;
  for (const int fd : {to.read, from.write, failure.write}) close(fd);
  to_ = to.write;
  from_ = from.read;
  int problem = pid_ < 0 ? fork_problem : 0;
  if (pid_ > 0 && read(failure.read, &problem, sizeof problem) != static_cast<ssize_t>(sizeof problem)) problem = 0;
  close(failure.read);
  if (problem == 0) return;
  close(to_);
  close(from_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
  pid_ = -1;
  throw InputError(fmt::format("evaluator.command: {} cannot be started: {}", name_, std::strerror(problem)));
}

Peer::~Peer() {
  if (pid_ < 0) return;
  close(to_);
  close(from_);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Peer::tell_end() {
  // It has closed its output; it may still be on its way out.
  int status = 0;
  pid_t ended = 0;
  for (int i = 0; i < 200 && ended == 0; ++i) {
    ended = waitpid(pid_, &status, WNOHANG);
    if (ended == 0) usleep(5'000);
  }
  if (ended == 0) throw PeerError(fmt::format("the evaluator {} has closed its output", name_));
  pid_ = -1;
  close(to_);
  close(from_);
  throw PeerError(WIFSIGNALED(status) ? fmt::format("the evaluator {} was ended by signal {}", name_, WTERMSIG(status))
                                      : fmt::format("the evaluator {} has ended with exit code {}", name_, WEXITSTATUS(status)));
}

std::string Peer::ask(const std::string& line, std::uint64_t timeout_ms) {
  if (pid_ < 0) throw PeerError(fmt::format("the evaluator {} has ended", name_));
  const auto end = Clock::now() + std::chrono::milliseconds(timeout_ms);
  const auto wait = [&](int fd, short what) {
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
      if (timeout_ms != 0 && left <= 0)
        throw PeerError(fmt::format("the evaluator {} has not answered within {} s (evaluator.timeout)", name_,
                                    shortest_double(static_cast<double>(timeout_ms) * 1e-3)));
      pollfd p{fd, what, 0};
      const int ready = poll(&p, 1, timeout_ms == 0 ? -1 : static_cast<int>(std::min<long long>(left + 1, 1'000'000)));
      if (ready > 0) return;
      if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot wait for the evaluator");
    }
  };
  const std::string text = line + "\n";
  for (std::size_t sent = 0; sent < text.size();) {
    wait(to_, POLLOUT);
    const ssize_t n = write(to_, text.data() + sent, std::min<std::size_t>(text.size() - sent, PIPE_BUF));
    if (n < 0 && errno == EPIPE) tell_end();
    if (n < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot write to the evaluator");
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  for (;;) {
    const std::size_t stop = buffer_.find('\n');
    if (stop != std::string::npos) {
      std::string answer = buffer_.substr(0, stop);
      buffer_.erase(0, stop + 1);
      if (!answer.empty() && answer.back() == '\r') answer.pop_back();
      return answer;
    }
    if (buffer_.size() > longest_answer) throw PeerError(fmt::format("an answer of the evaluator {} is longer than 16 MiB", name_));
    wait(from_, POLLIN);
    char bytes[4096];
    const ssize_t n = read(from_, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category(), "cannot read from the evaluator");
    if (n == 0) tell_end();
    buffer_.append(bytes, static_cast<std::size_t>(n));
  }
}

}  // namespace snnvp::search
