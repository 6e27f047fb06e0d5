// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/engine/job.h>

namespace snnvp::engine {

/// A chain of jobs for one engine, as a driver sees it: descriptors to write, a doorbell to ring.
struct Submission {
  std::string engine;     ///< block name, for messages
  Address registers = 0;  ///< base of the engine's register bank in the driver's address space
  int irq = -1;           ///< index of the driver's interrupt input; -1: poll the status register
  std::vector<std::pair<Address, DescriptorBytes>> descriptors;
  Address first = 0;  ///< address of the first descriptor
};

struct SubmissionResult {
  std::string engine;
  bool finished = false;
  JobStatus status = JobStatus::ok;
  Address error_address = 0;  ///< descriptor or access that failed
  std::string problem;        ///< the driver's own trouble ("register write answered ADDRESS_ERROR")
};

/// Whatever drives engines in a run: models.host, later a CPU with firmware. Checking does not go through it
/// (decision 10), but debug transport does, because it sees the memories as the program sees them.
class JobDriver {
public:
  virtual ~JobDriver() = default;
  /// Before the simulation starts: the chains to run, one after the other.
  virtual void submit(std::vector<Submission> submissions) = 0;
  virtual const std::vector<SubmissionResult>& results() const = 0;
  virtual Bytes debug_read(Address address, std::uint8_t* data, Bytes length) = 0;
  virtual Bytes debug_write(Address address, const std::uint8_t* data, Bytes length) = 0;
};

}  // namespace snnvp::engine
