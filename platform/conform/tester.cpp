// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/conform/tester.h>

#include <algorithm>

#include <fmt/format.h>

#include <snnvp/platform/tlm/initiator_port.h>
#include <snnvp/platform/tlm/protocol_monitor.h>

#include "tester_flight.h"

namespace snnvp::conform {

using Role = PortAbilities::Role;

Tester::Tester(const sc_core::sc_module_name& name, Options options, Golden& golden, Verdict& verdict)
    : sc_module(name),
      out("out"),
      options_(std::move(options)),
      model_(options_.model),
      golden_(golden),
      verdict_(verdict),
      draw_(model_, options_.seed, options_.stream),
      buffer_(StimulusGenerator::most_bytes + 2 * guard) {
  out.register_nb_transport_bw(this, &Tester::backward);
  out.register_invalidate_direct_mem_ptr(this, &Tester::invalidated);
  SNNVP_HAS_PROCESS(Tester);
  SC_THREAD(run);
}

Tester::~Tester() = default;

void Tester::finding(const char* rule, const std::string& text, const tlm::tlm_generic_payload* payload) {
  ++findings_;
  verdict_.failed(
      rule, number_,
      fmt::format("transaction {} at {} ps: {}{}", number_, now_ps(), text, payload == nullptr ? "" : "; " + describe(*payload)));
}

void Tester::check(const char* rule, bool is_right, const std::string& text, const tlm::tlm_generic_payload* payload) {
  verdict_.checked(rule);
  if (!is_right) finding(rule, text, payload);
}

void Tester::run() {
  while (options_.after != nullptr && !options_.after->is_done()) wait(options_.after->done());
  if (sc_core::sc_time_stamp() < options_.start) wait(options_.start - sc_core::sc_time_stamp());
  say_what_does_not_apply();
  doing_ = "reading the memory's first contents";
  if (model_.is_memory() && options_.learns) learn();
  if (model_.abilities.role == Role::registers) check_registers();
  // Turns of fixed lengths: a shorter run is the beginning of a longer one.
  constexpr std::uint64_t blocking_turn = 400, phased_turn = 100;
  for (std::uint64_t left = options_.count; left != 0 && !has_enough();) {
    const std::uint64_t blocking = std::min(left, blocking_turn), phased = std::min(left - blocking, phased_turn);
    run_blocking(blocking);
    if (phased != 0 && !has_enough()) run_phases(phased);
    left -= blocking + phased;
  }
  if (model_.is_memory()) compare_memory();
  doing_ = "waiting for the others";
  ++*options_.sent;
  while (*options_.sent < options_.at_once) wait(sc_core::sc_time(1, sc_core::SC_US));
  doing_ = "a reset";
  if (!has_enough()) check_reset();
  verdict_.transactions += number_;
  is_done_ = true;
  doing_ = "nothing more";
  done_event_.notify(sc_core::SC_ZERO_TIME);
}

void Tester::run_blocking(std::uint64_t many) {
  for (std::uint64_t i = 0; i < many && !has_enough(); ++i) {
    blocking_transaction();
    if (model_.is_memory() && i % 64 == 63) compare_memory();
    if (i % 64 == 31) check_debug();
    if (i % 128 == 7) check_dmi();
  }
}

void Tester::say_what_does_not_apply() {
  const auto none = [&](std::initializer_list<const char*> rules, const std::string& why) {
    for (const char* rule : rules) verdict_.not_applicable(rule, why);
  };
  if (!model_.is_memory()) none({"S3", "S5"}, "the port leads to no memory");
  if (model_.is_memory() && !options_.reset) none({"S5"}, "nothing to reset");
  if (model_.abilities.role != Role::registers || model_.registers.empty())
    none({"R1", "R2", "R3", "R4"}, "the port has no register description");
  else if (!options_.reset)
    none({"R1"}, "the block has no reset");
  if (model_.abilities.role != Role::route) none({"B4", "B9"}, "the block is no interconnect");
  none({"S7", "M14"}, "the run was too short for transactions with phases");
  none({"M12"}, "no DMI was granted");
  none({"M13"}, "no DMI was taken back");
  none({"S6"}, "no declared access time, no DMI hint to compare");
}

void Tester::fill(tlm::tlm_generic_payload& payload, const Stimulus& s, std::vector<std::uint8_t>& buffer,
                  std::vector<std::uint8_t>& enables) {
  enables = s.enables;
  if (s.empty_enables) enables.assign(1, 0xFF);
  payload.set_command(s.command == Command::read    ? tlm::TLM_READ_COMMAND
                      : s.command == Command::write ? tlm::TLM_WRITE_COMMAND
                                                    : tlm::TLM_IGNORE_COMMAND);
  payload.set_address(s.address);
  payload.set_data_ptr(s.null_data ? nullptr : buffer.data() + guard);
  payload.set_data_length(s.length);
  payload.set_streaming_width(s.streaming_width);
  payload.set_byte_enable_ptr(enables.empty() ? nullptr : enables.data());
  payload.set_byte_enable_length(s.empty_enables ? 0 : static_cast<unsigned>(enables.size()));
  payload.set_dmi_allowed(false);
  payload.set_gp_option(tlm::TLM_MIN_PAYLOAD);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

void Tester::blocking_transaction() {
  ++number_;
  if (on_transaction) on_transaction(number_);
  const Stimulus s = draw_.next();
  doing_ = "blocking transaction " + std::to_string(number_);
  for (std::uint8_t& byte : buffer_) byte = draw_.byte();
  before_ = buffer_;
  tlm::tlm_generic_payload& payload = s.managed ? pool_.take() : unmanaged_;
  fill(payload, s, buffer_, enables_);
  sc_core::sc_time delay = sc_time_of(s.delay);
  const sc_core::sc_time begin = sc_core::sc_time_stamp() + delay;
  Mark* mark = nullptr;
  if (s.extension != Stimulus::Extra::none) {
    mark = s.extension == Stimulus::Extra::automatic ? new Mark : &sticky_;
    mark->sent = ps_of(begin);
    mark->seen = 0;
    mark->was_early = false;
    s.extension == Stimulus::Extra::automatic ? payload.set_auto_extension(mark) : payload.set_extension(mark);
  }
  out->b_transport(payload, delay);
  const sc_core::sc_time end = sc_core::sc_time_stamp() + delay;
  if (model_.least_latency != 0 && payload.is_response_ok() && s.command != Command::ignore)
    check("S6", end >= begin + sc_time_of(model_.least_latency), fmt::format("took less than {} ps", model_.least_latency), &payload);
  score(s, payload, before_, buffer_);
  if (mark != nullptr && payload.get_extension<Mark>() == mark) score_mark(s, payload, *mark);
  if (mark == &sticky_) payload.clear_extension(&sticky_);
  payload.set_byte_enable_ptr(nullptr);
  if (s.managed) finish_payload(payload);
  // A block that starts work at a register access gets time to do it.
  if (!model_.is_memory() || draw_.below(4) == 0) wait(sc_core::sc_time_stamp() < end ? end - sc_core::sc_time_stamp() : sc_time_of(1000));
}

void Tester::finish_payload(tlm::tlm_generic_payload& payload) {
  check("S8", payload.has_mm() && payload.get_ref_count() == 1,
        payload.has_mm() ? fmt::format("the reference count is {} at the end, it was 1", payload.get_ref_count())
                         : "the memory manager was taken away",
        &payload);
  payload.set_data_ptr(nullptr);
  if (payload.has_mm()) payload.release();
}

void Tester::score_mark(const Stimulus& s, const tlm::tlm_generic_payload& payload, const Mark& mark) {
  if (model_.abilities.role != Role::route || s.command == Command::ignore || !payload.is_response_ok()) return;
  check("B9", mark.seen != 0, "an unknown extension did not reach the target", &payload);
  check("B4", !mark.was_early, "the target saw an earlier local time than the initiator's", &payload);
}

void Tester::score(const Stimulus& s, tlm::tlm_generic_payload& payload, const std::vector<std::uint8_t>& before,
                   const std::vector<std::uint8_t>& buffer) {
  const StatusSet expected = model_.predict(s);
  const auto status = static_cast<Status>(payload.get_response_status());
  if (status != Status::incomplete)  // M1 tells of it
    check("S2", holds(expected, status), fmt::format("expected {}", text_of(expected)), &payload);
  const bool is_transfer = s.command != Command::ignore && !s.is_malformed() && status == Status::ok && holds(expected, Status::ok);
  predicted_ = before;
  if (model_.is_memory() && is_transfer) {
    model_.apply(s, predicted_.data() + guard, golden_);
  } else if (s.command == Command::read && is_transfer) {
    for (unsigned i = 0; i < s.length; ++i)
      if (s.lane(i)) predicted_[guard + i] = buffer[guard + i];
    score_register(s, buffer.data() + guard);
  } else if (model_.is_memory() && status == Status::incomplete && s.command != Command::ignore && expected == only(Status::ok)) {
    model_.apply(s, predicted_.data() + guard, golden_);  // it did not say that it failed
  }
  const auto wrong = std::mismatch(predicted_.begin(), predicted_.end(), buffer.begin());
  check("S1", wrong.first == predicted_.end(),
        wrong.first == predicted_.end()
            ? ""
            : fmt::format("data byte {} is {:#04x}, expected {:#04x}",
                          (wrong.first - predicted_.begin()) - static_cast<std::ptrdiff_t>(guard), *wrong.second, *wrong.first),
        &payload);
  if (!model_.is_memory() || !is_transfer) return;
  const Window* window = model_.window_of(s.address, s.span());
  if (window->dmi != Ability::unstated)
    check("S6", payload.is_dmi_allowed() == (window->dmi == Ability::yes), "the dmi_allowed hint disagrees with what a DMI request gets",
          &payload);
}

/// Reserved bits read 0.
void Tester::score_register(const Stimulus& s, const std::uint8_t* data) {
  const RegisterSpec* r = model_.register_at(s.address);
  if (r == nullptr || s.length != model_.register_bytes || s.has_disabled_lane()) return;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < s.length; ++i) value |= static_cast<std::uint32_t>(data[i]) << (8 * i);
  check("R2", (value & ~r->mask) == 0, fmt::format("register {} reads {:#x}, reserved bits are {:#x}", r->name, value, ~r->mask));
}

}  // namespace snnvp::conform
