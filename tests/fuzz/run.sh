#!/bin/sh
# Runs every fuzz target one after another: run.sh SECONDS [TARGET...]. Executions go to fuzz-results.txt in the
# folder that FUZZ_OUT names (default: target of this folder). Needs no nightly compiler: the flags are those that
# cargo-fuzz gives, without a sanitizer.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
seconds=$1
shift
targets=${*:-"safetensors_header torch_zip pickle png_card pixel_card embedding infotext configs"}
out=${FUZZ_OUT:-$here/target}
mkdir -p "$out"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target}
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 -Ccodegen-units=4"
# A target triple keeps the flags away from build scripts.
triple=$(rustc -vV | sed -n 's/^host: //p')
cargo build --manifest-path "$here/Cargo.toml" --release --target "$triple" --bins
python3 "$here/seeds.py" "$out/corpus"
for target in $targets; do
    mkdir -p "$out/artifacts/$target"
    "$CARGO_TARGET_DIR/$triple/release/$target" "$out/corpus/$target" -max_total_time="$seconds" -max_len=4096 \
        -rss_limit_mb=1024 -timeout=5 -print_final_stats=1 -verbosity=0 -artifact_prefix="$out/artifacts/$target/" \
        > "$out/$target.log" 2>&1 && state=clean || state="STOPPED, see $out/$target.log"
    done=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$target.log")
    printf '%s %s %s %s\n' "$(date -u +%H:%M:%S)" "$target" "${done:-0}" "$state" | tee -a "$out/fuzz-results.txt"
done
