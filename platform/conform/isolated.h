// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <nlohmann/json.hpp>

namespace snnvp::conform {

/// Where a run is, for the parent that may have to tell it.
struct Whereabouts {
  std::uint64_t transaction = 0;
  unsigned tester = 0;
};

struct IsolatedResult {
  nlohmann::ordered_json value;  ///< what the body returned
  std::string wrong_input;       ///< text of an InputError
  std::string failure;           ///< how it died: signal, exception, no end within the time; empty: it did not
  Whereabouts last;
};

/// Runs `body` in a child process, because a kernel runs once per process and a foreign block may crash it. `timeout_s` of wall time:
/// then it is killed. The body keeps `Whereabouts` up to date; what it prints goes nowhere.
IsolatedResult run_isolated(const std::function<nlohmann::ordered_json(Whereabouts&)>& body, double timeout_s);

}  // namespace snnvp::conform
