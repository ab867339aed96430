"""The workspace's tests: read, every name looked up, and handed on as a document beside the plan."""
