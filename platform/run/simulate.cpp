// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#ifndef SC_INCLUDE_DYNAMIC_PROCESSES
#define SC_INCLUDE_DYNAMIC_PROCESSES  // sc_spawn
#endif
#include <algorithm>
#include <chrono>
#include <cstring>
#include <systemc>

#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/block/look_ahead.h>
#include <snnvp/platform/block/result_rule.h>
#include <snnvp/platform/block/run_control.h>
#include <snnvp/platform/elaborate/platform.h>
#include <snnvp/platform/engine/accelerator.h>
#include <snnvp/platform/report/diagnose.h>
#include <snnvp/platform/run/analytic_model.h>
#include <snnvp/platform/run/check.h>
#include <snnvp/platform/run/priced_run.h>
#include <snnvp/platform/run/progress.h>
#include <snnvp/platform/run/run_trace.h>
#include <snnvp/platform/run/simulation.h>
#include <snnvp/platform/run/spike_record.h>
#include <snnvp/platform/run/stat_collector.h>
#include <snnvp/platform/run/thermal_run.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

std::atomic<bool> stop_requested{false};

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned trace_windows = 200;  // of a trace's curves of power

std::optional<std::uint64_t> count_in(const engine::LayerRecord& record, const char* name) {
  for (const auto& [key, value] : record.counts)
    if (key == name) return value;
  return std::nullopt;
}

/// Reads by timed accesses what a memory does not show to debug transport; simulated time goes on for it.
class TimedReader : public engine::JobDriver {
public:
  explicit TimedReader(engine::JobDriver& driver) : driver_(driver) {}
  void submit(std::vector<engine::Submission>) override {}
  void serve(engine::SubmissionSource&) override {}
  const std::vector<engine::SubmissionResult>& results() const override { return driver_.results(); }
  Bytes debug_read(Address address, std::uint8_t* data, Bytes length) override {
    if (driver_.debug_read(address, data, length) == length) return length;
    bool has_ended = false, is_good = false;
    sc_core::sc_spawn([&] {
      is_good = driver_.timed_read(address, data, length);
      has_ended = true;
    });
    sc_core::sc_start(sc_core::sc_max_time() - sc_core::sc_time_stamp(), sc_core::SC_EXIT_ON_STARVATION);
    return has_ended && is_good ? length : 0;
  }
  Bytes debug_write(Address, const std::uint8_t*, Bytes) override { return 0; }

private:
  engine::JobDriver& driver_;
};

/// Calls back once all sockets are bound and before any process runs: the moment to place data.
class StartHook : public sc_core::sc_module {
public:
  StartHook(const sc_core::sc_module_name& name, std::function<void()> call) : sc_module(name), call_(std::move(call)) {}

private:
  void start_of_simulation() override { call_(); }
  std::function<void()> call_;
};

/// One run from placement to report; lives as long as the kernel does.
class Run {
public:
  Run(Prepared& prepared, const RunOptions& options)
      : prepared_(prepared),
        options_(options),
        started_(Clock::now()),
        trace_(new_tracer(*prepared.scenario)),
        platform_(prepared.plan, trace_.get()),
        hook_("snnvp_start_hook", [this] {
          place();
          placed_ = Clock::now();
        }) {}

