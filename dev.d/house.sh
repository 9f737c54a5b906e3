# ./dev up, down, logs.
# shellcheck shell=bash disable=SC2154  # What it uses is ./dev's, which reads it.

house_is_up() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) && [ -n "$pid" ] &&
    [ "$(basename "$(readlink "/proc/$pid/exe" 2>/dev/null)" 2>/dev/null)" = hq-house ]
}

wait_for_house() {
  local i
  for ((i = 0; i < 1200; i++)); do
    grep -q '^ready$' "$house_log" && return 0
    house_is_up || return 1
    sleep 0.1
  done
  return 1
}

show_house() {
  sed '/^ready$/,$d' "$house_log"
  cat >&2 <<'EOF'

The house is up. In your shell: . .local/env; PATH=$PWD/build/dev/bin:$PATH
Three commands to try:
  hqctl apply deploy/local/franchise
  hqctl release create --ref release-0        (the baseline that the cells were seeded with)
  hqctl rollout plan "$(hqctl release create --ref release-1)"
Then: hqctl --help; curl -s "$HQ_SITES_URL/koosy/health"; ./dev logs sync; ./dev down
EOF
}

cmd_up() {
  if house_is_up; then
    show_house
    return
  fi
  need_packages
  step "build" build_targets "${programs[@]}"
  mkdir -p "$house"
  : >"$house_log"
  setsid "$bin/hq-house" up "$house" >"$house_log" 2>&1 </dev/null &
  echo $! >"$pid_file"
  if ! wait_for_house; then
    cat "$house_log" >&2
    cmd_down || true
    fail "the house did not come up; see ./dev logs"
  fi
  show_house
}

cmd_down() {
  if ! house_is_up; then
    say "The house is down. Next: ./dev up"
    return
  fi
  local pid i
  pid=$(cat "$pid_file")
  kill -TERM "$pid"
  for ((i = 0; i < 400; i++)); do
    if ! house_is_up; then
      rm -f "$pid_file"
      say "The house is down; what it knows stays in .local. Next: ./dev up, or rm -r .local to forget it"
      return
    fi
    sleep 0.1
  done
  fail "the house (process $pid) does not stop"
}

cmd_logs() {
  local names=("$@") files=() name
  [ -d "$house/logs" ] || fail "there are no logs yet. Next: ./dev up"
  for name in "${names[@]}"; do
    [ -e "$house/logs/$name.log" ] ||
      fail "no log of '$name'; there are: $(cd "$house/logs" && echo *.log | sed 's/\.log//g')"
    files+=("$house/logs/$name.log")
  done
  [ ${#files[@]} -gt 0 ] || files=("$house"/logs/*.log)
  if [ -t 1 ]; then exec tail -n 50 -F "${files[@]}"; fi
  tail -n 50 "${files[@]}"
}
