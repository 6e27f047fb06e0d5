// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <systemc>
#include <tlm>

#include <snnvp/platform/elaborate/plan.h>

// Sockets and pins by name, whoever wrote the module (spec/tlm.md 13). Everything that cannot be bound is an InputError that names
// both the port and the cure.
namespace snnvp {

/// The object behind a port: `block.port`, or for an index the element `port_i` of an sc_vector, else the multi socket `port`.
/// Throws if the block created none of that name.
sc_core::sc_object& find_port(const PortRef& ref);

/// Binds an initiator to a target socket, both 32 bit wide, base protocol: simple, raw, optional and multi sockets.
void bind_sockets(const PortRef& from, const PortRef& to);
void bind_sockets(sc_core::sc_object& from, const PortRef& from_ref, sc_core::sc_object& to, const PortRef& to_ref);

/// Binds pins of type sc_out<bool> or sc_in<bool> to a signal.
void bind_output(const PortRef& ref, sc_core::sc_signal<bool>& signal);
void bind_input(const PortRef& ref, sc_core::sc_signal<bool>& signal);

}  // namespace snnvp
