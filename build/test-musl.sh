#!/usr/bin/env bash
# Tests what is published for Linux with musl, on Debian's musl, from any folder: build/test-musl.sh
# Debian: apt-get install --no-install-recommends musl-tools. Without it, it says so and does nothing.
# shellcheck source=build/other-system.sh
. "$(dirname "$0")/other-system.sh" linux-musl-x64 musl
for program in gcc musl-gcc; do
  command -v "$program" >/dev/null || skip "there is no $program"
done
[ -e /lib/ld-musl-x86_64.so.1 ] || skip "there is no loader of musl for x64"

# .NET asks for libraries that Debian does not build for musl: see missing.c.
make_libraries() {
  local library
  mkdir "$work/libraries"
  for library in libstdc++.so.6 libgcc_s.so.1 libssl.so.3 libcrypto.so.3; do
    cp -L "$(gcc -print-file-name="$library")" "$work/libraries"
  done
  musl-gcc -shared -fPIC -Wall -Wextra -Werror build/Musl/missing.c -o "$work/libraries/ld-linux-x86-64.so.2"
  ln -s /lib/ld-musl-x86_64.so.1 "$work/libraries/libc.musl-x86_64.so.1"
}

# No ICU for musl.
run_there() {
  local program=$1
  shift
  limited env LD_LIBRARY_PATH="$work/libraries" DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$out/$program/$program" "$@"
}

part "libraries" make_libraries
part "publishing" publish test/Microsoft.ML.Snn.Tests src/Samples/ScoreOnly
part "a network trained on this machine" make_reference
part "its scores, bit by bit" same_scores "$work/here/model.zip"
part "the engine's tests" run_tests -namespace Microsoft.ML.Snn.Tests.Inference
show_tests
