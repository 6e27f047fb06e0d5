// SPDX-License-Identifier: Apache-2.0
// One initiator and one target with every kind of socket there is, right and wrong, to be bound by name.
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <tlm>

#include <snnvp/plugin.h>

namespace {

using namespace snnvp;

struct OtherTypes {
  using tlm_payload_type = tlm::tlm_generic_payload;
  using tlm_phase_type = tlm::tlm_phase;
};

/// Four bytes of memory behind the socket `s` of a chosen type.
class OddTarget : public sc_core::sc_module, tlm::tlm_fw_transport_if<> {
public:
  OddTarget(const sc_core::sc_module_name& name, const std::string& type) : sc_module(name) {
    if (type == "simple" || type == "inside") {
      auto* s = make<tlm_utils::simple_target_socket<OddTarget>>(type == "inside" ? "inner" : "s");
      s->register_b_transport(this, &OddTarget::b_transport);
      if (type == "inside") make<tlm::tlm_target_socket<32>>("s")->bind(*s);  // a parent that passes a child's socket on
    } else if (type == "optional") {
      make<tlm_utils::simple_target_socket_optional<OddTarget>>("s")->register_b_transport(this, &OddTarget::b_transport);
    } else if (type == "passthrough") {
      make<tlm_utils::passthrough_target_socket<OddTarget>>("s")->register_b_transport(this, &OddTarget::b_transport);
    } else if (type == "multi") {
      make<tlm_utils::multi_passthrough_target_socket<OddTarget>>("s")->register_b_transport(this, &OddTarget::tagged);
    } else if (type == "raw") {
      make<tlm::tlm_target_socket<32>>("s")->bind(static_cast<tlm::tlm_fw_transport_if<>&>(*this));
    } else if (type == "wide") {
      make<tlm_utils::simple_target_socket<OddTarget, 64>>("s")->register_b_transport(this, &OddTarget::b_transport);
    } else if (type == "types") {
      make<tlm_utils::simple_target_socket<OddTarget, 32, OtherTypes>>("s");
    } else if (type == "initiator") {
      make<tlm_utils::simple_initiator_socket<OddTarget>>("s");
    } else if (type == "signal") {
      make<sc_core::sc_signal<bool>>("s");
    } else {
      make<tlm_utils::simple_target_socket<OddTarget>>("slave");
    }
  }

private:
  template <typename T>
  T* make(const char* name) {
    auto object = std::make_shared<T>(name);
    kept_.push_back(object);
    return object.get();
  }
  void tagged(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) { b_transport(payload, delay); }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
    std::uint32_t* word = reinterpret_cast<std::uint32_t*>(payload.get_data_ptr());
    payload.is_write() ? word_ = *word : * word = word_;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override { return tlm::TLM_COMPLETED; }
  bool get_direct_mem_ptr(tlm::tlm_generic_payload&, tlm::tlm_dmi&) override { return false; }
  unsigned transport_dbg(tlm::tlm_generic_payload&) override { return 0; }

  std::vector<std::shared_ptr<void>> kept_;
  std::uint32_t word_ = 0;
};

/// Writes a word and reads it back through the socket `m` of a chosen type.
class OddInitiator : public sc_core::sc_module, public StatProvider, public IdleProvider, tlm::tlm_bw_transport_if<> {
public:
  SC_HAS_PROCESS(OddInitiator);
  OddInitiator(const sc_core::sc_module_name& name, const std::string& type) : sc_module(name) {
    if (type == "simple")
      port_ = forward(*make<tlm_utils::simple_initiator_socket<OddInitiator>>("m"));
    else if (type == "optional")
      port_ = forward(*make<tlm_utils::simple_initiator_socket_optional<OddInitiator>>("m"));
    else if (type == "multi")
      port_ = forward(*make<tlm_utils::multi_passthrough_initiator_socket<OddInitiator>>("m"));
    else if (type == "raw") {
      auto* s = make<tlm::tlm_initiator_socket<32>>("m");
      s->bind(static_cast<tlm::tlm_bw_transport_if<>&>(*this));
      port_ = forward(*s);
    } else if (type == "wide")
      make<tlm_utils::simple_initiator_socket<OddInitiator, 128>>("m");
    else if (type == "types")
      make<tlm_utils::simple_initiator_socket<OddInitiator, 32, OtherTypes>>("m");
    else if (type == "target")
      make<tlm_utils::simple_target_socket<OddInitiator>>("m");
    else if (type == "port")
      make<sc_core::sc_out<bool>>("m");
    else if (type == "unlisted")
      port_ = forward(*make<tlm_utils::simple_initiator_socket<OddInitiator>>("m")), make<sc_core::sc_in<bool>>("extra");
    else
      make<tlm_utils::simple_initiator_socket<OddInitiator>>("master");
    SC_THREAD(run);
  }
  void report_stats(StatSink& sink) const override { sink.integer("read_back", value_); }
  bool is_idle() const override { return has_ended_; }

private:
  template <typename T>
  T* make(const char* name) {
    auto object = std::make_shared<T>(name);
    kept_.push_back(object);
    return object.get();
  }
  template <typename T>
  static std::function<tlm::tlm_fw_transport_if<>*()> forward(T& socket) {
    return [&socket] { return &*socket.operator->(); };
  }
  void run() {
    std::uint32_t word = 4711;
    for (const tlm::tlm_command command : {tlm::TLM_WRITE_COMMAND, tlm::TLM_READ_COMMAND}) {
      tlm::tlm_generic_payload payload;
      payload.set_command(command);
      payload.set_address(0);
      payload.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
      payload.set_data_length(4);
      payload.set_streaming_width(4);
      sc_core::sc_time delay;
      port_()->b_transport(payload, delay);
      if (command == tlm::TLM_WRITE_COMMAND) word = 0;
    }
    value_ = word;
    has_ended_ = true;
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override { return tlm::TLM_COMPLETED; }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  std::vector<std::shared_ptr<void>> kept_;
  std::function<tlm::tlm_fw_transport_if<>*()> port_;
  std::uint32_t value_ = 0;
  bool has_ended_ = false;
};

template <typename Block>
void add(Registry& registry, const char* kind, std::vector<PortSpec> ports) {
  KindDescriptor d;
  d.kind = kind;
  d.doc = "sockets of many types";
  d.params = {param("type", "simple", "type of the socket")};
  d.ports = std::move(ports);
  d.needs_clock = false;
  d.factory = [](const sc_core::sc_module_name& name, const ParamSet& p) {
    return std::make_unique<Block>(name, p.get<std::string>("type"));
  };
  if constexpr (std::is_base_of_v<StatProvider, Block>) d.stats = {{"read_back", "1", StatKind::count, "the word read back"}};
  registry.add(std::move(d));
}

void register_kinds(void* registry) {
  add<OddTarget>(plugin_registry(registry), "odd.target", {target("s")});
  add<OddInitiator>(plugin_registry(registry), "odd.initiator", {initiator("m")});
}

}  // namespace

SNNVP_PLUGIN("odd", "1.0.0", register_kinds)