  RunOutcome execute() {
    load();
    advance();
    const auto simulated = Clock::now();
    ended_ps_ = now_ps();
    if (driver_ && options_.on_finished) options_.on_finished(*driver_, program_);
    compare();
    for (FreeRunning* block : platform_.free_running()) block->finish(status_);
    collect();
    if (trace_) end_trace(*trace_, platform_, outcome_.report, trace_series_->rows(outcome_.report, &prepared_.prices), ended_ps_);
    outcome_.trace = trace_;
    const auto seconds = [](Clock::time_point from, Clock::time_point to) { return std::chrono::duration<double>(to - from).count(); };
    outcome_.report.host_facts["wall_phases_s"] = {
        {"elaborate", seconds(started_, placed_)}, {"simulate", seconds(placed_, simulated)}, {"check", seconds(simulated, Clock::now())}};
    return std::move(outcome_);
  }

private:
  void load() {
    outcome_.memory_map = platform_.memory_maps();
    thermal_.emplace(
        prepared_.plan, platform_, *prepared_.technology, prepared_.prices, dynamic_cast<const PowerMaps*>(workload_),
        [this](const std::string& name, sc_core::sc_module& module) { return activity_of(name, module, nullptr); },
        [this](const std::string& name) { return parts_of(name); });
    if (prepared_.scenario->run.windows != 0) series_.emplace(prepared_.scenario->run.windows);
    if (trace_) trace_series_.emplace(trace_windows);
    bound_look_ahead();
    const std::vector<FreeRunning*> free_running = platform_.free_running();
    const bool is_alone = free_running.size() == 1;  // then whatever else is pending is others' work
    for (FreeRunning* block : free_running)
      block->set_questions({[this, is_alone] { return (!is_alone || !sc_core::sc_pending_activity()) && all_finished() && all_idle(); },
                            [] { return stop_requested.load(); }});
    if (!workload_ && !options_.signature.empty()) throw InputError("--signature: only a program (workload kind firmware) has a signature");
    if (!workload_ && prepared_.scenario->run.gdb) throw InputError("run.gdb: only a program (workload kind firmware) can be debugged");
    if (auto* source = dynamic_cast<SpikeSource*>(workload_)) source->keep_spikes(prepared_.scenario->run.record_spikes);
    if (workload_) {
      workload_->configure({time_limit(), options_.console_on_stdout, options_.signature, prepared_.scenario->run.gdb});
      workload_->attach(platform_);
    }
    if (prepared_.engines.empty()) return;
    driver_ = platform_.find<engine::JobDriver>(prepared_.host);
    if (!driver_) throw InternalError(prepared_.host + " is no job driver");
    if (workload_) {  // it has jobs of its own
      workload_->set_turn_end([this](const std::vector<std::string>& engines) { mark_turn(engines); });
      return;
    }
    const AddressWindow window = prepared_.plan.shared_memory(memory_users(prepared_)).value();  // prepare() has checked
    std::map<std::string, ResultRule> rules;
    for (const std::string& name : prepared_.engines)
      if (const auto* provider = platform_.find<ResultRuleProvider>(name)) rules[name] = provider->result_rule();
    program_ =
        build_memory_program(prepared_.layers, prepared_.engines, window.base, window.size, prepared_.scenario->run.check_output, rules);
    const PortRef out{prepared_.host, "out", -1};
    std::vector<engine::Submission> submissions;
    for (EngineProgram& e : program_.engines) {
      e.submission.registers = *prepared_.plan.address_of(out, e.engine, "regs");
      const LinkPlan* irq = prepared_.plan.link_from({e.engine, "irq", -1});
      e.submission.irq = irq && irq->to.block == prepared_.host ? irq->to.index : -1;
      submissions.push_back(e.submission);
    }
    driver_->submit(std::move(submissions));
  }

  Picoseconds time_limit() const {
    const Picoseconds limit = prepared_.scenario->run.limit;
    return limit != 0 ? limit : prepared_.layers.default_limit;
  }

  /// Debug writes take no simulated time.
  void place() {
    if (workload_) workload_->start();
    if (!driver_) return;
    std::vector<Placement*> placed;
    for (Placement& p : program_.placements) {
      if (driver_->debug_write(p.address, p.bytes.data, p.bytes.size) == p.bytes.size) {
        placed.push_back(&p);
        continue;
      }
      if (!driver_->write_first(p.address, p.bytes.data, p.bytes.size))
        throw InputError(fmt::format("{} cannot be placed at 0x{:x}: the memory refuses debug access there", p.what, p.address));
      is_memory_timed_ = true;
    }
    if (options_.on_placed) options_.on_placed(*driver_, program_);
    for (Placement* p : placed) p->bytes.owner.reset(), p->bytes.data = nullptr;  // the memory has them now
  }

  std::uint64_t sum_over_engines(std::uint64_t (*value)(const engine::JobEngine&)) const {
    std::uint64_t sum = 0;
    for (const std::string& name : prepared_.engines)
      if (const auto* engine = platform_.find<engine::JobEngine>(name)) sum += value(*engine);
    return sum;
  }

