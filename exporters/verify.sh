#!/bin/sh
# Check this unpacked bundle with a POSIX shell, openssl and coreutils (and find) alone:
#
#     sh verify.sh [--tsa-roots FILE]
#
# It checks that no file was changed, added, removed or renamed since the export, and that the
# holder of the key in signature/public.pem signed this list of files. It does not follow records to
# the ledger's log: verify.py does. Compare the key's fingerprint, printed at the end, with one that
# you got by another way than this bundle. Nothing is written but a temporary folder. FILE holds the
# roots, in PEM, of the authorities whose time stamps you accept: with it openssl checks those too.
#
# Exit code: 0 everything fits, 1 it does not (one line for each file), 2 it could not be tried.
set -u
LC_ALL=C
export LC_ALL
roots=
if [ "${1:-}" = --tsa-roots ] && [ $# -eq 2 ]; then
    roots=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
    [ -f "$roots" ] || { echo "verify.sh: $2: no such file" >&2; exit 2; }
elif [ $# -gt 0 ]; then
    echo "usage: sh verify.sh [--tsa-roots FILE]" >&2
    exit 2
fi
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
sigstore=signature/tagmanifest.sigstore.json
list=signature/timestamps/timestamps.json
for name in bagit.txt bag-info.txt manifest-sha256.txt tagmanifest-sha256.txt SHA256SUMS "$envelope" "$sigstore" "$key"; do
    [ -f "$name" ] || bad "$name: is missing"
done

# Links and special files have no place in a bundle.
find . ! -type d ! -type f >"$tmp/odd"
while IFS= read -r name; do
    bad "${name#./}: is a link or a special file; a bundle has none"
done <"$tmp/odd"

# What is there: "<sha256>  <name>", by name.
find . -type f -exec sha256sum {} + | sed 's|  \./|  |' | sort -k 2 >"$tmp/found"
# What the two manifests, which leave out what was made of them, say should be there.
cat manifest-sha256.txt tagmanifest-sha256.txt 2>/dev/null | sort -k 2 >"$tmp/listed"
grep -v -e '  tagmanifest-sha256\.txt$' -e '  signature/tagmanifest\.dsse\.json$' -e '  SHA256SUMS$' \
    -e '  signature/tagmanifest\.sigstore\.json$' -e '  signature/timestamps/timestamps\.json$' \
    -e '  signature/timestamps/[0-9][0-9]*\.tsr$' \
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
form='^{"payload":"\([A-Za-z0-9+/=]*\)","payloadType":"application/vnd\.in-toto+json","signatures":\[\(.*\)\]}$'
signer='^{"keyid":"\([0-9a-f]*\)","sig":"\([A-Za-z0-9+/=]*\)"}$'
fingerprint=none
if [ -f "$envelope" ] && [ -f "$key" ]; then
    sed -n "s|$form|\\1|p" "$envelope" | base64 -d >"$tmp/payload" 2>/dev/null
    sed -n "s|$form|\\2|p" "$envelope" | sed 's/},{/}\
{/g' >"$tmp/signatures"
    # What is signed: "DSSEv1", then length and text of the type, then length and bytes of the payload.
    length=$(wc -c <"$tmp/payload" | tr -d ' ')
    { printf 'DSSEv1 28 application/vnd.in-toto+json %s ' "$length"; cat "$tmp/payload"; } >"$tmp/signed"
    again='' number=0
    while IFS= read -r line; do
        number=$((number + 1))
        file=signature/public-$number.pem
        [ "$number" -gt 1 ] || file=$key
        keyid=$(printf '%s\n' "$line" | sed -n "s|$signer|\\1|p")
        printf '%s\n' "$line" | sed -n "s|$signer|\\2|p" | base64 -d >"$tmp/sig.$number" 2>/dev/null
        again=$again${again:+,}$(printf '{"keyid":"%s","sig":"%s"}' "$keyid" "$(base64 <"$tmp/sig.$number" | tr -d '\n')")
        found=$(openssl pkey -pubin -in "$file" -outform DER 2>/dev/null | sha256sum | sed 's/ .*//')
        [ "$number" -gt 1 ] || fingerprint=$found
        openssl pkey -pubin -in "$file" 2>/dev/null | cmp -s - "$file" || bad "$file: is not a public key as it was exported"
        if [ "$keyid" != "$found" ]; then
            bad "$envelope: was made with another key than $file"
        elif ! openssl dgst -sha256 -verify "$file" -signature "$tmp/sig.$number" "$tmp/signed" >/dev/null 2>&1; then
            bad "$envelope: the signature is not valid: it was changed, or is by another key"
        fi
    done <"$tmp/signatures"
    printf '{"payload":"%s","payloadType":"application/vnd.in-toto+json","signatures":[%s]}\n' \
        "$(base64 <"$tmp/payload" | tr -d '\n')" "$again" >"$tmp/envelope"
    tags=$(sha256sum <tagmanifest-sha256.txt | sed 's/ .*//')
    end='"predicateType":"urn:annexa:bundle:1","subject":[{"digest":{"sha256":"'$tags'"},"name":"tagmanifest-sha256.txt"}]}'
    if [ "$number" -eq 0 ] || ! cmp -s "$tmp/envelope" "$envelope"; then
        bad "$envelope: is not the DSSE envelope that was exported"
    else
        case $(cat "$tmp/payload") in
        '{"_type":"https://in-toto.io/Statement/v1",'*"$end") ;;
        *) bad "tagmanifest-sha256.txt: was changed: it is not the one that was signed" ;;
        esac
    fi
