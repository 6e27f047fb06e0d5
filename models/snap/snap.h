// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <tlm>

#include <snnvp/models/snap/paper_timing.h>
#include <snnvp/models/snap/snap_core.h>
#include <snnvp/models/snap/snap_edges.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/clock_domain.h>
#include <snnvp/platform/block/network_package.h>
#include <snnvp/platform/tlm/sc_time.h>
#include <snnvp/platform/trace/hook.h>

namespace snnvp {

/// A package of chips with spike-encoded die-to-die links as a block: one kernel event per stage of the network it runs.
class Snap : public sc_core::sc_module,
             public NetworkPackage,
             public AddressRouter,
             public StatProvider,
             public EventProvider,
             public Resettable,
             public IdleProvider,
             public trace::Traced {
public:
  SNNVP_HAS_PROCESS(Snap);

  struct Params {
    snap::Config config;
    bool paper_timing = false;                 ///< stages take the closed form's time; packets move all the same
    std::uint64_t pitch_um = 1000;             ///< of tiles
    std::vector<IoPlace> initiators, targets;  ///< blocks linked to io tiles
    bool leaks = false;                        ///< SRAM of tiles and routers cost power while the package works
    bool lumped_hops = false;                  ///< custom.noc_hop_bit instead of flit and link keys
    std::optional<double> lambda, accuracy;    ///< of the learnt sparsity curve, reported as they are
  };

  Snap(const sc_core::sc_module_name& name, const Params& params);

  using TargetSocket = tlm_utils::simple_target_socket_tagged<Snap, 32>;
  using InitiatorSocket = tlm_utils::simple_initiator_socket_tagged<Snap, 32>;
  sc_core::sc_vector<TargetSocket> in;      ///< children in_0, in_1, ...: io tiles
  sc_core::sc_vector<InitiatorSocket> out;  ///< children out_0, out_1, ...

  void map(const AddressWindow& window) override { edges_.map(window, name()); }
  std::string memory_map() const override { return edges_.address_map().text(); }

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
  bool is_idle() const override { return is_finished() && edges_.is_idle(); }
  const SnapEdges& edges() const { return edges_; }
  std::string waiting_for() const override;
  /// A slice per stage of the placed network.
  void trace_to(trace::Tracer& tracer, const std::string& block) override;

private:
  void run();
  void transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) { edges_.transport(port, payload, delay); }
  unsigned debug(int, tlm::tlm_generic_payload& payload) { return edges_.debug(payload); }
  bool direct(int, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) { return edges_.direct(payload, dmi); }
  void advance_edges() { edges_.advance(); }
  bool begin_sample();
  Cycles pipelined(const snap::StageResult& result);
  void compare(LayerPackageResult& found) const;

  Params params_;
  ClockDomain clock_;
  SnapEdges edges_;
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
  Cycles end_ = 0;                  // of the stage under way
  Cycles ready_ = 0;                // pipelined: when the values of the stage before are there
  std::vector<Cycles> stage_free_;  // pipelined: by stage, the end of its last work
  sc_core::sc_event again_;
  trace::Hook trace_;
  trace::Track trace_track_ = 0;
};

class Registry;
/// Registers `models.snap`.
void register_snap(Registry& registry);

}  // namespace snnvp
