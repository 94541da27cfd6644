#!/bin/sh
# Check this unpacked bundle with a POSIX shell, openssl and coreutils (and find) alone:
#
#     sh verify.sh
#
# It checks that no file was changed, added, removed or renamed since the export, and that the
# holder of the key in signature/public.pem signed this list of files. It does not follow records to
# the ledger's log: verify.py does. Compare the key's fingerprint, printed at the end, with one that
# you got by another way than this bundle. Nothing is written but a temporary folder.
#
# Exit code: 0 everything fits, 1 it does not (one line for each file), 2 it could not be tried.
set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")" || exit 2

for tool in openssl sha256sum base64 sed sort comm cmp find mktemp; do
    command -v "$tool" >/dev/null 2>&1 || { echo "verify.sh: $tool is not installed; install it" >&2; exit 2; }
done
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

problems=0
bad() {
    printf '%s\n' "$1" | tr -d '\000-\010\013-\037\177'
    problems=$((problems + 1))
}

envelope=signature/tagmanifest.dsse.json
key=signature/public.pem
for name in bagit.txt bag-info.txt manifest-sha256.txt tagmanifest-sha256.txt SHA256SUMS "$envelope" "$key"; do
    [ -f "$name" ] || bad "$name: is missing"
done

# Links and special files have no place in a bundle.
find . ! -type d ! -type f >"$tmp/odd"
while IFS= read -r name; do
    bad "${name#./}: is a link or a special file; a bundle has none"
done <"$tmp/odd"

# What is there: "<sha256>  <name>", by name.
find . -type f -exec sha256sum {} + | sed 's|  \./|  |' | sort -k 2 >"$tmp/found"
# What the two manifests and the three files that they leave out say should be there.
cat manifest-sha256.txt tagmanifest-sha256.txt 2>/dev/null | sort -k 2 >"$tmp/listed"
grep -v -e '  tagmanifest-sha256\.txt$' -e '  signature/tagmanifest\.dsse\.json$' -e '  SHA256SUMS$' \
    "$tmp/found" >"$tmp/covered"

names() { sed 's/^[^ ]*  //' "$1" | sort; }
names "$tmp/covered" >"$tmp/covered.names"
names "$tmp/listed" >"$tmp/listed.names"
comm -23 "$tmp/covered.names" "$tmp/listed.names" >"$tmp/added"
comm -13 "$tmp/covered.names" "$tmp/listed.names" >"$tmp/gone"
sort "$tmp/covered" >"$tmp/a"
sort "$tmp/listed" >"$tmp/b"
comm -23 "$tmp/a" "$tmp/b" | sed 's/^[^ ]*  //' | sort | comm -12 - "$tmp/listed.names" >"$tmp/changed"

while IFS= read -r name; do bad "$name: is not in the manifests: it was added or renamed"; done <"$tmp/added"
while IFS= read -r name; do bad "$name: is in the manifests but not here: it was removed or renamed"; done <"$tmp/gone"
while IFS= read -r name; do bad "$name: was changed: the manifests list another SHA-256"; done <"$tmp/changed"

# The manifests are written in one way only: name order, no other lines.
grep '  data/' "$tmp/covered" | cmp -s - manifest-sha256.txt ||
    [ "$problems" -gt 0 ] || bad "manifest-sha256.txt: is not written as it was exported"
grep -v '  data/' "$tmp/covered" | cmp -s - tagmanifest-sha256.txt ||
    [ "$problems" -gt 0 ] || bad "tagmanifest-sha256.txt: is not written as it was exported"
# SHA256SUMS repeats all of it for: sha256sum --check --strict SHA256SUMS
grep -v '  SHA256SUMS$' "$tmp/found" | cmp -s - SHA256SUMS ||
    [ "$problems" -gt 0 ] || bad "SHA256SUMS: is not the list of all files with their SHA-256"

# The signature: a DSSE envelope, which has one form only, around an in-toto statement.
form='^{"payload":"\([A-Za-z0-9+/=]*\)","payloadType":"application/vnd\.in-toto+json","signatures":\[{"keyid":"\([0-9a-f]*\)","sig":"\([A-Za-z0-9+/=]*\)"}\]}$'
part() {
    sed -n "s|$form|\\$1|p" "$envelope"
}
fingerprint=none
if [ -f "$envelope" ] && [ -f "$key" ]; then
    payload=$(part 1) keyid=$(part 2) sig=$(part 3)
    printf '%s' "$payload" | base64 -d >"$tmp/payload" 2>/dev/null
    printf '%s' "$sig" | base64 -d >"$tmp/sig" 2>/dev/null
    printf '{"payload":"%s","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"%s","sig":"%s"}]}\n' \
        "$(base64 <"$tmp/payload" | tr -d '\n')" "$keyid" "$(base64 <"$tmp/sig" | tr -d '\n')" >"$tmp/envelope"
    fingerprint=$(openssl pkey -pubin -in "$key" -outform DER 2>/dev/null | sha256sum | sed 's/ .*//')
    openssl pkey -pubin -in "$key" 2>/dev/null | cmp -s - "$key" || bad "$key: is not a public key as it was exported"
    # What is signed: "DSSEv1", then length and text of the type, then length and bytes of the payload.
    length=$(wc -c <"$tmp/payload" | tr -d ' ')
    { printf 'DSSEv1 28 application/vnd.in-toto+json %s ' "$length"; cat "$tmp/payload"; } >"$tmp/signed"
    tags=$(sha256sum <tagmanifest-sha256.txt | sed 's/ .*//')
    end='"predicateType":"urn:annexa:bundle:1","subject":[{"digest":{"sha256":"'$tags'"},"name":"tagmanifest-sha256.txt"}]}'
    if ! cmp -s "$tmp/envelope" "$envelope"; then
        bad "$envelope: is not the DSSE envelope that was exported"
    elif [ "$keyid" != "$fingerprint" ]; then
        bad "$envelope: was made with another key than $key"
    elif ! openssl dgst -sha256 -verify "$key" -signature "$tmp/sig" "$tmp/signed" >/dev/null 2>&1; then
        bad "$envelope: the signature is not valid: it was changed, or is by another key"
    else
        case $(cat "$tmp/payload") in
        '{"_type":"https://in-toto.io/Statement/v1",'*"$end") ;;
        *) bad "tagmanifest-sha256.txt: was changed: it is not the one that was signed" ;;
        esac
    fi
fi

if [ "$problems" -gt 0 ]; then
    echo "$problems problem(s): this is not the bundle that was exported"
    exit 1
fi
echo "files: $(wc -l <"$tmp/found" | tr -d ' '), all as they were exported"
echo "signature: valid"
echo "key: sha256:$fingerprint; compare it with the one that the organisation told you by another way"
