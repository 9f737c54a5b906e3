# ./dev bench and ./dev fuzz.
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

build_bench() {
  mkdir -p "$root/build"
  exec 9>"$root/build/.lock"
  flock 9
  configure release || return 1
  ninja -C "$root/build/release" hq-bench hq-ledger >&2 || return 1
  exec 9>&-
}

cmd_bench() {
  [ "${1:-}" = ledger ] || fail "there is one bench: ./dev bench ledger [--quick] [--only W1,W2]"
  shift
  need_bench_packages
  step "build in release mode" build_bench
  local output=$root/build/bench
  mkdir -p "$output"
  # The data lie on the disk of the build: /tmp may be memory, which makes every sync free.
  TMPDIR=$output "$root/build/release/bin/hq-bench" --output "$output/ledger.json" "$@" </dev/null
  say "The rows are in build/bench/ledger.json"
}

# ── fuzzing ───────────────────────────────────────────────────────────────────────────────────────

build_fuzzers() {
  mkdir -p "$root/build"
  exec 9>"$root/build/.lock"
  flock 9
  configure fuzz || return 1
  ninja -C "$root/build/fuzz" hq-fuzz >&2 || return 1
  exec 9>&-
}

# fuzz NAME SECONDS: what is found stays in build/fuzz: new corpus, what breaks, and the log.
fuzz() {
  local name=$1 seconds=$2 out=$root/build/fuzz code=0
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
  local seconds=60 names=() name broken=0
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
  step "build for libFuzzer" build_fuzzers
  [ ${#names[@]} -gt 0 ] || mapfile -t names < <("$root/build/fuzz/bin/hq-fuzz" --list)
  for name in "${names[@]}"; do
    [ -d "tests/fuzz/corpus/$name" ] || fail "there is no fuzzer '$name'; there are: $(ls tests/fuzz/corpus)"
    fuzz "$name" "$seconds" || broken=$((broken + 1))
  done
  if [ "$broken" -gt 0 ]; then
    say "FAILED: $broken of ${#names[@]} fuzzers found something. What it was belongs into tests/fuzz/corpus."
    return 1
  fi
  say "Nothing was found in $seconds s each. What is new in build/fuzz/corpus may join tests/fuzz/corpus."
}
