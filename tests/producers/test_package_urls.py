"""Package URLs are written as the specification writes them."""

import pytest

from producers.package_urls import package_url


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        (package_url("gitlab", "shop/cart", "v12"), "pkg:gitlab/shop/cart@v12"),
        (package_url("npm", "@shop/cart", "1.2.0"), "pkg:npm/%40shop/cart@1.2.0"),
        (package_url("github", "shop/cart", "release/2 b"), "pkg:github/shop/cart@release%2F2%20b"),
        (package_url("maven", "shop/cart", None, type="", tag=None), "pkg:maven/shop/cart"),
        (
            package_url("oci", "cart", "sha256:0a", tag="v12", repository_url="ghcr.example/shop/cart"),
            "pkg:oci/cart@sha256:0a?repository_url=ghcr.example/shop/cart&tag=v12",
        ),
    ],
)
def test_a_package_has_one_name(url: str, wanted: str) -> None:
    assert url == wanted
