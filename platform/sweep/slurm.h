// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/platform/sweep/plan.h>

namespace snnvp::sweep {

/// How points become tasks of another scheduler.
struct Chunks {
  std::uint64_t chunk = 1;          ///< points per task
  std::uint64_t most_running = 0;   ///< tasks at a time; 0: as many as the scheduler likes
  std::uint64_t array_size = 1000;  ///< tasks per job array (Slurm's MaxArraySize less one)
};

/// One command a line, for GNU parallel, HTCondor, LSF or SGE: each runs `chunk` points.
std::string script_lines(const Plan& plan, const std::string& program, const std::string& folder, const Chunks& chunks);

/// A job script of Slurm.
struct JobScript {
  std::string name, text;
};

/// Job arrays that run all points, and a collector that runs after them; `submit.sh` hands all over to sbatch.
std::vector<JobScript> slurm_scripts(const Plan& plan, const std::string& program, const std::string& folder, const Chunks& chunks);

}  // namespace snnvp::sweep