  /// Runs in slices of simulated time that take about 20 ms each, so that signals, limits and progress are served.
  void advance() {
    const RunDecl& run = prepared_.scenario->run;
    const Picoseconds limit = time_limit();
    std::uint64_t jobs_total = 0;
    for (const EngineProgram& e : program_.engines) jobs_total += e.names.size();
    if (workload_) jobs_total = workload_->work_total();
    Progress progress(options_.progress, prepared_.scenario->name, jobs_total, run.heartbeat_s);
    Picoseconds slice = 10'000'000;  // 10 us
    std::uint64_t last_work = 0;
    Picoseconds progress_at = 0;
    double progress_wall = 0;
    for (;;) {
      // A slice reaches the next event at least: with nothing in it, time would stand still. The limit ends the run as soon as
      // the next event lies beyond it.
      const Picoseconds next = sc_core::sc_is_running() ? ps_of(sc_core::sc_time_to_pending_activity()) : 0;
      Picoseconds step = std::max(slice, next);
      // A thermal epoch, or a window of the series, ends exactly at its time, also where nothing happens.
      std::optional<Picoseconds> epoch_left = thermal_->time_left(now_ps());
      for (Series* series : all_series()) epoch_left = std::min(epoch_left.value_or(~Picoseconds{0}), series->time_left(now_ps()));
      const bool epoch_is_next = epoch_left && *epoch_left < next;
      if (epoch_left) step = std::min(step, *epoch_left);
      if (limit != 0) {
        const Picoseconds left = limit > now_ps() ? limit - now_ps() : 0;
        step = next > left && !(epoch_is_next && *epoch_left <= left) ? 0 : std::min(step, left);
      }
      if (step == 0) {
        status_ = all_finished() ? status_ : "limit";
        break;
      }
      const auto before = Clock::now();
      sc_core::sc_start(sc_time_of(step), epoch_is_next ? sc_core::SC_RUN_TO_TIME : sc_core::SC_EXIT_ON_STARVATION);
      if (thermal_->time_left(now_ps()) == Picoseconds{0}) thermal_->end_epoch(now_ps());
      end_windows();
      if (sc_core::sc_get_status() == sc_core::SC_STOPPED || !sc_core::sc_pending_activity()) {
        if (sc_core::sc_get_status() == sc_core::SC_STOPPED && stop_requested) status_ = "interrupted";
        break;
      }
      const auto after = Clock::now();
      if (stop_requested) {
        status_ = "interrupted";
        break;
      }
      const double wall = std::chrono::duration<double>(after - started_).count() - (workload_ ? workload_->held_seconds() : 0);
      if (run.wall_limit_s > 0 && wall > run.wall_limit_s) {
        status_ = "timeout";
        break;
      }
      const std::uint64_t work =
          workload_ ? workload_->work_done() : sum_over_engines([](const engine::JobEngine& e) { return e.items_done(); });
      if (work != last_work) last_work = work, progress_at = now_ps(), progress_wall = wall;
      if ((driver_ || workload_) &&
          ((run.watchdog != 0 && now_ps() - progress_at > run.watchdog) || wall - progress_wall > run.watchdog_wall_s)) {
        status_ = "watchdog";
        break;
      }
      progress.update(workload_ ? work : sum_over_engines([](const engine::JobEngine& e) { return e.totals().jobs; }), now_ps());
      const double took = std::chrono::duration<double>(after - before).count();
      if (took < 0.01 && slice < 1'000'000'000'000) slice *= 2;
      if (took > 0.04 && slice > 1'000'000) slice /= 2;
    }
    progress.finish();
  }

  bool all_idle() const {
    return std::all_of(platform_.blocks().begin(), platform_.blocks().end(), [](const auto& block) {
      const auto* idle = dynamic_cast<const IdleProvider*>(block.second.get());
      return idle == nullptr || idle->is_idle();
    });
  }

  bool all_finished() const {
    if (workload_) return workload_->is_finished();
    return !driver_ ||
           std::all_of(driver_->results().begin(), driver_->results().end(), [](const engine::SubmissionResult& r) { return r.finished; });
  }

