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

/// Hands chains to a driver while the simulation runs, so that a long workload needs no more memory than a short one. All calls come
/// from the driver at the simulated time at which it may go on. Lanes work at the same time, each on one chain after the other.
class SubmissionSource {
public:
  virtual ~SubmissionSource() = default;
  virtual unsigned lanes() const = 0;
  /// The next chain of a lane, valid until it has ended; null: none now. `finished` is set if there will be none any more; else the
  /// lane is asked again whenever a chain of any lane has ended.
  virtual const Submission* next(unsigned lane, bool& finished) = 0;
  /// The lane's chain has ended; if badly, the lane gets no more.
  virtual void ended(unsigned lane, const SubmissionResult& result) = 0;
};

/// Whatever drives engines in a run: models.host, later a CPU with firmware. Checking does not go through it
/// (decision 10), but debug transport does, because it sees the memories as the program sees them.
class JobDriver {
public:
  virtual ~JobDriver() = default;
  /// Before the simulation starts: the chains to run, one after the other.
  virtual void submit(std::vector<Submission> submissions) = 0;
  /// Instead: chains from a source, which must outlive the run.
  virtual void serve(SubmissionSource& source) = 0;
  /// One per chain submitted; of a source those that ended badly.
  virtual const std::vector<SubmissionResult>& results() const = 0;
  virtual Bytes debug_read(Address address, std::uint8_t* data, Bytes length) = 0;
  virtual Bytes debug_write(Address address, const std::uint8_t* data, Bytes length) = 0;
  /// For a memory that refuses debug access. Before the simulation starts: bytes to write by timed accesses before anything else; they
  /// stay valid. False: this driver cannot.
  virtual bool write_first(Address /*address*/, const std::uint8_t* /*data*/, Bytes /*length*/) { return false; }
  /// From a thread, in simulated time. False: an access failed, or this driver cannot.
  virtual bool timed_read(Address /*address*/, std::uint8_t* /*data*/, Bytes /*length*/) { return false; }
};

}  // namespace snnvp::engine
