"""What the address of a Jenkins job tells: folders, pipeline, branch and change."""

import pytest

from producers.sources.jenkins.job import Checkout, job_at


@pytest.mark.parametrize(
    ("address", "branch", "multibranch", "name", "pipeline", "of", "change"),
    [
        ("job/cart/", None, False, "cart", "cart", None, None),
        ("/job/cart", "origin/main", None, "cart", "cart", "main", None),
        ("job/shop/job/cart/", "refs/remotes/origin/main", None, "shop/cart", "shop/cart", "main", None),
        ("job/job/job/a%20b/", None, False, "job/a b", "job/a b", None, None),
        ("job/cart/label=linux/", None, False, "cart/label=linux", "cart/label=linux", None, None),
        ("job/cart/job/main/", "main", None, "cart/main", "cart", "main", None),
        ("job/cart/job/main/", None, None, "cart/main", "cart/main", None, None),
        ("job/cart/job/main/", None, True, "cart/main", "cart", "main", None),
        ("job/cart/job/main/", "other", False, "cart/main", "cart/main", "other", None),
        ("job/cart/job/feature%252Fx/", "feature/x", None, "cart/feature/x", "cart", "feature/x", None),
        ("job/cart/job/PR-12/", None, True, "cart/PR-12", "cart", "PR-12", "12"),
        ("job/cart/job/PR-12-merge/", None, True, "cart/PR-12-merge", "cart", "PR-12-merge", "12"),
        ("job/cart/job/MR-7/", "MR-7", None, "cart/MR-7", "cart", "MR-7", "7"),
        ("job/PR-12/", "PR-12", None, "PR-12", "PR-12", "PR-12", None),
    ],
)
def test_a_jobs_address_tells_its_pipeline_branch_and_change(
    address: str,
    branch: str | None,
    multibranch: bool | None,
    name: str,
    pipeline: str,
    of: str | None,
    change: str | None,
) -> None:
    job = job_at(address, Checkout(branch=branch), multibranch)
    assert (job.name, job.pipeline, job.checkout.branch, job.change) == (name, pipeline, of, change)


def test_a_build_is_named_by_its_job_and_its_number() -> None:
    assert job_at("job/shop/job/cart/", Checkout(), None).run("7") == "shop/cart#7"
