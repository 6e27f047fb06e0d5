// SPDX-License-Identifier: Apache-2.0
// The Verilog block as a kind with pins, and an initiator that feeds it.
#include <snnvp/plugin.h>

#include <tlm_utils/simple_initiator_socket.h>

#include "Vspike_counter.h"
#include "axi4lite_adapter.h"

namespace {

using namespace snnvp;

class SpikeCounter : public sc_core::sc_module, public StatProvider, public IdleProvider {
public:
  tlm::tlm_target_socket<32> regs{"regs"};  // passes the adapter's socket on
  sc_core::sc_in<bool> clk{"clk"}, rst_n{"rst_n"};

  explicit SpikeCounter(const sc_core::sc_module_name& name) : sc_module(name), axi_("axi"), rtl_("rtl") {
    regs.bind(axi_.in);
    axi_.clk(clk);
    rtl_.clk(clk);
    rtl_.rst_n(rst_n);
    rtl_.awaddr(axi_.awaddr), rtl_.awvalid(axi_.awvalid), rtl_.awready(axi_.awready);
    rtl_.wdata(axi_.wdata), rtl_.wstrb(axi_.wstrb), rtl_.wvalid(axi_.wvalid), rtl_.wready(axi_.wready);
    rtl_.bresp(axi_.bresp), rtl_.bvalid(axi_.bvalid), rtl_.bready(axi_.bready);
    rtl_.araddr(axi_.araddr), rtl_.arvalid(axi_.arvalid), rtl_.arready(axi_.arready);
    rtl_.rdata(axi_.rdata), rtl_.rresp(axi_.rresp), rtl_.rvalid(axi_.rvalid), rtl_.rready(axi_.rready);
  }
  ~SpikeCounter() override { rtl_.final(); }
  void report_stats(StatSink& sink) const override {
    sink.integer("reads", axi_.reads());
    sink.integer("writes", axi_.writes());
    sink.integer("access_cycles", axi_.cycles());
  }
  bool is_idle() const override { return !axi_.is_busy(); }

private:
  Axi4LiteAdapter axi_;
  Vspike_counter rtl_;
};

/// Pushes words, reads the counts back, tries what must be refused.
class Feeder : public sc_core::sc_module, public StatProvider, public IdleProvider {
public:
  tlm_utils::simple_initiator_socket<Feeder> out{"out"};

  SC_HAS_PROCESS(Feeder);
  Feeder(const sc_core::sc_module_name& name, std::uint32_t base, unsigned words) : sc_module(name), base_(base), words_(words) {
    SC_THREAD(run);
  }
  void report_stats(StatSink& sink) const override {
    sink.integer("spikes", spikes_);
    sink.integer("wrong", wrong_);
  }
  bool is_idle() const override { return has_ended_; }

private:
  void run() {
    wait(100, sc_core::SC_NS);  // the reset has passed
    std::uint32_t value = 0;
    wrong_ += !access(tlm::TLM_READ_COMMAND, 0x00, value) || value != 0x53504B43;
    for (unsigned i = 0; i < words_; ++i) {
      value = i * 2654435761U;
      for (unsigned bit = 0; bit < 32; ++bit) spikes_ += value >> bit & 1;
      wrong_ += !access(tlm::TLM_WRITE_COMMAND, 0x04, value);
    }
    wrong_ += !access(tlm::TLM_READ_COMMAND, 0x08, value) || value != spikes_;
    wrong_ += !access(tlm::TLM_READ_COMMAND, 0x0C, value) || value != words_;
    wrong_ += access(tlm::TLM_READ_COMMAND, 0x04, value);   // write-only: SLVERR
    wrong_ += access(tlm::TLM_WRITE_COMMAND, 0x20, value);  // no register
    has_ended_ = true;
  }
  bool access(tlm::tlm_command command, std::uint32_t offset, std::uint32_t& value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(base_ + offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay;
    out->b_transport(payload, delay);
    wait(delay);
    return payload.is_response_ok();
  }

  std::uint32_t base_;
  unsigned words_;
  std::uint64_t spikes_ = 0, wrong_ = 0;
  bool has_ended_ = false;
};

void register_kinds(void* registry) {
  KindDescriptor rtl;
  rtl.kind = "rtl.spike_counter";
  rtl.doc = "Counts the ones of words written to it; Verilog behind AXI4-Lite";
  rtl.ports = {target("regs", "id, push, count, words, clear"), clock_pin("clk"), reset_pin("rst_n", "low")};
  rtl.stats = {{"reads", "accesses", StatKind::count, "Reads that crossed the bus"},
               {"writes", "accesses", StatKind::count, "Writes that crossed the bus"},
               {"access_cycles", "cycles", StatKind::cycles, "Clock cycles spent on them"}};
  rtl.needs_clock = false;  // it has a pin for it
  rtl.window = [](const ParamSet&, const std::string&) { return std::uint64_t{4096}; };
  rtl.sources = {{"timing", Certainty::structural, "cycle by cycle, as the Verilog is"}};
  rtl.factory = [](const sc_core::sc_module_name& name, const ParamSet&) { return std::make_unique<SpikeCounter>(name); };
  plugin_registry(registry).add(std::move(rtl));

  KindDescriptor feeder;
  feeder.kind = "rtl.feeder";
  feeder.doc = "Feeds rtl.spike_counter and checks what it counted";
  feeder.params = {param("base", 0x1000'0000, "address of its registers"), param("words", 100, "words to push").range(1, 1e6)};
  feeder.ports = {initiator("out")};
  feeder.stats = {{"spikes", "spikes", StatKind::count, "Ones in the words pushed"},
                  {"wrong", "1", StatKind::count, "Answers that were wrong"}};
  feeder.needs_clock = false;
  feeder.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) {
    return std::make_unique<Feeder>(name, p.get<std::uint32_t>("base"), p.get<unsigned>("words"));
  };
  plugin_registry(registry).add(std::move(feeder));
}

}  // namespace

SNNVP_PLUGIN("rtl", "1.0.0", register_kinds)
