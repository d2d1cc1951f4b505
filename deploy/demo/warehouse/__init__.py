"""Northwind's warehouse: the same kind of story, told by GitLab, Jenkins, SonarQube, Argo CD, Jira and PagerDuty."""
