# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Sourced by the scripts: what they need from Debian, and the build. Nothing here touches the
# network when all packages are installed.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$(basename "$0"): $*"
  exit 1
}

# Names of the packages that the purposes $@ list and dpkg does not have.
missing_packages() {
  local purpose names
  names=$(for purpose in "$@"; do
    sed -n "s/^$purpose //p" "$top/scripts/lib/packages"
  done | tr ' ' '\n' | sort -u)
  local have
  # shellcheck disable=SC2086  # a list of names
  have=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $names 2>/dev/null |
    sed -n 's/^.i  *//p' | sort -u)
  comm -23 <(printf '%s\n' "$names") <(printf '%s\n' "$have") | tr '\n' ' ' | sed 's/ $//'
}

# As root, or by sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

apt_install() {
  # shellcheck disable=SC2086  # a list of names
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
    install -y --no-install-recommends $1 </dev/null
}

# Installs what the purposes $@ (build, test, check) lack. Ends the script with one line where it
# cannot.
need_packages() {
  command -v dpkg-query >/dev/null || {
    say "$(basename "$0"): not a Debian system: install what scripts/lib/packages lists by hand"
    return 0
  }
  local missing log
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
    die "not root and no sudo; as root: apt-get install $missing"
  say "installing $missing"
  log=$(mktemp)
  # Lists may be absent or old: they are fetched only when the first try fails.
  if ! apt_install "$missing" >"$log" 2>&1; then
    as_root apt-get -qq -o DPkg::Lock::Timeout=300 update </dev/null >>"$log" 2>&1 || true
    apt_install "$missing" >>"$log" 2>&1 || {
      tail -5 "$log" >&2
      die "apt-get could not install: $missing (log: $log)"
    }
  fi
  rm -f "$log"
}

# build_dir DIR [MESON-OPTION...]: sets up DIR once.
configure() {
  local dir=$1 log
  shift
  [ -f "$dir/build.ninja" ] && return 0
  log=$(mktemp)
  meson setup "$dir" "$top" "$@" >"$log" 2>&1 || {
    tail -20 "$log" >&2
    die "meson setup failed (log: $log)"
  }
  rm -f "$log"
}

# build DIR [TARGET...]: silent when it succeeds; ends the script with the compiler's words when not.
build() {
  local dir=$1 log
  shift
  log=$(mktemp)
  [ -t 2 ] || say "building in $dir"
  if [ -t 2 ]; then
    # On a terminal ninja's progress line is worth seeing.
    ninja -C "$dir" "$@" >&2 || die "does not build"
  else
    ninja -C "$dir" "$@" >"$log" 2>&1 || {
      grep -v '^\[' "$log" | tail -60 >&2
      die "does not build (log: $log)"
    }
  fi
  rm -f "$log"
}

# configure_sanitized KIND DIR: KIND is asan (AddressSanitizer and UBSan), tsan, or fuzz (as asan, by
# clang, with libFuzzer's coverage and targets: what fuzzes can run the tests too).
# -O1 and line numbers only: half the compiler's time of -O2 -g.
configure_sanitized() {
  local kind args=-g1 fuzz=false werror=true
  case $1 in
    asan) kind=address,undefined ;;
    # DPDK's inline functions use C11 atomics, which ThreadSanitizer sees, only when told so.
    tsan) kind=thread args="-g1 -DRTE_USE_C11_MEM_MODEL" ;;
    # clang has warnings of its own, of which clang-tidy shows those that matter.
    fuzz)
      kind=address,undefined args="-g1 -fsanitize=fuzzer-no-link" fuzz=true werror=false
      local -x CC=clang CXX=clang++ CC_LD=lld CXX_LD=lld  # a quarter of ld's time
      ;;
    *) die "no sanitizer build named $1" ;;
  esac
  configure "$2" -Doptimization=1 -Ddebug=false "-Dcpp_args=$args" "-Db_sanitize=$kind" \
    -Db_lundef=false -Db_ndebug=false -Ddefault_library=static -Dbenchmarks=false -Dfuzz=$fuzz \
    -Dwerror=$werror
}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:abort_on_error=0:exitcode=99}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:exitcode=99:second_deadlock_stack=1}
