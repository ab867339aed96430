"""What steers members, looked at as a graph: steps laid out flat, circles, campaigns that start each other."""
