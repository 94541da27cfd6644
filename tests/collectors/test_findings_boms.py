"""Bills of materials: CycloneDX and SPDX."""

from pathlib import Path
from typing import Any

from annexa.collectors.findings.kinds import COMPONENT, REPORT

from .memory_sink import MemorySink
from .report_files import cyclonedx, read, write


def test_a_bill_of_materials_is_kept_with_hashes_licences_and_a_model_card(tmp_path: Path) -> None:
    model = {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": "credit-risk",
        "version": "7",
        "hashes": [{"alg": "SHA-256", "content": "ab"}],
        "licenses": [{"license": {"id": "Apache-2.0"}}, {"expression": "MIT OR ISC"}],
        "modelCard": {
            "modelParameters": {
                "task": "classification",
                "architectureFamily": "gradient boosting",
                "datasets": [{"ref": "data"}, {"name": "loans", "contents": {"url": "hunter2"}}],
            },
            "considerations": {"technicalLimitations": ["hunter2", "hunter2"]},
        },
    }
    purl = "pkg:deb/debian/zlib@1.3?arch=amd64&download_url=https://u:hunter2@x/y#hunter2"
    library = {"type": "library", "name": "zlib", "purl": purl, "components": [{"name": "inner"}]}
    write(tmp_path, sbom__json=cyclonedx(model, library))
    sink = MemorySink()
    assert read(tmp_path, sink)["component"].verdict == "complete"
    assert sink.subjects(COMPONENT) == [
        "sbom.json#image",
        "sbom.json#model",
        "sbom.json#pkg:deb/debian/zlib@1.3?arch=amd64",
        "sbom.json#inner@",
    ]
    assert sink.body(COMPONENT, "sbom.json#image")["described"] is True
    assert sink.body(COMPONENT, "sbom.json#model") == {
        "report": "sbom.json",
        "ref": "model",
        "name": "credit-risk",
        "type": "machine-learning-model",
        "version": "7",
        "hashes": {"SHA-256": "ab"},
        "licences": ["Apache-2.0", "MIT OR ISC"],
        "model_card": {
            "task": "classification",
            "architecture_family": "gradient boosting",
            "datasets": ["data", "loans"],
            "metrics": 0,
            "limitations": 2,
        },
    }
    assert sink.body(REPORT, "sbom.json")["about"] == ["registry.example/scorer"]


def test_spdx_is_read_and_says_what_it_is_about(tmp_path: Path) -> None:
    purl = {"referenceType": "purl", "referenceLocator": "pkg:pypi/numpy@2.1.0"}
    write(
        tmp_path,
        a__spdx__json={
            "spdxVersion": "SPDX-2.3",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": "scorer",
            "documentNamespace": "https://example.com/scorer-1",
            "creationInfo": {"created": "2026-11-20T10:00:00Z", "creators": ["Tool: syft-1.14.0"]},
            "packages": [
                {"name": "scorer", "SPDXID": "SPDXRef-1", "versionInfo": "3"},
                {
                    "name": "numpy",
                    "SPDXID": "SPDXRef-2",
                    "versionInfo": "2.1.0",
                    "licenseConcluded": "NOASSERTION",
                    "licenseDeclared": "BSD-3-Clause",
                    "checksums": [{"algorithm": "SHA256", "checksumValue": "cd"}],
                    "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", **purl}],
                },
            ],
            "relationships": [
                {
                    "spdxElementId": "SPDXRef-DOCUMENT",
                    "relationshipType": "DESCRIBES",
                    "relatedSpdxElement": "SPDXRef-1",
                }
            ],
        },
    )
    sink = MemorySink()
    assert read(tmp_path, sink)["component"].verdict == "complete"
    assert sink.body(COMPONENT, "a.spdx.json#SPDXRef-1")["described"] is True
    assert sink.body(COMPONENT, "a.spdx.json#SPDXRef-2") == {
        "report": "a.spdx.json",
        "ref": "SPDXRef-2",
        "name": "numpy",
        "version": "2.1.0",
        "purl": "pkg:pypi/numpy@2.1.0",
        "hashes": {"SHA256": "cd"},
        "licences": ["BSD-3-Clause"],
    }
    report = sink.body(REPORT, "a.spdx.json")
    assert (report["producer"], report["producer_version"]) == ("syft", "1.14.0")


