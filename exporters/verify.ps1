# Check this unpacked bundle with PowerShell alone: Windows PowerShell 5.1 with .NET 4.7, or PowerShell 7.
#
#     powershell -NoProfile -ExecutionPolicy Bypass -File verify.ps1
#
# It checks that no file was changed, added, removed or renamed since the export, and that the holder of
# the key in signature/public.pem signed this list of files. It does not follow records to the ledger's log,
# nor look at time stamps: verify.py does. Compare the key's fingerprint, printed at the end, with one that you got by another way
# than this bundle. Nothing is written.
#
# Exit code: 0 everything fits, 1 it does not (one line for each file), 2 it could not be tried.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
trap {
    [Console]::Error.WriteLine('verify.ps1: could not be tried: ' + $_.Exception.Message)
    exit 2
}

$root = (Get-Item -LiteralPath $PSScriptRoot -Force).FullName
$separator = [IO.Path]::DirectorySeparatorChar
$envelopeName = 'signature/tagmanifest.dsse.json'
$sigstoreName = 'signature/tagmanifest.sigstore.json'
$payloadType = 'application/vnd.in-toto+json'
$problems = New-Object 'System.Collections.Generic.List[string]'
$utf8 = New-Object System.Text.UTF8Encoding $false
$sha256 = [System.Security.Cryptography.SHA256]::Create()

function Add-Problem([string] $text) {
    $problems.Add(($text -replace '[\x00-\x1f\x7f]', '?'))
}

function Get-Hex([byte[]] $bytes) {
    return [BitConverter]::ToString($bytes).Replace('-', '').ToLowerInvariant()
}

function Get-FileSha256([string] $path) {
    $stream = [IO.File]::OpenRead($path)
    try { return Get-Hex $sha256.ComputeHash($stream) } finally { $stream.Dispose() }
}

function Get-Place([string] $name) {
    return Join-Path $root ($name.Replace('/', $separator))
}

function New-Table {
    return , (New-Object 'System.Collections.Generic.SortedDictionary[string,string]' ([StringComparer]::Ordinal))
}

# Lines as sha256sum writes them, by name.
function Get-Listing($table) {
    $text = New-Object System.Text.StringBuilder
    foreach ($pair in $table.GetEnumerator()) {
        [void] $text.Append($pair.Value).Append('  ').Append($pair.Key).Append("`n")
    }
    return $text.ToString()
}

# PowerShell's own operators overlook some letters; these are compared one by one.
function Test-Same([string] $one, [string] $other) {
    return [string]::Equals($one, $other, [StringComparison]::Ordinal)
}

function Read-Text([string] $name) {
    return $utf8.GetString([IO.File]::ReadAllBytes((Get-Place $name)))
}

# What is there: name -> SHA-256.
$found = New-Table
foreach ($item in Get-ChildItem -LiteralPath $root -Recurse -Force) {
    $name = $item.FullName.Substring($root.Length).TrimStart($separator).Replace($separator, '/')
    if (@('SymbolicLink', 'Junction') -ccontains $item.LinkType) {
        Add-Problem "${name}: is a link or a special file; a bundle has none"
    } elseif (-not $item.PSIsContainer) {
        $found[$name] = Get-FileSha256 $item.FullName
    }
}
foreach ($name in 'bagit.txt', 'bag-info.txt', 'manifest-sha256.txt', 'tagmanifest-sha256.txt', 'SHA256SUMS',
    'signature/public.pem', $envelopeName, $sigstoreName) {
    if (-not $found.ContainsKey($name)) { Add-Problem "${name}: is missing" }
}
if ($problems.Count -gt 0) {
    $problems | ForEach-Object { Write-Output $_ }
    exit 1
}

# What the manifests say should be there; they leave out themselves and what was made of them.
$listed = New-Table
foreach ($list in 'manifest-sha256.txt', 'tagmanifest-sha256.txt') {
    foreach ($line in (Read-Text $list).Split("`n")) {
        if ($line -cmatch '^([0-9a-f]{64})  (.+)$') { $listed[$Matches[2]] = $Matches[1] }
    }
}
$unlisted = New-Table
foreach ($name in 'SHA256SUMS', 'tagmanifest-sha256.txt', $envelopeName, $sigstoreName) { $unlisted[$name] = '' }
$payload = New-Table
$tags = New-Table
$others = New-Table
foreach ($pair in $found.GetEnumerator()) {
    $name = $pair.Key
    if (-not (Test-Same $name 'SHA256SUMS')) { $others[$name] = $pair.Value }
    if ($unlisted.ContainsKey($name)) { continue }
    if ($name -cmatch '\Asignature/timestamps/(timestamps\.json|[0-9]+\.tsr)\z') { continue }
    if ($name.StartsWith('data/', [StringComparison]::Ordinal)) {
        $payload[$name] = $pair.Value
    } else {
        $tags[$name] = $pair.Value
    }
    if (-not $listed.ContainsKey($name)) {
        Add-Problem "${name}: is not in the manifests: it was added or renamed"
    } elseif ($listed[$name] -cne $pair.Value) {
        Add-Problem "${name}: was changed: the manifests list another SHA-256"
    }
}
foreach ($name in $listed.Keys) {
    if (-not $found.ContainsKey($name)) {
        Add-Problem "${name}: is in the manifests but not here: it was removed or renamed"
    }
}
if ($problems.Count -eq 0) {
    if (-not (Test-Same (Read-Text 'manifest-sha256.txt') (Get-Listing $payload))) {
        Add-Problem 'manifest-sha256.txt: is not written as it was exported'
    }
    if (-not (Test-Same (Read-Text 'tagmanifest-sha256.txt') (Get-Listing $tags))) {
        Add-Problem 'tagmanifest-sha256.txt: is not written as it was exported'
    }
    if (-not (Test-Same (Read-Text 'SHA256SUMS') (Get-Listing $others))) {
        Add-Problem 'SHA256SUMS: is not the list of all files with their SHA-256'
    }
}

