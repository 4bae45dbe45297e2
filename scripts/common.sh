# Shared by the scripts beside it; sourced, never run.
# shellcheck shell=bash

# Says one line to a person; standard output stays free for what a command answers.
say() {
    printf 'vigil: %s\n' "$*" >&2
}

# Says why nothing can go on, and ends.
fail() {
    say "$*"
    exit 1
}

# One target directory for every script and every checkout: RocksDB's C++ is compiled once.
use_target_directory() {
    if [ -z "${CARGO_TARGET_DIR:-}" ]; then
        local cache="${XDG_CACHE_HOME:-${HOME:?set HOME, XDG_CACHE_HOME or CARGO_TARGET_DIR}/.cache}"
        export CARGO_TARGET_DIR="$cache/vigil/target"
    fi
    mkdir -p "$CARGO_TARGET_DIR"
    CARGO_TARGET_DIR="$(cd "$CARGO_TARGET_DIR" && pwd)"
    export CARGO_TARGET_DIR
}

# Whether RocksDB has been compiled or linked in this target directory before.
has_rocksdb() {
    compgen -G "$CARGO_TARGET_DIR/release/deps/liblibrocksdb_sys-*.rlib" >/dev/null
}

# Prepares a person for the wait.
announce_build() {
    has_rocksdb && return
    if [ -n "${ROCKSDB_LIB_DIR:-}" ]; then
        say "first build: about 5 minutes on 2 cores with a prebuilt RocksDB; later builds take seconds"
    else
        say "first build: about 15 to 20 minutes on 2 cores, most of it RocksDB's C++; later builds take seconds"
    fi
    say "built files rest in $CARGO_TARGET_DIR"
}
