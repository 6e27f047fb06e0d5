// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <snnvp/platform/engine/driver.h>
#include <snnvp/platform/run/network_program.h>
#include <snnvp/workloads/network/integer_state.h>
#include <snnvp/workloads/network/simulate.h>

namespace snnvp {

/// Values compared with the golden model so far.
struct CheckTally {
  std::uint64_t compared = 0, mismatches = 0;
  std::string first;  ///< the first difference in words
};

/// One sample on its way through a network program: what the host does between jobs, on values in modelled memory. Reused for
/// sample after sample at the same addresses.
class SampleRun {
public:
  /// `addresses` of the program's buffers. All must outlive it.
  SampleRun(const IntegerNetwork& network, const NetworkProgram& program, std::vector<Address> addresses);

  /// Places the inputs. `golden`: what every node must give, or empty: nothing is compared.
  void begin(std::uint64_t index, const NetworkSample& sample, std::vector<IntegerTrace> golden, engine::JobDriver& memory);
  /// Does the host's work up to the next chain of jobs: its index, or -1 at the end of the sample.
  int advance(engine::JobDriver& memory, CheckTally& tally);
  /// The chain that advance() gave has run: compares what its jobs left.
  void chain_done(engine::JobDriver& memory, CheckTally& tally);

  std::uint64_t index() const { return index_; }
  Address address(int buffer) const { return at(buffer); }
  /// Values of a node as they lie in memory (of connections: read from their sums).
  const IntegerTrace& values(std::size_t node, engine::JobDriver& memory);
  const std::vector<IntegerTrace>& golden() const { return golden_; }

private:
  Address at(int buffer) const { return addresses_[static_cast<std::size_t>(buffer)]; }
  void read(int buffer, void* to, Bytes bytes, engine::JobDriver& memory) const;
  void write(int buffer, const void* from, Bytes bytes, engine::JobDriver& memory) const;
  void store(std::size_t node, engine::JobDriver& memory);
  /// Sums of a job over `steps` steps, planes combined and the node's bias added.
  std::vector<std::int32_t> read_sums(const NetworkJob& job, std::uint64_t steps, engine::JobDriver& memory) const;
  const std::int32_t* output(std::size_t node, std::uint64_t t, std::uint64_t delay, engine::JobDriver& memory);
  void gather(std::size_t node, std::uint64_t t, std::vector<std::int32_t>& x, engine::JobDriver& memory);
  void pack(const NetworkAction& action, engine::JobDriver& memory);
  void collect(const NetworkAction& action, engine::JobDriver& memory, CheckTally& tally);
  void evaluate(const NetworkAction& action, engine::JobDriver& memory);
  void evaluate_step(std::size_t node, std::uint64_t t, engine::JobDriver& memory);
  IntegerState& state_of(std::size_t node);
  void compare(const std::string& what, std::size_t node, const IntegerTrace& found, const std::string& block, CheckTally& tally) const;
  void compare_values(const std::string& what, std::size_t node, const std::int32_t* found, const std::int32_t* expected,
                      std::uint64_t count, std::uint64_t first_step, const std::string& block, CheckTally& tally) const;

  const IntegerNetwork& network_;
  const NetworkProgram& program_;
  std::vector<Address> addresses_;
  std::uint64_t index_ = 0;
  std::size_t next_ = 0;  // action
  std::vector<IntegerTrace> golden_;
  std::vector<IntegerTrace> traces_;
  std::vector<bool> loaded_;
  std::vector<bool> in_cycle_;
  std::vector<std::unique_ptr<IntegerState>> states_;
  std::vector<std::int32_t> values_;
  std::vector<std::int64_t> scratch_;
};

}  // namespace snnvp
