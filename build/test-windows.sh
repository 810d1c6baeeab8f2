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

# What memory may depend on.
show_machine() {
  echo "Linux $(uname -r); $(grep -m 1 'model name' /proc/cpuinfo); $(head -n 3 /proc/meminfo | tr -s ' \n' ' '); overcommit $(</proc/sys/vm/overcommit_memory), maps $(</proc/sys/vm/max_map_count)"
  ulimit -a | grep -v unlimited
}

# The fast tests, in a process for each part, so that no process lives long. On some machines, not on others of the same kind, Wine 8 ended them inside libtorch (0xC0000005 in
# zeros, in conv2d), twice of two tries. Why is not known. So a process that dies there, not one whose test fails or that dies elsewhere, gets two more tries; if it dies each
# time the script ends with 3 rather than 1.
tests_of() {
  local name=$1 try
  shift
  for try in 1 2 3; do
    if run_tests -trait- Speed=Slow "$@" >"$work/shown"; then
      cat "$work/tests" >>"$work/all"
      return
    fi
    cat "$work/shown"
    grep -a -A 1 '0xC0000005' "$work/tests" | grep -aq 'TorchSharp\.PInvoke' || return 1
    show_machine
    echo "$name, try $try: $(grep -a -A 1 '0xC0000005' "$work/tests" | tr -s '\r\n ' ' ')" >>"$work/died"
  done
  return 3
}

fast_tests() {
  local namespace others=() status=0
  for namespace in Training Network Events; do
    tests_of $namespace -namespace "Microsoft.ML.Snn.Tests.$namespace*" || status=$?
    [ $status != 1 ]
    others+=(-namespace- "Microsoft.ML.Snn.Tests.$namespace*")
  done
  tests_of others "${others[@]}" || status=$?
  return $status
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
part "the fast tests" fast_tests
show_tests "$work/all"
[ ! -e "$work/died" ] || sed 's/^/  died: /' "$work/died"
