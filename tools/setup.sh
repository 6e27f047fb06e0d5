# SPDX-License-Identifier: Apache-2.0
# Sourced by tools/snnvp, tools/test and tools/bench: installs what is missing, configures and builds once.
# Says what it does on stderr, so that stdout carries results only.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${SNNVP_BUILD_DIR:-$root/build}

# One package a line.
packages_run="
  g++
  cmake
  ninja-build
  pkg-config
  libsystemc-dev
  libyaml-cpp-dev
  libboost-dev
  libboost-filesystem-dev
  libfmt-dev
  nlohmann-json3-dev
  libcli11-dev
  zlib1g-dev
  libssl-dev
  libhdf5-dev
  libdw-dev
  libelf-dev
  libeigen3-dev
  libsqlite3-dev
  libmuparser-dev
  libjs-chart.js
"
# To build programs for the platform's harts, and to debug them; those that ship are built.
packages_firmware="
  gcc-riscv64-unknown-elf
  picolibc-riscv64-unknown-elf
  gdb-multiarch
"
packages_test="
  clang
  dpkg-dev
  file
  make
  verilator
  catch2
  libbenchmark-dev
  device-tree-compiler
  qemu-system-misc
  python3
  python3-numpy
  python3-h5py
  chromium
  chromium-driver
  python3-selenium
"

say() { printf 'snnvp set-up: %s\n' "$*" >&2; }
fail() { say "$*"; exit 2; }

missing_packages() {
  local p
  for p in "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || printf '%s ' "$p"
  done
}

# install_packages PACKAGE...: through apt where there is one, else names what is needed.
install_packages() {
  local missing sudo=
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "no apt here; these must be installed (Debian's names): $*"
    return 0
  fi
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "please install as root: apt-get install $missing"
    sudo=sudo
  fi
  say "installing $missing"
  if ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >"$log" 2>&1; then
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get update >"$log" 2>&1 || fail "apt-get update failed, see $log"
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >"$log" 2>&1 ||
      { tail -5 "$log" >&2; fail "apt-get install failed, see $log"; }
  fi
}

# stamp_of: changes whenever something that is built changes (names, sizes and times of the sources).
stamp_of() {
  (cd "$root" && find CMakeLists.txt CMakePresets.json cmake platform models interconnect workloads tools tests -type f \
     ! -name '*.md' ! -name '*.pyc' -printf '%p %s %T@\n' 2>/dev/null | LC_ALL=C sort | cksum)
}

# build TARGET: `snnvp` for the command line, `all` for the tests.
build() {
  local target=$1 stamp now packages
  mkdir -p "$build" || fail "cannot make $build"
  log=$build/setup.log
  stamp=$build/.built_$target
  now=$(stamp_of)
  # Built from exactly these sources already: the fast path of every later call.
  [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && [ -x "$build/bin/snnvp" ] && return 0
  exec 9>"$build/.lock"
  flock 9 2>/dev/null || true
  [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && [ -x "$build/bin/snnvp" ] && return 0
  packages=$packages_run
  [ "$target" = all ] && packages="$packages $packages_firmware $packages_test"
  install_packages $packages
  command -v cmake >/dev/null || fail "cmake is missing"
  local tests=OFF
  if [ "$target" = all ] || grep -qs '^SNNVP_TESTS:BOOL=ON' "$build/CMakeCache.txt"; then tests=ON; fi
  say "configuring in $build"
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSNNVP_TESTS=$tests ${SNNVP_CMAKE_ARGS:-} >"$log" 2>&1 || { tail -20 "$log" >&2; fail "cmake failed, see $log"; }
  say "building (a few minutes the first time)"
  if [ -t 2 ]; then
    cmake --build "$build" --target "$target" >&2 || fail "the build failed"
  else
    cmake --build "$build" --target "$target" >>"$log" 2>&1 || { grep -E 'error|FAILED' "$log" | head -20 >&2; tail -5 "$log" >&2; fail "the build failed, see $log"; }
  fi
  printf '%s\n' "$now" >"$stamp"
  [ "$target" = all ] && printf '%s\n' "$now" >"$build/.built_snnvp"
  exec 9>&-
}
