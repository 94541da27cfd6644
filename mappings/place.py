"""One name for one place of data, however a platform writes it.

MLflow keeps the URI that a training program was given, OpenLineage a namespace and a name (its
``Naming.md``), SageMaker an S3 URI. Lineage is joined over what `PLACE_MACROS` make of them:

- ``place_of(written)``: ``s3a://B/x/``, ``https://b.s3.eu-west-1.amazonaws.com/x`` and
  ``arn:aws:s3:::b/x`` are ``s3://b/x``; ``/data/x`` is ``file:///data/x``;
- ``dataset_place(namespace, name)``: ``s3://b`` and ``/x`` are ``s3://b/x``, too;
- ``places_above(place)``: the folders that it lies in, without the bucket or server itself.

What is no address (a table of a catalogue, a local name) stays as it is written.
"""

from .kind_table import literal

_REWRITTEN = (
    (r"^s3[an]://", "s3://"),
    (r"^arn:aws[a-z-]*:s3:::", "s3://"),
    (r"^https?://s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?(:443)?/", "s3://"),
    (r"^https?://([a-z0-9.-]+)\.s3[.-]([a-z0-9-]+\.)*amazonaws\.com(\.cn)?(:443)?/", r"s3://\1/"),
    (r"^https?://storage\.(googleapis|cloud\.google)\.com/", "gs://"),
    (r"^https?://huggingface\.co/", "hf://"),
    (r"^(bq|bigquery)://", "bigquery:"),
    (r"^postgresql://", "postgres://"),
    (r"^(file:)?/+", "file:///"),
    (r"^dbfs:/+", "dbfs:/"),
    (r"^([a-z][a-z0-9+.-]*://[^/]+)/+", r"\1/"),
    (r"/+(\*(\.[a-z0-9]+)?)?$", ""),
)
"""Pattern and replacement, in order, without regard to case."""

_PLAIN = r"(s3|gs)://[a-z0-9][a-z0-9._-]*(/[^/*\s]([^*\s]*[^/*\s])?)?"
"""An address that is in its one form already, as most are: one pattern instead of twelve."""

_HEAD = r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/]*"


def _rewritten() -> str:
    text = "trim(written)"
    for pattern, replacement in _REWRITTEN:
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(replacement)}, 'i')"
    return f"nullif({text}, '')"


PLACE_MACROS = (
    f"place_rewritten(written) as ({_rewritten()})",
    f"place_lowered(place) as (lower(regexp_extract(place, {literal(_HEAD)}))"
    f" || regexp_replace(place, {literal(_HEAD)}, ''))",
    f"place_of(written) as (case when regexp_full_match(written, {literal(_PLAIN)}) then written"
    " else place_lowered(place_rewritten(written)) end)",
    """dataset_place(namespace, name) as (place_of(case
  when regexp_matches(name, '^[a-zA-Z][a-zA-Z0-9+.-]*://') then name
  when regexp_matches(namespace, '^file(:/*)?$') then 'file:///' || ltrim(name, '/')
  when regexp_matches(namespace, '^dbfs(:/*)?$') then 'dbfs:/' || ltrim(name, '/')
  when contains(namespace, '://') then rtrim(namespace, '/') || '/' || ltrim(name, '/')
  else namespace || ':' || name end))""",
    """places_above(place) as (list_transform(
  generate_series(5, least(len(string_split(place, '/')), 40)),
  lambda depth: array_to_string(string_split(place, '/')[:depth - 1], '/')))""",
)
