#!/usr/bin/env bash
# Tests what is published for Linux on Arm64 in emulation, from any folder: build/test-arm64.sh
# Debian: apt-get install --no-install-recommends qemu-user-static. Without it, or without apt-get, it says so and does nothing.
# shellcheck source=build/other-system.sh
. "$(dirname "$0")/other-system.sh" linux-arm64 Arm64
for program in qemu-aarch64-static apt-get dpkg-deb; do
  command -v "$program" >/dev/null || skip "there is no $program"
done

# What .NET needs of the system, from its packages for Arm64; unpacked, and not installed here.
unpack_libraries() {
  local apt=$work/apt package
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$work/libraries"
  local options=(-qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1
    -o Dir::State="$apt" -o Dir::State::lists="$apt/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$apt")
  apt-get "${options[@]}" update
  cd "$apt"
  apt-get "${options[@]}" download libc6 libstdc++6 libgcc-s1 libssl3
  for package in *.deb; do
    dpkg-deb -x "$package" "$work/libraries"
  done
}

# No ICU for Arm64. In emulation, the same memory mapped twice ended runs now and then.
run_there() {
  local program=$1
  shift
  DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_EnableWriteXorExecute=0 \
    limited qemu-aarch64-static -L "$work/libraries" "$out/$program/$program" "$@"
}

part "libraries" unpack_libraries
part "publishing" publish test/Microsoft.ML.Snn.Tests src/Samples/ScoreOnly
part "a network trained on this machine" make_reference
part "its scores, bit by bit" same_scores "$work/here/model.zip"
part "the engine's tests" run_tests -namespace Microsoft.ML.Snn.Tests.Inference
show_tests
