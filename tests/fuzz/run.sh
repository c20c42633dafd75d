#!/bin/sh
# Fuzzes the readers of foreign files, one after another: run.sh SECONDS [ENTRY...]; without names, all of entries.rs. For
# each a line comes into fuzz-results.txt: executions, how many a second, the most memory in MB, and whether it stopped at
# a fault; the last line has the sum. They lie in the folder that FUZZ_OUT names (default: target of this folder).
# FUZZ_SEEDS may name a folder with files of runs, comparisons and studies to begin with besides the golden ones.
# Needs no nightly compiler: the flags are those that cargo-fuzz gives, without a sanitizer.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
seconds=$1
shift
entries=${*:-$(sed -n 's/^    ("\([a-z_]*\)", [a-z_]*),$/\1/p' "$here/entries.rs")}
out=${FUZZ_OUT:-$here/target}
mkdir -p "$out"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target}
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 -Ccodegen-units=4"
# A target triple keeps the flags away from build scripts.
triple=$(rustc -vV | sed -n 's/^host: //p')
cargo build --manifest-path "$here/Cargo.toml" --release --target "$triple" --bins
python3 "$here/seeds.py" "$out/corpus" ${FUZZ_SEEDS:+"$FUZZ_SEEDS"}
# What is read as a file is written first: where the memory is a disk too, there.
[ -w /dev/shm ] && export TMPDIR=/dev/shm
sum=0
for entry in $entries; do
    mkdir -p "$out/artifacts/$entry" "$out/corpus/$entry"
    FUZZ_ENTRY=$entry "$CARGO_TARGET_DIR/$triple/release/entry" "$out/corpus/$entry" -max_total_time="$seconds" \
        -max_len=4096 -rss_limit_mb=1024 -malloc_limit_mb=512 -timeout=5 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$out/artifacts/$entry/" > "$out/$entry.log" 2>&1 && state=clean || state="STOPPED, see $out/$entry.log"
    stat() { sed -n "s/^stat::$1: *//p" "$out/$entry.log"; }
    done=$(stat number_of_executed_units)
    sum=$((sum + ${done:-0}))
    printf '%s %s %s runs, %s a second, %s MB, %s\n' "$(date -u +%H:%M:%S)" "$entry" "${done:-0}" \
        "$(stat average_exec_per_sec)" "$(stat peak_rss_mb)" "$state" | tee -a "$out/fuzz-results.txt"
done
printf '%s all: %s runs\n' "$(date -u +%H:%M:%S)" "$sum" | tee -a "$out/fuzz-results.txt"
