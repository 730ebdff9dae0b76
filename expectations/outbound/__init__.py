"""What has to hold of the marts before they are published: a suite per mart. Builds suites, runs nothing."""
