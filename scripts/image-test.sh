#!/usr/bin/env bash
# Builds the image and its simulator as they are, looks into them, runs them and ends them. Needs root and buildah, but no
# Docker engine. Where the base image is missing it is not fetched: the test says that it is skipped.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=chroot
base=docker.io/library/$(sed -n 's/^FROM \(node:[^ ]*\).*/\1/p' Dockerfile | head -n 1)

skip() { echo "SKIPPED the image test: $1"; echo '0 passed, 0 failed'; exit 0; }
[ "$(id -u)" = 0 ] || skip 'it needs root'
command -v buildah >/dev/null || skip 'buildah is not installed'
buildah inspect --type image "$base" >/dev/null 2>&1 || skip "there is no local image $base"

passed=0 failed=0
check() { # what, command...
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1)) && echo "ok    $what${output:+ ($output)}"
  else
    failed=$((failed + 1)) && echo "FAIL  $what${output:+: $output}"
  fi
}

work=$(mktemp -d)
containers=() running=()
cleanup() {
  for pid in "${running[@]}"; do kill -KILL $(node_below "$pid") 2>/dev/null; done
  for container in "${containers[@]}"; do buildah rm "$container" >/dev/null 2>&1; done
  rm -rf "$work"
}
trap cleanup EXIT

# ---- build
# The second image reuses the layers of the first, where that does not mean a whole copy for each.
layers=$(buildah info | grep -q '"GraphDriverName": "overlay"' && echo --layers)
build() { # target
  local log=$work/build-$1.log start=$SECONDS
  buildah bud --pull-never $layers --format docker --target "$1" -t "image-test-$1" \
    --build-arg VERSION=0.0.0-test --build-arg COMMIT="$(git rev-parse HEAD 2>/dev/null)" . >"$log" 2>&1 ||
    { tail -n 20 "$log"; return 1; }
  echo "$((SECONDS - start)) s"
}
check 'the proxy image builds from the unmodified Dockerfile' build proxy
check 'the simulator image builds' build simulator
if [ "$failed" -gt 0 ]; then
  echo "$passed passed, $failed failed"
  exit 1
fi

proxy=$(buildah from --pull-never image-test-proxy) && containers+=("$proxy")
simulator=$(buildah from --pull-never image-test-simulator) && containers+=("$simulator")
root=$(buildah mount "$proxy")
simulator_root=$(buildah mount "$simulator")

config() { # image, expression over c: what the image says about itself
  buildah inspect --type image "image-test-$1" | node -e "
    const c = JSON.parse(require('fs').readFileSync(0, 'utf8')).Docker.config;
    for (const line of [$2].flat()) console.log(line);"
}
mapfile -t command < <(config proxy c.Cmd)
mapfile -t environment < <(config proxy c.Env)
mapfile -t health < <(config proxy 'c.Healthcheck.Test.slice(1)')
mapfile -t simulator_command < <(config simulator c.Cmd)
mapfile -t simulator_environment < <(config simulator c.Env)

