"""Package URLs: the one name of an artifact, whoever speaks of it. Pure. https://github.com/package-url/purl-spec"""

from urllib.parse import quote, urlencode


def package_url(kind: str, path: str, version: str | None, **qualifiers: str | None) -> str:
    """The package URL of `version` of the package at `path` (namespaces and name, separated by slashes).

    `kind` is the package's type, such as `oci`. Qualifiers that are None or empty are left out.
    """
    name = "/".join(quote(part, safe="") for part in path.split("/"))
    told = sorted((key, value) for key, value in qualifiers.items() if value)
    return "".join(
        (
            f"pkg:{kind}/{name}",
            f"@{quote(version, safe=':')}" if version else "",
            f"?{urlencode(told, safe='/:')}" if told else "",
        )
    )
