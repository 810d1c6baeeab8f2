# shellcheck shell=bash
# What test-windows.sh, test-arm64.sh and test-musl.sh share. Each of them says how a program of the other system is run (run_there).
# Sourced with the runtime identifier and the name of the system.
set -euo pipefail
system=$1 title=$2
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
cd "$root"
out=$root/artifacts/$system
work=$(mktemp -d)
trap 'clean_up' EXIT

# Scripts that start more than this replaces them.
clean_up() { rm -rf "$work"; }

skip() {
  echo "$title: skipped, $*"
  exit 0
}

# part NAME COMMAND...: does a part of the work and says how long it took. Where it fails, shows the end of what it printed and ends with its status.
part() {
  local name=$1 began=$SECONDS status=0
  shift
  # In the background: Bash would go on after an error inside a command that "if" or "||" asks about.
  ("$@") >"$work/log" 2>&1 &
  wait $! || status=$?
  if [ $status != 0 ]; then
    tail -n 60 "$work/log" | cut -c 1-300 >&2
    echo "$title: $name: failed" >&2
    exit $status
  fi
  echo "$title: $name: $((SECONDS - began)) s"
}

# publish PROJECT...: into artifacts/, so that tests find the clone that they are of. Native code is made on its own system only.
publish() {
  local project
  for project in "$@"; do
    dotnet publish -c Release -r "$system" --self-contained -p:PublishAot=false -o "$out/$(basename "$project")" "$project"
  done
}

# Tests, chosen by the arguments.
run_tests() {
  if ! run_there Microsoft.ML.Snn.Tests "$@" >"$work/tests" 2>&1 || ! grep -aq 'Failed: 0,' "$work/tests"; then
    grep -aE -A 8 '\[FAIL\]|Fatal error' "$work/tests" || true
    tail -n 3 "$work/tests"
    return 1
  fi
}

# show_tests [LOG]: what a run of tests counted, and why it left tests out.
show_tests() {
  local log=${1:-$work/tests}
  grep -a 'Total: ' "$log" | sed -E 's/^ *//'
  grep -a -A 1 '\[SKIP\]' "$log" | grep -av 'SKIP\]\|^--' | sed -E 's/^ */  skipped: /' | cut -c 1-160 | sort | uniq -c || true
}

# Small, but with the parts of a large one.
training=(--width 0.125 --time-steps 2 --batch-size 32)

# A network trained on this machine, $work/here/model.zip, and $work/pictures.
make_reference() {
  local sample
  for sample in TrainAndScore ScoreOnly NativeScore; do
    dotnet build -c Release -p:PublishAot=false "src/Samples/$sample"
  done
  run_here TrainAndScore "${training[@]}" --epochs 1 --out "$work/here"
  pick_pictures "$work/here/images/shapes/test" "$work/pictures" 3
  # A name of characters that no one code page of Windows has.
  mv "$work/pictures/star/0000.png" "$work/pictures/star/Größe 図.png"
}

# pick_pictures FROM TO N: the first N pictures of each class.
pick_pictures() {
  local folder
  for folder in "$1"/*/; do
    mkdir -p "$2/$(basename "$folder")"
    # sed reads to the end, which head does not: sort would be killed by the pipe that it closes.
    find "$folder" -name '*.png' | sort | sed -n "1,$3p" | xargs cp -t "$2/$(basename "$folder")"
  done
}

# A program that hangs must fail, not wait.
limited() { timeout --kill-after=10 1800 "$@"; }

run_here() {
  local program=$1
  shift
  dotnet "src/Samples/$program/bin/Release/net10.0/$program.dll" "$@"
}

# Lines and paths of the other system's output as this one writes them.
as_here() { cat; }

# same_output PROGRAM ARGUMENTS...: that both systems say the same of each picture.
same_output() {
  run_here "$@" >"$work/expected"
  run_there "$@" | as_here >"$work/actual"
  [ "$(wc -l <"$work/expected")" -ge 30 ]
  diff "$work/expected" "$work/actual"
}

# same_scores MODEL: that both systems give the same, bit by bit.
same_scores() { same_output ScoreOnly --scores-only "$1" "$work/pictures"; }
