#!/usr/bin/env bash
# TorchSharp's native library asks for the C++ runtime of GCC 13 (GLIBCXX_3.4.32), for the sake of one symbol. On systems with an older one
# (Debian 12, Ubuntu 22.04) this writes into FOLDER a library of the runtime's name that has the symbol and passes everything else on:
#
#   gpu/cxx-runtime.sh FOLDER && LD_LIBRARY_PATH=FOLDER circuitgrid-gpu doctor
#
# Needs gcc and binutils. Does nothing where the system's runtime is new enough.
set -euo pipefail
folder="${1:?usage: cxx-runtime.sh FOLDER}"
mkdir -p "$folder"
system="$(readlink -f "$(gcc -print-file-name=libstdc++.so.6)")"
versions="$(objdump -p "$system" | sed -nE 's/^[0-9]+ 0x[0-9a-f]+ 0x[0-9a-f]+ ((GLIBCXX|CXXABI)_[^ ]+).*/\1/p')"
if grep -qx GLIBCXX_3.4.32 <<<"$versions"; then
  exit 0
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# The loader looks for version names in whichever library has the runtime's name, and for symbols in all of them.
{ sed 's/$/ {};/' <<<"$versions"; echo 'GLIBCXX_3.4.32 { global: _ZSt21ios_base_library_initv; local: *; };'; } >"$work/versions"

# Code compiled by GCC 13 leaves it to the runtime to open cin, cout and cerr; an older runtime does so when asked by a constructor.
cat >"$work/symbol.c" <<'C'
extern void _ZNSt8ios_base4InitC1Ev(void *);
static char streams;
void _ZSt21ios_base_library_initv(void) {}
__attribute__((constructor)) static void open_streams(void) { _ZNSt8ios_base4InitC1Ev(&streams); }
C

# An empty library under the file name of the system's runtime, so that the new one depends on that file and not on its own name.
gcc -shared -x c /dev/null -o "$work/system.so" -Wl,-soname,"$(basename "$system")"
gcc -shared -fPIC "$work/symbol.c" -o "$folder/libstdc++.so.6" -Wl,-soname,libstdc++.so.6 \
  -Wl,--version-script,"$work/versions" -Wl,--no-as-needed "$work/system.so"
