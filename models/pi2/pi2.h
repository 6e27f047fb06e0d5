// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <systemc>

#include <snnvp/models/pi2/fabric.h>
#include <snnvp/models/pi2/network.h>
#include <snnvp/platform/block/capabilities.h>
#include <snnvp/platform/block/pi2_device.h>
#include <snnvp/platform/tlm/frame_port.h>
#include <snnvp/platform/tlm/register_bank.h>
#include <snnvp/platform/trace/hook.h>
#include <snnvp/workloads/frames/frame_format.h>

namespace snnvp {

/// Layers of a pi^2 network in one switch: frames in, frames out (README.md of this folder).
///
/// Wakes once per window when all its frames are known ahead of time, else once per frame.
class Pi2Switch : public sc_core::sc_module,
                  private FrameReceiver,
                  public Pi2Device,
                  public StatProvider,
                  public EventProvider,
                  public Resettable,
                  public IdleProvider,
                  public trace::Traced {
public:
  struct Params {
    unsigned inputs = 1, outputs = 1;  ///< sockets; each stands for a bundle of the fabric's ports
    bool has_registers = true;
    pi2::NetworkSettings network;
    pi2::FabricSettings fabric;
    std::vector<Pi2LayerRequest> layers;
    net::FrameFormat format = net::FrameFormat::ethernet;
    std::uint32_t first_layer = 0;  ///< layer tag of the frames of its first layer
    bool analytic = false;
    Bits useful_bits = 64;  ///< of a frame that are not overhead
    double bit_pj = 8.8, queue_pj = 1, credit_pj = 0.1, pair_pj = 0.2, static_w = 0;
  };

  sc_core::sc_vector<FrameInPort> in;
  sc_core::sc_vector<FrameOutPort> out;
  std::unique_ptr<TargetPort> regs;  ///< null if there are none
  sc_core::sc_out<bool> irq;

  Pi2Switch(const sc_core::sc_module_name& name, const Params& params);

  std::uint32_t first_layer() const override { return params_.first_layer; }
  std::size_t layer_count() const override { return network_.layers().size(); }
  void set_layers(std::vector<Pi2LayerRequest> layers, double offset_in, double gain_in) override;
  std::vector<Pi2LayerRequest> layers() const override { return network_.layers(); }
  double input_offset() const override { return network_.settings().offset_in; }
  Picoseconds time_unit() const override { return params_.fabric.time_unit; }
  double timeout() const override { return params_.network.rules.timeout; }
  std::string frame_format() const override;
  std::string weight_code() const override;
  int sign() const override { return network_.settings().sign; }
  bool is_ideal() const override { return params_.fabric.timing == pi2::Timing::ideal; }
  bool is_closed_form() const override;
  bool counts_events() const override { return network_.settings().rules.model == pi2::NeuronModel::pi2_k; }
  bool is_analytic() const override { return params_.analytic; }
  void calibrate(const std::vector<std::vector<double>>& samples) override;
  std::vector<std::vector<double>> values(const std::vector<double>& input) const override { return network_.values(input); }
  std::vector<Pi2LayerReport> report(const std::vector<std::vector<double>>& samples) const override { return network_.report(samples); }
  std::pair<double, double> output_code() const override;
  void open_window(std::uint16_t window, Picoseconds start) override;
  void count_window() override;
  Pi2Totals pi2_totals() const override;
  Pi2Distortion distortion() const override;

  void report_stats(StatSink& sink) const override;
  EventCounts events() const override;
  void reset() override;
  bool is_idle() const override { return !fabric_ || fabric_->is_idle(); }
  std::string waiting_for() const override;
  /// A mark where a window opens; frames are seen on the links.
  void trace_to(trace::Tracer& tracer, const std::string& block) override;

private:
  bool receive(unsigned port, Picoseconds at, const std::uint8_t* data, Bytes length, const FrameNote& note) override;
  void run();
  void update_irq();
  /// Makes the fabric from the layers, if they are complete; throws InputError.
  void build();
  void wire_registers();
  void show_settings();
  void restart();
  void wire_layer_registers();
  void program();
  Pi2LayerRequest* selected();
  pi2::EventTotals totals() const;
  void wake();
  void raise(std::uint32_t cause);

  Params params_;
  pi2::Network network_;
  std::unique_ptr<pi2::Fabric> fabric_;
  RegisterBank bank_;
  std::vector<Pi2LayerRequest> programmed_;  // as the registers say, not yet in force
  double programmed_offset_ = 1;
  std::vector<pi2::EgressFrame> departures_;
  std::vector<std::pair<std::uint16_t, std::uint64_t>> sent_;  // frames of the window that leaves
  sc_core::sc_event wake_, irq_event_;
  bool program_error_ = false;
  std::uint64_t analytic_windows_ = 0, refused_ = 0, malformed_ = 0, epoch_ = 0;
  trace::Hook trace_;
  trace::Track trace_track_ = 0;
  trace::Text trace_open_ = 0;
};

class Registry;
/// Registers `models.pi2`.
void register_pi2(Registry& registry);

}  // namespace snnvp
