"""What has to hold of extracts after loading: a suite per feed, derived from its declaration. Builds suites, runs nothing."""