# ---- content
node_modules() { (cd "$root/app/node_modules" && ls -d -- [!.@]* @*/*); }
dev_packages() { # those that only development needs, and Node itself
  local found
  found=$(node_modules | node --input-type=module -e "
    import { readFileSync } from 'node:fs';
    import { isShippedOptional } from './scripts/shipped-packages.mjs';
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
    const there = readFileSync(0, 'utf8').trim().split('\n');
    const paths = there.map((name) => 'node_modules/' + name);
    const unwanted = (path) => !lock[path] || lock[path].dev || (lock[path].optional && !isShippedOptional(path));
    console.log(paths.filter(unwanted).join(' '));")
  echo "${found:-none of $(node_modules | wc -l) packages}"
  [ -z "$found" ]
}
unwanted_files() {
  local found
  found=$(cd "$root/app" && find . -type f -regextype posix-extended \
    -regex '.*\.([cm]?ts|map|(spec|test)\.[cm]?js)|\./(apps|libs|test|scripts|docs|\.git|\.env).*')
  echo "${found:-none of $(find "$root/app" -type f | wc -l) files}" | head -n 5
  [ -z "$found" ]
}
says() { [ "$(config proxy "$1")" = "$2" ] || { config proxy "$1"; return 1; }; }

echo "      in /app: $(ls -m "$root/app"); in dist: $(cd "$root/app/dist" && ls -dm */*)"
echo "      size: $(du -sm "$root" | cut -f 1) MB, of which /app: $(du -sm "$root/app" | cut -f 1) MB"
check 'it has no development packages' dev_packages
check 'it has no sources, specs or maps' unwanted_files
check 'the proxy image has no simulator' test ! -e "$root/app/dist/apps/simulator"
compiled() { find "$root/app/.compile-cache" -type f -user "$(chroot "$root" id -u node)" -size +1000k | grep .; }
check 'it has compiled code for a quick start' compiled
check 'it runs as the user node' says c.User node
check 'it is stopped by SIGTERM' says c.StopSignal SIGTERM
check 'it is labelled with its version' says "c.Labels['org.opencontainers.image.version']" 0.0.0-test

# ---- running
free_port() { node -e "const s = require('net').createServer().listen(0, () => { console.log(s.address().port); s.close(); });"; }
port=$(free_port) simulator_port=$(free_port)
settings=(OPENAI_API_BASE_URL="http://127.0.0.1:$simulator_port" PROXY_PORT="$port")

# As the compose file has it: process 1 of its own namespace, read-only root, user node, no capabilities, no new privileges.
as_container() { # root, NAME=value... command...
  exec unshare --mount --pid --fork --kill-child bash -c '
    root=$1; shift
    mount --rbind "$root" "$root" && mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" &&
      mount -o remount,bind,ro "$root" &&
      exec chroot "$root" setpriv --reuid=node --regid=node --clear-groups --no-new-privs --bounding-set=-all \
        env -i -C /app "$@"' as_container "$@"
}

start() { # log, command...
  local log=$work/$1.log
  shift
  "$@" >"$log" 2>&1 </dev/null &
  started=$!
  running+=("$started")
}
node_below() { # the node process under a process of ours
  local child
  for child in $(pgrep -P "$1"); do
    case $(readlink "/proc/$child/exe") in */node) echo "$child" ;; *) node_below "$child" ;; esac
  done
}
answers() { curl --silent --fail --output /dev/null --retry 100 --retry-connrefused --retry-delay 0 --retry-max-time 20 "$1"; }
chats() {
  curl --silent --no-buffer --max-time 20 "http://127.0.0.1:$port/api/chat" \
    -d '{"model":"sim-chat","messages":[{"role":"user","content":"Hello!"}]}' >"$work/answer"
  echo "$(wc -l <"$work/answer") lines"
  [ "$(wc -l <"$work/answer")" -gt 3 ] && [ "$(grep -c '"done":true' "$work/answer")" = 1 ]
}
healthy() { chroot "$root" env -i "${environment[@]}" "${settings[@]}" "${health[@]}"; }
not() { ! "$@"; }
status_of() { sed -n "s/^$2:\s*\(\S*\).*/\1/p" "/proc/$1/status"; }
is_read_only() { # every attempt fails, for this reason
  local errors
  errors=$(nsenter --target "$1" --mount touch "$root/app/file" "$root/tmp/file" 2>&1)
  [ "$(grep -c 'Read-only file system' <<<"$errors")" = 2 ]
}
is_user() { [ "$(status_of "$1" Uid)" = "$(chroot "$root" id -u node)" ]; }
ends() { # process to wait for, node process
  local begin code
  begin=$(date +%s%N)
  kill -TERM "$2" || return 1
  wait "$1"
  code=$?
  local milliseconds=$((($(date +%s%N) - begin) / 1000000))
  echo "exit code $code after $milliseconds ms"
  [ "$code" = 0 ] && [ "$milliseconds" -lt 1000 ]
}
# Not in a subshell: only the shell that started a process can wait for it.
check_end() {
  if ends "$2" "$3" >"$work/end"; then check "$1" cat "$work/end"; else check "$1" sh -c "cat $work/end; false"; fi
}

start simulator as_container "$simulator_root" "${simulator_environment[@]}" SIMULATOR_PORT="$simulator_port" "${simulator_command[@]}"
check 'the simulator image answers' answers "http://127.0.0.1:$simulator_port/v1/models"

start refusal as_container "$root" "${environment[@]}" "${command[@]}"
wait "$started"
check 'without an upstream it refuses to start and says what is missing' grep OPENAI_API_BASE_URL "$work/refusal.log"

start proxy as_container "$root" "${environment[@]}" "${settings[@]}" "${command[@]}"
pid1=$started
check 'process 1, read-only: it answers' answers "http://127.0.0.1:$port/api/version"
inside=$(node_below "$pid1")
check 'process 1, read-only: node is process 1' sh -c "grep -q '^NSpid:.*[[:space:]]1$' /proc/$inside/status"
check 'process 1, read-only: it is not root' is_user "$inside"
check 'process 1, read-only: it has no capabilities' test "$(status_of "$inside" CapEff)$(status_of "$inside" CapBnd)" = "$(printf '0%.0s' {1..32})"
check 'process 1, read-only: nothing can be written' is_read_only "$inside"
check 'process 1, read-only: a chat streams' chats
check 'process 1, read-only: the health check passes' healthy
check_end 'process 1, read-only: SIGTERM ends it within a second' "$pid1" "$inside"
check 'the health check fails when it is down' not healthy

echo '      buildah run cannot make the root read-only; that was the part above'
start run buildah run "${settings[@]/#/--env=}" "$proxy" -- "${command[@]}"
check 'buildah run: it answers' answers "http://127.0.0.1:$port/api/version"
inside=$(node_below "$started")
check 'buildah run: it is not root' is_user "$inside"
check 'buildah run: a chat streams' chats
check_end 'buildah run: SIGTERM ends it within a second' "$started" "$inside"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