  /// What the driver met, in words; empty if every chain went through.
  std::string job_error() const {
    if (!driver_) return {};
    for (const engine::SubmissionResult& r : driver_->results()) {
      if (!r.problem.empty()) return fmt::format("driving {} failed at 0x{:x}: {}", r.engine, r.error_address, r.problem);
      if (r.status == engine::JobStatus::ok) continue;
      const auto* engine = platform_.find<engine::JobEngine>(r.engine);
      const std::string reason = engine ? engine->refusal() : std::string();
      return fmt::format("{} ended its chain with {} at address 0x{:x}{}{}", r.engine, engine::status_name(r.status), r.error_address,
                         reason.empty() ? "" : ": ", reason);
    }
    return {};
  }

  /// Tells of every block that is not idle, what it waits for.
  void report_waiting(const std::string& rule, const std::string& advice) {
    for (const auto& [name, module] : platform_.blocks())
      if (const auto* idle = dynamic_cast<const IdleProvider*>(module.get()); idle && !idle->is_idle())
        outcome_.report.diagnosis.push_back(
            {rule, "error", name + " waits: " + (idle->waiting_for().empty() ? "not idle" : idle->waiting_for()), advice});
  }

  /// How the run ended, worst first, with evidence.
  void settle_status() {
    auto& diagnosis = outcome_.report.diagnosis;
    const std::vector<std::string> violations = platform_.violations();
    for (const std::string& text : violations)
      diagnosis.push_back({"protocol_violation", "error", text, "the rules are listed in docs/architecture.md"});
    const std::string error = job_error();
    if (!error.empty())
      diagnosis.push_back({"job_failed", "error", error, "the address is that of the descriptor, or of the access that failed"});
    std::optional<RunFailure::Failure> failure;
    for (const auto& [name, module] : platform_.blocks())
      if (const auto* block = dynamic_cast<const RunFailure*>(module.get()); block && !failure)
        if ((failure = block->failure())) diagnosis.push_back({failure->status, "error", name + ": " + failure->text, failure->advice});
    if (failure) {
      status_ = failure->status;
    } else if (!violations.empty()) {
      status_ = "protocol_violation";
    } else if (status_ == "limit") {
      report_waiting(status_, "raise run.limit");
    } else if (status_ == "watchdog") {
      report_waiting(status_, "nothing made progress within run.watchdog");
    } else if (status_ == "ok" && !error.empty()) {
      status_ = "job_failed";
    } else if (status_ == "ok" && !all_finished()) {
      status_ = "deadlock";
      report_waiting(status_, "nothing is left that could wake it; is an interrupt linked, does every access get an answer?");
    }
  }

  void compare() {
    settle_status();
    RunReport& report = outcome_.report;
    report.checked = prepared_.scenario->run.check_output && (driver_ || workload_);
    if (workload_ && status_ == "ok") status_ = workload_->status();
    thermal_->finish(now_ps());
    if (!driver_ || !report.checked || (status_ != "ok" && status_ != "protocol_violation")) return;
    TimedReader timed(*driver_);
    if (is_memory_timed_)
      report.diagnosis.push_back({"timed_placement", "notice",
                                  "the memory refuses debug access: data were placed, and results read back, by timed accesses of the host",
                                  "register transport_dbg in the memory"});
    const CheckResult result = check_results(is_memory_timed_ ? timed : *driver_, program_.expectations);
    report.compared = result.compared;
    report.mismatches = result.mismatches;
    outcome_.recordings =
        read_spikes(is_memory_timed_ ? timed : *driver_, prepared_.layers, program_.expectations, prepared_.scenario->run.record_spikes);
    for (const PruningRecord& record : program_.pruning) report_pruning(record);
    if (result.mismatches == 0) return;
    report.diagnosis.push_back({"output_mismatch", "error", result.first, "the engine's result in memory differs from the golden model"});
    if (status_ == "ok") status_ = "wrong_output";
  }

