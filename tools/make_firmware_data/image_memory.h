// SPDX-License-Identifier: Apache-2.0
// Jobs laid out in a memory image for the programs layers and classify (workloads/firmware/examples/job_image.h is their side of it).
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include <snnvp/platform/engine/driver.h>

namespace snnvp::job_image {

constexpr Address image_base = 0x8080'0000, tables_at = image_base, payload_at = image_base + 0x4000;
constexpr Address scratch_at = image_base + 0x20'0000;
constexpr Bytes image_limit = 4u << 20;
constexpr std::uint32_t magic = 0x4A4E'4E53;  // "SNNJ"

/// The memory that will be the image; the classes that lay out jobs write to it as they write to a simulated one.
class ImageMemory final : public engine::JobDriver {
public:
  void submit(std::vector<engine::Submission>) override {}
  void serve(engine::SubmissionSource&) override {}
  const std::vector<engine::SubmissionResult>& results() const override { return results_; }
  Bytes debug_read(Address address, std::uint8_t* data, Bytes length) override {
    reach(address, length);
    std::memcpy(data, &bytes_[address - image_base], length);
    return length;
  }
  Bytes debug_write(Address address, const std::uint8_t* data, Bytes length) override {
    reach(address, length);
    std::memcpy(&bytes_[address - image_base], data, length);
    return length;
  }
  void word(Address address, std::uint32_t value) { debug_write(address, reinterpret_cast<const std::uint8_t*>(&value), 4); }
  /// Room for bytes, aligned to 64.
  Address take(Bytes bytes) {
    const Address at = next_;
    next_ += (bytes + 63) / 64 * 64;
    return at;
  }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

private:
  void reach(Address address, Bytes length) {
    if (address < image_base || address + length > image_base + image_limit)
      throw std::runtime_error(fmt::format("{:#x} lies outside the image", address));
    if (address + length - image_base > bytes_.size()) bytes_.resize(address + length - image_base);
  }
  std::vector<std::uint8_t> bytes_;
  std::vector<engine::SubmissionResult> results_;
  Address next_ = payload_at;
};

/// Bytes that an engine leaves, and those that it should.
struct Check {
  Address result = 0, golden = 0;
  Bytes bytes = 0;
};

/// A chain of jobs and what it leaves.
struct Task {
  Address first = 0;
  std::uint32_t label = 0;
  std::vector<Check> checks;
};

/// Head, task table, check tables.
inline void write_tables(ImageMemory& image, const std::vector<Task>& tasks, std::uint32_t steps, std::uint32_t classes) {
  Address at = tables_at;
  const auto put = [&](Address value) {
    image.word(at, static_cast<std::uint32_t>(value));
    at += 4;
  };
  put(magic);
  put(tasks.size());
  put(steps);
  put(classes);
  Address checks = tables_at + 16 + 16 * tasks.size();
  for (const Task& task : tasks) {
    put(task.first);
    put(task.label);
    put(task.checks.size());
    put(checks);
    checks += 12 * task.checks.size();
  }
  for (const Task& task : tasks)
    for (const Check& check : task.checks) {
      put(check.result);
      put(check.golden);
      put(check.bytes);
    }
  if (at > payload_at) throw std::runtime_error("the tables of the image are too long");
}

}  // namespace snnvp::job_image
