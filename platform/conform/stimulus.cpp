// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/stimulus.h>

#include <algorithm>

#include <snnvp/platform/base/random.h>

namespace snnvp::conform {
namespace {

using Role = PortAbilities::Role;
const Window anywhere{0, Bytes{1} << 20, 0, 0, Ability::no, {}, 0, true};

}  // namespace

StimulusGenerator::StimulusGenerator(const PortModel& model, std::uint64_t seed, unsigned stream)
    : model_(model), random_(mix64(seed * 0x100000001b3U + stream)) {
  for (const Window& window : model.windows)
    if (window.is_own) own_.push_back(&window);
  if (own_.empty()) own_.push_back(&anywhere);
}

const Window& StimulusGenerator::own_window() { return *own_[below(own_.size())]; }

Bytes StimulusGenerator::offset_in(const Window& window) {
  if (window.size <= GoldenMemory::whole) return below(window.size);
  return below(2) == 0 ? below(GoldenMemory::end - most_bytes) : window.size - GoldenMemory::end + below(GoldenMemory::end);
}

Address StimulusGenerator::draw_register(Bytes span) {
  const Window& window = own_window();
  if (model_.registers.empty() || below(8) == 0) return window.base + below(window.size);
  const RegisterSpec& r = model_.registers[below(model_.registers.size())];
  const Address at = r.offset + (r.stride == 0 ? 0 : r.stride * below(r.count));
  switch (below(12)) {
    case 0: return at + below(model_.register_bytes);  // misaligned
    case 1: return at >= span ? at - below(span + 1) : at;
    default: return at;
  }
}

Address StimulusGenerator::draw_address(Bytes span) {
  if (model_.abilities.role == Role::packets && below(16) != 0) return model_.abilities.only_address_0 ? 0 : below(1U << 20);
  const Window& window = own_window();
  switch (below(20)) {
    case 0: return window.last();                                              // the last byte
    case 1: return window.last() - below(std::min<Bytes>(span, window.size));  // ends at it or crosses it
    case 2: return window.last() + 1 + below(256);                             // outside
    case 3: return window.base - 1 - below(128);                               // before; wraps for a window at 0
    case 4: return ~Address{0} - below(128);                                   // next to 2^64
    case 5: {                                                                  // what 32 bits of an address take for the same
      const Address alias = (window.base ^ (Address{1} << 32)) + offset_in(window);
      if (window.size <= Address{1} << 32 && model_.window_of(alias, 1) == nullptr) return alias;
      break;
    }
    default: break;
  }
  return model_.abilities.role == Role::registers ? draw_register(span) : window.base + offset_in(window);
}

unsigned StimulusGenerator::draw_length() {
  const PortAbilities& a = model_.abilities;
  if (a.role == Role::registers && below(8) != 0) {
    const Bytes least = a.min_access, most = std::min<Bytes>(a.max_access, most_bytes);
    return static_cast<unsigned>(least * (1 + (most > least && below(3) == 0 ? below(most / least) : 0)));
  }
  if (a.role == Role::packets && a.max_access < most_bytes && below(8) != 0) return static_cast<unsigned>(1 + below(a.max_access));
  return static_cast<unsigned>(1 + below(most_bytes));
}

/// What careless initiators send; a target answers GENERIC_ERROR and does nothing (T1).
void StimulusGenerator::make_malformed(Stimulus& s) {
  switch (below(model_.abilities.role == Role::route ? 3 : 4)) {  // an interconnect passes the last one on, and is judged for what it sends
    case 0: s.null_data = true; break;
    case 1: s.length = 0; break;
    case 2: s.enables.clear(), s.empty_enables = true; break;
    default: s.streaming_width = 0;  // counts as the length: not malformed
  }
}

Stimulus StimulusGenerator::next() {
  Stimulus s;
  const auto kind = below(100);
  s.command = kind < 50 ? Command::read : kind < 95 ? Command::write : Command::ignore;
  if (model_.abilities.role == Role::packets && kind < 40) s.command = Command::write;
  s.length = draw_length();
  const bool is_plain = !model_.is_memory() && below(4) != 0;  // else nearly everything would be refused
  switch (is_plain ? 7 : below(8)) {
    case 0: s.streaming_width = 3; break;
    case 1: s.streaming_width = std::max(1U, s.length / 2); break;
    case 2: s.streaming_width = static_cast<unsigned>(1 + below(s.length)); break;
    case 3: s.streaming_width = static_cast<unsigned>(s.length + 1 + below(64)); break;
    default: s.streaming_width = s.length;
  }
  const auto enables = is_plain ? 0 : below(12);  // absent in two thirds
  if (enables >= 8) {
    s.enables.resize(1 + below(s.length));
    for (std::uint8_t& e : s.enables) e = enables == 8 ? 0xFF : enables == 9 ? 0 : below(2) != 0 ? 0xFF : 0;
  }
  s.address = draw_address(s.span());
  s.delay = 5000 * below(3);
  switch (below(8)) {
    case 0: s.extension = Stimulus::Extra::sticky; break;
    case 1: s.extension = Stimulus::Extra::automatic, s.managed = true; break;
    case 2: s.managed = true; break;
    default: break;
  }
  if (model_.is_strict && s.command != Command::ignore && below(64) == 0) make_malformed(s);
  return s;
}

}  // namespace snnvp::conform