# A DER signature (two integers) as the 64 bytes that .NET takes.
function Get-RawSignature([byte[]] $der) {
    $raw = New-Object byte[] 64
    $at = 2
    foreach ($end in 32, 64) {
        $length = [int] $der[$at + 1]
        $start = $at + 2
        $at = $start + $length
        while ($length -gt 32) { $start += 1; $length -= 1 }
        [Array]::Copy($der, $start, $raw, $end - $length, $length)
    }
    return , $raw
}

function Read-PublicKey([string] $name) {
    $text = (Read-Text $name) -replace '-----(BEGIN|END) PUBLIC KEY-----', '' -replace '\s', ''
    $prefix = '3059301306072a8648ce3d020106082a8648ce3d03010703420004'
    try { $der = [Convert]::FromBase64String($text) } catch { return $null }
    if ($der.Length -ne 91 -or (Get-Hex $der[0..26]) -cne $prefix) { return $null }
    return , $der
}

function Test-Signature([byte[]] $der, [byte[]] $signature, [byte[]] $message) {
    $point = New-Object System.Security.Cryptography.ECPoint
    $point.X = [byte[]] $der[27..58]
    $point.Y = [byte[]] $der[59..90]
    $parameters = New-Object System.Security.Cryptography.ECParameters
    $parameters.Curve = [System.Security.Cryptography.ECCurve]::CreateFromFriendlyName('nistP256')
    $parameters.Q = $point
    $key = [System.Security.Cryptography.ECDsa]::Create($parameters)
    try {
        $raw = Get-RawSignature $signature
        return $key.VerifyData($message, $raw, [System.Security.Cryptography.HashAlgorithmName]::SHA256)
    } catch {
        return $false
    } finally {
        $key.Dispose()
    }
}

# The signature: a DSSE envelope, which has one form only, around an in-toto statement.
$form = '\A\{"payload":"([A-Za-z0-9+/=]+)","payloadType":"application/vnd\.in-toto\+json","signatures":\[(.+)\]\}\n\z'
$signer = '\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/=]+)"\}'
$fingerprint = 'none'
$number = 0
$match = [regex]::Match((Read-Text $envelopeName), $form)
if (-not $match.Success -or $match.Groups[2].Value -cnotmatch "\A$signer(,$signer)*\z") {
    Add-Problem "${envelopeName}: is not the DSSE envelope that was exported"
} else {
    $statement = [Convert]::FromBase64String($match.Groups[1].Value)
    $head = $utf8.GetBytes("DSSEv1 $($payloadType.Length) $payloadType $($statement.Length) ")
    $signed = [byte[]] ($head + $statement)
    foreach ($one in [regex]::Matches($match.Groups[2].Value, $signer)) {
        $number += 1
        $file = 'signature/public.pem'
        if ($number -gt 1) { $file = "signature/public-$number.pem" }
        if (-not $found.ContainsKey($file)) { Add-Problem "${file}: is missing"; continue }
        $der = Read-PublicKey $file
        if ($null -eq $der) { Add-Problem "${file}: is not an ECDSA P-256 public key"; continue }
        $mine = Get-Hex $sha256.ComputeHash([byte[]] $der)
        if ($number -eq 1) { $fingerprint = $mine }
        if ($one.Groups[1].Value -cne $mine) {
            Add-Problem "${envelopeName}: was made with another key than $file"
        } elseif (-not (Test-Signature $der ([Convert]::FromBase64String($one.Groups[2].Value)) $signed)) {
            Add-Problem "${envelopeName}: the signature is not valid: it was changed, or is by another key"
        }
    }
    $end = '"predicateType":"urn:annexa:bundle:1","subject":[{"digest":{"sha256":"' +
        $found['tagmanifest-sha256.txt'] + '"},"name":"tagmanifest-sha256.txt"}]}'
    $text = $utf8.GetString($statement)
    $start = '{"_type":"https://in-toto.io/Statement/v1",'
    if (-not $text.StartsWith($start, [StringComparison]::Ordinal) -or -not $text.EndsWith($end, [StringComparison]::Ordinal)) {
        Add-Problem 'tagmanifest-sha256.txt: was changed: it is not the one that was signed'
    }
}

if ($problems.Count -gt 0) {
    $problems | ForEach-Object { Write-Output $_ }
    Write-Output "$($problems.Count) problem(s): this is not the bundle that was exported"
    exit 1
}
$stamps = @($found.Keys | Where-Object { $_ -clike 'signature/timestamps/*.tsr' }).Count
Write-Output "files: $($found.Count), all as they were exported"
Write-Output "signature: valid, by $number key(s)"
if ($stamps -gt 0) { Write-Output "time stamps: $stamps, not checked here: sh verify.sh --tsa-roots FILE" }
Write-Output "key: sha256:$fingerprint; compare it with the one that the organisation told you by another way"
exit 0
