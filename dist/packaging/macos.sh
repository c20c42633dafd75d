# shellcheck shell=bash
# A part of dist/package: Pseudoword.app, and a .dmg of it where there is hdiutil. It is signed for this computer alone: a
# certificate of Apple's is somebody's own, and is put on afterwards with codesign and notarytool.
: "${root:?}" "${out:?}" "${work:?}" "${version:?}" "${python:?}" "${packed:?}"

contents=$out/Pseudoword.app/Contents
mkdir -p "$contents/MacOS" "$contents/Resources"
cp "$packed" "$contents/MacOS/pseudoword"
filled "$root/dist/packaging/Info.plist" >"$contents/Info.plist"
"$python" "$root/dist/packaging/icons.py" "$contents/Resources/pseudoword.icns" "$root"/assets/icons/pseudoword-*.png
cp "$root/LICENSE" "$work/third-party-licences.txt" "$contents/Resources/"

if command -v codesign >/dev/null; then codesign --force --sign - "$out/Pseudoword.app"; fi
if command -v hdiutil >/dev/null; then
    mkdir "$work/image"
    cp -R "$out/Pseudoword.app" "$work/image/"
    ln -s /Applications "$work/image/Applications"
    hdiutil create -quiet -volname Pseudoword -srcfolder "$work/image" -format UDZO \
        "$out/pseudoword-$version-macos-$(uname -m).dmg"
else
    say "There is no hdiutil, so no .dmg is made."
fi
