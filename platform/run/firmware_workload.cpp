// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/run/firmware_driver.h>
#include <snnvp/platform/run/workload_kinds.h>

namespace snnvp {
namespace {

constexpr Picoseconds default_limit = 10'000'000'000'000;  // 10 s: a program that hangs must end

FlatImage read_image(const Value& value) {
  FlatImage image;
  image.file = value.find("file")->as_text();
  image.address = static_cast<std::uint32_t>(value.find("at")->as_u64());
  std::ifstream in(image.file, std::ios::binary);
  if (!in) throw InputError(fmt::format("{}: {}", image.file, std::strerror(errno)));
  image.bytes.assign(std::istreambuf_iterator<char>(in), {});
  if (image.bytes.empty()) throw InputError(image.file + ": is empty");
  return image;
}

LayerProgram build_firmware(const ParamSet& params) {
  LayerProgram program;
  std::optional<ElfFile> elf;
  if (!params.is_null("elf")) {
    const auto file = params.get<std::string>("elf");
    if (std::error_code error; !std::filesystem::exists(file, error) && !error)
      throw InputError(file +
                       ": No such file or directory\n    a program of your own: build it first, with riscv64-unknown-elf-gcc and picolibc "
                       "(docs/firmware.md)");
    elf = read_elf(file);
    program.input_files.push_back(elf->path);
  }
  std::vector<FlatImage> images;
  for (const Value& value : params.at("images").items()) {
    images.push_back(read_image(value));
    program.input_files.push_back(images.back().file);
  }
  if (!elf && images.empty()) throw InputError("there is no program: give workload.elf, or workload.images and the hart's reset_pc");
  program.default_limit = default_limit;
  program.driver = std::make_shared<FirmwareDriver>(std::move(elf), std::move(images));
  return program;
}

}  // namespace

WorkloadKind firmware_workload() {
  WorkloadKind kind;
  kind.kind = "firmware";
  kind.doc = "A program for RISC-V harts: ELF file or flat images; it ends through models.simctl or the tohost protocol";
  ParamSpec elf = path_param("elf", "executable for RV32IMAC; null: none");
  elf.nullable = true;
  ParamSpec file = path_param("file", "bytes as they stand");
  file.required = true;
  ParamSpec image = group("", {file, required_param("at", ParamType::integer, "address of the first byte")}, "a flat image");
  image.members[1].range(0, 4294967295.0);
  kind.params = {elf, list_of("images", image, "bytes placed in memory before the start: code, weights, traces")};
  kind.main_param = "elf";
  kind.uses_engines = false;
  kind.build = build_firmware;
  return kind;
}

}  // namespace snnvp
