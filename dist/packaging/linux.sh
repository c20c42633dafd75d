# shellcheck shell=bash
# A part of dist/package: a .deb where there is dpkg-deb, and a portable .tar.gz with the same files. Nothing is installed.
: "${root:?}" "${out:?}" "${work:?}" "${version:?}" "${packed:?}" "${SOURCE_DATE_EPOCH:?}"
app=io.github.pseudoword.Pseudoword
from=$root/dist/packaging

# Everything as it lies below /usr, or below a folder of one's own.
layout() {
    local to=$1 size
    install -D -m 755 "$packed" "$to/bin/pseudoword"
    install -D -m 644 "$from/pseudoword.desktop" "$to/share/applications/pseudoword.desktop"
    install -D -m 644 "$from/pseudoword.mime.xml" "$to/share/mime/packages/pseudoword.xml"
    mkdir -p "$to/share/metainfo" "$to/share/man/man1"
    filled "$from/$app.metainfo.xml" >"$to/share/metainfo/$app.metainfo.xml"
    for size in 16 32 48 128 256; do
        install -D -m 644 "$root/assets/icons/pseudoword-$size.png" \
            "$to/share/icons/hicolor/${size}x$size/apps/pseudoword.png"
    done
    install -D -m 644 "$root/assets/icons/pseudoword.svg" "$to/share/icons/hicolor/scalable/apps/pseudoword.svg"
    "$packed" man "$to/share/man/man1"
    gzip -9n "$to"/share/man/man1/*.1
    mkdir -p "$to/share/bash-completion/completions" "$to/share/zsh/$2" "$to/share/fish/vendor_completions.d"
    "$packed" completions bash >"$to/share/bash-completion/completions/pseudoword"
    "$packed" completions zsh >"$to/share/zsh/$2/_pseudoword"
    "$packed" completions fish >"$to/share/fish/vendor_completions.d/pseudoword.fish"
    install -D -m 644 "$root/README.md" "$to/share/doc/pseudoword/README.md"
    install -m 644 "$work/third-party-licences.txt" "$to/share/doc/pseudoword/"
    gzip -9n "$to/share/doc/pseudoword/third-party-licences.txt"
}

same_time() {
    find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# Debian's own form: whose everything is. The texts of the crates stand in a file beside it.
copyright() {
    cat <<COPYRIGHT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Pseudoword
Source: https://github.com/pseudoword/pseudoword
Comment: The program holds the crates that third-party-licences.txt.gz in this folder lists, with their licences.

Files: *
Copyright: The Pseudoword authors
License: MIT or Apache-2.0

Files: assets/starter/* assets/samples/*
Copyright: none, given into the public domain by The Pseudoword authors
License: CC0-1.0

License: MIT
$(awk '/^====/ { part++; next } part == 1' "$root/LICENSE" | sed -e 's/^$/./' -e 's/^/ /')

License: Apache-2.0
 The whole text is in /usr/share/common-licenses/Apache-2.0 on Debian systems.

License: CC0-1.0
 The whole text is in /usr/share/common-licenses/CC0-1.0 on Debian systems.
COPYRIGHT
}

# What the program is linked with, and what its window and its calculating open when they run (as in prepare.sh).
control() {
    local glibc
    glibc=$(grep -aoE 'GLIBC_2\.[0-9]+' "$packed" | sed 's/GLIBC_//' | sort -Vu | tail -n 1)
    cat <<CONTROL
Package: pseudoword
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: The Pseudoword authors <pseudoword@users.noreply.github.com>
Installed-Size: $(find "$1" -type f -printf '%s\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }')
Depends: libc6 (>= ${glibc:-2.17}), libgcc-s1, libx11-6, libx11-xcb1, libxcursor1, libxi6, libxrandr2, libxkbcommon0, libxkbcommon-x11-0, libwayland-client0, libwayland-cursor0, libegl1, libvulkan1
Recommends: mesa-vulkan-drivers, libgl1-mesa-dri, ca-certificates, xdg-desktop-portal, xdg-utils
Section: graphics
Priority: optional
Homepage: https://github.com/pseudoword/pseudoword
Description: teach a text-to-image model a new word from a few pictures
 Three to five pictures of a thing, a character or a way of painting become a
 word that works in any prompt (textual inversion). The model itself is not
 changed; the word is a file of a few thousand bytes that other programs can
 use too.
 .
 A window and a command line, for Stable Diffusion 1, 2 and XL, with a small
 model to begin with. It calculates on any graphics card through Vulkan, or on
 the processor alone.
CONTROL
}

deb() {
    local tree to
    tree=$work/deb
    to=$out/pseudoword_${version}_$(dpkg --print-architecture).deb
    layout "$tree/usr" vendor-completions
    copyright >"$tree/usr/share/doc/pseudoword/copyright"
    printf 'pseudoword (%s) unstable; urgency=medium\n\n  * As it was on that day.\n\n -- The Pseudoword authors <pseudoword@users.noreply.github.com>  %s\n' \
        "$version" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" |
        gzip -9n >"$tree/usr/share/doc/pseudoword/changelog.gz"
    mkdir "$tree/DEBIAN"
    control "$tree/usr" >"$tree/DEBIAN/control"
    (cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
    same_time "$tree"
    # More or fewer threads than this would give other bytes.
    DPKG_DEB_THREADS_MAX=2 dpkg-deb --root-owner-group -Zxz --build "$tree" "$to" >/dev/null
}

portable() {
    local name tree
    name=pseudoword-$version-linux-$(uname -m)
    tree=$work/portable/$name
    layout "$tree" site-functions
    cp "$root/LICENSE" "$tree/LICENSE"
    cat >"$tree/INSTALL.txt" <<INSTALL
bin/pseudoword runs from wherever this folder lies. To have it in the menus, and files opened with it, for yourself alone:

    cp -r bin share ~/.local/
    update-mime-database ~/.local/share/mime
    update-desktop-database ~/.local/share/applications
INSTALL
    chmod -R u=rwX,go=rX "$tree"
    same_time "$tree"
    tar -C "$work/portable" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - "$name" |
        gzip -9n >"$out/$name.tar.gz"
    # For flatpak-builder.
    mv "$tree" "$out/portable"
}

if command -v dpkg-deb >/dev/null; then deb; else say "There is no dpkg-deb, so no .deb is made."; fi
portable