  /// Pruned attention: what it lost, and whether it kept its bound.
  void report_pruning(const PruningRecord& record) {
    RunReport& report = outcome_.report;
    const PruningLoss& loss = record.loss;
    report.sections["pruning"][record.engine] = {{"bound", record.bound},           {"scores", loss.scores},
                                                 {"removed_scores", loss.removed},  {"removed_not_zero", loss.lost},
                                                 {"largest_removed", loss.largest}, {"beyond_bound", loss.beyond_bound}};
    if (loss.removed != 0)
      report.summary_lines.push_back(
          fmt::format("  pruning   {}: {:.1f} % of the attention scores removed, the largest was {} (bound {})", record.engine,
                      100.0 * static_cast<double>(loss.removed) / static_cast<double>(loss.scores), loss.largest, record.bound));
    if (loss.beyond_bound == 0) return;
    report.mismatches += loss.beyond_bound;
    report.diagnosis.push_back(
        {"output_mismatch", "error",
         fmt::format("{}: {} removed attention scores are not below the bound {}", record.engine, loss.beyond_bound, record.bound),
         "pruning must not remove them"});
    if (status_ == "ok") status_ = "wrong_output";
  }

  /// What was kept of the data, and of the time.
  void collect_records(RunReport& report) {
    if (const auto* source = dynamic_cast<const SpikeSource*>(workload_)) outcome_.recordings = source->kept_spikes();
    for (const Recording& r : outcome_.recordings)
      report.sections["recorded"].push_back({{"layer", r.node},
                                             {"samples", r.samples},
                                             {"steps", r.steps},
                                             {"neurons", r.neurons},
                                             {"dt_s", r.dt},
                                             {"spikes", r.spikes.count()}});
    const std::vector<Series::Row> rows = series_ ? series_->rows(report, &prepared_.prices) : std::vector<Series::Row>();
    if (series_) report.files.emplace_back("series.csv", series_csv(rows));
    diagnose_load(report, rows);
  }

  /// Counters are looked at when a window ends: nobody works further ahead than that.
  void bound_look_ahead() {
    if (all_series().empty()) return;
    Picoseconds shortest = ~Picoseconds{0};
    for (const Series* series : all_series()) shortest = std::min(shortest, series->length());
    for (const auto& [name, module] : platform_.blocks())
      if (auto* block = dynamic_cast<LookAhead*>(module.get())) block->set_look_ahead(shortest);
  }

  /// Of the report, and of the trace, which must leave no mark on the report.
  std::vector<Series*> all_series() {
    std::vector<Series*> all;
    if (series_) all.push_back(&*series_);
    if (trace_series_) all.push_back(&*trace_series_);
    return all;
  }

  void end_windows() {
    bool any = false;
    for (Series* series : all_series())
      if (series->time_left(now_ps()) == 0) series->end_window(now_ps(), counted()), any = true;
    if (any) bound_look_ahead();
  }

  void collect() {
    MeasuredRun run;
    RunReport& report = run.report = std::move(outcome_.report);
    report.tool_version = tool_version();
    report.scenario_name = prepared_.scenario->name;
    report.scenario_hash = prepared_.hash;
    report.seed = prepared_.layers.seed;
    report.status = status_;
    const ClockDomain clock = report_clock(report);
    report.cycles = clock.cycle_at(ended_ps_);
    report.seconds = static_cast<double>(ended_ps_) / 1e12;
    run.counted.elapsed_s = report.seconds;
    for (const auto& [name, module] : platform_.blocks()) collect_block(name, *module, run);
    for (Series* series : all_series()) series->finish(ended_ps_, run.counted.blocks);
    for (const EngineProgram& e : program_.engines) collect_engine(e.engine, rows_of(e), report);
    if (workload_)
      for (EngineRows& e : workload_->engine_rows()) collect_engine(e.engine, std::move(e.rows), report);
    if (workload_) workload_->collect(report);
    collect_records(report);
    run.turns = std::move(turns_);
    run.estimates = estimates(report);
    if (thermal_->is_active()) run.heat = thermal_->record();
    outcome_.report = price_run(prepared_.prices, run, thermal_->is_active() ? &*thermal_ : nullptr);
    outcome_.measured = std::move(run);
    outcome_.exit_code = outcome_.report.status == "ok" ? 0 : 1;
    outcome_.delta_count = sc_core::sc_delta_count();
    outcome_.wall_seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  }

