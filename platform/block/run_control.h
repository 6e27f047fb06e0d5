// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

// Optional interfaces of blocks that take part in how a run ends; found by dynamic_cast, header-only.
namespace snnvp {

/// A block whose own events never stop: a generated clock, a bridge to another simulator. A run ends when nothing is left to do;
/// such a block asks whether the others have come to that and then falls silent itself.
class FreeRunning {
public:
  virtual ~FreeRunning() = default;

  struct Questions {
    std::function<bool()> others_are_done;  ///< asked from a process: every other block is idle and the workload has ended
    std::function<bool()> is_interrupted;   ///< the user wants the run to end; may be asked while no simulated time passes
  };
  /// Before the simulation starts.
  virtual void set_questions(Questions questions) = 0;
  /// The simulation has ended with `status`, results have been read back: the last chance to say so to a peer.
  virtual void finish(const std::string& /*status*/) {}
};

/// A block that can end the run badly: it calls sc_stop() and tells why.
class RunFailure {
public:
  virtual ~RunFailure() = default;
  struct Failure {
    std::string status;  ///< a status word, such as peer_lost
    std::string text, advice;
  };
  virtual std::optional<Failure> failure() const = 0;
};

}  // namespace snnvp
