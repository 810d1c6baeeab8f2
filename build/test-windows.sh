#!/usr/bin/env bash
# Tests what is published for Windows under Wine, from any folder: build/test-windows.sh
# Debian: apt-get install --no-install-recommends wine wine64. Without Wine it says so and does nothing.
# shellcheck source=build/other-system.sh
. "$(dirname "$0")/other-system.sh" win-x64 Windows
command -v wine >/dev/null || skip "there is no wine"

# Wine takes the names of files to be in the locale's characters.
export LC_ALL=C.UTF-8
export WINEPREFIX=$work/wine WINEDEBUG=-all
# Wine 8 lacks the groups of processors to which OpenMP would bind its threads, and is reported not to map memory twice as .NET wants to.
export DOTNET_EnableWriteXorExecute=0 KMP_AFFINITY=disabled
# MKL's sums would depend on where arrays happen to lie.
export MKL_CBWR=AUTO,STRICT

clean_up() {
  wineserver -k 2>/dev/null || true
  rm -rf "$work"
}

run_there() {
  local program=$1
  shift
  limited wine "$out/$program/$program.exe" "$@"
}

# An exception that leaves a method called by reflection ends the process under Wine 8, unless .NET compiles code for such calls, as it
# otherwise does only for methods called again.
publish_for_wine() {
  publish test/Microsoft.ML.Snn.Tests src/Samples/{ScoreOnly,TrainAndScore,NativeScore}
  sed -i '/ForceEmitInvoke/d; s/"configProperties": {/&\n      "Switch.System.Reflection.ForceEmitInvoke": true,/' "$out"/*/*.runtimeconfig.json
}

as_here() { sed -E ':path; s/^([^\t:]*)\\/\1\//; t path; s/\r$//'; }

train_there() {
  run_there TrainAndScore --images "$work/train" --test "$work/pictures" "${training[@]}" --image-size 20 --epochs 10 "$@"
}

# A run that is killed after an epoch goes on from there, to the same scores as one that is not.
train_and_resume() {
  train_there --out "$work/whole"
  train_there --out "$work/resumed" --checkpoints "$work/checkpoints" &
  local run=$!
  until compgen -G "$work/checkpoints/*.checkpoint" >/dev/null; do
    kill -0 $run
    sleep 0.1
  done
  wineserver -k
  wait $run || true
  [ ! -e "$work/resumed/scores.tsv" ]
  train_there --out "$work/resumed" --checkpoints "$work/checkpoints" | tee "$work/resuming"
  if grep '^ *1/10 ' "$work/resuming"; then return 1; fi
  diff <(cut -f 2- "$work/whole/scores.tsv") <(cut -f 2- "$work/resumed/scores.tsv")
}

# The process has died under Wine 8 inside libtorch (0xC0000005), before TorchSharp was mended to hold what native code works on. Should Wine do so again, a
# process that dies, not a test that fails, gets a second try, and a line says so.
run_tests_twice() {
  run_tests "$@" && return
  grep -aq 'Fatal error' "$work/tests" || return 1
  grep -a -A 3 'Fatal error' "$work/tests" >"$work/died"
  run_tests "$@"
}

# Where Wine itself does not run, such as in some containers, there is nothing to find out.
timeout --kill-after=10 120 wineboot -i >/dev/null 2>&1 || skip "Wine does not start"
part "publishing" publish_for_wine
part "a network trained on this machine" make_reference
part "its scores, bit by bit" same_scores "$work/here/model.zip"
part "its classes by NativeScore, as managed code" same_output NativeScore "$work/here/model.zip" "$work"/pictures/*/*.png
pick_pictures "$work/here/images/shapes/train" "$work/train" 20
part "training, killed and resumed" train_and_resume
part "the scores of that network, bit by bit" same_scores "$work/resumed/model.zip"
part "the fast tests" run_tests_twice -trait- Speed=Slow
show_tests
[ ! -e "$work/died" ] || sed 's/^/  died in the first try: /' "$work/died"
