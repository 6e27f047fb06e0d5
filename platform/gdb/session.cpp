// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/gdb/session.h>

#include <fmt/format.h>

#include <algorithm>

#include <snnvp/platform/gdb/packet.h>

namespace snnvp::gdb {
namespace {

const char* const ok = "OK";
const char* const failed = "E01";
const char* const unknown = "";

bool take_word(std::string_view& text, std::string_view word) {
  if (text.substr(0, word.size()) != word) return false;
  text.remove_prefix(word.size());
  return true;
}

std::optional<std::uint32_t> take_address(std::string_view& text) {
  const auto value = take_number(text);
  if (!value || *value > 0xFFFF'FFFF) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

/// "ADDR,LENGTH"
std::optional<std::pair<std::uint32_t, std::size_t>> take_range(std::string_view& text) {
  const auto address = take_address(text);
  if (!address || !take(text, ',')) return std::nullopt;
  const auto length = take_number(text);
  if (!length || *length > packet_size) return std::nullopt;
  return std::pair{*address, static_cast<std::size_t>(*length)};
}

Session::Answer reply(std::string text) { return {{std::move(text)}, Session::Then::stay}; }

}  // namespace

// --- stopping and going on ---

std::string Session::stopped(const StopEvent& event) {
  stop_ = event;
  hart_ = event.hart;
  return stop_text();
}

std::string Session::stop_text() const {
  const auto is_set = [this](bool hardware) { return breakpoints_.count({stop_.address, hardware}) != 0; };
  // Signals: interrupt, segmentation fault, trap.
  std::string text = stop_.cause == StopEvent::Cause::interrupt ? "T02" : stop_.cause == StopEvent::Cause::fault ? "T0b" : "T05";
  if (stop_.cause == StopEvent::Cause::watchpoint) {
    const char* const names[] = {"watch", "rwatch", "awatch"};
    text += fmt::format("{}:{:x};", names[static_cast<std::size_t>(stop_.watch)], stop_.address);
  } else if (stop_.cause == StopEvent::Cause::breakpoint && knows_swbreak_ && is_set(false)) {
    text += "swbreak:;";
  } else if (stop_.cause == StopEvent::Cause::breakpoint && knows_hwbreak_ && is_set(true)) {
    text += "hwbreak:;";
  }
  return text + fmt::format("thread:{:x};", stop_.hart + 1);
}

/// "3", "-1" or "0": all harts or any; nothing if there is no such thread. `p1.3` is read as 3.
std::optional<unsigned> Session::hart_of(std::string_view id) const {
  if (const auto dot = id.find('.'); take(id, 'p') && dot != std::string_view::npos) id.remove_prefix(dot);
  if (id == "-1" || id == "0") return target_.harts();
  const auto number = take_number(id);
  if (!number || !id.empty() || *number == 0 || *number > target_.harts()) return std::nullopt;
  return static_cast<unsigned>(*number - 1);
}

std::string Session::choose_thread(std::string_view text) {
  const bool for_resume = take(text, 'c');
  if (!for_resume && !take(text, 'g')) return unknown;
  const auto hart = hart_of(text);
  if (!hart) return failed;
  const bool is_one = *hart < target_.harts();
  if (for_resume)
    resumed_hart_ = is_one ? hart : std::nullopt;
  else
    hart_ = is_one ? *hart : stop_.hart;
  return ok;
}

/// `c`, `s`, `C sig`, `S sig`, each with an address or not.
Session::Answer Session::resume_all(std::string_view text) {
  const char what = text.front();
  text.remove_prefix(1);
  if (what == 'C' || what == 'S') {
    if (!take_number(text)) return reply(failed);
    take(text, ';');
  }
  const unsigned hart = resumed_hart_.value_or(stop_.hart);
  if (!text.empty()) {
    const auto pc = take_address(text);
    if (!pc || !text.empty() || !target_.write_register(hart, pc_number, *pc)) return reply(failed);
  }
  resumes_.assign(target_.harts(), {});
  if (what == 's' || what == 'S') resumes_[hart].kind = Resume::Kind::step;
  return {{}, Then::resume};
}

/// vCont;action[:thread]...: the first action that names a thread or all counts.
Session::Answer Session::resume_each(std::string_view actions) {
  std::vector<std::optional<Resume>> chosen(target_.harts());
  while (take(actions, ';')) {
    if (actions.empty()) return reply(failed);
    const char what = actions.front();
    actions.remove_prefix(1);
    Resume resume;
    switch (what) {
      case 'c': break;
      case 's': resume.kind = Resume::Kind::step; break;
      case 't': resume.kind = Resume::Kind::hold; break;
      case 'C':
      case 'S':
        if (!take_number(actions)) return reply(failed);
        if (what == 'S') resume.kind = Resume::Kind::step;
        break;
      case 'r': {
        const auto start = take_address(actions);
        if (!start || !take(actions, ',')) return reply(failed);
        const auto end = take_address(actions);
        if (!end) return reply(failed);
        resume = {Resume::Kind::range, *start, *end};
        break;
      }
      default: return reply(failed);
    }
    unsigned hart = target_.harts();
    if (take(actions, ':')) {
      const auto id = actions.substr(0, actions.find(';'));
      const auto named = hart_of(id);
      if (!named) return reply(failed);
      hart = *named;
      actions.remove_prefix(id.size());
    }
    for (unsigned i = 0; i < target_.harts(); ++i)
      if ((hart == target_.harts() || hart == i) && !chosen[i]) chosen[i] = resume;
  }
  if (!actions.empty()) return reply(failed);
  Resumes resumes;
  for (const auto& resume : chosen) resumes.push_back(resume.value_or(Resume{Resume::Kind::hold, 0, 0}));
  if (std::all_of(resumes.begin(), resumes.end(), [](const Resume& r) { return r.kind == Resume::Kind::hold; })) return reply(failed);
  resumes_ = std::move(resumes);
  return {{}, Then::resume};
}

// --- registers and memory ---

std::string Session::read_registers() {
  std::string out;
  for (unsigned i = 0; i <= pc_number; ++i) {
    const auto value = target_.read_register(hart_, i);
    out += value ? word_to_hex(*value) : "xxxxxxxx";
  }
  return out;
}

std::string Session::write_registers(std::string_view hex) {
  std::vector<std::uint32_t> values;
  for (; hex.size() >= 8 && values.size() <= pc_number; hex.remove_prefix(8)) {
    const auto value = word_from_hex(hex);
    if (!value) return failed;
    values.push_back(*value);
  }
  if (values.size() <= pc_number) return failed;
  for (unsigned i = 0; i <= pc_number; ++i)
    if (i != 0 && !target_.write_register(hart_, i, values[i])) return failed;
  return ok;
}

std::string Session::read_register(std::string_view number) {
  const auto n = take_number(number);
  if (!n || !number.empty() || *n >= csr_base + csr_count) return failed;
  const auto value = target_.read_register(hart_, static_cast<unsigned>(*n));
  return value ? word_to_hex(*value) : failed;
}

std::string Session::write_register(std::string_view text) {
  const auto n = take_number(text);
  if (!n || *n >= csr_base + csr_count || !take(text, '=')) return failed;
  const auto value = word_from_hex(text);
  return value && target_.write_register(hart_, static_cast<unsigned>(*n), *value) ? ok : failed;
}

std::string Session::read_memory(std::string_view text) {
  const auto range = take_range(text);
  if (!range || !text.empty()) return failed;
  if (range->second == 0) return unknown;
  const std::string bytes = target_.read_memory(hart_, range->first, std::min(range->second, packet_size / 2));
  return bytes.empty() ? failed : to_hex(bytes);
}

std::string Session::write_memory(std::string_view text, bool is_binary) {
  const auto range = take_range(text);
  if (!range || !take(text, ':')) return failed;
  const auto bytes = is_binary ? std::optional<std::string>(text) : from_hex(text);
  if (!bytes || bytes->size() != range->second) return failed;
  return bytes->empty() || target_.write_memory(hart_, range->first, *bytes) ? ok : failed;
}

/// Z and z: "0,80000010,2" breakpoints, "2,80001000,4" watchpoints.
std::string Session::set_point(std::string_view text, bool set) {
  if (text.empty() || text.front() < '0' || text.front() > '4') return unknown;
  const int type = text.front() - '0';
  text.remove_prefix(1);
  if (!take(text, ',')) return failed;
  const auto range = take_range(text);
  if (!range) return failed;
  const auto [address, bytes] = *range;
  if (type <= 1) {
    const std::pair key{address, type == 1};
    const bool other = breakpoints_.count({address, type != 1}) != 0;
    if (set) {
      if (breakpoints_[key]++ == 0 && !other) target_.set_breakpoint(address, true);
    } else if (const auto found = breakpoints_.find(key); found != breakpoints_.end() && --found->second == 0) {
      breakpoints_.erase(found);
      if (!other) target_.set_breakpoint(address, false);
    }
    return ok;
  }
  if (bytes == 0 || address + (bytes - 1) > 0xFFFF'FFFF) return failed;
  const WatchKind kind = type == 2 ? WatchKind::write : type == 3 ? WatchKind::read : WatchKind::access;
  const Watchpoint point{kind, address, static_cast<std::uint32_t>(bytes)};
  if (set) {
    watchpoints_.push_back(point);
  } else {
    const auto found = std::find_if(watchpoints_.begin(), watchpoints_.end(), [&](const Watchpoint& w) {
      return w.kind == point.kind && w.address == point.address && w.bytes == point.bytes;
    });
    if (found != watchpoints_.end()) watchpoints_.erase(found);
  }
  target_.set_watchpoints(watchpoints_);
  return ok;
}

void Session::release() {
  for (const auto& [key, count] : breakpoints_) target_.set_breakpoint(key.first, false);
  breakpoints_.clear();
  watchpoints_.clear();
  target_.set_watchpoints(watchpoints_);
  acknowledges_ = true;
  knows_swbreak_ = knows_hwbreak_ = false;
  resumed_hart_.reset();
}

// --- questions ---

std::string Session::supported(std::string_view features) {
  const auto has = [&](std::string_view name) { return features.find(name) != std::string_view::npos; };
  knows_swbreak_ = has("swbreak+");
  knows_hwbreak_ = has("hwbreak+");
  return fmt::format("PacketSize={:x};qXfer:features:read+;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+", packet_size);
}

Session::Answer Session::read_features(std::string_view text) {
  if (!take_word(text, "target.xml:")) return reply("E00");
  const auto offset = take_number(text);
  if (!offset || !take(text, ',')) return reply(failed);
  const auto length = take_number(text);
  if (!length || !text.empty()) return reply(failed);
  const std::string all = target_description(target_);
  if (*offset >= all.size()) return reply("l");
  const std::string part = all.substr(*offset, std::min<std::uint64_t>(*length, packet_size - 1));
  return reply((*offset + part.size() < all.size() ? "m" : "l") + part);
}

Session::Answer Session::monitor(std::string_view hex) {
  const auto command = from_hex(hex);
  if (!command) return reply(failed);
  const std::string text = target_.monitor(hart_, *command);
  Answer answer;
  constexpr std::size_t part = packet_size / 2 - 1;
  for (std::size_t at = 0; at < text.size(); at += part) answer.replies.push_back("O" + to_hex(text.substr(at, part)));
  answer.replies.emplace_back(ok);
  return answer;
}

Session::Answer Session::query(std::string_view text) {
  if (take_word(text, "qSupported")) return reply(supported(text));
  if (take_word(text, "qXfer:features:read:")) return read_features(text);
  if (take_word(text, "qRcmd,")) return monitor(text);
  if (text == "QStartNoAckMode") {
    acknowledges_ = false;
    return reply(ok);
  }
  if (text.substr(0, 9) == "qAttached") return reply("1");
  if (text == "qC") return reply(fmt::format("QC{:x}", hart_ + 1));
  if (text == "qfThreadInfo") {
    std::string list = "m";
    for (unsigned i = 0; i < target_.harts(); ++i) list += fmt::format("{}{:x}", i == 0 ? "" : ",", i + 1);
    return reply(list);
  }
  if (text == "qsThreadInfo") return reply("l");
  if (take_word(text, "qThreadExtraInfo,")) {
    const auto hart = hart_of(text);
    return reply(hart && *hart < target_.harts() ? to_hex(target_.hart_text(*hart)) : failed);
  }
  if (text == "qSymbol::") return reply(ok);
  return reply(unknown);
}

Session::Answer Session::handle(const std::string& packet) {
  std::string_view text = packet;
  if (text.empty()) return reply(unknown);
  switch (text.front()) {
    case 'q':
    case 'Q': return query(text);
    case 'c':
    case 's':
    case 'C':
    case 'S': return resume_all(text);
    case 'k': target_.kill(); return {{}, Then::kill};
    case 'v':
      if (text == "vCont?") return reply("vCont;c;C;s;S;r;t");
      if (take_word(text, "vCont")) return resume_each(text);
      if (take_word(text, "vKill")) {
        target_.kill();
        return {{ok}, Then::kill};
      }
      return reply(unknown);
    default: break;
  }
  const char command = text.front();
  text.remove_prefix(1);
  switch (command) {
    case '?': return reply(stop_text());
    case 'g': return reply(read_registers());
    case 'G': return reply(write_registers(text));
    case 'p': return reply(read_register(text));
    case 'P': return reply(write_register(text));
    case 'm': return reply(read_memory(text));
    case 'M': return reply(write_memory(text, false));
    case 'X': return reply(write_memory(text, true));
    case 'Z': return reply(set_point(text, true));
    case 'z': return reply(set_point(text, false));
    case 'H': return reply(choose_thread(text));
    case 'T': {
      const auto hart = hart_of(text);
      return reply(hart && *hart < target_.harts() ? ok : failed);
    }
    case 'D': release(); return {{ok}, Then::detach};
    default: return reply(unknown);
  }
}

}  // namespace snnvp::gdb
