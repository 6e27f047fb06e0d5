// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/rules.h>

#include <stdexcept>

namespace snnvp::conform {

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all{
      {"M1", "a status other than INCOMPLETE after b_transport, with TLM_COMPLETED and at BEGIN_RESP", "target"},
      {"M2", "local time (kernel time + delay) does not go back", "target"},
      {"M3", "the address comes back as it was sent", "target or interconnect"},
      {"M4", "command, data pointer, length, streaming width and option unchanged", "target"},
      {"M5", "byte-enable pointer, length and contents unchanged", "target"},
      {"M6", "write data unchanged", "target"},
      {"M7", "disabled lanes of a read unchanged; no data changed by an error or IGNORE", "target"},
      {"M8", "extensions that were there before are there after", "interconnect"},
      {"M9", "no memory manager appears or vanishes", "interconnect"},
      {"M10", "sent with INCOMPLETE, no DMI hint, sane width, length, pointers and byte enables; b_transport from a thread", "initiator"},
      {"M11", "debug access: no time, no event, payload unchanged, count within the length", "target"},
      {"M12", "a DMI grant holds the address asked for, has a pointer and allows an access", "target"},
      {"M13", "a DMI invalidation starts before its end", "target"},
      {"M14", "phases: order, direction, one request and one response at a time, time, references, TLM_UPDATED", "either"},
      {"S1", "every data byte is the predicted one, the bytes around the buffer included", "target"},
      {"S2", "the status is the predicted one (order of checks)", "target"},
      {"S3", "the whole memory is the predicted one", "target"},
      {"S4", "debug access: full, partial at the end, none outside; repeated reads equal", "target"},
      {"S5", "DMI: window, pointer and latency; both views are one memory; refusals; taken back by reset", "target"},
      {"S6", "an access takes at least its declared time; the DMI hint agrees with a DMI request", "target"},
      {"S7", "every request with phases is answered, once", "target"},
      {"S8", "a payload is released as often as it was acquired, and not used afterwards", "target"},
      {"X1", "the block neither crashes nor throws, and every call comes back", "target"},
      {"B4", "the caller's local time reaches the target", "interconnect"},
      {"B9", "unknown extensions reach the target", "interconnect"},
      {"R1", "after a reset, registers have their reset values", "register bank"},
      {"R2", "reserved bits read 0 and ignore writes", "register bank"},
      {"R3", "registers keep what may be written, and only that; writing 1 clears where it says so", "register bank"},
      {"R4", "a debug read shows what a read returns, and has no side effect", "register bank"},
  };
  return all;
}

const Rule& rule(const std::string& id) {
  for (const Rule& r : rules())
    if (id == r.id) return r;
  throw std::logic_error("the conformance kit has no rule " + id);
}

}  // namespace snnvp::conform
