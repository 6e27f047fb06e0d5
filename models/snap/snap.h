// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/models/snap/paper_timing.h>
#include <snnvp/models/snap/snap_core.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/block/network_package.h>
#include <snnvp/platform/tlm/sc_time.h>

namespace snnvp {

/// A package of chips with spike-encoded die-to-die links as a block: one kernel event per stage of the network it runs.
class Snap : public sc_core::sc_module,
             public NetworkPackage,
             public StatProvider,
             public EventProvider,
             public Resettable,
             public IdleProvider {
public:
  SNNVP_HAS_PROCESS(Snap);

  struct Params {
    snap::Config config;
    bool paper_timing = false;       ///< stages take the closed form's time; packets move all the same
    std::uint64_t pitch_um = 1000;   ///< of tiles
    bool lumped_hops = false;        ///< custom.noc_hop_bit instead of flit and link keys
    std::optional<double> accuracy;  ///< of the learnt sparsity curve, reported as it is
  };

  Snap(const sc_core::sc_module_name& name, const Params& params);

  void load(const LayerTable& table, bool computes, std::uint64_t seed) override;
  void load_network(PackageTask task) override;
  std::optional<std::vector<IntegerTrace>> golden_behind_boundary(const NetworkSample& sample) const override;
  bool is_finished() const override { return core_ == nullptr || done_ >= stages_total(); }
  std::uint64_t stages_done() const override { return done_; }
  std::uint64_t stages_total() const override;
  LayerPackageResult layer_result() const override;

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;
  void reset() override;
  bool is_idle() const override { return is_finished(); }
  std::string waiting_for() const override;

private:
  void run();
  bool begin_sample();
  void compare(LayerPackageResult& out) const;

  Params params_;
  ClockDomain clock_;
  LayerTable table_;
  bool computes_ = false;
  std::uint64_t seed_ = 1;
  std::optional<PackageTask> task_;
  std::shared_ptr<snap::NetworkFunction> function_;  // with weights
  std::unique_ptr<snap::SnapCore> core_;
  std::vector<snap::PaperStage> paper_;
  std::vector<snap::StageResult> results_;  // by stage, over all samples
  std::uint64_t samples_begun_ = 0, sample_stages_ = 0;
  std::optional<NetworkSample> sample_;  // under way
  bool is_under_way_ = false, is_cut_short_ = false;
  std::uint64_t done_ = 0;
  Cycles end_ = 0;  // of the stage under way
  sc_core::sc_event again_;
};

class Registry;
/// Registers `models.snap`.
void register_snap(Registry& registry);

}  // namespace snnvp