  /// What analytic models say of the same workload, beside the engines.
  std::vector<std::pair<std::string, AnalyticResult>> estimates(RunReport& report) {
    std::vector<std::pair<std::string, AnalyticResult>> all;
    if (stop_requested) return all;
    for (const auto& [name, module] : platform_.blocks())
      if (const auto* model = dynamic_cast<const AnalyticModel*>(module.get()))
        all.emplace_back(name, model->estimate(prepared_.layers, stop_requested));
    if (stop_requested && report.status == "ok") report.status = "interrupted";
    return all;
  }

  /// What `time.cycles` counts: the clock of the first engine, else of the driver, else the first block's with one.
  ClockDomain report_clock(RunReport& report) {
    std::string name = prepared_.engines.empty() ? prepared_.host : prepared_.engines.front();
    if (name.empty())
      for (const auto& [block, plan] : prepared_.plan.blocks)
        if (name.empty() && plan.params.has_clock()) name = block;
    const auto it = prepared_.plan.blocks.find(name);
    if (it == prepared_.plan.blocks.end() || !it->second.params.has_clock()) {
      report.time_clock = "1 ns";
      return ClockDomain(1'000'000'000);
    }
    report.time_clock = *it->second.decl->clock;
    return ClockDomain(it->second.params.clock());
  }

  /// What a block has counted so far; its statistics also go to `stats`, if it is not null.
  BlockActivity activity_of(const std::string& name, sc_core::sc_module& module, std::vector<std::pair<std::string, StatValue>>* stats) {
    const BlockPlan& plan = prepared_.plan.blocks.at(name);
    BlockActivity activity;
    activity.name = name;
    if (const auto* provider = dynamic_cast<const StatProvider*>(&module)) {
      StatCollector collector(*plan.kind);
      if (!dynamic_cast<const ThermalModel*>(&module)) provider->report_stats(collector);  // its follow from prices: collect_heat()
      auto values = collector.take();
      for (const auto& [stat, value] : values)
        if (const auto* n = std::get_if<std::uint64_t>(&value)) activity.statistics[stat] = *n;
      if (stats != nullptr) *stats = std::move(values);
    }
    if (const auto* events = dynamic_cast<const EventProvider*>(&module)) {
      activity.events = events->events();
      const auto* engine = dynamic_cast<const engine::JobEngine*>(&module);  // may scale its clock
      const std::uint64_t hz = engine ? engine->clock_hz() : plan.params.has_clock() ? plan.params.clock() : 1'000'000'000;
      for (const auto& [unit, busy] : events->unit_busy_cycles()) activity.units[unit] = {busy, hz};
    }
    return activity;
  }

  void collect_block(const std::string& name, sc_core::sc_module& module, MeasuredRun& run) {
    const BlockPlan& plan = prepared_.plan.blocks.at(name);
    BlockReport block;
    block.name = name;
    block.kind = plan.kind->kind;
    block.descriptor = plan.kind;
    BlockActivity activity = activity_of(name, module, &block.stats);
    block.events = activity.events;
    if (!plan.kind->is_analytic) run.counted.blocks.push_back(std::move(activity));
    run.report.blocks.push_back(std::move(block));
    if (dynamic_cast<const engine::JobEngine*>(&module)) run.engines.insert(name);
    if (const auto* tiered = dynamic_cast<const TieredBlock*>(&module)) {
      run.tier_maps[name] = tier_map(*tiered, parts_of(name));
      run.tier_events[name] = tier_events(*tiered);
    }
  }

  /// The counters of all blocks as they stand; an engine's busy time too, which its totals have only at the end of a job.
  std::vector<BlockActivity> counted() {
    std::vector<BlockActivity> all;
    for (const auto& [name, module] : platform_.blocks()) {
      if (prepared_.plan.blocks.at(name).kind->is_analytic) continue;
      all.push_back(activity_of(name, *module, nullptr));
      if (const auto* engine = dynamic_cast<const engine::JobEngine*>(module.get()))
        if (const auto unit = all.back().units.find("engine"); unit != all.back().units.end()) unit->second.busy = engine->busy_so_far();
    }
    return all;
  }

  using Rows = std::vector<std::pair<std::string, engine::LayerRecord>>;

  /// The rows of an engine with their layers' names.
  Rows rows_of(const EngineProgram& program) {
    Rows rows;
    auto* job_engine = platform_.find<engine::JobEngine>(program.engine);
    if (!job_engine) return rows;
    for (engine::LayerRecord& record : job_engine->take_layer_records()) {
      std::string name;
      if (record.tag < program.names.size()) name = record.part == 0 ? program.names[record.tag].main : program.names[record.tag].neuron;
      rows.emplace_back(std::move(name), std::move(record));
    }
    return rows;
  }

  void collect_engine(const std::string& name, Rows rows, RunReport& run_report) {
    auto* job_engine = platform_.find<engine::JobEngine>(name);
    if (!job_engine) return;
    const engine::EngineTotals totals = job_engine->totals();
    EngineReport report;
    report.name = name;
    report.cycles = totals.cycles();
    report.hz = job_engine->clock_hz();
    report.jobs = totals.jobs;
    std::uint64_t elements = 0, ones = 0, pro = 0;
    for (auto& [layer, record] : rows) {
      if (record.dram_bits) report.dram_bits += *record.dram_bits;
      if (const auto n = count_in(record, "passes")) report.passes = report.passes.value_or(0) + *n;
      if (const auto n = count_in(record, "weight_dram_bits")) report.weight_bits = report.weight_bits.value_or(0) + *n;
      elements += count_in(record, "elements").value_or(0);
      ones += count_in(record, "ones").value_or(0);
      pro += count_in(record, "pro_ones").value_or(0);
      LayerRow row;
      row.engine = name;
      row.name = layer;
      row.record = std::move(record);
      run_report.layers.push_back(std::move(row));
    }
    if (elements != 0) {
      report.bit_density = static_cast<double>(ones) / static_cast<double>(elements);
      report.product_density = static_cast<double>(pro) / static_cast<double>(elements);
    }
    run_report.engines.push_back(std::move(report));
  }

  /// Names of what a block's ledger rows may belong to.
  std::vector<std::string> parts_of(const std::string& block) const {
    for (const BlockDeclaration& declaration : prepared_.declarations)
      if (declaration.name == block) return ledger_parts(declaration, Technology(prepared_.technology->folder()));
    return {};
  }

  /// An engine's turn is over: it is priced on its own, by what every block has counted since the turn before.
  void mark_turn(const std::vector<std::string>& engines) {
    TurnMark mark{engines, {}};
    mark.counted.elapsed_s = static_cast<double>(now_ps()) / 1e12;
    for (const auto& [name, module] : platform_.blocks())
      if (!prepared_.plan.blocks.at(name).kind->is_analytic) mark.counted.blocks.push_back(activity_of(name, *module, nullptr));
    turns_.push_back(std::move(mark));
  }

  Prepared& prepared_;
  const RunOptions& options_;
  Clock::time_point started_, placed_ = started_;  // built, and the workload's data in memory
  std::shared_ptr<trace::Tracer> trace_;           ///< null: nothing is recorded
  Platform platform_;
  WorkloadDriver* workload_ = prepared_.layers.driver.get();  ///< null: the workload is jobs
  StartHook hook_;
  MemoryProgram program_;
  std::vector<TurnMark> turns_;
  engine::JobDriver* driver_ = nullptr;
  std::optional<ThermalRun> thermal_;
  std::optional<Series> trace_series_;  ///< of a traced run
  std::optional<Series> series_;        ///< null: run.windows is 0
  std::string status_ = "ok";
  Picoseconds ended_ps_ = 0;      // before results were read back
  bool is_memory_timed_ = false;  // the memory refuses debug access
  RunOutcome outcome_;

  friend RunOutcome snnvp::simulate(Prepared&, const RunOptions&);
};

}  // namespace

RunOutcome simulate(Prepared& prepared, const RunOptions& options) { return Run(prepared, options).execute(); }

}  // namespace snnvp
