"""The shell around every page: navigation, errors, headers, filters."""
