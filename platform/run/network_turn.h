// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <snnvp/platform/run/network_stream.h>

namespace snnvp {

/// A sample under way, and what lies in memory for it.
struct NetworkStream::Slot {
  std::unique_ptr<SampleRun> sample;
  std::vector<engine::Submission> chains;  ///< by chain of the program
  std::uint64_t index = 0;
  int waiting = -1;  ///< chain that may run next
  bool is_busy = false, is_running = false;
};

/// One pass over all samples: on one engine, or on those of a mapping.
struct NetworkStream::Turn {
  std::string name;  ///< the engine, or the first of them
  NetworkProgram program;
  std::vector<Slot> slots;
  std::vector<std::pair<Address, int>> shared;  ///< where shared buffers lie
  std::vector<std::string> lanes;               ///< block of each lane; empty: one lane for all
  std::vector<Slot*> lane_slot;
  std::uint64_t next_sample = 0, done = 0, correct = 0;
  CheckTally tally;
  std::map<std::pair<std::string, std::uint64_t>, engine::LayerRecord> rows;  ///< by block, then job and part
  Picoseconds started = 0, ended = 0;
  bool has_started = false;
};

}  // namespace snnvp
