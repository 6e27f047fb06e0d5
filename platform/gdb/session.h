// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <snnvp/platform/gdb/target.h>

namespace snnvp::gdb {

/// One debugger's conversation, all-stop, one thread for each hart (thread = hart + 1). Takes packets, gives answers; who carries them
/// and who runs the harts is somebody else's. Whatever a packet contains, the answer is one the protocol knows.
class Session {
public:
  enum class Then { stay, resume, detach, kill };
  struct Answer {
    std::vector<std::string> replies;  ///< to be sent in order; an empty string is the reply "unknown"
    Then then = Then::stay;
  };

  explicit Session(Target& target) : target_(target) {}

  /// The program has stopped; what to tell a client that waits for it.
  std::string stopped(const StopEvent& event);
  Answer handle(const std::string& packet);
  /// After Then::resume: how each hart goes on.
  const Resumes& resumes() const { return resumes_; }
  /// Replies and packets are acknowledged until the client asks for less.
  bool acknowledges() const { return acknowledges_; }
  /// The client has gone: its breakpoints go as well.
  void release();

private:
  Answer query(std::string_view packet);
  Answer read_features(std::string_view packet);
  Answer monitor(std::string_view hex);
  std::string read_registers();
  std::string write_registers(std::string_view hex);
  std::string read_register(std::string_view number);
  std::string write_register(std::string_view text);
  std::string read_memory(std::string_view range);
  std::string write_memory(std::string_view text, bool is_binary);
  std::string set_point(std::string_view text, bool set);
  std::string choose_thread(std::string_view text);
  Answer resume_all(std::string_view text);
  Answer resume_each(std::string_view actions);
  std::string supported(std::string_view features);
  std::string stop_text() const;
  std::optional<unsigned> hart_of(std::string_view id) const;

  Target& target_;
  bool acknowledges_ = true, knows_swbreak_ = false, knows_hwbreak_ = false;
  unsigned hart_ = 0;                     // whose registers and memory are meant
  std::optional<unsigned> resumed_hart_;  // of `c` and `s`; nothing: all
  StopEvent stop_;
  Resumes resumes_;
  std::map<std::pair<std::uint32_t, bool>, unsigned> breakpoints_;  // address, is hardware -> how often set
  std::vector<Watchpoint> watchpoints_;
};

/// The target description GDB reads: registers by name and number.
std::string target_description(const Target& target);

}  // namespace snnvp::gdb
