// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <systemc>
#include <tlm>

#include <snnvp/platform/base/types.h>
#include <snnvp/platform/block/frame_station.h>
#include <snnvp/platform/tlm/direct_socket.h>

// Frames over TLM-2.0: a frame is a write to address 0 whose data are the frame's bytes, at the time its first bit is on the wire.
namespace snnvp {

/// A FrameNote on a payload; ignorable.
struct FrameNoteExtension : tlm::tlm_extension<FrameNoteExtension> {
  FrameNote note;

  tlm::tlm_extension_base* clone() const override { return new FrameNoteExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const FrameNoteExtension&>(other); }
  void free() override {}  // lives in the initiator
};

class FrameReceiver {
public:
  virtual ~FrameReceiver() = default;
  /// `at`: local time of the first bit. False: the frame is none that this block understands (GENERIC_ERROR).
  virtual bool receive(unsigned port, Picoseconds at, const std::uint8_t* data, Bytes length, const FrameNote& note) = 0;
};

/// Where frames come in: takes writes of 1 to 65,535 bytes and hands them on; reads, lanes, streaming and DMI are refused.
class FrameInPort : public DirectSocket<tlm_utils::simple_target_socket<FrameInPort>, FrameInPort> {
public:
  FrameInPort(const char* name, FrameReceiver& receiver, unsigned index);

private:
  friend DirectSocket;
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  tlm::tlm_response_status respond(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);

  FrameReceiver& receiver_;
  unsigned index_;
};

/// Where frames leave. Called from one thread at a time, since a foreign target may wait.
class FrameOutPort : public tlm_utils::simple_initiator_socket<FrameOutPort, 32> {
public:
  explicit FrameOutPort(const char* name);
  ~FrameOutPort() override;
  /// The first bit leaves at `at`, now or later.
  tlm::tlm_response_status send(const std::uint8_t* data, Bytes length, Picoseconds at, const FrameNote& note);

private:
  tlm::tlm_generic_payload payload_;
  FrameNoteExtension extension_;
};

}  // namespace snnvp
