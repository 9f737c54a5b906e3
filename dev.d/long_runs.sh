# ./dev bench, ./dev fuzz and ./dev soak.
# shellcheck shell=bash disable=SC2154  # What it uses is ./dev's, which reads it.

# ── benches ───────────────────────────────────────────────────────────────────────────────────────

# Debian starts a server as soon as it is installed, unless this file says no; the bench starts its own.
readonly server_policy=/usr/sbin/policy-rc.d

need_bench_packages() {
  local code=0
  if [ -z "$(needed_packages "${bench_packages[@]}")" ] || [ -e "$server_policy" ]; then
    need_packages "${bench_packages[@]}"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$server_policy" >/dev/null
  as_root chmod +x "$server_policy"
  need_packages "${bench_packages[@]}" || code=$?
  as_root rm -f "$server_policy"
  return "$code"
}

build_preset() { # build_preset PRESET TARGET...
  local preset=$1
  shift
  mkdir -p "$root/build"
  exec 9>"$root/build/.lock"
  flock 9
  configure "$preset" || return 1
  ninja -C "$root/build/$preset" "$@" >&2 || return 1
  exec 9>&-
}

cmd_bench() {
  [ "${1:-}" = ledger ] || fail "there is one bench: ./dev bench ledger [--quick] [--only W1,W2]"
  shift
  need_bench_packages
  step "build in release mode" build_preset release hq-bench hq-ledger
  local output=$root/build/bench
  mkdir -p "$output"
  # The data lie on the disk of the build: /tmp may be memory, which makes every sync free.
  TMPDIR=$output "$root/build/release/bin/hq-bench" --output "$output/ledger.json" "$@" </dev/null
  say "The rows are in build/bench/ledger.json"
}

# side_by_side PROCESSES FUNCTION [ARGUMENT...]: calls it with each line of standard input for its last
# argument, so many calls at a time. Fails, after all of them, if one failed.
side_by_side() {
  local processes=$1
  shift
  export root
  # shellcheck disable=SC2163  # It exports the function of that name.
  export -f "$1"
  xargs -r -d '\n' -P "$processes" -n 1 bash -c '"$@"' _ "$@"
}

# ── fuzzing ───────────────────────────────────────────────────────────────────────────────────────

# fuzz SECONDS NAME: what is found stays in build/fuzz: new corpus, what breaks, and the log.
fuzz() {
  local seconds=$1 name=$2 out=$root/build/fuzz code=0
  mkdir -p "$out/corpus/$name" "$out/crashes" "$out/logs"
  nice "$out/bin/hq-fuzz" "--fuzzer=$name" "-max_total_time=$seconds" -timeout=25 -rss_limit_mb=2048 \
    -max_len=65536 -print_final_stats=1 "-artifact_prefix=$out/crashes/$name-" \
    "$out/corpus/$name" "$root/tests/fuzz/corpus/$name" >"$out/logs/$name.log" 2>&1 </dev/null || code=$?
  local runs paths
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/logs/$name.log")
  paths=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$out/logs/$name.log" | tail -n 1)
  if [ "$code" -eq 0 ]; then
    printf 'ok    %-22s %s runs, %s edges\n' "$name" "${runs:-0}" "${paths:-0}"
    return
  fi
  tail -n 60 "$out/logs/$name.log" >&2
  local input
  input=$(sed -n 's/.*Test unit written to //p' "$out/logs/$name.log" | tail -n 1)
  printf 'FAIL  %-22s again: build/fuzz/bin/hq-fuzz --fuzzer=%s %s\n' "$name" "$name" "$input"
  return 1
}

cmd_fuzz() {
  local seconds=60 names=() name
  while [ $# -gt 0 ]; do
    case $1 in
      --seconds)
        seconds=${2:-}
        shift
        ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds takes a number: for how long each fuzzer runs"
  need_packages "${fuzz_packages[@]}"
  step "build for libFuzzer" build_preset fuzz hq-fuzz || return 1
  [ ${#names[@]} -gt 0 ] || mapfile -t names < <("$root/build/fuzz/bin/hq-fuzz" --list)
  for name in "${names[@]}"; do
    [ -d "tests/fuzz/corpus/$name" ] || fail "there is no fuzzer '$name'; there are: $(ls tests/fuzz/corpus)"
  done
  if ! printf '%s\n' "${names[@]}" | side_by_side "$(nproc)" fuzz "$seconds"; then
    say "FAILED: what was found belongs into tests/fuzz/corpus."
    return 1
  fi
  say "Nothing was found in $seconds s each. What is new in build/fuzz/corpus may join tests/fuzz/corpus."
}

# ── soak ──────────────────────────────────────────────────────────────────────────────────────────

readonly soak_fuzz_seconds=600 # For each fuzzer.

# soak_tests PATTERN: PROGRAM TEST for all that ask how long to go on (tests/support/soak.hpp).
soak_tests() {
  local program tests
  for program in "$root"/build/release/bin/simulation_tests "$bin"/*_tests; do
    [ "$program" != "$bin/simulation_tests" ] || continue
    tests=$("$program" --gtest_list_tests "--gtest_filter=$1" </dev/null) || return 1
    awk -v program="$program" '/^[^ ].*\.$/ { suite = $1; next } suite ~ /Soak/ { print program " " suite $1 }' \
      <<<"$tests"
  done
}

soak_one() { # soak_one "PROGRAM TEST"
  local program=${1% *} test=${1##* } since=$SECONDS code=0
  local log=$root/build/soak/${test//\//.}.log
  HQ_SOAK=1 "$program" "--gtest_filter=$test" >"$log" 2>&1 </dev/null || code=$?
  if [ "$code" -eq 0 ] && grep -q '^\[  PASSED  \] 1 test' "$log"; then
    printf 'ok    %5d s  %s\n' $((SECONDS - since)) "$test"
    return
  fi
  printf 'FAIL  %5d s  %s: build/soak/%s\n' $((SECONDS - since)) "$test" "$(basename "$log")"
  return 1
}

# The same random tests as in ./dev test, for as long as it takes to believe them.
cmd_soak() {
  local since=$SECONDS part=${HQ_SOAK_PART:-1} tests failed=0
  [[ $part =~ ^[1-9][0-9]*$ ]] || fail "HQ_SOAK_PART is a number: an N-th of the full rounds"
  need_everything
  step "build" build_targets
  # The simulation, which has no process to be killed, runs several times as often without sanitizers; with
  # them it runs in every ./dev test.
  step "build the simulation in release mode" build_preset release simulation_tests
  tests=$(soak_tests "${1:-*}") || fail "a test program does not list its tests"
  [ -n "$tests" ] || fail "no test with Soak in its suite's name fits '${1:-*}'"
  mkdir -p "$root/build/soak"
  say "── soak: the output of each test, with its seed, is in build/soak"
  # Twice as many as there are processors: most of them wait for disks, and for processes to end.
  side_by_side $((2 * $(nproc))) soak_one <<<"$tests" || failed=1
  if [ $# -eq 0 ]; then cmd_fuzz --seconds $(((soak_fuzz_seconds + part - 1) / part)) || failed=1; fi
  if [ "$failed" -ne 0 ]; then
    say "FAILED after $((SECONDS - since)) s: see above"
    return 1
  fi
  say "Everything held for $((SECONDS - since)) s."
}
