// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/isolated.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>

#include <snnvp/platform/base/diagnostics.h>

namespace snnvp::conform {
namespace {

[[noreturn]] void refuse(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// The child's part: never returns.
[[noreturn]] void answer(const std::function<nlohmann::ordered_json(Whereabouts&)>& body, Whereabouts& where, int to) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_DFL);
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, fd);
  nlohmann::ordered_json result;
  try {
    result["value"] = body(where);
  } catch (const InputError& error) {
    result["input"] = error.what();
  } catch (const std::exception& error) {
    result["error"] = std::string("an exception: ") + error.what();
  } catch (...) {
    result["error"] = "an exception of unknown type";
  }
  const std::string text = result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = write(to, text.data() + done, text.size() - done);
    if (n <= 0 && errno != EINTR) _exit(1);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  _exit(0);
}

/// All the child writes; false if it did not end in time.
bool read_all(int from, double timeout_s, std::string& text) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_s);
  char buffer[65536];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd waiting{from, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::min<long long>(left, 1'000'000)));
    if (ready < 0 && errno != EINTR) refuse("poll");
    if (ready <= 0) continue;
    const ssize_t n = read(from, buffer, sizeof buffer);
    if (n == 0) return true;
    if (n < 0 && errno != EINTR) refuse("read");
    if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace

IsolatedResult run_isolated(const std::function<nlohmann::ordered_json(Whereabouts&)>& body, double timeout_s) {
  void* shared = mmap(nullptr, sizeof(Whereabouts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) refuse("mmap");
  auto& where = *new (shared) Whereabouts;
  int ends[2];
  if (pipe(ends) != 0) refuse("pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) refuse("fork");
  if (child == 0) {
    close(ends[0]);
    answer(body, where, ends[1]);
  }
  close(ends[1]);
  std::string text;
  const bool is_in_time = read_all(ends[0], timeout_s, text);
  close(ends[0]);
  if (!is_in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  IsolatedResult result;
  result.last = where;
  munmap(shared, sizeof(Whereabouts));
  if (!is_in_time) {
    result.failure = fmt::format("a call did not come back within {:g} s", timeout_s);
    return result;
  }
  if (WIFSIGNALED(status)) {
    result.failure = fmt::format("the process died of signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return result;
  }
  const auto told = nlohmann::ordered_json::parse(text, nullptr, false);
  if (told.is_discarded()) {
    result.failure = fmt::format("the process ended with code {}", WEXITSTATUS(status));
    return result;
  }
  result.value = told.value("value", nlohmann::ordered_json());
  result.wrong_input = told.value("input", "");
  result.failure = told.value("error", "");
  return result;
}

}  // namespace snnvp::conform
