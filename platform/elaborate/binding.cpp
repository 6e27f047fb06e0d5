// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/elaborate/binding.h>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace snnvp {
namespace {

// The socket types that can be bound by name (spec/tlm.md 13): simple and raw, multi, optional.
using SingleInitiator =
    tlm::tlm_base_initiator_socket<32, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>, 1, sc_core::SC_ONE_OR_MORE_BOUND>;
using MultiInitiator =
    tlm::tlm_base_initiator_socket<32, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>, 0, sc_core::SC_ONE_OR_MORE_BOUND>;
using OptionalInitiator =
    tlm::tlm_base_initiator_socket<32, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
template <unsigned W>
using Initiator = tlm::tlm_base_initiator_socket_b<W, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>>;
template <unsigned W>
using Target = tlm::tlm_base_target_socket_b<W, tlm::tlm_fw_transport_if<>, tlm::tlm_bw_transport_if<>>;

[[noreturn]] void broken(const PortRef& ref, const std::string& what) { throw InputError(ref.text() + ": " + what); }

/// Width of a base-protocol socket, 0 if it is none. One of the two kinds of socket.
template <template <unsigned> class Socket>
unsigned width_of(sc_core::sc_object& object) {
  if (dynamic_cast<Socket<8>*>(&object)) return 8;
  if (dynamic_cast<Socket<16>*>(&object)) return 16;
  if (dynamic_cast<Socket<32>*>(&object)) return 32;
  if (dynamic_cast<Socket<64>*>(&object)) return 64;
  if (dynamic_cast<Socket<128>*>(&object)) return 128;
  if (dynamic_cast<Socket<256>*>(&object)) return 256;
  if (dynamic_cast<Socket<512>*>(&object)) return 512;
  return 0;
}

/// Why an object is not the 32-bit socket that is wanted.
[[noreturn]] void refuse(sc_core::sc_object& object, const PortRef& ref, bool wants_initiator) {
  const unsigned initiator = width_of<Initiator>(object), target = width_of<Target>(object);
  const char* wanted = wants_initiator ? "an initiator socket" : "a target socket";
  if (wants_initiator ? target != 0 : initiator != 0)
    broken(ref, fmt::format("it is {}, {} is needed here", wants_initiator ? "a target socket" : "an initiator socket", wanted));
  if (const unsigned width = initiator + target; width != 0 && width != 32)
    broken(ref, fmt::format("the socket is {} bits wide, links are 32: put a snnvp::width_adapter<{}> (snnvp/width_adapter.h) into the "
                            "plug-in's wrapper",
                            width, wants_initiator ? fmt::format("{}", width) : fmt::format("32, {}", width)));
  if (initiator == 32) broken(ref, "the socket's binding policy is not supported: simple, raw, multi and optional sockets are");
  if (const auto* socket = dynamic_cast<sc_core::sc_port_base*>(&object))
    broken(ref, fmt::format("it is a {}, not {} of the base protocol (tlm_base_protocol_types)", socket->kind(), wanted));
  if (dynamic_cast<sc_core::sc_export_base*>(&object))
    broken(ref, fmt::format("it is a {}, not {} of the base protocol (tlm_base_protocol_types)", object.kind(), wanted));
  broken(ref, fmt::format("it is a {}, not {}", object.kind(), wanted));
}

}  // namespace

sc_core::sc_object& find_port(const PortRef& ref) {
  const std::string base = ref.block + "." + ref.port;
  if (ref.index >= 0)
    if (sc_core::sc_object* element = sc_core::sc_find_object((base + "_" + std::to_string(ref.index)).c_str())) return *element;
  if (sc_core::sc_object* object = sc_core::sc_find_object(base.c_str())) return *object;
  std::vector<std::string> names;
  if (const sc_core::sc_object* block = sc_core::sc_find_object(ref.block.c_str()))
    for (const sc_core::sc_object* child : block->get_child_objects())
      if (dynamic_cast<const sc_core::sc_port_base*>(child) || dynamic_cast<const sc_core::sc_export_base*>(child))
        if (const std::string name = child->basename(); name.find("_port_") == std::string::npos && name.rfind("$$", 0) != 0)
          names.push_back(name);
  const std::string hint = did_you_mean(ref.port, names);
  broken(ref, fmt::format("the module created no socket or pin of this name; it has: {}{}", names.empty() ? "none" : join_names(names),
                          hint.empty() ? "" : "   " + hint));
}

void bind_sockets(sc_core::sc_object& from, const PortRef& from_ref, sc_core::sc_object& to, const PortRef& to_ref) {
  auto* target = dynamic_cast<Target<32>*>(&to);
  if (target == nullptr) refuse(to, to_ref, false);
  auto* single = dynamic_cast<SingleInitiator*>(&from);
  auto* multi = dynamic_cast<MultiInitiator*>(&from);
  auto* optional = dynamic_cast<OptionalInitiator*>(&from);
  if (single == nullptr && multi == nullptr && optional == nullptr) refuse(from, from_ref, true);
  try {
    if (single != nullptr) return single->bind(*target);
    if (multi != nullptr) return multi->bind(*target);
    optional->bind(*target);
  } catch (const sc_core::sc_report& report) {
    broken(from_ref, fmt::format("cannot be bound to {}: {}. Is the socket bound inside its module already? A parent that passes a child's "
                                 "socket on needs a raw tlm_initiator_socket or tlm_target_socket",
                                 to_ref.text(), report.get_msg()));
  }
}

void bind_sockets(const PortRef& from, const PortRef& to) { bind_sockets(find_port(from), from, find_port(to), to); }

void bind_output(const PortRef& ref, sc_core::sc_signal<bool>& signal) {
  auto* out = dynamic_cast<sc_core::sc_out<bool>*>(&find_port(ref));
  if (out == nullptr) broken(ref, fmt::format("it is a {}, not an sc_out<bool>", find_port(ref).kind()));
  out->bind(signal);
}

void bind_input(const PortRef& ref, sc_core::sc_signal<bool>& signal) {
  auto* in = dynamic_cast<sc_core::sc_in<bool>*>(&find_port(ref));
  if (in == nullptr) broken(ref, fmt::format("it is a {}, not an sc_in<bool>", find_port(ref).kind()));
  in->bind(signal);
}

}  // namespace snnvp
