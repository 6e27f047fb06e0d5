// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <snnvp/models/pe_array/layer_timing.h>
#include <snnvp/models/pe_array/pe_array_core.h>
#include <snnvp/platform/engine/engine_core.h>
#include <snnvp/platform/registry/registry.h>

namespace snnvp::pe_array {

/// `tile`: pass groups over the modelled memory; `paper`: the closed form of a layer.
enum class Timing { tile, paper };

struct EngineConfig {
  Config array;
  Timing timing = Timing::tile;
  std::vector<std::uint32_t> layer_tws;  ///< window size of each layer of a chain, over and over; empty: array.tws for all
  std::uint64_t glb_bytes = 54 * 1024, lbuf_bytes = 2 * 1024;
};

/// The PE array as an engine: takes gemm and conv2d jobs, each with an optional LIF update behind it. SystemC-free; computes
/// every result on the bytes it fetched.
class PeArrayEngine : public engine::EngineCore {
public:
  explicit PeArrayEngine(const EngineConfig& config) : config_(config), events_(events_of({})) {}

  std::variant<std::unique_ptr<engine::Job>, engine::Refusal> start(const engine::JobDescriptor& job) override;
  bool wants_channel_values() const override { return true; }
  std::uint32_t capabilities() const override;
  std::vector<std::string> settings() const override { return {"tws"}; }
  std::uint32_t configure(const std::string& setting, std::uint32_t value) override;
  void reset() override;
  void report_stats(StatSink& sink) const override;
  EventCounts events() const override { return events_; }

  /// Priced event keys of an array (spec/energy.md 6.8).
  static std::vector<std::string> event_keys(const EngineConfig& config);

  const EngineConfig& config() const { return config_; }
  /// Layers whose cycles come from a closed form: `paper`, dense arrays (decision 28) and prosperity_compat.
  bool fixed_timing() const;
  /// Priced events of a layer; those of the array are their sum.
  EventCounts events_of(const LayerCounts& counts) const;
  /// Books a finished layer.
  void add(const LayerCounts& counts);

private:
  struct TrafficCounters {
    Counter ifm, filter, ofm, psum;
    void add(const PartBits& bits) { ifm.add(bits.ifm), filter.add(bits.filter), ofm.add(bits.ofm), psum.add(bits.psum); }
    void reset() { ifm.reset(), filter.reset(), ofm.reset(), psum.reset(); }
    Bits total() const { return ifm.value() + filter.value() + ofm.value() + psum.value(); }
  };

  /// The array as the next layer of the chain uses it.
  Config next_layer_config(bool starts_chain);

  EngineConfig config_;
  EventCounts events_;
  std::uint64_t layer_ = 0;                   // of the chain
  std::optional<std::uint32_t> written_tws_;  // by the driver, for all layers
  Counter dram_bits_, passes_, final_passes_, lines_, slots_, adds_, lif_updates_, rf_accesses_, tags_scanned_, pe_active_cycles_;
  Counter glb_bits_, lbuf_bits_;
  TrafficCounters dram_read_, dram_write_, glb_read_, glb_write_, lbuf_read_, lbuf_write_;
};

/// A conv or fc layer with its LIF update.
std::variant<std::unique_ptr<engine::Job>, engine::Refusal> make_layer_job(PeArrayEngine& unit, const Config& config,
                                                                           const engine::JobDescriptor& job);

/// Word of a policy as parameters and reports use it.
const char* dispatch_name(Dispatch dispatch);

/// Statistics of the array beside those of every engine.
std::vector<StatSpec> pe_array_stats();

}  // namespace snnvp::pe_array
