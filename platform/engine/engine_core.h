// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/engine/job.h>
#include <snnvp/platform/engine/pipeline.h>

// What an engine's core answers, and nothing else: the tiles in order, the bytes each moves, the cycles
// each takes, the events it counts, its exact result. Pure C++, tested without a kernel; the common front
// end (accelerator.h) does the rest once for all engines.
namespace snnvp::engine {

/// One burst over the DMA port.
struct Transfer {
  Address address = 0;
  std::uint8_t* data = nullptr;  ///< destination of a read, source of a write; stays valid until the job ends
  Bytes bytes = 0;
};

/// What one item moves in one stage. Reused between items, so that nothing is allocated per tile.
struct TransferList {
  std::vector<Transfer> timed;    ///< real bursts
  std::vector<Transfer> untimed;  ///< debug transport: bytes that are not counted (decision 19)
  Cycles port_cycles = 0;         ///< the DMA port is taken for this long
  void clear() { timed.clear(), untimed.clear(), port_cycles = 0; }
  /// Moves nothing and takes no port time.
  bool empty() const { return timed.empty() && untimed.empty() && port_cycles == 0; }
};

/// One row of the report's `layers`: what the engine did for one operation. Counts are in fixed order;
/// nullopt prints as null.
struct LayerRecord {
  std::uint32_t tag = 0;  ///< the descriptor's tag
  unsigned part = 0;      ///< 0 main operation, 1 its neuron update
  std::string kind;       ///< conv2d, fc, lif, attention, layernorm, ...
  std::optional<std::uint64_t> M, K, N;
  std::vector<std::pair<std::string, std::optional<std::uint64_t>>> counts;
  std::vector<std::pair<std::string, std::string>> texts;
  Cycles contribution_cycles = 0;  ///< what the layer adds to the engine's total
  Cycles total_cycles = 0;
  std::optional<Bits> dram_bits;  ///< DRAM traffic as the engine's model counts it
  Bytes bus_bytes = 0;            ///< what really went over the DMA port for it
  std::string notice;             ///< something of the request that was not taken as it stood, in words; empty: nothing
  EventCounts events;             ///< priced events of this row, where the engine tells them by layer
};

/// When the pipeline ran a job, for the core's own report.
struct JobTiming {
  Cycles start = 0;         ///< fetch of the first item may begin
  Cycles pipeline_end = 0;  ///< last item left the last stage
  Cycles end = 0;           ///< stores done too
  Bytes bus_bytes_read = 0, bus_bytes_written = 0;
};

/// A job under way: its items (tiles, passes) in order. All calls for an item come before those for the next, so an
/// item's data may take the place of the one before.
class Job {
public:
  virtual ~Job() = default;

  virtual const std::vector<Stage>& stages() const = 0;
  virtual std::uint64_t items() const = 0;
  /// A job that keeps its own buffers and clocks beside the pipeline (several cores that work on items of their own): the data-moving
  /// stage of the item may not begin before this cycle, which is known once the items before it are executed.
  virtual Cycles not_before(std::uint64_t /*item*/, unsigned /*stage*/) { return 0; }
  /// Fills `list` with what item moves in data-moving stage.
  virtual void transfers(std::uint64_t item, unsigned stage, TransferList& list) = 0;
  /// The data of the item's data-moving stages up to its first computing stage have arrived: compute the exact
  /// result and settle the item's cycles.
  virtual void execute(std::uint64_t item) = 0;
  /// Cycles of the item in a computing stage; valid after execute().
  virtual Cycles cycles(std::uint64_t item, unsigned stage) = 0;
  /// After the item left the last stage at `end`: fills `list` with results that are ready to be stored then and
  /// returns the cycle from which they may leave. Nothing to store: leave the list empty.
  virtual Cycles stores(std::uint64_t item, Cycles end, TransferList& list) = 0;
  /// `paper` timing: the same bytes move and the same results are computed, but the job takes fixed_duration()
  /// whatever the bus does (decision 12).
  virtual bool ignores_bus_time() const { return false; }
  /// Known after the last execute().
  virtual Cycles fixed_duration() { return 0; }
  /// Called once at the end: the rows of the report.
  virtual std::vector<LayerRecord> finish(const JobTiming& timing) = 0;
};

/// Why a job is not taken.
struct Refusal {
  JobStatus status = JobStatus::unsupported;
  std::string reason;
};

/// A descriptor can claim tensors that no memory holds. What a job keeps on the simulating host is therefore limited, and
/// so is its length: beyond that it is refused, before anything is allocated.
constexpr Bytes max_job_bytes = Bytes{1} << 30;
constexpr std::uint64_t max_job_items = std::uint64_t{1} << 32;

/// The refusal of a job that would keep `bytes` on the host or take `items` pipeline items, if it is too large.
inline std::optional<Refusal> refuse_large(Bytes bytes, std::uint64_t items) {
  if (bytes > max_job_bytes) return Refusal{JobStatus::unsupported, "tensors of more than 1 GiB in one job"};
  if (items > max_job_items) return Refusal{JobStatus::unsupported, "more than 2^32 tiles in one job"};
  return std::nullopt;
}

/// The SystemC-free heart of an engine.
class EngineCore {
public:
  virtual ~EngineCore() = default;
  /// Takes a decoded job or says why not; shapes are already plausible.
  virtual std::variant<std::unique_ptr<Job>, Refusal> start(const JobDescriptor& job) = 0;
  /// Bit o set: operation o is supported.
  virtual std::uint32_t capabilities() const = 0;
  /// Writable registers of its own, by name; what is written holds from the next job on.
  virtual std::vector<std::string> settings() const { return {}; }
  /// A driver wrote `value` to a setting; returns what the register reads from now on.
  virtual std::uint32_t configure(const std::string& /*setting*/, std::uint32_t value) { return value; }
  /// Values per channel are to be fetched before start(), into the record. False: the core fetches them itself, if at all.
  virtual bool wants_channel_values() const { return false; }
  /// Forgets everything carried from job to job and all counts.
  virtual void reset() = 0;
  virtual void report_stats(StatSink& sink) const = 0;
  virtual EventCounts events() const = 0;
};

/// Why a core would not take a job, or empty: what kinds give as their `refusal`.
inline std::string refusal_of(EngineCore& core, const JobDescriptor& job) {
  const auto started = core.start(job);
  const auto* refusal = std::get_if<Refusal>(&started);
  return refusal == nullptr ? std::string() : refusal->reason.empty() ? status_name(refusal->status) : refusal->reason;
}

}  // namespace snnvp::engine
