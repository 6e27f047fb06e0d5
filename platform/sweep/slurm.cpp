// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/slurm.h>

#include <fmt/format.h>

#include <algorithm>

namespace snnvp::sweep {

namespace {

/// A word as a shell reads it back.
std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::uint64_t tasks_of(const Plan& plan, const Chunks& chunks) { return (plan.points.size() + chunks.chunk - 1) / chunks.chunk; }

}  // namespace

std::string script_lines(const Plan& plan, const std::string& program, const std::string& folder, const Chunks& chunks) {
  std::string text;
  for (std::uint64_t task = 0; task < tasks_of(plan, chunks); ++task)
    text += fmt::format("{} sweep run-point {} --index {} --count {}\n", shell_word(program), shell_word(folder), task * chunks.chunk,
                        chunks.chunk);
  return text;
}

std::vector<JobScript> slurm_scripts(const Plan& plan, const std::string& program, const std::string& folder, const Chunks& chunks) {
  std::vector<JobScript> scripts;
  const std::uint64_t tasks = tasks_of(plan, chunks);
  std::string submit =
      fmt::format("#!/bin/sh\n# Hands the sweep over to Slurm: arrays of tasks, then one job that collects.\nset -eu\ncd {}\njobs=\n",
                  shell_word(folder));
  for (std::uint64_t first = 0, n = 0; first < tasks; first += chunks.array_size, ++n) {
    const std::uint64_t size = std::min(chunks.array_size, tasks - first);
    const std::string running = chunks.most_running ? fmt::format("%{}", chunks.most_running) : "";
    // Results are files of their own, written in one step: a task that is requeued or run twice does no harm.
    scripts.push_back(
        {fmt::format("array_{}.sh", n),
         fmt::format(
             "#!/bin/sh\n#SBATCH --job-name={}\n#SBATCH --array=0-{}{}\n#SBATCH --ntasks=1\n#SBATCH --requeue\n#SBATCH --output=/dev/null\n"
             "task=$((SLURM_ARRAY_TASK_ID + {}))\nexec {} sweep run-point {} --index $((task * {})) --count {}\n",
             "snnvp-sweep", size - 1, running, first, shell_word(program), shell_word(folder), chunks.chunk, chunks.chunk)});
    submit += fmt::format("jobs=$jobs:$(sbatch --parsable array_{}.sh)\n", n);
  }
  scripts.push_back(
      {"collect.sh",
       fmt::format(
           "#!/bin/sh\n#SBATCH --job-name=snnvp-collect\n#SBATCH --ntasks=1\n#SBATCH --output=collect.log\nexec {} sweep collect {}\n",
           shell_word(program), shell_word(folder))});
  submit += "sbatch --parsable --dependency=afterany$jobs collect.sh\n";
  scripts.push_back({"submit.sh", submit});
  return scripts;
}

}  // namespace snnvp::sweep