fi

# Time stamps: each is over the bytes of the first signature.
find signature -path 'signature/timestamps/*.tsr' | sort -t / -k 3 -n >"$tmp/tokens"
stamps=0 tokens=''
while IFS= read -r file; do
    stamps=$((stamps + 1))
    tokens=$tokens${tokens:+,}$(printf '{"signedTimestamp":"%s"}' "$(base64 <"$file" | tr -d '\n')")
    [ -n "$roots" ] || continue
    at=$(openssl ts -reply -in "$file" -text 2>/dev/null | sed -n 's/^Time stamp: //p')
    when=$(date -d "$at" +%s 2>/dev/null) || when=
    if openssl ts -verify ${when:+-attime "$when"} -in "$file" -data "$tmp/sig.1" -CAfile "$roots" >/dev/null 2>&1; then
        echo "time stamp: $at, $file, by a certificate under your roots"
    else
        bad "$file: does not verify with your roots"
    fi
done <"$tmp/tokens"

# The statement names the authorities that were asked; the list says for each which token it gave.
if [ -s "$tmp/payload" ]; then
    asked='' said='"timestamps":['
    : >"$tmp/named"
    if [ -f "$list" ]; then
        sed 's/},{/}\
{/g' "$list" >"$tmp/answers"
        asked=$(sed -n 's/.*"url":\("[^"]*"\)}.*/\1/p' "$tmp/answers" | tr '\n' ',' | sed 's/,$//')
        said="\"timestamps\":[$asked]"
        sed -n 's|^.*{"file":"\([^"]*\)".*|signature/timestamps/\1|p' "$tmp/answers" >"$tmp/named"
    fi
    grep -q -F "$said" "$tmp/payload" && found=yes || found=no
    [ -n "$asked" ] && wanted=yes || wanted=no
    if [ "$found" != "$wanted" ] || ! cmp -s "$tmp/named" "$tmp/tokens"; then
        bad "$list: does not tell of each authority that was asked, and of no other"
    fi
fi

# The same signature and tokens once more, as a Sigstore bundle, which has one form only.
if [ -f "$sigstore" ] && [ -s "$tmp/signatures" ]; then
    [ -z "$tokens" ] || tokens=',"timestampVerificationData":{"rfc3161Timestamps":['$tokens']}'
    printf '{"dsseEnvelope":{"payload":"%s","payloadType":"application/vnd.in-toto+json","signatures":[%s]},"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"%s"}%s}}\n' \
        "$(base64 <"$tmp/payload" | tr -d '\n')" "$(sed -n 1p "$tmp/signatures")" "$fingerprint" "$tokens" |
        cmp -s - "$sigstore" || bad "$sigstore: does not hold the signature and the time stamps of this bundle"
fi

if [ "$problems" -gt 0 ]; then
    echo "$problems problem(s): this is not the bundle that was exported"
    exit 1
fi
echo "files: $(wc -l <"$tmp/found" | tr -d ' '), all as they were exported"
echo "signature: valid$([ "$number" -lt 2 ] || echo ", by $number keys")"
[ "$stamps" -eq 0 ] || [ -n "$roots" ] || echo "time stamps: $stamps, not checked: sh verify.sh --tsa-roots FILE"
echo "key: sha256:$fingerprint; compare it with the one that the organisation told you by another way"
