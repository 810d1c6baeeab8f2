#!/usr/bin/env bash
# Tests what is published for Linux on Arm64 in emulation, from any folder: build/test-arm64.sh
# Debian: apt-get install --no-install-recommends qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross. Without these it says so and
# does nothing.
# shellcheck source=build/other-system.sh
. "$(dirname "$0")/other-system.sh" linux-arm64 Arm64
libraries=/usr/aarch64-linux-gnu
command -v qemu-aarch64-static >/dev/null || skip "there is no qemu-aarch64-static"
[ -e "$libraries/lib/libstdc++.so.6" ] || skip "there is no libstdc++ for Arm64 in $libraries/lib"

# No ICU for Arm64. In emulation the same memory mapped twice ended runs now and then.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_EnableWriteXorExecute=0

run_there() {
  local program=$1
  shift
  limited qemu-aarch64-static -L "$libraries" "$out/$program/$program" "$@"
}

part "publishing" publish test/Microsoft.ML.Snn.Tests src/Samples/ScoreOnly
part "a network trained on this machine" make_reference
part "its scores, bit by bit" same_scores "$work/here/model.zip"
part "the tests of the engine and the readers" run_tests "${without_training[@]}"
show_tests