def element(kind: str, at: str, **more: Any) -> dict[str, Any]:
    made = {"type": kind, "spdxId": f"https://example.com/{at}", "creationInfo": "_:made"}
    return made | more


def relation(kind: str, start: str, end: str) -> dict[str, Any]:
    ends = {"from": f"https://example.com/{start}", "to": [end]}
    return element("Relationship", f"{kind}-{start}", relationshipType=kind, **ends)


SPDX_3 = [
    relation("hasDeclaredLicense", "numpy", "https://spdx.org/licenses/MIT"),
    relation("hasConcludedLicense", "numpy", "https://example.com/licence"),
    element("software_Sbom", "bill", rootElement=["https://example.com/scorer"]),
    element(
        "ai_AIPackage",
        "scorer",
        name="scorer",
        software_packageVersion="3",
        suppliedBy="https://example.com/acme",
        ai_domain=["credit"],
        ai_typeOfModel=["gradient boosting"],
        ai_metric=[{"type": "DictionaryEntry", "key": "auc", "value": "hunter2"}],
        ai_limitation="hunter2",
    ),
    element(
        "software_Package",
        "numpy",
        name="numpy",
        summary="hunter2",
        software_packageVersion="2.1.0",
        software_primaryPurpose="library",
        software_packageUrl="pkg:pypi/numpy@2.1.0?download_url=https://a:hunter2@x.example",
        verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": "cd"}],
    ),
    {
        "type": "CreationInfo",
        "@id": "_:made",
        "specVersion": "3.0.1",
        "created": "2026-11-20T10:00:00Z",
        "createdUsing": ["https://example.com/syft"],
    },
    element("Tool", "syft", name="syft"),
    element("Organization", "acme", name="Acme"),
    element(
        "simplelicensing_LicenseExpression",
        "licence",
        simplelicensing_licenseExpression="BSD-3-Clause OR MIT",
    ),
    element("SpdxDocument", "document", name="scorer", rootElement=["https://example.com/bill"]),
]
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


def test_spdx_3_is_read_whatever_the_order_of_its_elements(tmp_path: Path) -> None:
    write(
        tmp_path,
        a__json={"@context": CONTEXT, "@graph": SPDX_3},
        b__json={"@graph": SPDX_3[::-1], "@context": CONTEXT},
    )
    sink = MemorySink()
    assert read(tmp_path, sink)["component"].verdict == "complete"
    for file in ("a.json", "b.json"):
        report = sink.body(REPORT, file)
        assert (report["format"], report["format_version"]) == ("spdx", "3.0.1")
        assert (report["producer"], report["about"]) == ("syft", ["scorer"])
        assert report["made_at"] == "2026-11-20T10:00:00Z"
        assert sink.body(COMPONENT, f"{file}#https://example.com/numpy") == {
            "report": file,
            "ref": "https://example.com/numpy",
            "name": "numpy",
            "type": "library",
            "version": "2.1.0",
            "purl": "pkg:pypi/numpy@2.1.0",
            "hashes": {"sha256": "cd"},
            "licences": ["BSD-3-Clause OR MIT"],
        }
        model = sink.body(COMPONENT, f"{file}#https://example.com/scorer")
        assert (model["type"], model["described"], model["supplier"]) == (
            "machine-learning-model",
            True,
            "Acme",
        )
        card = {"task": "credit", "architecture": "gradient boosting"}
        assert model["model_card"] == {**card, "metrics": 1, "limitations": 1}
    assert len(sink.subjects(COMPONENT)) == 4
    assert not any(b"hunter2" in row.body for row in sink.rows[COMPONENT.name].values())
