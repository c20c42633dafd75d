# shellcheck shell=bash
# A part of dist/package, in Git Bash: an .msi by WiX (`dotnet tool install --global wix`); without it a folder to be zipped.
: "${root:?}" "${out:?}" "${work:?}" "${version:?}" "${python:?}" "${packed:?}"

stage=$out/pseudoword-$version-windows
mkdir "$stage"
cp "$packed" "$stage/pseudoword.exe"
cp "$root/LICENSE" "$stage/LICENSE.txt"
cp "$work/third-party-licences.txt" "$stage/"
"$python" "$root/dist/packaging/icons.py" "$stage/pseudoword.ico" "$root"/assets/icons/pseudoword-*.png

# Backslashes: the file names paths below the stage with them.
native() { if command -v cygpath >/dev/null; then cygpath -w "$1"; else printf '%s' "$1"; fi; }
rustc --edition 2024 -C opt-level=s -C panic=abort -o "$(native "$stage/pseudoword-window.exe")" \
    "$(native "$root/dist/packaging/window.rs")"
if command -v wix >/dev/null; then
    wix build -arch x64 -d "Version=$version" -d "Stage=$(native "$stage")" \
        -o "$(native "$out/pseudoword-$version-x64.msi")" "$(native "$root/dist/packaging/pseudoword.wxs")"
else
    say "There is no wix, so no .msi is made; $stage holds what would be in it."
fi
