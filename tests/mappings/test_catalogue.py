"""The catalogue is exactly the 38 controls: public numbering is widely wrong, ours is pinned."""

from collections import Counter

from annexa.mappings.pack import load_pack

CATALOGUE = load_pack().catalogue

TITLES = {
    "A.2.2": "AI policy",
    "A.2.3": "Alignment with other organizational policies",
    "A.2.4": "Review of the AI policy",
    "A.3.2": "AI roles and responsibilities",
    "A.3.3": "Reporting of concerns",
    "A.4.2": "Resource documentation",
    "A.4.3": "Data resources",
    "A.4.4": "Tooling resources",
    "A.4.5": "System and computing resources",
    "A.4.6": "Human resources",
    "A.5.2": "AI system impact assessment process",
    "A.5.3": "Documentation of AI system impact assessments",
    "A.5.4": "Assessing AI system impact on individuals or groups of individuals",
    "A.5.5": "Assessing societal impacts of AI systems",
    "A.6.1.2": "Objectives for responsible development of AI system",
    "A.6.1.3": "Processes for responsible AI system design and development",
    "A.6.2.2": "AI system requirements and specification",
    "A.6.2.3": "Documentation of AI system design and development",
    "A.6.2.4": "AI system verification and validation",
    "A.6.2.5": "AI system deployment",
    "A.6.2.6": "AI system operation and monitoring",
    "A.6.2.7": "AI system technical documentation",
    "A.6.2.8": "AI system recording of event logs",
    "A.7.2": "Data for development and enhancement of AI system",
    "A.7.3": "Acquisition of data",
    "A.7.4": "Quality of data for AI systems",
    "A.7.5": "Data provenance",
    "A.7.6": "Data preparation",
    "A.8.2": "System documentation and information for users",
    "A.8.3": "External reporting",
    "A.8.4": "Communication of incidents",
    "A.8.5": "Information for interested parties",
    "A.9.2": "Processes for responsible use of AI systems",
    "A.9.3": "Objectives for responsible use of AI system",
    "A.9.4": "Intended use of the AI system",
    "A.10.2": "Allocating responsibilities",
    "A.10.3": "Suppliers",
    "A.10.4": "Customers",
}
CLAUSES = [
    "4.1",
    "4.2",
    "4.3",
    "4.4",
    "5.1",
    "5.2",
    "5.3",
    "6.1.1",
    "6.1.2",
    "6.1.3",
    "6.1.4",
    "6.2",
    "6.3",
    "7.1",
    "7.2",
    "7.3",
    "7.4",
    "7.5.1",
    "7.5.2",
    "7.5.3",
    "8.1",
    "8.2",
    "8.3",
    "8.4",
    "9.1",
    "9.2.1",
    "9.2.2",
    "9.3.1",
    "9.3.2",
    "9.3.3",
    "10.1",
    "10.2",
]


def test_the_38_controls_have_these_ids_and_titles_in_this_order() -> None:
    assert {c.id: c.title for c in CATALOGUE.controls} == TITLES
    assert [c.id for c in CATALOGUE.controls] == list(TITLES)
    assert len(TITLES) == 38


def test_five_are_automated_twenty_partial_and_thirteen_manual() -> None:
    kinds = Counter(control.kind for control in CATALOGUE.controls)
    assert kinds == {"automated": 5, "partial": 20, "manual": 13}
    automated = [c.id for c in CATALOGUE.controls if c.kind == "automated"]
    assert automated == ["A.4.5", "A.6.2.5", "A.6.2.6", "A.6.2.8", "A.7.5"]


def test_a_document_is_named_wherever_a_person_is_needed() -> None:
    for control in CATALOGUE.controls:
        assert (control.document is None) == (control.kind == "automated"), control.id


def test_the_clauses_four_to_ten_are_there() -> None:
    assert [clause.id for clause in CATALOGUE.clauses] == CLAUSES


def test_every_group_of_controls_has_its_title() -> None:
    groups = {control.id.rsplit(".", 1)[0] for control in CATALOGUE.controls}
    assert groups <= CATALOGUE.groups.keys()


def test_every_control_and_every_clause_that_needs_a_document_has_a_rule() -> None:
    asked = {control for rule in load_pack().rules for control in rule.controls}
    assert {control.id for control in CATALOGUE.controls} <= asked
    assert {clause.id for clause in CATALOGUE.clauses if clause.documented} <= asked


def test_there_are_more_than_a_hundred_rules() -> None:
    assert len(load_pack().rules) >= 100
